/*
 * The schemas of the original's recorded answers: fp-groupby-oracle/2,
 * ft-dispatch-cases/1 and ft-grad-cases/1.  They know no modes, so every case is
 * one check a mode.
 */
#include "compare/schemas.h"

#include <string.h>

/* Parts of a backward pass that belong to one engine and a value may leave out. */
static const char *const engine_parts[] = {"graph", "telemetry_model", NULL};

static bool
add_both_modes(struct fixture *f, const struct json *node, const char *operation_key,
               bool (*fill)(struct fixture *f, const struct json *node, struct check *c,
                            struct error *err),
               struct error *err)
{
    for (enum mode mode = MODE_STRICT; mode <= MODE_HARDENED; mode++) {
        struct check *c = fixture_add(f);

        c->mode = mode;
        if (!json_want_string(f->doc, node, "id", &c->case_id, err) ||
            !json_want_string(f->doc, node, operation_key, &c->operation, err) ||
            !fill(f, node, c, err))
            return false;
    }
    f->case_count++;
    return true;
}

static bool
read_cases(struct fixture *f, const char *operation_key,
           bool (*fill)(struct fixture *f, const struct json *node, struct check *c,
                        struct error *err),
           struct error *err)
{
    const struct json *cases;

    if (!json_want(f->doc, json_root(f->doc), "cases", JSON_ARRAY, &cases, err))
        return false;
    for (const struct json *node = json_first(cases); node; node = json_next(node))
        if (!add_both_modes(f, node, operation_key, fill, err))
            return false;
    return true;
}

/* --- fp-groupby-oracle/2 --- */

static bool
fill_groupby(struct fixture *f, const struct json *node, struct check *c,
             struct error *err)
{
    const struct json *out = json_get(node, "out"), *error = json_get(node, "error");

    if (!out == !error)
        return json_fail(f->doc, node, err, ERR_MALFORMED,
                         "a case has exactly one of \"out\" and \"error\"");
    if (out) {
        check_expect(f, c, NULL, out, NULL);
        return true;
    }
    c->wants_error = true;
    return json_want_string(f->doc, error, "type", &c->error_class, err);
}

bool
schema_groupby_oracle(struct fixture *f, struct error *err)
{
    return json_want_string(f->doc, json_root(f->doc), "pandas", &f->version, err) &&
           read_cases(f, "op", fill_groupby, err);
}

/* --- ft-dispatch-cases/1 --- */

static bool
fill_dispatch(struct fixture *f, const struct json *node, struct check *c,
              struct error *err)
{
    const struct json *expect = json_get(node, "expect"), *calls = NULL;

    if (!json_opt(f->doc, node, "calls", JSON_ARRAY, &calls, err))
        return false;
    if (!expect && strcmp(c->operation, "error_text") == 0) {
        check_expect(f, c, "text", json_get(node, "text"), NULL);
        c->open = true;
        return json_get(node, "text") ||
               json_fail(f->doc, node, err, ERR_MALFORMED, "key \"text\" is missing");
    }
    if (!json_want(f->doc, node, "expect", JSON_OBJECT, &expect, err))
        return false;
    if (!calls) {
        check_expect(f, c, NULL, expect, NULL);
        return true;
    }
    for (const struct json *m = json_first(expect); m; m = json_next(m))
        check_expect(f, c, json_key(m), m, NULL);
    check_expect(f, c, "calls", calls, "expect");
    return true;
}

bool
schema_dispatch_cases(struct fixture *f, struct error *err)
{
    return json_want_string(f->doc, json_root(f->doc), "torch_version", &f->version,
                            err) &&
           read_cases(f, "kind", fill_dispatch, err);
}

/* --- ft-grad-cases/1 --- */

/* What a kind without "expect" pins: the fields of the case that are results. */
static const struct {
    const char *kind;
    const char *fields[5];
} grad_results[] = {
    {"optimizer", {"weights_after"}},
    {"second_order", {"y", "g1", "g2", "g3"}},
    {"gradcheck", {"result", "error"}},
    {"error_text", {"text"}},
    {"edge_reduction", {"rows"}},
    {"reentrant", {"case"}},
    {"hooks", {"order", "first", "second", "result"}},
};

static bool
fill_fields(struct fixture *f, const struct json *node, struct check *c,
            struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(grad_results); i++) {
        if (strcmp(c->operation, grad_results[i].kind) != 0)
            continue;
        for (const char *const *name = grad_results[i].fields; *name; name++)
            if (json_get(node, *name))
                check_expect(f, c, *name, json_get(node, *name), NULL);
    }
    c->open = true;
    return c->member_count > 0 ||
           json_fail(f->doc, node, err, ERR_MALFORMED,
                     "a case of kind '%s' pins no result", c->operation);
}

static bool
read_tolerance(const struct fixture *f, const struct json *node,
               struct compare_rule *rule, struct error *err)
{
    const struct json *tol = NULL;
    bool exact = false;

    if (!json_opt_bool(f->doc, node, "exact", &exact, err) ||
        !json_opt(f->doc, node, "tol", JSON_OBJECT, &tol, err))
        return false;
    if (exact)
        return true;
    if (tol) {
        rule->kind = COMPARE_CLOSE;
        return json_want_f64(f->doc, tol, "rtol", &rule->tolerance, err) &&
               json_want_f64(f->doc, tol, "atol", &rule->atol, err);
    }
    if (!json_get(node, "tol_rtol"))
        return true;
    rule->kind = COMPARE_CLOSE;
    return json_want_f64(f->doc, node, "tol_rtol", &rule->tolerance, err);
}

static bool
fill_grad(struct fixture *f, const struct json *node, struct check *c, struct error *err)
{
    const struct json *expect = json_get(node, "expect");

    if (!read_tolerance(f, node, &c->rule, err) ||
        !json_opt(f->doc, node, "alt", JSON_ARRAY, &c->alternatives, err))
        return false;
    c->rule.optional = engine_parts;
    if (!expect)
        return fill_fields(f, node, c, err);
    if (!c->alternatives) {
        check_expect(f, c, NULL, expect, NULL);
        return true;
    }
    /* Each member may come from another instruction set than its neighbours. */
    for (const struct json *m = json_first(expect); m; m = json_next(m))
        check_expect(f, c, json_key(m), m, NULL);
    return true;
}

bool
schema_grad_cases(struct fixture *f, struct error *err)
{
    return json_want_string(f->doc, json_root(f->doc), "torch_version", &f->version,
                            err) &&
           read_cases(f, "kind", fill_grad, err);
}
