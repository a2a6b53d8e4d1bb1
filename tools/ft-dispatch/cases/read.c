#include "cases/read.h"

#include <inttypes.h>
#include <string.h>

bool
read_key(const struct keyspace *k, const struct json_doc *doc, const struct json *node,
         unsigned *out, struct error *err)
{
    if (!node || json_type(node) != JSON_STRING)
        return json_fail(doc, node, err, ERR_MALFORMED, "a dispatch key is a string");

    const char *name = json_text(node);

    if (!key_find(k, name, strlen(name), out))
        return json_fail(doc, node, err, ERR_UNSUPPORTED,
                         "torch %s has no dispatch key '%.60s'", k->version->name, name);
    return true;
}

bool
read_bits(const struct keyspace *k, const struct json_doc *doc, const struct json *node,
          uint64_t *out, struct error *err)
{
    const char *text = node && json_type(node) == JSON_STRING ? json_text(node) : "";
    uint64_t unknown;

    if (!keyset_parse_hex(text, strlen(text), out))
        return json_fail(doc, node, err, ERR_MALFORMED,
                         "a raw keyset is \"0x\" and up to 16 hexadecimal digits");
    unknown = keyset_unknown(k, *out);
    if (unknown) {
        (void)json_fail(doc, node, err, ERR_UNSUPPORTED,
                        "dispatch keyset has unknown bitmask 0x%016" PRIx64, unknown);
        return error_subclass(err, "UnknownBits");
    }
    return true;
}

bool
read_set(const struct keyspace *k, const struct json_doc *doc, const struct json *node,
         uint64_t *out, struct error *err)
{
    static const char *const fields[] = {"raw", "keys", NULL};
    const struct json *keys = NULL;

    if (!node || json_type(node) != JSON_OBJECT || !json_only(doc, node, fields, err))
        return json_fail(doc, node, err, ERR_MALFORMED,
                         "a set is {\"raw\": \"0x..\"} or {\"keys\": [..]}");
    if (json_get(node, "raw"))
        return read_bits(k, doc, json_get(node, "raw"), out, err);
    if (!json_want(doc, node, "keys", JSON_ARRAY, &keys, err))
        return false;
    *out = 0;
    for (const struct json *n = json_first(keys); n; n = json_next(n)) {
        unsigned key = 0;

        if (!read_key(k, doc, n, &key, err))
            return false;
        *out |= k->bits[key];
    }
    return true;
}

/* --- registrations --- */

static bool
read_kernel(const struct json_doc *doc, const struct json *node, struct step *step,
            struct error *err)
{
    const char *kind = NULL;

    if (!json_want_string(doc, node, "kernel", &kind, err) ||
        !json_want_string(doc, node, "debug", &step->debug, err))
        return false;
    return kernel_kind_find(kind, &step->kind) ||
           json_fail(doc, node, err, ERR_UNSUPPORTED, "unknown kernel kind '%.40s'",
                     kind);
}

static bool
read_step(const struct replay *r, const struct json_doc *doc, const struct json *node,
          struct step *step, struct error *err)
{
    static const char *const makes[] = {"do", "key", "kernel", "debug", NULL};
    static const char *const drops[] = {"do", "step", NULL};
    const struct json *key = json_get(node, "key");
    const char *what = NULL;

    memset(step, 0, sizeof(*step));
    if (!json_want_string(doc, node, "do", &what, err))
        return false;
    if (strcmp(what, "deregister") == 0) {
        step->what = STEP_DEREGISTER;
        return json_only(doc, node, drops, err) &&
               json_want_u64(doc, node, "step", &step->target, err);
    }
    step->what = strcmp(what, "fallback") == 0 ? STEP_FALLBACK : STEP_IMPL;
    if (step->what == STEP_IMPL && strcmp(what, "impl") != 0)
        return json_fail(doc, node, err, ERR_UNSUPPORTED,
                         "unknown step '%.40s' (impl, fallback or deregister)", what);
    if (!json_only(doc, node, makes, err) || !read_kernel(doc, node, step, err))
        return false;
    step->catch_all = step->what == STEP_IMPL && (!key || json_type(key) == JSON_NULL);
    return step->catch_all ||
           read_key(r->table.registry.keys, doc, key ? key : node, &step->key, err);
}

bool
read_steps(struct replay *r, const struct json_doc *doc, const struct json *steps,
           struct error *err)
{
    for (const struct json *n = json_first(steps); n; n = json_next(n)) {
        struct step step;

        if (json_type(n) != JSON_OBJECT)
            return json_fail(doc, n, err, ERR_MALFORMED, "a step is an object");
        if (!read_step(r, doc, n, &step, err))
            return false;
        if (!replay_step(r, &step, err)) {
            struct error place = {0};

            (void)json_fail(doc, n, &place, err->class, "-");
            return error_at(err, "%s", place.at);
        }
    }
    return true;
}

static bool
read_registration(struct replay *r, const struct json_doc *doc, const struct json *node,
                  struct error *err)
{
    static const char *const fields[] = {"key", "debug", "kernel", "inactive", NULL};
    struct step step = {.what = STEP_IMPL};

    return (json_type(node) == JSON_OBJECT ||
            json_fail(doc, node, err, ERR_MALFORMED, "a registration is an object")) &&
           json_only(doc, node, fields, err) && read_kernel(doc, node, &step, err) &&
           read_key(r->table.registry.keys, doc, json_get(node, "key"), &step.key, err) &&
           replay_add(r, &step, err);
}

bool
read_registrations(struct replay *r, const struct json_doc *doc, const struct json *list,
                   struct error *err)
{
    size_t count = json_count(list), i = 0;
    const struct json **nodes = NULL;
    bool ok = true;

    /* The oldest is registered first, so the list is read backwards. */
    nodes = arena_alloc(r->arena, (count + 1) * sizeof(struct json *));
    for (const struct json *n = json_first(list); n; n = json_next(n))
        nodes[i++] = n;
    while (ok && i > 0)
        ok = read_registration(r, doc, nodes[--i], err);
    if (ok)
        replay_settle(r);
    return ok;
}

bool
read_fallbacks(const struct keyspace *k, const struct json_doc *doc,
               const struct json *list, struct arena *arena,
               const struct kernel *out[static KEYS_MAX], struct error *err)
{
    memset(out, 0, sizeof(*out) * KEYS_MAX);
    for (const struct json *n = json_first(list); n; n = json_next(n)) {
        struct kernel *kernel = arena_alloc(arena, sizeof(*kernel));
        const char *behaviour = "builtin";
        bool fallthrough = false;

        if (!read_key(k, doc, json_get(n, "key"), &kernel->key, err) ||
            !json_want_string(doc, n, "debug", &kernel->debug, err) ||
            !json_opt_bool(doc, n, "fallthrough", &fallthrough, err) ||
            !json_opt_string(doc, n, "behaviour", &behaviour, err))
            return false;
        if (fallthrough)
            kernel->kind = KERNEL_FALLTHROUGH;
        else if (!kernel_kind_find(behaviour, &kernel->kind))
            return json_fail(doc, n, err, ERR_UNSUPPORTED, "unknown behaviour '%.40s'",
                             behaviour);
        out[kernel->key] = kernel;
    }
    return true;
}
