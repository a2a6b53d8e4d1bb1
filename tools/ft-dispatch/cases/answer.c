#include "cases/answer.h"

#include "cases/shape.h"

#include <string.h>

static bool
is_null(const struct json *node)
{
    return node && json_type(node) == JSON_NULL;
}

static bool
wanted(const struct answer *a, const char *part)
{
    return shape_wants(a->expect, part);
}

/* --- algebra --- */

static bool
prepare_algebra(struct answer *a, const struct json *input, struct error *err)
{
    const struct keyspace *k = a->context->keys;
    const struct json_doc *doc = a->context->doc;
    const char *backend = NULL;

    if (!read_set(k, doc, json_get(input, "a"), &a->a, err) ||
        !read_set(k, doc, json_get(input, "b"), &a->b, err) ||
        !read_key(k, doc, json_get(input, "key"), &a->key, err) ||
        !json_want_string(doc, input, "backend", &backend, err))
        return false;
    return backend_find(k, backend, &a->backend) ||
           json_fail(doc, json_get(input, "backend"), err, ERR_UNSUPPORTED,
                     "torch %s has no backend component '%.60s'", k->version->name,
                     backend);
}

static void
write_algebra(const struct answer *a, struct json_out *j, const char *key)
{
    const struct keyspace *k = a->context->keys;
    const struct torch_version *v = k->version;
    uint64_t bit = a->backend ? 1ULL << (a->backend - 1) : 0;
    const struct json *like = json_get(a->expect, "a");

    json_object(j, key);
    shape_facts(j, "a", k, a->a, like);
    shape_bits(j, "or", a->a | a->b);
    shape_bits(j, "and", a->a & a->b);
    shape_bits(j, "sub", keyset_sub(k, a->a, a->b));
    if (wanted(a, "xor"))
        shape_bits(j, "xor", a->a ^ a->b);
    shape_bits(j, "add_key", a->a | k->bits[a->key]);
    shape_bits(j, "remove_key", keyset_remove(k, a->a, a->key));
    if (wanted(a, "remove_backend"))
        shape_bits(j, "remove_backend", a->a & ~bit);
    json_bool(j, "has_key", keyset_has(k, a->a, a->key));
    if (wanted(a, "has_backend"))
        json_bool(j, "has_backend", (a->a & bit) != 0);
    json_bool(j, "superset", (a->a & a->b) == a->b);
    if (wanted(a, "has_any_raw"))
        json_bool(j, "has_any_raw", (a->a & a->b) != 0);
    shape_facts(j, "tls_default", k,
                keyset_sub(k, a->a | v->default_included, v->default_excluded), like);
    json_end(j);
}

/* The one case that asks for a refusal: the set has bits no key has. */
static bool
prepare_unknown_bits(struct answer *a, const struct json *input, struct error *err)
{
    const struct json_doc *doc = a->context->doc;
    const struct json *set = NULL;
    const char *raw = NULL;

    if (!json_want(doc, input, "a", JSON_OBJECT, &set, err) ||
        !json_want_string(doc, set, "raw", &raw, err))
        return false;
    if (!keyset_parse_hex(raw, strlen(raw), &a->a))
        return json_fail(doc, set, err, ERR_MALFORMED, "a raw keyset is \"0x..\"");
    return keyset_unknown(a->context->keys, a->a) != 0 ||
           json_fail(doc, set, err, ERR_MALFORMED, "the set has no unknown bits");
}

/* --- tables --- */

