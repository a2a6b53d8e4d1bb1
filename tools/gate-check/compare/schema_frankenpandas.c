/*
 * FrankenPandas' packet fixtures: one case a file, in its own mode, with expected_*
 * fields; a value has the same fields without the prefix.
 */
#include "compare/schemas.h"

#include <string.h>

static const char prefix[] = "expected_";

static bool
read_mode(const struct fixture *f, struct check *c, struct error *err)
{
    const struct json *root = json_root(f->doc);
    const char *mode;

    if (!json_want_string(f->doc, root, "mode", &mode, err))
        return false;
    if (strcmp(mode, "strict") != 0 && strcmp(mode, "hardened") != 0)
        return json_fail(f->doc, root, err, ERR_MALFORMED,
                         "mode '%s' is neither strict nor hardened", mode);
    c->mode = mode[0] == 's' ? MODE_STRICT : MODE_HARDENED;
    return true;
}

static bool
read_expected(struct fixture *f, struct check *c, struct error *err)
{
    const struct json *root = json_root(f->doc);

    for (const struct json *m = json_first(root); m; m = json_next(m)) {
        const char *key = json_key(m);

        if (strncmp(key, prefix, sizeof prefix - 1) != 0 || json_type(m) == JSON_NULL)
            continue;
        if (strcmp(key, "expected_error_contains") == 0) {
            c->wants_error = true;
            if (!json_want_string(f->doc, root, key, &c->error_contains, err))
                return false;
        } else {
            check_expect(f, c, key + sizeof prefix - 1, m, NULL);
        }
    }
    return c->wants_error != (c->member_count > 0) ||
           json_fail(f->doc, root, err, ERR_MALFORMED,
                     "a packet expects either values or an error");
}

bool
schema_frankenpandas(struct fixture *f, struct error *err)
{
    const struct json *root = json_root(f->doc), *provenance = NULL;
    struct check *c = fixture_add(f);

    f->case_count = 1;
    c->rule = (struct compare_rule){.kind = COMPARE_SEMANTIC, .tolerance = 1e-14};
    if (!json_opt(f->doc, root, "fixture_provenance", JSON_OBJECT, &provenance, err) ||
        (provenance &&
         !json_opt_string(f->doc, provenance, "pandas_version", &f->version, err)))
        return false;
    return json_want_string(f->doc, root, "packet_id", &c->packet_id, err) &&
           json_want_string(f->doc, root, "case_id", &c->case_id, err) &&
           json_want_string(f->doc, root, "operation", &c->operation, err) &&
           read_mode(f, c, err) && read_expected(f, c, err);
}
