/*
 * cells.h: running values a group that join: the fast way to merge shards.
 *
 * A frame of cells has the query's keys, for each term the columns of its running
 * value, and as the last column the number of the group's first row.  One row of a
 * table is the simplest cell; joining is all there is.
 *
 * Exact: size, count, integer sums and products, min, max, first, last.  Float sums and
 * means, and sums of squares, from which variances come, run in bins (bins.h): they are
 * the same in any tree, and rounded once.  Infinities are kept apart, so that they add up
 * as in pandas.
 */
#ifndef FPG_SHARDS_CELLS_H
#define FPG_SHARDS_CELLS_H

#include "shards/rows.h"

/* Can the query be answered this way?  Else says which term cannot. */
MUST_CHECK bool cells_allowed(const struct plan *p, struct error *err);

/* One cell a row of rows_of_window(). */
struct frame *cells_of_rows(struct arena *a, const struct frame *rows,
                            const struct plan *p);

/* One cell a group. */
struct frame *cells_join(struct arena *a, const struct frame *cells,
                         const struct plan *p);

/* Is it a frame that cells_of_rows() could have made? */
MUST_CHECK bool cells_check(const struct frame *cells, const struct plan *p,
                            struct error *err);

/* The results: keys, terms, the number of the first row. */
struct frame *cells_results(struct arena *a, const struct frame *cells,
                            const struct plan *p);

/*
 * For each term the most by which a float result may differ from pandas'; 0: exact.
 * Infinite where magnitudes or squares are beyond all doubles.
 */
void cells_bounds(const struct frame *cells, const struct plan *p, double *out);

#endif