static bool
prepare_table(struct answer *a, const struct json *input, struct error *err)
{
    const struct json_doc *doc = a->context->doc;
    const struct json *steps = NULL, *list = NULL, *schema = json_get(input, "schema");
    const char *op = NULL;
    bool defined = true;

    if (!json_want_string(doc, input, "op", &op, err) ||
        !json_opt_bool(doc, input, "def", &defined, err) ||
        !json_opt(doc, input, "steps", JSON_ARRAY, &steps, err) ||
        !json_opt(doc, input, "registrations", JSON_ARRAY, &list, err) ||
        !json_opt(doc, input, "calls", JSON_ARRAY, &a->calls, err))
        return false;
    if (!steps == !list)
        return json_fail(doc, input, err, ERR_MALFORMED,
                         "a table has either \"steps\" or \"registrations\"");
    a->is_dump = list != NULL;
    replay_begin(&a->replay, a->context->keys, &a->arena, op,
                 schema && json_type(schema) == JSON_STRING ? json_text(schema) : NULL,
                 defined, a->context->builtin);
    a->replay.is_boxed = true;
    if (list)
        return read_registrations(&a->replay, doc, list, err);
    return read_steps(&a->replay, doc, steps, err);
}

static bool
read_call(const struct answer *a, const struct json *node, uint64_t *arguments,
          struct tls *tls, struct error *err)
{
    const struct keyspace *k = a->context->keys;
    const struct json_doc *doc = a->context->doc;
    const struct json *args = NULL;

    if (!json_want(doc, node, "args", JSON_ARRAY, &args, err) ||
        !read_bits(k, doc, json_get(node, "included"), &tls->included, err) ||
        !read_bits(k, doc, json_get(node, "excluded"), &tls->excluded, err))
        return false;
    *arguments = 0;
    for (const struct json *n = json_first(args); n; n = json_next(n)) {
        uint64_t bits = 0;

        if (!read_bits(k, doc, n, &bits, err))
            return false;
        *arguments |= bits;
    }
    return true;
}

/* Calls are read twice, once to refuse and once to answer: there are thousands. */
static bool
check_calls(const struct answer *a, struct error *err)
{
    for (const struct json *n = a->calls ? json_first(a->calls) : NULL; n;
         n = json_next(n)) {
        uint64_t arguments;
        struct tls tls;

        if (!read_call(a, n, &arguments, &tls, err))
            return false;
    }
    return true;
}

static void
write_calls(const struct answer *a, struct json_out *j)
{
    struct error none = {0};

    json_array(j, "calls");
    for (const struct json *n = json_first(a->calls); n; n = json_next(n)) {
        uint64_t arguments;
        struct tls tls;
        struct call call;

        if (!read_call(a, n, &arguments, &tls, &none))
            break; /* check_calls() has read them all */
        call_operator(&a->replay.table, arguments, tls, &call);
        shape_call(j, NULL, &a->replay.table, &call, a->context->outside_only);
    }
    json_end(j);
}

static void
write_table_text(const struct answer *a, struct json_out *j)
{
    struct buf text = {0};

    if (a->expect && is_null(json_get(a->expect, "table_text"))) {
        json_null(j, "table_text"); /* the case did not record it */
        return;
    }
    table_dump(&a->replay.table.registry, &text);
    json_string_n(j, "table_text", buf_string(&text), text.size);
    buf_clear(&text);
}

static void
write_runtime(const struct answer *a, struct json_out *j)
{
    const struct runtime_table *t = &a->replay.table;
    bool defined = t->registry.defined;

    if (wanted(a, "has_computed_kernel"))
        shape_runtime_keys(j, "has_computed_kernel", t);
    /* A slot can be looked into only through a schema. */
    if (wanted(a, "runtime_table")) {
        if (defined)
            shape_runtime_table(j, "runtime_table", t, a->context->builtin);
        else
            json_null(j, "runtime_table");
    }
    if (wanted(a, "runtime_differs")) {
        if (defined)
            shape_runtime_differs(j, "runtime_differs", t, a->context->builtin);
        else
            json_null(j, "runtime_differs");
    }
    if (wanted(a, "invariants_ok")) {
        /* Older files asked torch, which finds no fault with what is not there. */
        if (registry_exists(&t->registry) || !wanted(a, "runtime_table"))
            json_bool(j, "invariants_ok", runtime_is_consistent(t));
        else
            json_null(j, "invariants_ok");
    }
}

