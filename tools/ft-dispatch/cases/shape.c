#include "cases/shape.h"

#include <inttypes.h>
#include <string.h>

void
shape_bits(struct json_out *j, const char *key, uint64_t bits)
{
    json_stringf(j, key, "0x%016" PRIx64, bits);
}

static void
shape_key(struct json_out *j, const char *key, const struct keyspace *k, unsigned value)
{
    json_object(j, key);
    json_u64(j, "value", value);
    json_string(j, "name", key_name(k, value));
    json_end(j);
}

bool
shape_wants(const struct json *like, const char *member)
{
    return !like || json_get(like, member);
}

static void
shape_keys(struct json_out *j, const struct keyspace *k, uint64_t set)
{
    uint8_t keys[KEYS_MAX];
    size_t n = keyset_keys(k, set, keys);

    json_array(j, "keys");
    for (size_t i = 0; i < n; i++)
        json_string(j, NULL, key_name(k, keys[i]));
    json_end(j);
}

void
shape_facts(struct json_out *j, const char *key, const struct keyspace *k, uint64_t set,
            const struct json *like)
{
    struct buf text = {0};

    keyset_format(k, set, &text);
    json_object(j, key);
    shape_bits(j, "raw", set);
    json_string(j, "str", buf_string(&text));
    shape_keys(j, k, set);
    if (shape_wants(like, "highest_functionality"))
        json_string(j, "highest_functionality",
                    key_name(k, keyset_functionality(k, set)));
    if (shape_wants(like, "highest_backend"))
        json_string(j, "highest_backend",
                    k->version->backends[keyset_backend(k, set)].name);
    shape_key(j, "highest_priority_type_id", k, keyset_key(k, set));
    if (shape_wants(like, "highest_priority_backend_type_id"))
        shape_key(j, "highest_priority_backend_type_id", k, keyset_backend_key(k, set));
    if (shape_wants(like, "table_index"))
        json_u64(j, "table_index", keyset_slot(k, set));
    if (shape_wants(like, "backend_index"))
        json_u64(j, "backend_index", keyset_backend_index(k, set));
    if (shape_wants(like, "legacy_extract"))
        shape_key(j, "legacy_extract", k, keyset_legacy_extract(k, set));
    json_end(j);
    buf_clear(&text);
}

bool
is_builtin(const struct kernel *const builtin[static KEYS_MAX],
           const struct kernel *kernel)
{
    return kernel && builtin[kernel->key] == kernel;
}

void
shape_table(struct json_out *j, const char *key, const struct registry *r,
            const struct kernel *const builtin[])
{
    const struct keyspace *k = r->keys;

    json_array(j, key);
    for (unsigned i = 0; registry_exists(r) && i < k->runtime_count; i++) {
        struct resolution found = resolve(r, k->runtime[i]);

        if (!found.kernel || (builtin && is_builtin(builtin, found.kernel)))
            continue;
        json_array(j, NULL);
        json_string(j, NULL, key_name(k, k->runtime[i]));
        json_string(j, NULL, found.kernel->debug);
        json_string(j, NULL, rule_text(found.rule));
        json_bool(j, NULL, found.kernel->kind == KERNEL_FALLTHROUGH);
        json_end(j);
    }
    json_end(j);
}

void
shape_builtin_keys(struct json_out *j, const char *key, const struct registry *r,
                   const struct kernel *const builtin[static KEYS_MAX])
{
    const struct keyspace *k = r->keys;

    json_array(j, key);
    for (unsigned i = 0; registry_exists(r) && i < k->runtime_count; i++)
        if (is_builtin(builtin, resolve(r, k->runtime[i]).kernel))
            json_string(j, NULL, key_name(k, k->runtime[i]));
    json_end(j);
}

void
shape_runtime_keys(struct json_out *j, const char *key, const struct runtime_table *t)
{
    const struct keyspace *k = t->registry.keys;

    json_array(j, key);
    for (unsigned i = 0; registry_exists(&t->registry) && i < k->runtime_count; i++)
        if (runtime_slot(t, k->runtime[i]))
            json_string(j, NULL, key_name(k, k->runtime[i]));
    json_end(j);
}

