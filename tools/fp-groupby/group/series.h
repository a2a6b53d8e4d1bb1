/*
 * series.h: the statistics of one group as pandas' Series computes them.
 *
 * They are those of NumPy's pairwise sums over all rows of the group, missing ones as
 * zero, where SeriesGroupBy has Kahan's and Welford's of the values alone.
 */
#ifndef FPG_SERIES_H
#define FPG_SERIES_H

#include "group/groups.h"

struct series {
    const struct column *values;
    double *x;   /* every row; missing ones are 0 */
    bool *there; /* false: missing */
    double *squares;
    size_t n, count; /* rows, and values that are there */
};

void series_init(struct arena *a, const struct groups *g, const struct column *values,
                 struct series *out);

/* The rows of a group of columns of numbers, times or objects that are numbers. */
void series_load(struct series *s, const struct groups *g, size_t group);

double series_sum(const struct series *s);
double series_mean(const struct series *s);
double series_variance(const struct series *s, int64_t ddof);
double series_std(const struct series *s, int64_t ddof);

#endif
