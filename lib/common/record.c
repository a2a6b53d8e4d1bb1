#include "record.h"

#include <string.h>

static const char *const header_keys[] = {"schema", "packet_id", "provenance", "cases",
                                          NULL};
static const char *const case_keys[] = {"case_id", "operation", "modes",   "args",
                                        "in",      "expect",    "error",   "compare",
                                        "strict",  "hardened",  "comment", NULL};
static const char *const override_keys[] = {"expect", "error", "diagnostics", NULL};

bool
record_cases_begin(struct record_cases *r, const struct json_doc *doc, struct error *err)
{
    const struct json *root = json_root(doc);
    const struct json *cases;
    const char *schema;

    *r = (struct record_cases){.doc = doc};
    if (!json_want_string(doc, root, "schema", &schema, err))
        return false;
    if (strcmp(schema, RECORD_CASES_SCHEMA) != 0)
        return json_fail(doc, root, err, ERR_VERSION, "schema '%s' is not '%s'", schema,
                         RECORD_CASES_SCHEMA);
    if (!json_only(doc, root, header_keys, err) ||
        !json_want_string(doc, root, "packet_id", &r->packet_id, err) ||
        !json_want(doc, root, "cases", JSON_ARRAY, &cases, err))
        return false;
    r->next = json_first(cases);
    return true;
}

static bool
read_modes(const struct record_cases *r, struct record_case *c, struct error *err)
{
    const struct json *modes;

    if (!json_want(r->doc, c->node, "modes", JSON_ARRAY, &modes, err))
        return false;
    for (const struct json *m = json_first(modes); m; m = json_next(m)) {
        const char *name = json_type(m) == JSON_STRING ? json_text(m) : "";
        bool *mode = strcmp(name, "strict") == 0     ? &c->strict
                     : strcmp(name, "hardened") == 0 ? &c->hardened
                                                     : NULL;

        if (!mode || *mode)
            return json_fail(r->doc, m, err, ERR_MALFORMED,
                             "modes are \"strict\" and \"hardened\", each once");
        *mode = true;
    }
    return c->strict || c->hardened ||
           json_fail(r->doc, modes, err, ERR_MALFORMED, "a case needs a mode");
}

static bool
check_case_id(const struct record_cases *r, const struct record_case *c,
              struct error *err)
{
    size_t n = strlen(c->case_id);

    if (n == 0 || n > 128 ||
        strspn(c->case_id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                           "0123456789_-.") != n)
        return json_fail(r->doc, c->node, err, ERR_MALFORMED,
                         "case_id is 1 to 128 letters, digits, '_', '-' or '.'");
    return true;
}

bool
record_cases_next(struct record_cases *r, struct record_case *out, bool *more,
                  struct error *err)
{
    *more = r->next != NULL;
    if (!*more)
        return true;
    *out = (struct record_case){.node = r->next};
    r->next = json_next(r->next);
    if (json_type(out->node) != JSON_OBJECT)
        return json_fail(r->doc, out->node, err, ERR_MALFORMED, "a case is an object");
    return json_only(r->doc, out->node, case_keys, err) &&
           json_want_string(r->doc, out->node, "case_id", &out->case_id, err) &&
           check_case_id(r, out, err) &&
           json_want_string(r->doc, out->node, "operation", &out->operation, err) &&
           read_modes(r, out, err) &&
           json_opt(r->doc, out->node, "args", JSON_OBJECT, &out->args, err) &&
           json_opt(r->doc, out->node, "in", JSON_OBJECT, &out->inputs, err);
}

bool
record_case_expect(const struct record_cases *r, const struct record_case *c,
                   enum mode mode, struct record_expect *out, struct error *err)
{
    const struct json *from = json_get(c->node, mode_name(mode));

    *out = (struct record_expect){0};
    if (from && !json_only(r->doc, from, override_keys, err))
        return false;
    if (from &&
        !json_opt(r->doc, from, "diagnostics", JSON_ARRAY, &out->diagnostics, err))
        return false;
    /* An override may add diagnostics alone and leave the expectation as it is. */
    if (!from || (!json_get(from, "expect") && !json_get(from, "error")))
        from = c->node;
    out->value = json_get(from, "expect");
    if (!json_opt(r->doc, from, "error", JSON_OBJECT, &out->error, err))
        return false;
    if (!out->value == !out->error)
        return json_fail(r->doc, from, err, ERR_MALFORMED,
                         "a case expects exactly one of \"expect\" and \"error\"");
    return true;
}

void
record_result_begin(struct json_out *j, FILE *stream, const char *packet_id,
                    const char *case_id, enum mode mode, bool ok)
{
    json_start(j, stream, JSON_LINE);
    json_object(j, NULL);
    json_string(j, "schema", RECORD_RESULT_SCHEMA);
    json_string(j, "packet_id", packet_id);
    json_string(j, "case_id", case_id);
    json_string(j, "mode", mode_name(mode));
    json_string(j, "outcome", ok ? "ok" : "error");
}

void
record_result_error(struct json_out *j, const struct error *err)
{
    json_object(j, "error");
    json_string(j, "class",
                err->subclass[0] ? err->subclass : error_class_name(err->class));
    json_string(j, "message", err->message);
    if (err->at[0])
        json_string(j, "at", err->at);
    json_end(j);
}

void
record_result_end(struct json_out *j, const struct diagnostics *diagnostics)
{
    diagnostics_write(diagnostics, j);
    json_end(j);
}
