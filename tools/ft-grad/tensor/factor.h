/*
 * factor.h: factors of small dense matrices, row-major doubles in place.
 */
#ifndef FTG_TENSOR_FACTOR_H
#define FTG_TENSOR_FACTOR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * a = P L U with partial pivoting: row i was exchanged with row pivot[i].  The result is
 * the position (from 1) of the first zero on U's diagonal, or 0.
 */
int64_t lu_factor(double *a, int64_t n, int64_t *pivot, double *sign);
/* x = a^-1 x, turned: a^-T x, for x of n rows, `columns` columns. */
void lu_solve(const double *lu, const int64_t *pivot, int64_t n, bool turned, double *x,
              int64_t columns);

/* a = L L^T; the lower triangle becomes L, the upper 0.  The order (from 1) of the first
 * leading minor that is not positive, or 0. */
int64_t cholesky_factor(double *a, int64_t n);

/* A triangle of a matrix; with unit its diagonal counts as 1. */
struct triangle {
    const double *a;
    int64_t n;
    bool upper, unit;
    bool right; /* as dtrsm from the right: its zeros are passed over, not those of x */
};

/* x = a^-1 x, turned: a^-T x */
void triangle_solve(const struct triangle *triangle, bool turned, double *x,
                    int64_t columns);

#endif
