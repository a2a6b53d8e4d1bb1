#include "dispatcher/registry.h"

#include <string.h>

const struct kernel kernel_ambiguous = {.debug = "ambiguous_autogradother",
                                        .kind = KERNEL_AMBIGUOUS};

void
registry_builtin(const struct keyspace *keys, struct arena *arena,
                 const struct kernel *fallback[static KEYS_MAX])
{
    const struct torch_version *v = keys->version;

    memset(fallback, 0, sizeof(*fallback) * KEYS_MAX);
    for (unsigned i = 0; i < v->fallback_count; i++) {
        struct kernel *kernel = arena_alloc(arena, sizeof(*kernel));

        kernel->debug = v->fallbacks[i].debug;
        kernel->kind = v->fallbacks[i].kind;
        kernel->key = v->fallbacks[i].key;
        fallback[kernel->key] = kernel;
    }
}

void
registry_init(struct registry *r, const struct keyspace *keys, const char *name,
              const struct kernel *const fallback[static KEYS_MAX])
{
    memset(r, 0, sizeof(*r));
    r->keys = keys;
    r->name = name;
    memcpy(r->fallback, fallback, sizeof(r->fallback));
}

bool
registry_exists(const struct registry *r)
{
    return r->defined || r->kernel_count > 0;
}

bool
registry_has(const struct registry *r, unsigned key)
{
    return r->has[key / 64] >> (key % 64) & 1;
}

const struct kernel *
registry_any(const struct registry *r, uint64_t set)
{
    for (size_t w = 0; w < COUNT_OF(r->has); w++)
        for (uint64_t bits = r->has[w]; bits; bits &= bits - 1) {
            unsigned key = (unsigned)(w * 64) + (unsigned)__builtin_ctzll(bits);

            if (!key_is_alias(r->keys, key) && keyset_has(r->keys, set, key))
                return r->newest[key];
        }
    return NULL;
}

void
registry_add(struct registry *r, struct kernel *kernel)
{
    kernel->newer = NULL;
    kernel->next = r->newest[kernel->key];
    if (kernel->next)
        kernel->next->newer = kernel;
    r->newest[kernel->key] = kernel;
    r->has[kernel->key / 64] |= 1ULL << (kernel->key % 64);
    r->kernel_count++;
    r->alias_kernel_count += key_is_alias(r->keys, kernel->key);
}

bool
registry_remove(struct registry *r, struct kernel *kernel)
{
    struct kernel **link = kernel->newer ? &kernel->newer->next : &r->newest[kernel->key];

    if (*link != kernel)
        return false;
    *link = kernel->next;
    if (kernel->next)
        kernel->next->newer = kernel->newer;
    if (!r->newest[kernel->key])
        r->has[kernel->key / 64] &= ~(1ULL << (kernel->key % 64));
    r->kernel_count--;
    r->alias_kernel_count -= key_is_alias(r->keys, kernel->key);
    return true;
}
