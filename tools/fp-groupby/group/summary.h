/*
 * summary.h: group results of several columns or levels: ohlc, describe, value_counts,
 * quantiles and transform.
 */
#ifndef FPG_SUMMARY_H
#define FPG_SUMMARY_H

#include "group/aggregate.h"
#include "rows/dedup.h"

/* open, high, low, close. */
MUST_CHECK bool summary_ohlc(struct arena *a, const struct groups *g,
                             const struct column *values, struct frame **out,
                             struct error *err);

/* count, mean, std, min, quartiles, max; of what is no number count, unique, top, freq.
 */
struct frame *summary_describe(struct arena *a, const struct groups *g,
                               const struct column *values);

/*
 * Counts of (group, value), descending inside a group, ties by value; of categories also
 * those that are 0.
 */
MUST_CHECK bool summary_value_counts(struct arena *a, const struct groups *g,
                                     const struct column *values,
                                     const struct count_options *o, struct frame **out,
                                     struct error *err);

/*
 * DataFrame.value_counts: one index level a column; ties, and without `sort` all rows, in
 * the order of the values.
 */
struct frame *summary_row_counts(struct arena *a, const struct column *const columns[],
                                 size_t n_columns, const struct count_options *o);

/* Several quantiles: one more, unnamed index level. */
MUST_CHECK bool summary_quantiles(struct arena *a, const struct groups *g,
                                  const struct column *values, const double *q, size_t n,
                                  enum interpolation interpolation, struct frame **out,
                                  struct error *err);

/* The aggregate broadcast back to the rows, whose labels index gives. */
MUST_CHECK bool summary_transform(struct arena *a, const struct groups *g,
                                  const struct column *values, const struct index *index,
                                  enum aggregate how, const struct column **out,
                                  struct error *err);

#endif
