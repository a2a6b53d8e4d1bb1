#include "compare/parity.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

const char *mismatch_name(enum mismatch_class class)
{
    static const char *const names[] = {"none",    "missing_result", "unexpected_result",
                                        "outcome", "error_class",    "error_message",
                                        "value",   "diagnostics",    "oracle_missing"};

    return names[class];
}

/* The first element; NULL also for a container that is not there. */
static const struct json *
first(const struct json *container)
{
    return container ? json_first(container) : NULL;
}

static struct outcome *
add_outcome(struct parity *p)
{
    if (p->count == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 64;
        p->outcomes = xrealloc(p->outcomes, p->capacity, sizeof *p->outcomes);
    }
    memset(&p->outcomes[p->count], 0, sizeof *p->outcomes);
    return &p->outcomes[p->count++];
}

/* The same member of another instruction set's answer: alt[i].expect.name or alt[i].name.
 */
static bool
equals_alternative(const struct check *c, const char *name, const struct json *actual)
{
    for (const struct json *alt = first(c->alternatives); alt; alt = json_next(alt)) {
        const struct json *expect = json_get(alt, "expect");
        const struct json *other = json_get(expect ? expect : alt, name);

        if (other && value_equal(other, actual, &c->rule, NULL))
            return true;
    }
    return false;
}

static bool
projection_equal(const struct check *c, const struct expect_member *m,
                 const struct json *actual, struct difference *out)
{
    const struct json *a = first(actual);

    if (!actual || json_count(m->node) != json_count(actual))
        return value_member_equal(m->name, m->node, NULL, &c->rule, out);
    for (const struct json *e = json_first(m->node); e; e = json_next(e)) {
        const struct json *want = json_get(e, m->project);

        if (!want || !value_member_equal(m->name, want, a, &c->rule, out))
            return false;
        a = json_next(a);
    }
    return true;
}

static bool
member_equal(const struct check *c, const struct expect_member *m,
             const struct json *value, struct difference *out)
{
    const struct json *actual;

    if (!m->name)
        return value_equal(m->node, value, &c->rule, out);
    actual = json_get(value, m->name);
    if (m->project)
        return projection_equal(c, m, actual, out);
    if (value_member_equal(m->name, m->node, actual, &c->rule, out))
        return true;
    return c->alternatives && actual && equals_alternative(c, m->name, actual);
}

static bool
is_member(const struct check *c, const char *key)
{
    for (size_t i = 0; i < c->member_count; i++)
        if (strcmp(c->members[i].name, key) == 0)
            return true;
    return false;
}

static bool
members_equal(const struct check *c, const struct json *value, struct difference *out)
{
    for (size_t i = 0; i < c->member_count; i++)
        if (!member_equal(c, &c->members[i], value, out))
            return false;
    if (c->open || !c->members[0].name)
        return true;
    for (const struct json *m = json_first(value); m; m = json_next(m))
        if (!is_member(c, json_key(m)))
            return value_member_equal(json_key(m), NULL, m, &c->rule, out);
    return true;
}

static enum mismatch_class
compare_error(const struct check *c, const struct result *r)
{
    if (r->ok)
        return MISMATCH_OUTCOME;
    if (c->error_class && strcmp(c->error_class, r->error_class) != 0)
        return MISMATCH_ERROR_CLASS;
    if (c->error_contains && !strstr(r->error_message, c->error_contains))
        return MISMATCH_ERROR_MESSAGE;
    return MISMATCH_NONE;
}

/* Codes in order; the result's diagnostics are objects with a "code". */
static enum mismatch_class
compare_diagnostics(const struct check *c, const struct result *r, struct difference *d)
{
    const struct json *want = first(c->diagnostics), *got = first(r->diagnostics);

    for (size_t i = 0; want || got; i++) {
        const struct json *code = got ? json_get(got, "code") : NULL;

        if (!want || !code || json_type(code) != JSON_STRING ||
            json_type(want) != JSON_STRING ||
            strcmp(json_text(want), json_text(code)) != 0) {
            *d = (struct difference){.expected = want,
                                     .actual = got ? (code ? code : got) : NULL};
            (void)snprintf(d->at, sizeof d->at, "/diagnostics/%zu", i);
            (void)snprintf(d->detail, sizeof d->detail, "diagnostics differ");
            return MISMATCH_DIAGNOSTICS;
        }
        want = want ? json_next(want) : NULL;
        got = got ? json_next(got) : NULL;
    }
    return MISMATCH_NONE;
}

