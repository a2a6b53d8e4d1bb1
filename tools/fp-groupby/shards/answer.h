/*
 * answer.h: from rows, or results of parts, to the frame that one process would give.
 *
 * Results are frames of the query's keys, its terms, and the number of each group's
 * first row.
 */
#ifndef FPG_SHARDS_ANSWER_H
#define FPG_SHARDS_ANSWER_H

#include "shards/rows.h"

/* The groups of rows, which are in the order of the table and whole groups. */
MUST_CHECK bool answer_rows(struct arena *a, const struct frame *rows,
                            const struct plan *p, struct frame **out, struct error *err);

/* Results of several parts, one below the other. */
MUST_CHECK bool answer_stack(struct arena *a, struct frame *const results[], size_t n,
                             struct frame **out, struct error *err);

/* All results in the order, and with the labels, of the query. */
struct frame *answer_finish(struct arena *a, const struct frame *results,
                            const struct plan *p);

/*
 * Object columns hold values of any kind, which Arrow's do not: each becomes one of
 * text and one of kinds, and back.
 */
struct frame *answer_pack(struct arena *a, const struct frame *results,
                          const struct plan *p);
MUST_CHECK bool answer_unpack(struct arena *a, const struct frame *packed,
                              const struct plan *p, struct frame **out,
                              struct error *err);

#endif
