/* lockstep-cases/1, as docs/FORMATS.md has it. */
#include "common/record.h"
#include "compare/schemas.h"

#include <math.h>
#include <string.h>

static const char *const compare_keys[] = {"kind", "tolerance", "unordered", NULL};
static const char *const error_keys[] = {"class", "message", NULL};

static bool
read_kind(const struct fixture *f, const struct json *node, struct compare_rule *rule,
          struct error *err)
{
    static const char *const names[] = {"exact", "abs", "rel", "ulp"};
    const char *kind;

    if (!json_want_string(f->doc, node, "kind", &kind, err))
        return false;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(kind, names[i]) == 0) {
            rule->kind = (enum compare_kind)i;
            return true;
        }
    return json_fail(f->doc, node, err, ERR_MALFORMED,
                     "compare kind '%s' is none of exact, abs, rel, ulp", kind);
}

static bool
read_rule(const struct fixture *f, const struct json *owner, struct compare_rule *rule,
          struct error *err)
{
    const struct json *node = NULL;

    if (!json_opt(f->doc, owner, "compare", JSON_OBJECT, &node, err))
        return false;
    if (!node)
        return true;
    if (!json_only(f->doc, node, compare_keys, err) || !read_kind(f, node, rule, err) ||
        !json_opt_bool(f->doc, node, "unordered", &rule->unordered, err))
        return false;
    if (rule->kind == COMPARE_EXACT)
        return !json_get(node, "tolerance") ||
               json_fail(f->doc, node, err, ERR_MALFORMED, "exact has no tolerance");
    if (!json_want_f64(f->doc, node, "tolerance", &rule->tolerance, err))
        return false;
    return (isfinite(rule->tolerance) && rule->tolerance >= 0) ||
           json_fail(f->doc, node, err, ERR_MALFORMED,
                     "tolerance is a finite number, not below 0");
}

static bool
read_expectation(struct fixture *f, const struct record_cases *r,
                 const struct record_case *rc, struct check *c, struct error *err)
{
    const struct json *own = json_get(rc->node, mode_name(c->mode));
    struct record_expect expect;

    if (!record_case_expect(r, rc, c->mode, &expect, err))
        return false;
    c->diagnostics = expect.diagnostics;
    c->checks_diagnostics = true;
    c->overridden = own && (json_get(own, "expect") || json_get(own, "error"));
    if (expect.value) {
        check_expect(f, c, NULL, expect.value, NULL);
        return true;
    }
    c->wants_error = true;
    return json_only(f->doc, expect.error, error_keys, err) &&
           json_want_string(f->doc, expect.error, "class", &c->error_class, err);
}

static bool
add_case(struct fixture *f, const struct record_cases *r, const struct record_case *rc,
         struct error *err)
{
    for (enum mode mode = MODE_STRICT; mode <= MODE_HARDENED; mode++) {
        struct check *c;

        if (!(mode == MODE_STRICT ? rc->strict : rc->hardened))
            continue;
        c = fixture_add(f);
        c->packet_id = r->packet_id;
        c->case_id = rc->case_id;
        c->operation = rc->operation;
        c->mode = mode;
        if (!read_rule(f, rc->node, &c->rule, err) || !read_expectation(f, r, rc, c, err))
            return false;
    }
    return true;
}

static bool
read_provenance(struct fixture *f, struct error *err)
{
    const struct json *provenance = NULL;

    if (!json_opt(f->doc, json_root(f->doc), "provenance", JSON_OBJECT, &provenance, err))
        return false;
    return !provenance ||
           (json_opt_string(f->doc, provenance, "original", &f->original, err) &&
            json_opt_string(f->doc, provenance, "version", &f->version, err));
}

bool
schema_lockstep(struct fixture *f, struct error *err)
{
    struct record_cases r;
    struct record_case rc;
    bool more;

    if (!record_cases_begin(&r, f->doc, err) || !read_provenance(f, err))
        return false;
    for (;;) {
        if (!record_cases_next(&r, &rc, &more, err))
            return false;
        if (!more)
            return true;
        f->case_count++;
        if (!add_case(f, &r, &rc, err))
            return false;
    }
}
