/*
 * FrankenTorch's fixtures: {"cases": [...]} without a schema.  A case is known by its
 * name; what it expects stands in its "strict" and "hardened" objects, or beside its
 * inputs for both modes: expected_X (or expect_X) pins member X of the value, the
 * forms with "error" make it an error case.
 */
#include "compare/schemas.h"

#include <string.h>

/* expect_dispatch_ok: dispatch_ok; NULL: the key expects nothing of the value. */
static const char *
expected_member(const char *key)
{
    static const char *const prefixes[] = {"expected_", "expect_"};

    for (size_t i = 0; i < COUNT_OF(prefixes); i++)
        if (strncmp(key, prefixes[i], strlen(prefixes[i])) == 0)
            return key + strlen(prefixes[i]);
    return NULL;
}

static bool
ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);

    return n >= k && strcmp(text + n - k, end) == 0;
}

static bool
take_expectations(struct fixture *f, const struct json *node, struct check *c,
                  struct error *err)
{
    for (const struct json *m = json_first(node); m; m = json_next(m)) {
        const char *member = expected_member(json_key(m));
        bool wants = false;

        if (!member || json_type(m) == JSON_NULL)
            continue;
        if (ends_with(member, "error")) {
            if (!json_opt_bool(f->doc, node, json_key(m), &wants, err))
                return false;
            c->wants_error = c->wants_error || wants;
        } else if (ends_with(member, "error_contains")) {
            c->wants_error = true;
            if (!json_want_string(f->doc, node, json_key(m), &c->error_contains, err))
                return false;
        } else {
            check_expect(f, c, member, m, NULL);
        }
    }
    return true;
}

/* strict_expect_error_contains, beside the inputs. */
static bool
take_text_of_mode(struct fixture *f, const struct json *node, struct check *c,
                  struct error *err)
{
    const char *key = c->mode == MODE_STRICT ? "strict_expect_error_contains"
                                             : "hardened_expect_error_contains";

    c->wants_error = c->wants_error || json_get(node, key);
    return json_opt_string(f->doc, node, key, &c->error_contains, err);
}

static bool
fill_check(struct fixture *f, const struct json *node, struct check *c, struct error *err)
{
    const struct json *own = NULL;

    if (!json_want_string(f->doc, node, "name", &c->case_id, err) ||
        !json_opt_string(f->doc, node, "op", &c->operation, err) ||
        !json_opt(f->doc, node, c->mode == MODE_STRICT ? "strict" : "hardened",
                  JSON_OBJECT, &own, err) ||
        !take_expectations(f, node, c, err) || !take_text_of_mode(f, node, c, err) ||
        (own && !take_expectations(f, own, c, err)))
        return false;
    if (c->wants_error)
        c->member_count = 0;
    else if (c->member_count == 0)
        return json_fail(f->doc, node, err, ERR_MALFORMED,
                         "case '%s' expects nothing of %s mode", c->case_id,
                         c->mode == MODE_STRICT ? "strict" : "hardened");
    if (!json_get(node, "tolerance"))
        return true;
    c->rule.kind = COMPARE_CLOSE;
    return json_want_f64(f->doc, node, "tolerance", &c->rule.atol, err);
}

bool
schema_frankentorch(struct fixture *f, struct error *err)
{
    const struct json *cases;

    if (!json_want(f->doc, json_root(f->doc), "cases", JSON_ARRAY, &cases, err))
        return false;
    for (const struct json *node = json_first(cases); node; node = json_next(node)) {
        for (enum mode mode = MODE_STRICT; mode <= MODE_HARDENED; mode++) {
            struct check *c = fixture_add(f);

            c->mode = mode;
            if (!fill_check(f, node, c, err))
                return false;
        }
        f->case_count++;
    }
    return true;
}