/* How a slot's content is told from outside. */
static const char *
slot_text(const struct kernel *kernel)
{
    return kernel->kind == KERNEL_FALLTHROUGH ? "<fallthrough>"
           : kernel->kind == KERNEL_AMBIGUOUS ? "<ambiguous_autogradother>"
                                              : kernel->debug;
}

void
shape_runtime_table(struct json_out *j, const char *key, const struct runtime_table *t,
                    const struct kernel *const builtin[static KEYS_MAX])
{
    const struct keyspace *k = t->registry.keys;

    json_object(j, key);
    for (unsigned i = 0; registry_exists(&t->registry) && i < k->runtime_count; i++) {
        const struct kernel *kernel = runtime_slot(t, k->runtime[i]);

        if (kernel &&
            (kernel->kind == KERNEL_FALLTHROUGH || !is_builtin(builtin, kernel)))
            json_string(j, key_name(k, k->runtime[i]), slot_text(kernel));
    }
    json_end(j);
}

static void
shape_side(struct json_out *j, const struct kernel *kernel, const char *builtin_text)
{
    if (!kernel)
        json_null(j, NULL);
    else if (builtin_text && kernel->kind != KERNEL_FALLTHROUGH)
        json_string(j, NULL, builtin_text);
    else
        json_string(j, NULL, slot_text(kernel));
}

void
shape_runtime_differs(struct json_out *j, const char *key, const struct runtime_table *t,
                      const struct kernel *const builtin[static KEYS_MAX])
{
    const struct keyspace *k = t->registry.keys;

    json_array(j, key);
    for (unsigned i = 0; registry_exists(&t->registry) && i < k->runtime_count; i++) {
        const struct kernel *computed = resolve(&t->registry, k->runtime[i]).kernel;
        const struct kernel *stored = runtime_slot(t, k->runtime[i]);

        if (computed == stored)
            continue;
        json_array(j, NULL);
        json_string(j, NULL, key_name(k, k->runtime[i]));
        shape_side(j, computed, NULL);
        shape_side(j, stored, is_builtin(builtin, stored) ? "<builtin>" : NULL);
        json_end(j);
    }
    json_end(j);
}

static void
shape_error(struct json_out *j, const struct runtime_table *t, const struct call *call,
            bool outside)
{
    struct buf text = {0};

    if (call->outcome == OUTCOME_RETURNED) {
        json_null(j, "error");
        return;
    }
    call_error_text(t, call, &text);
    json_object(j, "error");
    json_string(j, "type", outcome_type(call->outcome));
    json_string(j, "class", outcome_name(call->outcome));
    json_string_n(j, "first_line", buf_string(&text), strcspn(buf_string(&text), "\n"));
    if (!outside)
        json_string(j, "key", key_name(t->registry.keys, call->key));
    json_end(j);
    buf_clear(&text);
}

/* Torch's own autograd fallback is no traced kernel: it has a list of its own. */
static void
shape_autograd_hops(struct json_out *j, const struct keyspace *k, const struct call *call)
{
    uint64_t traced = 0;
    bool any = false;

    for (size_t i = 0; i < call->hop_count; i++) {
        const struct hop *hop = &call->hops[i];

        if (hop->kernel->kind != KERNEL_AUTOGRAD) {
            traced++;
            continue;
        }
        if (!any)
            json_array(j, "autograd_fallback_hops");
        any = true;
        json_array(j, NULL);
        json_u64(j, NULL, traced);
        json_string(j, NULL, key_name(k, hop->key));
        shape_bits(j, NULL, hop->keyset);
        json_end(j);
    }
    if (any)
        json_end(j);
}

void
shape_call(struct json_out *j, const char *key, const struct runtime_table *t,
           const struct call *call, bool outside)
{
    const struct keyspace *k = t->registry.keys;

    json_object(j, key);
    json_array(j, "trace");
    for (size_t i = 0; i < call->hop_count; i++) {
        const struct hop *hop = &call->hops[i];

        if (hop->kernel->kind == KERNEL_AUTOGRAD)
            continue;
        json_object(j, NULL);
        json_string(j, "kernel", hop->kernel->debug);
        shape_bits(j, "keyset", hop->keyset);
        json_string(j, "key", key_name(k, hop->key));
        json_end(j);
    }
    json_end(j);
    shape_error(j, t, call, outside);
    if (!outside)
        shape_autograd_hops(j, k, call);
    json_end(j);
}
