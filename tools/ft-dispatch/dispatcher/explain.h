/*
 * explain.h: why a slot holds what it holds, in sentences and as data.
 */
#ifndef DISPATCHER_EXPLAIN_H
#define DISPATCHER_EXPLAIN_H

#include "dispatcher/runtime_table.h"

struct slot_story {
    unsigned key;
    struct candidate candidates[RULE_MISSING + 1];
    size_t count;
    struct resolution computed;
    const struct kernel *stored;
    bool stale;
    /* Whose registration should have refreshed the slot, and did not; or NULL. */
    const struct kernel *culprit;
};

void explain_slot(const struct runtime_table *t, unsigned key, struct slot_story *out);

/* One sentence: why this candidate won or lost. */
void explain_candidate(const struct keyspace *k, unsigned key, const struct candidate *c,
                       struct buf *out);
/* Why the stored kernel is still there; empty unless the slot is stale. */
void explain_stale(const struct keyspace *k, const struct slot_story *s, struct buf *out);

#endif
