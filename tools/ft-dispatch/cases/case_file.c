#include "cases/case_file.h"

#include <string.h>

static bool
use_version(struct case_file *f, const char *name, struct error *err)
{
    const struct torch_version *version;

    if (!torch_version_find(&version, name, err))
        return false;
    keyspace_init(&f->keys, version);
    f->context.keys = &f->keys;
    f->context.doc = f->doc;
    registry_builtin(&f->keys, &f->arena, f->context.builtin);
    return true;
}

static bool
open_lockstep(struct case_file *f, struct error *err)
{
    const struct json *provenance = NULL;
    const char *version = TORCH_DEFAULT;

    f->schema = SCHEMA_LOCKSTEP;
    f->context.outside_only = true;
    return json_want(f->doc, json_root(f->doc), "provenance", JSON_OBJECT, &provenance,
                     err) &&
           json_opt_string(f->doc, provenance, "version", &version, err) &&
           use_version(f, version, err) && record_cases_begin(&f->cases, f->doc, err);
}

static bool
open_torch(struct case_file *f, struct error *err)
{
    const struct json *root = json_root(f->doc), *cases = NULL, *fallbacks = NULL;
    const char *version = NULL;

    f->schema = SCHEMA_TORCH;
    if (!json_want_string(f->doc, root, "torch_version", &version, err) ||
        !use_version(f, version, err) ||
        !json_want(f->doc, root, "cases", JSON_ARRAY, &cases, err) ||
        !json_opt(f->doc, root, "base_fallbacks", JSON_ARRAY, &fallbacks, err))
        return false;
    f->next = json_first(cases);
    return !fallbacks || read_fallbacks(&f->keys, f->doc, fallbacks, &f->arena,
                                        f->context.builtin, err);
}

static bool
recognise(struct case_file *f, struct error *err)
{
    const struct json *root = json_root(f->doc), *cases = NULL;
    const char *schema = NULL;

    if (json_type(root) != JSON_OBJECT)
        return json_fail(f->doc, root, err, ERR_MALFORMED,
                         "a file of cases is an object");
    if (!json_opt_string(f->doc, root, "schema", &schema, err))
        return false;
    if (schema && strcmp(schema, RECORD_CASES_SCHEMA) == 0)
        return open_lockstep(f, err);
    if (schema && strcmp(schema, "ft-dispatch-cases/1") == 0)
        return open_torch(f, err);
    if (schema)
        return json_fail(f->doc, root, err, ERR_VERSION,
                         "schema '%.60s' is not " RECORD_CASES_SCHEMA
                         " or ft-dispatch-cases/1",
                         schema);
    /* FrankenTorch's dispatch_key_cases.json has no schema; its cases tell it. */
    f->schema = SCHEMA_FRANKENTORCH;
    if (!use_version(f, TORCH_DEFAULT, err) ||
        !json_want(f->doc, root, "cases", JSON_ARRAY, &cases, err))
        return false;
    f->next = json_first(cases);
    return true;
}

bool
case_file_open(struct case_file *f, const char *path, struct error *err)
{
    memset(f, 0, sizeof(*f));
    if (!json_open(&f->doc, path, NULL, err))
        return false;
    if (recognise(f, err))
        return true;
    case_file_close(f);
    return error_in(err, path);
}

bool
case_file_parse(struct case_file *f, const char *text, size_t size, struct error *err)
{
    memset(f, 0, sizeof(*f));
    if (!json_parse(&f->doc, text, size, NULL, err))
        return false;
    if (recognise(f, err))
        return true;
    case_file_close(f);
    return false;
}

void
case_file_close(struct case_file *f)
{
    json_free(f->doc);
    arena_clear(&f->arena);
    f->doc = NULL;
}

/* Operations share one list with the other torch tools, hence their prefix. */
static const char *
kind_of(const char *operation)
{
    if (strcmp(operation, "dispatch_aten") == 0)
        return "table";
    return strncmp(operation, "dispatch_", 9) == 0 ? operation + 9 : "unknown";
}

static bool
next_lockstep(struct case_file *f, struct case_item *out, bool *more, struct error *err)
{
    struct record_case c;
    struct record_expect expect;

    if (!record_cases_next(&f->cases, &c, more, err) || !*more)
        return !*more && err->class == ERR_NONE;
    if (!record_case_expect(&f->cases, &c, MODE_STRICT, &expect, err))
        return false;
    *out = (struct case_item){.packet_id = f->cases.packet_id,
                              .case_id = c.case_id,
                              .kind = kind_of(c.operation),
                              .strict = c.strict,
                              .hardened = c.hardened,
                              .node = c.node,
                              .input = c.inputs,
                              .expect = expect.value};
    return c.inputs ||
           json_fail(f->doc, c.node, err, ERR_MALFORMED, "a case needs \"in\"");
}

bool
case_file_next(struct case_file *f, struct case_item *out, bool *more, struct error *err)
{
    if (f->schema == SCHEMA_LOCKSTEP)
        return next_lockstep(f, out, more, err);
    *more = f->next != NULL;
    if (!*more)
        return true;
    *out = (struct case_item){.packet_id = "ft-dispatch-cases",
                              .kind = "frankentorch",
                              .strict = true,
                              .hardened = true,
                              .node = f->next,
                              .input = f->next,
                              .expect = json_get(f->next, "expect")};
    if (f->schema == SCHEMA_FRANKENTORCH)
        out->packet_id = "FT-P2C-002";
    if (json_type(f->next) != JSON_OBJECT)
        return json_fail(f->doc, f->next, err, ERR_MALFORMED, "a case is an object");
    f->next = json_next(f->next);
    if (f->schema == SCHEMA_FRANKENTORCH)
        return json_want_string(f->doc, out->node, "name", &out->case_id, err);
    return json_want_string(f->doc, out->node, "id", &out->case_id, err) &&
           json_want_string(f->doc, out->node, "kind", &out->kind, err);
}
