/*
 * partial.h: what one shard contributes, as a state.
 */
#ifndef FPG_SHARDS_PARTIAL_H
#define FPG_SHARDS_PARTIAL_H

#include "shards/portion.h"
#include "shards/state.h"

struct partial {
    struct shard_source *source;
    size_t shard, n_shards; /* shard from 0 */
    const struct survey *survey;
    struct plan plan;
};

/* A plan for these files. */
void partial_plan(struct arena *a, const struct shard_source *s, size_t n_shards,
                  struct plan *out);

/* The first pass over a shard, into the arena; *n portions. */
MUST_CHECK bool partial_survey(struct shard_source *s, size_t shard, size_t n_shards,
                               struct arena *a, struct portion **out, size_t *n,
                               struct error *err);

/* The first pass, as a state of PLAN_TYPES. */
MUST_CHECK bool partial_types(struct shard_source *s, size_t shard, size_t n_shards,
                              FILE *out, struct error *err);

/* The survey of all portions of these files, in order; faults are given their place. */
MUST_CHECK bool partial_join(struct shard_source *s, const struct portion *portions,
                             size_t n, struct arena *a, struct survey *out,
                             struct error *err);

/* The survey that a complete state of PLAN_TYPES holds, which must be of these files. */
MUST_CHECK bool partial_load(const struct state *types, struct shard_source *s,
                             struct arena *a, struct survey *out, struct error *err);

/* The second pass: PLAN_ROWS or PLAN_GROUPS as p->plan.kind says. */
MUST_CHECK bool partial_write(const struct partial *p, FILE *out, struct error *err);

#endif
