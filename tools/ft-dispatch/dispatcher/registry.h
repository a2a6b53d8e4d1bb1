/*
 * registry.h: what is registered: an operator's kernels by key, and the fallbacks.
 *
 * A registry knows order: kernels of one key stand newest first, as torch keeps
 * them, and only the newest is used.  It computes nothing; computed_table answers what
 * torch would compute from it, runtime_table what torch has stored meanwhile.
 */
#ifndef DISPATCHER_REGISTRY_H
#define DISPATCHER_REGISTRY_H

#include "common/arena.h"
#include "keyset/keyset.h"

struct kernel {
    const char *debug; /* where it was registered; borrowed */
    enum kernel_kind kind;
    unsigned key;                /* the one it was registered for */
    bool is_boxed;               /* a closure: torch takes all of them for one function */
    struct kernel *next, *newer; /* of the same key; the registry's */
};

struct registry {
    const struct keyspace *keys; /* borrowed */
    const char *name;            /* "ns::op.overload"; borrowed */
    const char *schema;          /* or NULL; borrowed */
    bool defined;                /* def() was called */
    size_t kernel_count;         /* live, of all keys */
    size_t alias_kernel_count;   /* of them, those of alias keys */
    struct kernel *newest[KEYS_MAX];
    const struct kernel *fallback[KEYS_MAX];
    uint64_t has[(KEYS_MAX + 63) / 64]; /* keys with a kernel, aliases included */
};

/* The kernel torch puts where AutogradOther is ambiguous. */
extern const struct kernel kernel_ambiguous;

/* The fallbacks a torch version starts with; fallback[] is indexed by key. */
void registry_builtin(const struct keyspace *keys, struct arena *arena,
                      const struct kernel *fallback[static KEYS_MAX]);

/* An operator without kernels above the given fallbacks. */
void registry_init(struct registry *r, const struct keyspace *keys, const char *name,
                   const struct kernel *const fallback[static KEYS_MAX]);

/* torch has the operator: def() was called or a kernel is left. */
bool registry_exists(const struct registry *r);
bool registry_has(const struct registry *r, unsigned key);
/* The newest kernel of some key that is not an alias and lies inside the set, or NULL. */
const struct kernel *registry_any(const struct registry *r, uint64_t set);

/* kernel->key says where; a catch-all is at CompositeImplicitAutograd. */
void registry_add(struct registry *r, struct kernel *kernel);
/* False when it is not there (any more). */
MUST_CHECK bool registry_remove(struct registry *r, struct kernel *kernel);

#endif
