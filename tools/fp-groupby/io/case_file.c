/* case_file.c: one view on two schemas. */
#include "io/case_file.h"

#include <string.h>

static bool
open_oracle(struct case_file *f, struct error *err)
{
    static const char *const keys[] = {"schema", "pandas", "numpy",
                                       "seed",   "cases",  NULL};
    const struct json *root = json_root(f->doc);
    const struct json *cases;

    if (!json_only(f->doc, root, keys, err) ||
        !json_want(f->doc, root, "cases", JSON_ARRAY, &cases, err))
        return false;
    f->oracle = true;
    f->packet_id = "fp-groupby-oracle";
    f->next = json_first(cases);
    return true;
}

bool
case_file_open(struct case_file *f, const char *path, struct error *err)
{
    const char *schema;
    bool ok = false;

    *f = (struct case_file){0};
    if (!json_open(&f->doc, path, NULL, err))
        return false;
    if (json_get(json_root(f->doc), "fixture_provenance") &&
        !json_get(json_root(f->doc), "schema")) {
        f->packet = true;
        f->next = json_root(f->doc);
        return true;
    }
    if (!json_want_string(f->doc, json_root(f->doc), "schema", &schema, err))
        goto done;
    if (strcmp(schema, "fp-groupby-oracle/2") == 0)
        ok = open_oracle(f, err);
    else if (strcmp(schema, RECORD_CASES_SCHEMA) == 0) {
        ok = record_cases_begin(&f->cases, f->doc, err);
        f->packet_id = f->cases.packet_id;
    } else
        (void)json_fail(f->doc, json_root(f->doc), err, ERR_VERSION,
                        "unknown schema '%s' (known: %s, fp-groupby-oracle/2)", schema,
                        RECORD_CASES_SCHEMA);
done:
    if (!ok)
        case_file_close(f);
    return ok || error_in(err, path);
}

static bool
next_oracle(struct case_file *f, struct case_item *out, bool *more, struct error *err)
{
    static const char *const keys[] = {"id", "op", "args", "in", "out", "error", NULL};
    const struct json *node = f->next;

    *more = node != NULL;
    if (!node)
        return true;
    *out =
        (struct case_item){.packet_id = f->packet_id, .strict = true, .hardened = true};
    f->next = json_next(node);
    return json_only(f->doc, node, keys, err) &&
           json_want_string(f->doc, node, "id", &out->case_id, err) &&
           json_want_string(f->doc, node, "op", &out->operation, err) &&
           json_want(f->doc, node, "args", JSON_OBJECT, &out->args, err) &&
           json_want(f->doc, node, "in", JSON_OBJECT, &out->inputs, err);
}

/* The one case of a FrankenPandas file. */
static bool
next_packet(struct case_file *f, struct case_item *out, bool *more, struct error *err)
{
    const struct json *node = f->next;
    const char *mode;

    *more = node != NULL;
    f->next = NULL;
    if (!node)
        return true;
    *out = (struct case_item){.packet = node, .expected = node};
    for (const struct json *m = json_first(node); m; m = json_next(m))
        if (strncmp(json_key(m), "expected_", strlen("expected_")) == 0)
            out->expected = m;
    if (!json_want_string(f->doc, node, "packet_id", &out->packet_id, err) ||
        !json_want_string(f->doc, node, "case_id", &out->case_id, err) ||
        !json_want_string(f->doc, node, "operation", &out->operation, err) ||
        !json_want_string(f->doc, node, "mode", &mode, err))
        return false;
    out->strict = strcmp(mode, "strict") == 0;
    out->hardened = strcmp(mode, "hardened") == 0;
    return out->strict || out->hardened ||
           json_fail(f->doc, node, err, ERR_MALFORMED, "unknown mode '%s'", mode);
}

bool
case_file_next(struct case_file *f, struct case_item *out, bool *more, struct error *err)
{
    struct record_case c;

    if (f->packet)
        return next_packet(f, out, more, err);
    if (f->oracle)
        return next_oracle(f, out, more, err);
    if (!record_cases_next(&f->cases, &c, more, err))
        return false;
    if (*more)
        *out = (struct case_item){.packet_id = f->packet_id,
                                  .case_id = c.case_id,
                                  .operation = c.operation,
                                  .strict = c.strict,
                                  .hardened = c.hardened,
                                  .args = c.args,
                                  .inputs = c.inputs};
    return true;
}

void
case_file_close(struct case_file *f)
{
    json_free(f->doc);
    *f = (struct case_file){0};
}