/* What the live original says stands for what the fixture recorded of it. */
static void
judge_live(const struct check *c, struct outcome *o)
{
    const struct result *original = o->original, *r = o->result;

    if (original->ok != r->ok) {
        o->class = MISMATCH_OUTCOME;
    } else if (!r->ok) {
        if (strcmp(original->error_class, r->error_class) != 0)
            o->class = MISMATCH_ERROR_CLASS;
    } else if (!value_equal(original->value, r->value, &c->rule, &o->difference)) {
        o->class = MISMATCH_VALUE;
    }
}

static void
judge_recorded(const struct check *c, struct outcome *o)
{
    if (c->wants_error)
        o->class = compare_error(c, o->result);
    else if (!o->result->ok)
        o->class = MISMATCH_OUTCOME;
    else if (!members_equal(c, o->result->value, &o->difference))
        o->class = MISMATCH_VALUE;
}

static bool
add_check(struct parity *p, const struct check *c, struct results *results,
          const struct results *original, struct error *err)
{
    struct outcome *o = add_outcome(p);
    struct result *r = results_find(results, c->packet_id, c->case_id, c->mode);

    o->check = c;
    o->result = r;
    p->modes[c->mode].total++;
    if (r && r->used)
        return error_set(err, ERR_MALFORMED,
                         "two cases named '%s' in %s mode (compare their files apart)",
                         c->case_id, mode_name(c->mode));
    if (!r) {
        o->class = MISMATCH_MISSING_RESULT;
    } else {
        r->used = true;
        if (original && !c->overridden)
            o->original = results_find(original, c->packet_id, c->case_id, c->mode);
        if (original && !c->overridden && !o->original)
            o->class = MISMATCH_ORACLE_MISSING;
        else if (o->original)
            judge_live(c, o);
        else
            judge_recorded(c, o);
        if (o->class == MISMATCH_NONE && c->checks_diagnostics)
            o->class = compare_diagnostics(c, r, &o->difference);
    }
    if (o->class == MISMATCH_NONE)
        p->modes[c->mode].passed++;
    else
        p->mismatches++;
    return true;
}

/* Which modes the user asked for, and a schema without modes was run in. */
static void
choose_modes(const struct results *results, enum parity_modes modes, bool asked[2],
             bool run[2])
{
    asked[MODE_STRICT] = modes != PARITY_HARDENED;
    asked[MODE_HARDENED] = modes != PARITY_STRICT;
    run[MODE_STRICT] = run[MODE_HARDENED] = modes == PARITY_BOTH;
    for (size_t i = 0; i < results->count; i++)
        run[results->items[i].mode] = true;
    if (!run[MODE_STRICT] && !run[MODE_HARDENED])
        run[MODE_STRICT] = true;
    /* A mode asked for alone must have been run. */
    if (modes == PARITY_STRICT || modes == PARITY_HARDENED)
        run[modes == PARITY_STRICT ? MODE_STRICT : MODE_HARDENED] = true;
}

static void
find_packet(struct parity *p)
{
    const char *only = NULL;

    for (size_t i = 0; i < p->count; i++) {
        const char *id = p->outcomes[i].check ? p->outcomes[i].check->packet_id : NULL;

        if (!id || (only && strcmp(only, id) != 0))
            return;
        only = id;
    }
    p->packet_id = only;
}

bool
parity_compare(struct parity *p, const struct fixture *fixtures, size_t fixture_count,
               struct results *results, const struct results *original,
               enum parity_modes modes, struct error *err)
{
    bool asked[2], run[2];

    *p = (struct parity){
        .fixtures = fixtures, .fixture_count = fixture_count, .live = original != NULL};
    choose_modes(results, modes, asked, run);
    for (size_t i = 0; i < fixture_count; i++)
        for (size_t k = 0; k < fixtures[i].count; k++) {
            const struct check *c = &fixtures[i].checks[k];

            if (!asked[c->mode] || (fixtures[i].modeless && !run[c->mode]))
                continue;
            if (!add_check(p, c, results, original, err))
                return error_in(err, fixtures[i].path);
        }
    find_packet(p);
    for (size_t i = 0; i < results->count; i++) {
        struct outcome *o;

        if (results->items[i].used || !asked[results->items[i].mode])
            continue;
        o = add_outcome(p);
        o->result = &results->items[i];
        o->class = MISMATCH_UNEXPECTED_RESULT;
        p->mismatches++;
    }
    return true;
}

bool
parity_is_green(const struct parity *p)
{
    return p->mismatches == 0 &&
           p->modes[MODE_STRICT].total + p->modes[MODE_HARDENED].total > 0;
}

void
parity_clear(struct parity *p)
{
    free(p->outcomes);
    *p = (struct parity){0};
}
