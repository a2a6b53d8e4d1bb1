/*
 * reduce.h: the arithmetic of the aggregates on the values of one group.
 *
 * Values are doubles in row order without missing ones.  With `single` every step is
 * rounded to float32, which gives the bits of float32 arithmetic, because double has
 * more than twice its precision.
 */
#ifndef FPG_REDUCE_H
#define FPG_REDUCE_H

#include "group/aggregate.h"

double reduce_sum(const double *x, size_t n, bool single);
double reduce_product(const double *x, size_t n, bool single);
double reduce_mean(const double *x, size_t n, bool single);

/* M2 / (n - ddof); NaN when n <= ddof. */
double reduce_variance(const double *x, size_t n, int64_t ddof, bool single);
double reduce_sem(const double *x, size_t n, int64_t ddof);
double reduce_skew(const double *x, size_t count);
double reduce_kurtosis(const double *x, size_t count);

/* x is reordered. */
double reduce_median(double *x, size_t n);

/* sorted ascending. */
double reduce_quantile(const double *sorted, size_t n, double q,
                       enum interpolation interpolation);

#endif
