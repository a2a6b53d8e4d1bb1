/*
 * runtime_table.h: the table torch really looks into when it calls.
 *
 * torch never recomputes it whole: each registration refreshes only the slots it is
 * thought to touch (OperatorEntry::updateDispatchTable_).  Where that thought is
 * wrong, the slot keeps what it held: the table is stale.
 */
#ifndef DISPATCHER_RUNTIME_TABLE_H
#define DISPATCHER_RUNTIME_TABLE_H

#include "dispatcher/computed_table.h"

enum { BACKENDS_MAX = 16 };

struct runtime_table {
    struct registry registry; /* what is registered now */
    const struct kernel *slots[SLOTS_MAX];
    /* Keys that are not masked out before the lookup because they fall through. */
    uint64_t nonfallthrough;
    uint64_t nonfallthrough_of[BACKENDS_MAX];
};

/* A new operator: every slot from the fallbacks.  defined: def() was called. */
void runtime_init(struct runtime_table *t, const struct keyspace *keys, const char *name,
                  const struct kernel *const fallback[static KEYS_MAX], bool defined);

/* The same for one whose registrations are all there: runtime_settle() fills it. */
void runtime_init_bare(struct runtime_table *t, const struct keyspace *keys,
                       const char *name,
                       const struct kernel *const fallback[static KEYS_MAX],
                       bool defined);

/* key of a catch-all is CompositeImplicitAutograd and refreshes everything. */
void runtime_impl(struct runtime_table *t, struct kernel *kernel, bool catch_all);
/* False when the kernel is not registered (any more). */
MUST_CHECK bool runtime_deregister(struct runtime_table *t, struct kernel *kernel);

/*
 * A backend fallback.  An alias stands for its runtime keys.  False when one of the
 * keys has a fallback already: *taken is that key; those before it are set, as in
 * torch.
 */
MUST_CHECK bool runtime_fallback(struct runtime_table *t, const struct kernel *kernel,
                                 unsigned *taken);
void runtime_drop_fallback(struct runtime_table *t, const struct kernel *kernel);

/*
 * The slots torch refreshes when something is registered at `key`; returns how many.
 * What is not among them keeps what it held.
 */
size_t runtime_refreshed(const struct keyspace *k, unsigned key,
                         uint8_t out[static KEYS_MAX + 2]);

/* A full update, which torch itself does only for a catch-all. */
void runtime_settle(struct runtime_table *t);

/* Every slot holds what resolve() says: _dispatch_check_invariants. */
bool runtime_is_consistent(const struct runtime_table *t);

/* The backends' masks differ: torch picks one by a keyset's backend. */
bool runtime_masks_differ(const struct runtime_table *t);

static inline const struct kernel *
runtime_slot(const struct runtime_table *t, unsigned key)
{
    return t->slots[t->registry.keys->slot[key]];
}

#endif
