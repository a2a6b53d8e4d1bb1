#include "dispatcher/runtime_table.h"

#include <string.h>

static uint64_t
mask_update(const struct keyspace *k, uint64_t mask, unsigned key, bool fallthrough)
{
    return fallthrough ? keyset_remove(k, mask, key) : mask | k->bits[key];
}

/* setOperatorHasFallthroughForKey: add() re-adds, remove() drops the functionality. */
static void
note_fallthrough(struct runtime_table *t, unsigned key, bool fallthrough)
{
    const struct keyspace *k = t->registry.keys;
    unsigned count = k->version->backend_count;

    t->nonfallthrough = mask_update(k, t->nonfallthrough, key, fallthrough);
    if (k->block[k->functionality[key]]) {
        unsigned b = k->backend[key] - 1U;

        t->nonfallthrough_of[b] =
            mask_update(k, t->nonfallthrough_of[b], key, fallthrough);
        return;
    }
    for (unsigned b = 0; b < count; b++)
        t->nonfallthrough_of[b] =
            mask_update(k, t->nonfallthrough_of[b], key, fallthrough);
}

bool
runtime_masks_differ(const struct runtime_table *t)
{
    for (unsigned b = 1; b < t->registry.keys->version->backend_count; b++)
        if (t->nonfallthrough_of[b] != t->nonfallthrough_of[b - 1])
            return true;
    return false;
}

/* updateDispatchTableEntry_ */
static void
refresh_slot(struct runtime_table *t, unsigned key)
{
    const struct kernel *kernel = resolve(&t->registry, key).kernel;

    t->slots[t->registry.keys->slot[key]] = kernel;
    note_fallthrough(t, key, kernel && kernel->kind == KERNEL_FALLTHROUGH);
}

/* updateDispatchTable_ */
size_t
runtime_refreshed(const struct keyspace *k, unsigned key,
                  uint8_t out[static KEYS_MAX + 2])
{
    size_t n = keyset_keys(k, k->version->keys[key].runtime, out);

    if (key == KEY_UNDEFINED || key == k->known[KNOWN_COMPOSITE_IMPLICIT] ||
        key == k->known[KNOWN_COMPOSITE_EXPLICIT] ||
        key == k->known[KNOWN_COMPOSITE_EXPLICIT_NON_FUNCTIONAL])
        out[n++] = KEY_UNDEFINED;
    /* The autograd key of the component alone: for SparseCPU that is AutogradCPU,
     * though AutogradOther depends on it too.  This is how the table goes stale. */
    if (k->version->keys[key].flags & KEY_BACKEND)
        out[n++] = (uint8_t)k->version->backends[k->backend[key]].autograd;
    return n;
}

static void
refresh(struct runtime_table *t, unsigned key)
{
    uint8_t keys[KEYS_MAX + 2];
    size_t n = runtime_refreshed(t->registry.keys, key, keys);

    for (size_t i = 0; i < n; i++)
        refresh_slot(t, keys[i]);
}

/*
 * updateDispatchTableFull_ goes through refresh() and so comes to some slots more than
 * once; with nothing changed in between, once is enough.
 */
static void
refresh_all(struct runtime_table *t)
{
    const struct keyspace *k = t->registry.keys;

    for (unsigned i = 0; i < k->runtime_count; i++)
        refresh_slot(t, k->runtime[i]);
}

void
runtime_settle(struct runtime_table *t)
{
    refresh_all(t);
}

static void
clear_slots(struct runtime_table *t)
{
    memset(t->slots, 0, sizeof(t->slots));
    t->nonfallthrough = t->registry.keys->version->full;
    for (unsigned b = 0; b < BACKENDS_MAX; b++)
        t->nonfallthrough_of[b] = t->nonfallthrough;
}

/* The constructor of OperatorEntry. */
static void
create(struct runtime_table *t)
{
    clear_slots(t);
    refresh_all(t);
}

void
runtime_init_bare(struct runtime_table *t, const struct keyspace *keys, const char *name,
                  const struct kernel *const fallback[static KEYS_MAX], bool defined)
{
    registry_init(&t->registry, keys, name, fallback);
    t->registry.defined = defined;
    clear_slots(t);
}

void
runtime_init(struct runtime_table *t, const struct keyspace *keys, const char *name,
             const struct kernel *const fallback[static KEYS_MAX], bool defined)
{
    runtime_init_bare(t, keys, name, fallback, defined);
    refresh_all(t);
}

void
runtime_impl(struct runtime_table *t, struct kernel *kernel, bool catch_all)
{
    /* torch makes the operator with its first registration and drops it with the last. */
    if (!registry_exists(&t->registry))
        create(t);
    registry_add(&t->registry, kernel);
    if (catch_all)
        refresh_all(t);
    else
        refresh(t, kernel->key);
}

bool
runtime_deregister(struct runtime_table *t, struct kernel *kernel)
{
    if (!registry_remove(&t->registry, kernel))
        return false;
    refresh(t, kernel->key);
    return true;
}

bool
runtime_fallback(struct runtime_table *t, const struct kernel *kernel, unsigned *taken)
{
    const struct keyspace *k = t->registry.keys;
    uint8_t keys[KEYS_MAX];
    size_t n = keyset_keys(k, keyset_expand(k, kernel->key), keys);

    for (size_t i = 0; i < n; i++) {
        *taken = keys[i];
        if (t->registry.fallback[keys[i]])
            return false;
        t->registry.fallback[keys[i]] = kernel;
        refresh(t, keys[i]);
    }
    return true;
}

void
runtime_drop_fallback(struct runtime_table *t, const struct kernel *kernel)
{
    const struct keyspace *k = t->registry.keys;

    for (unsigned i = 0; i < k->runtime_count; i++) {
        unsigned key = k->runtime[i];

        if (t->registry.fallback[key] == kernel) {
            t->registry.fallback[key] = NULL;
            refresh(t, key);
        }
    }
}

/* torch compares code, not closures: a stale Python kernel passes for the right one. */
static bool
same_function(const struct kernel *a, const struct kernel *b)
{
    if (!a || !b || a == b)
        return a == b;
    if (a->kind == KERNEL_FALLTHROUGH || b->kind == KERNEL_FALLTHROUGH)
        return a->kind == b->kind;
    return a->is_boxed && b->is_boxed;
}

bool
runtime_is_consistent(const struct runtime_table *t)
{
    const struct keyspace *k = t->registry.keys;

    for (unsigned i = 1; i < k->runtime_count; i++) {
        unsigned key = k->runtime[i];

        if (!same_function(resolve(&t->registry, key).kernel, runtime_slot(t, key)))
            return false;
    }
    return true;
}