static void
write_table(const struct answer *a, struct json_out *j, const char *key)
{
    const struct registry *r = &a->replay.table.registry;
    const struct kernel *const *builtin = a->context->builtin;

    json_object(j, key);
    shape_table(j, "table", r, a->is_dump ? NULL : builtin);
    if (!a->is_dump) {
        if (wanted(a, "table_builtin_fallbacks"))
            shape_builtin_keys(j, "table_builtin_fallbacks", r, builtin);
        if (wanted(a, "table_text"))
            write_table_text(a, j);
        write_runtime(a, j);
    }
    if (a->calls)
        write_calls(a, j);
    json_end(j);
}

/* --- what torch refuses --- */

static bool
refuse(struct answer *a, const char *text)
{
    a->type = "RuntimeError";
    buf_puts(&a->text, text);
    return true;
}

static bool
prepare_refusal(struct answer *a, const struct json *input, struct error *err)
{
    const struct keyspace *k = a->context->keys;
    struct error refusal = {0};
    const char *name = NULL;

    if (!json_get(input, "parse")) {
        if (prepare_table(a, input, &refusal))
            return true;
        if (refusal.subclass[0])
            return refuse(a, refusal.message);
        *err = refusal;
        return false;
    }
    if (!json_want_string(a->context->doc, input, "parse", &name, err))
        return false;
    a->is_key = key_find(k, name, strlen(name), &a->key) &&
                (k->version->keys[a->key].flags & KEY_PARSES);
    if (a->is_key)
        return true;
    (void)refuse(a, "could not parse dispatch key: ");
    buf_puts(&a->text, name);
    return true;
}

static void
write_refusal(const struct answer *a, struct json_out *j, const char *key)
{
    json_object(j, key);
    if (a->type) {
        json_string(j, "type", a->type);
        json_string_n(j, "text", (const char *)a->text.data, a->text.size);
    } else if (a->is_key) {
        json_u64(j, "value", a->key);
    } else {
        json_bool(j, "accepted", true);
    }
    json_end(j);
}

/* --- all kinds --- */

bool
answer_prepare(struct answer *out, const struct case_context *context, const char *kind,
               const char *id, const struct json *input, const struct json *expect,
               struct error *err)
{
    memset(out, 0, sizeof(*out));
    out->context = context;
    out->expect = expect;
    if (strcmp(kind, "algebra") == 0) {
        out->kind = CASE_ALGEBRA;
        return prepare_algebra(out, input, err);
    }
    if (strcmp(kind, "unknown_bits") == 0) {
        out->kind = CASE_UNKNOWN_BITS;
        return prepare_unknown_bits(out, input, err);
    }
    if (strcmp(kind, "table") == 0) {
        out->kind = CASE_TABLE;
        return prepare_table(out, input, err) && check_calls(out, err);
    }
    if (strcmp(kind, "refusal") == 0) {
        out->kind = CASE_REFUSAL;
        return prepare_refusal(out, input, err);
    }
    if (strcmp(kind, "error_text") == 0) {
        out->kind = CASE_ERROR_TEXT;
        return error_text_answer(out, id, err);
    }
    return json_fail(context->doc, input, err, ERR_UNSUPPORTED,
                     "unknown kind of case '%.40s'", kind);
}

void
answer_write(const struct answer *a, struct json_out *j, const char *key)
{
    switch (a->kind) {
    case CASE_ALGEBRA: write_algebra(a, j, key); break;
    case CASE_UNKNOWN_BITS:
        json_object(j, key);
        json_string(j, "error", "UnknownBits");
        shape_bits(j, "unknown_mask", keyset_unknown(a->context->keys, a->a));
        json_end(j);
        break;
    case CASE_TABLE: write_table(a, j, key); break;
    case CASE_REFUSAL: write_refusal(a, j, key); break;
    case CASE_ERROR_TEXT:
        json_object(j, key);
        if (a->type)
            json_string(j, "type", a->type);
        else
            json_null(j, "type");
        json_string_n(j, "text", (const char *)a->text.data, a->text.size);
        json_end(j);
        break;
    }
}

void
answer_clear(struct answer *a)
{
    replay_clear(&a->replay);
    buf_clear(&a->text);
    arena_clear(&a->arena);
}
