/*
 * The precedence of c10's dispatcher (aten/src/ATen/core/dispatch/OperatorEntry.cpp).
 *
 * A kernel of an alias applies to the alias's members; a CompositeImplicit kernel is
 * special: it stands back where a backend has its own kernel, because it would then
 * hide that kernel's autograd formula, and it is ambiguous at AutogradOther, which
 * several backends share.
 */
#include "dispatcher/computed_table.h"

static const struct {
    const char *text, *name;
    int alias; /* enum known_key, or -1 */
} rules[] = {
    [RULE_DIRECT] = {"kernel", "direct", -1},
    [RULE_NON_FUNCTIONAL] = {"default backend kernel",
                             "composite_explicit_non_functional",
                             KNOWN_COMPOSITE_EXPLICIT_NON_FUNCTIONAL},
    [RULE_EXPLICIT] = {"default backend kernel", "composite_explicit",
                       KNOWN_COMPOSITE_EXPLICIT},
    [RULE_NESTED] = {"nested kernel", "composite_implicit_nested",
                     KNOWN_COMPOSITE_IMPLICIT_NESTED},
    [RULE_AMBIGUOUS] = {"ambiguous autogradother", "ambiguous_autogradother", -1},
    [RULE_IMPLICIT] = {"math kernel", "composite_implicit", KNOWN_COMPOSITE_IMPLICIT},
    [RULE_AUTOGRAD] = {"autograd kernel", "autograd", KNOWN_AUTOGRAD},
    [RULE_BATCHED] = {"batched kernel", "batched_decomposition",
                      KNOWN_BATCHED_DECOMPOSITION},
    [RULE_FALLBACK] = {"backend fallback", "backend_fallback", -1},
    [RULE_MISSING] = {"missing", "missing", -1},
};

const char *
rule_text(enum rule rule)
{
    return rules[rule].text;
}

const char *
rule_name(enum rule rule)
{
    return rules[rule].name;
}

const char *
verdict_name(enum verdict verdict)
{
    static const char *const names[] = {"wins", "not_registered", "not_covered",
                                        "blocked", "too_late"};

    return names[verdict];
}

/* The alias a rule reads, or 0 in a version that lacks it. */
static unsigned
alias_of(const struct keyspace *k, enum rule rule)
{
    int alias = rules[rule == RULE_AMBIGUOUS ? RULE_IMPLICIT : rule].alias;

    return alias < 0 ? 0 : k->known[alias];
}

/*
 * Undefined is a member of the Composite aliases though isIncludedInAlias() denies
 * it; the nested, autograd and batched rules do without.
 */
static bool
covers(const struct keyspace *k, enum rule rule, unsigned alias, unsigned key)
{
    if (key == KEY_UNDEFINED)
        return rule == RULE_NON_FUNCTIONAL || rule == RULE_EXPLICIT ||
               rule == RULE_IMPLICIT || rule == RULE_AMBIGUOUS;
    return k->version->keys[key].aliases >> (alias - k->version->first_alias) & 1;
}

/*
 * What keeps a CompositeImplicit kernel from `key`: a backend kernel behind an
 * autograd key, or a CompositeExplicit kernel (the NonFunctional one does not count).
 */
static const struct kernel *
blocker_of_implicit(const struct registry *r, unsigned key, unsigned explicit_alias)
{
    uint64_t backends = r->keys->version->keys[key].autograd_backends;
    const struct kernel *found = backends ? registry_any(r, backends) : NULL;

    return found ? found : r->newest[explicit_alias];
}

/* One rule's candidate, as if no earlier rule had won. */
static struct candidate
judge(const struct registry *r, unsigned key, enum rule rule)
{
    struct candidate c = {.rule = rule, .verdict = VERDICT_NOT_REGISTERED};
    const struct keyspace *k = r->keys;
    unsigned alias = alias_of(k, rule);

    if (rule == RULE_MISSING) {
        c.verdict = VERDICT_WINS;
    } else if (rule == RULE_DIRECT || rule == RULE_FALLBACK) {
        c.kernel = rule == RULE_DIRECT ? r->newest[key] : r->fallback[key];
        if (c.kernel)
            c.verdict = VERDICT_WINS;
    } else if (alias && r->newest[alias]) {
        c.kernel = r->newest[alias];
        c.verdict = covers(k, rule, alias, key) ? VERDICT_WINS : VERDICT_NOT_COVERED;
    }
    if (c.verdict != VERDICT_WINS)
        return c;
    if (rule == RULE_AMBIGUOUS) {
        bool shared = key == k->known[KNOWN_AUTOGRAD_OTHER];

        c.blocker = shared ? registry_any(r, k->version->autogradother) : NULL;
        c.verdict = c.blocker ? VERDICT_WINS : VERDICT_NOT_COVERED;
        if (c.blocker)
            c.kernel = &kernel_ambiguous;
    } else if (rule == RULE_IMPLICIT) {
        c.blocker = blocker_of_implicit(r, key, alias_of(k, RULE_EXPLICIT));
        if (c.blocker)
            c.verdict = VERDICT_BLOCKED;
    }
    return c;
}

struct resolution
resolve(const struct registry *r, unsigned key)
{
    /* Nearly every slot is decided by its own kernel or, if there is none of any
     * alias, by its fallback; the rules in between need not be asked then. */
    if (r->newest[key])
        return (struct resolution){r->newest[key], RULE_DIRECT};
    for (enum rule rule = r->alias_kernel_count ? RULE_NON_FUNCTIONAL : RULE_FALLBACK;
         rule < RULE_MISSING; rule++) {
        struct candidate c = judge(r, key, rule);

        if (c.verdict == VERDICT_WINS)
            return (struct resolution){c.kernel, rule};
    }
    return (struct resolution){NULL, RULE_MISSING};
}

size_t
resolve_explain(const struct registry *r, unsigned key,
                struct candidate out[static RULE_MISSING + 1])
{
    bool won = false;
    size_t n = 0;

    for (enum rule rule = RULE_DIRECT; rule <= RULE_MISSING; rule++) {
        struct candidate c = judge(r, key, rule);

        if (rule == RULE_MISSING && won)
            break;
        if (c.verdict == VERDICT_WINS && won)
            c.verdict = VERDICT_TOO_LATE;
        won = won || c.verdict == VERDICT_WINS;
        out[n++] = c;
    }
    return n;
}

void
table_dump_line(const struct keyspace *k, unsigned key, struct resolution found,
                struct buf *out)
{
    buf_puts(out, key_name(k, key));
    buf_puts(out, found.kernel->kind == KERNEL_FALLTHROUGH ? ": fallthrough " : ": ");
    buf_puts(out, found.kernel->debug);
    buf_puts(out, " [");
    buf_puts(out, rule_text(found.rule));
    buf_puts(out, "]\n");
}

void
table_dump(const struct registry *r, struct buf *out)
{
    if (!registry_exists(r))
        return;
    for (unsigned i = 0; i < r->keys->runtime_count; i++) {
        struct resolution found = resolve(r, r->keys->runtime[i]);

        if (found.kernel)
            table_dump_line(r->keys, r->keys->runtime[i], found, out);
    }
}
