#include "dispatcher/explain.h"

static bool
refreshes(const struct keyspace *k, unsigned at, unsigned slot)
{
    uint8_t keys[KEYS_MAX + 2];
    size_t n = runtime_refreshed(k, at, keys);

    for (size_t i = 0; i < n; i++)
        if (keys[i] == slot)
            return true;
    return false;
}

/* The computed entry depends on the winner and on what stood in another's way. */
static const struct kernel *
find_culprit(const struct keyspace *k, const struct slot_story *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct candidate *c = &s->candidates[i];

        if (c->blocker && !refreshes(k, c->blocker->key, s->key))
            return c->blocker;
        if (c->verdict == VERDICT_WINS && c->kernel && c->kernel != &kernel_ambiguous &&
            !refreshes(k, c->kernel->key, s->key))
            return c->kernel;
    }
    return NULL;
}

void
explain_slot(const struct runtime_table *t, unsigned key, struct slot_story *out)
{
    out->key = key;
    out->count = resolve_explain(&t->registry, key, out->candidates);
    out->computed = resolve(&t->registry, key);
    out->stored = runtime_slot(t, key);
    out->stale = out->computed.kernel != out->stored;
    out->culprit = out->stale ? find_culprit(t->registry.keys, out) : NULL;
}

static const char *
rule_source(enum rule rule)
{
    static const char *const sources[] = {
        [RULE_DIRECT] = "this key",
        [RULE_NON_FUNCTIONAL] = "CompositeExplicitAutogradNonFunctional",
        [RULE_EXPLICIT] = "CompositeExplicitAutograd",
        [RULE_NESTED] = "CompositeImplicitAutogradNestedTensor",
        [RULE_AMBIGUOUS] = "CompositeImplicitAutograd",
        [RULE_IMPLICIT] = "CompositeImplicitAutograd",
        [RULE_AUTOGRAD] = "Autograd",
        [RULE_BATCHED] = "FuncTorchBatchedDecomposition",
        [RULE_FALLBACK] = "this key as backend fallback",
        [RULE_MISSING] = "",
    };

    return sources[rule];
}

static void
explain_win(const struct keyspace *k, const struct candidate *c, struct buf *out)
{
    if (c->rule == RULE_MISSING)
        buf_puts(out, "nothing is left: a call that comes here raises");
    else if (c->rule == RULE_AMBIGUOUS)
        buf_printf(out,
                   "%s at %s shares AutogradOther with other backends, and the "
                   "CompositeImplicitAutograd kernel would hide it: a call raises",
                   c->blocker->debug, key_name(k, c->blocker->key));
    else
        buf_printf(out, "%s wins", c->kernel->debug);
}

void
explain_candidate(const struct keyspace *k, unsigned key, const struct candidate *c,
                  struct buf *out)
{
    switch (c->verdict) {
    case VERDICT_WINS: explain_win(k, c, out); break;
    case VERDICT_NOT_REGISTERED:
        buf_printf(out, "nothing is registered at %s", rule_source(c->rule));
        break;
    case VERDICT_NOT_COVERED:
        if (c->rule == RULE_AMBIGUOUS && key == k->known[KNOWN_AUTOGRAD_OTHER])
            buf_puts(out, "no kernel of a backend that shares AutogradOther");
        else if (c->rule == RULE_AMBIGUOUS)
            buf_puts(out, "only AutogradOther can be ambiguous");
        else
            buf_printf(out, "%s is at %s, which does not cover %s", c->kernel->debug,
                       rule_source(c->rule), key_name(k, key));
        break;
    case VERDICT_BLOCKED:
        buf_printf(out,
                   "%s gives way to %s at %s: it would hide that kernel's own autograd "
                   "formula",
                   c->kernel->debug, c->blocker->debug, key_name(k, c->blocker->key));
        break;
    case VERDICT_TOO_LATE:
        buf_printf(out, "%s would do, but an earlier rule has won", c->kernel->debug);
        break;
    }
}

void
explain_stale(const struct keyspace *k, const struct slot_story *s, struct buf *out)
{
    uint8_t keys[KEYS_MAX + 2];
    size_t n;

    if (!s->stale)
        return;
    buf_printf(out, "torch still has %s there", s->stored ? s->stored->debug : "nothing");
    if (!s->culprit) {
        buf_puts(out, ": an earlier registration was dropped without refreshing it");
        return;
    }
    n = runtime_refreshed(k, s->culprit->key, keys);
    buf_printf(out, ": registering %s at %s refreshes ", s->culprit->debug,
               key_name(k, s->culprit->key));
    if (n == 0)
        buf_puts(out, "no slot at all");
    for (size_t i = 0; i < n && i < 4; i++)
        buf_printf(out, "%s%s", i ? ", " : "", key_name(k, keys[i]));
    if (n > 4)
        buf_printf(out, " and %zu more", n - 4);
    buf_printf(out, ", but not %s", key_name(k, s->key));
}
