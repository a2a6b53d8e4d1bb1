/*
 * merge.h: states of one plan put together, in whatever tree.
 */
#ifndef FPG_SHARDS_MERGE_H
#define FPG_SHARDS_MERGE_H

#include "shards/portion.h"
#include "shards/state.h"

struct merge {
    struct state *states; /* owned */
    size_t n;
    uint32_t *held; /* owned; of all states, ascending */
    size_t n_held;
    struct merge_reading *reading; /* owned; what a terminal shows */
};

/* Open states; they must have one plan and hold nothing twice. */
MUST_CHECK bool merge_open(struct merge *m, const char *const paths[], size_t n,
                           struct error *err);
void merge_close(struct merge *m);

/* Is everything there?  The error names what is not. */
MUST_CHECK bool merge_complete(const struct merge *m, struct error *err);

/* One state that holds what all of them hold. */
MUST_CHECK bool merge_write(const struct merge *m, FILE *out, struct error *err);

/* PLAN_ROWS, complete: the answers of one part (from 0), as a state. */
MUST_CHECK bool merge_write_part(const struct merge *m, size_t part, FILE *out,
                                 struct error *err);

/*
 * The answer of the query, of any kind but PLAN_TYPES, complete.  bounds (may be NULL):
 * for each term how far off it may be, as cells_bounds().
 */
MUST_CHECK bool merge_answer(const struct merge *m, struct arena *a, struct frame **out,
                             double **bounds, struct error *err);

#endif
