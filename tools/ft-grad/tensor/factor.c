/*
 * factor.c: the textbook algorithms (Golub and Van Loan, 3.4 and 4.2), with LAPACK's
 * answers to zeros beside infinities and NaN (dgetrf2.f, dgetrs.f and dtrsm.f of 3.12).
 */
#include "tensor/factor.h"

#include <float.h>
#include <math.h>

static void
exchange_rows(double *a, int64_t columns, int64_t i, int64_t k)
{
    for (int64_t j = 0; i != k && j < columns; j++) {
        double kept = a[i * columns + j];

        a[i * columns + j] = a[k * columns + j];
        a[k * columns + j] = kept;
    }
}

/*
 * dgetrf2 halves the columns: the upper rows of the right half come from dtrsm, which
 * passes over zeros, the lower ones from dgemm, which does not.  The first of the lower
 * ones, where columns k < j part.
 */
static int64_t
first_below(int64_t n, int64_t k, int64_t j)
{
    int64_t from = 0;

    for (;;) {
        int64_t half = from + n / 2;

        if (j < half) {
            n = n / 2;
        } else if (k >= half) {
            n -= n / 2;
            from = half;
        } else {
            return half;
        }
    }
}

/* What is below and right of pivot k. */
static void
eliminate(double *a, int64_t n, int64_t k)
{
    const double *row = a + k * n;

    for (int64_t j = k + 1; j < n; j++) {
        int64_t from = row[j] == 0 ? first_below(n, k, j) : k + 1;

        for (int64_t i = from; i < n; i++)
            a[i * n + j] -= a[i * n + k] * row[j];
    }
}

int64_t
lu_factor(double *a, int64_t n, int64_t *pivot, double *sign)
{
    int64_t singular = 0;

    *sign = 1;
    for (int64_t k = 0; k < n; k++) {
        int64_t top = k;
        double divisor, inverse;

        for (int64_t i = k + 1; i < n; i++) {
            if (fabs(a[i * n + k]) > fabs(a[top * n + k]))
                top = i;
        }
        pivot[k] = top;
        *sign = top != k ? -*sign : *sign;
        exchange_rows(a, n, k, top);
        divisor = a[k * n + k];
        inverse = 1 / divisor;
        if (divisor == 0 && singular == 0)
            singular = k + 1;
        for (int64_t i = k + 1; divisor != 0 && i < n; i++)
            a[i * n + k] =
                fabs(divisor) < DBL_MIN ? a[i * n + k] / divisor : a[i * n + k] * inverse;
        eliminate(a, n, k);
    }
    return singular;
}

/* Row i of x less `factor` times row k. */
static void
subtract_row(double *x, int64_t columns, int64_t i, double factor, int64_t k)
{
    for (int64_t j = 0; j < columns; j++)
        x[i * columns + j] -= factor * x[k * columns + j];
}

/* dtrsm: a known element that is 0 counts for nothing, whatever it is multiplied by. */
static void
solve_by_columns(const struct triangle *t, double *x, int64_t columns)
{
    int64_t n = t->n;

    for (int64_t s = 0; s < n; s++) {
        int64_t k = t->upper ? n - 1 - s : s, end = t->upper ? k : n;

        for (int64_t j = 0; j < columns; j++) {
            double *at = x + j;

            if (at[k * columns] == 0)
                continue;
            if (!t->unit)
                at[k * columns] /= t->a[k * n + k];
            for (int64_t i = t->upper ? 0 : k + 1; i < end; i++)
                at[i * columns] -= t->a[i * n + k] * at[k * columns];
        }
    }
}

/* The same for the transpose, whose rows are summed up: no x is passed over. */
static void
solve_by_rows(const struct triangle *t, double *x, int64_t columns)
{
    int64_t n = t->n;

    for (int64_t s = 0; s < n; s++) {
        int64_t i = t->upper ? s : n - 1 - s;
        double divisor = t->unit ? 1 : t->a[i * n + i], inverse = 1 / divisor;

        for (int64_t k = t->upper ? 0 : i + 1; k < (t->upper ? i : n); k++) {
            if (!t->right || t->a[k * n + i] != 0)
                subtract_row(x, columns, i, t->a[k * n + i], k);
        }
        for (int64_t j = 0; !t->unit && j < columns; j++)
            x[i * columns + j] =
                t->right ? x[i * columns + j] * inverse : x[i * columns + j] / divisor;
    }
}

void
triangle_solve(const struct triangle *triangle, bool turned, double *x, int64_t columns)
{
    if (turned)
        solve_by_rows(triangle, x, columns);
    else
        solve_by_columns(triangle, x, columns);
}

void
lu_solve(const double *lu, const int64_t *pivot, int64_t n, bool turned, double *x,
         int64_t columns)
{
    const struct triangle lower = {.a = lu, .n = n, .unit = true};
    const struct triangle upper = {.a = lu, .n = n, .upper = true};

    for (int64_t k = 0; !turned && k < n; k++)
        exchange_rows(x, columns, k, pivot[k]);
    triangle_solve(turned ? &upper : &lower, turned, x, columns);
    triangle_solve(turned ? &lower : &upper, turned, x, columns);
    for (int64_t k = n; turned && k-- > 0;)
        exchange_rows(x, columns, k, pivot[k]);
}

int64_t
cholesky_factor(double *a, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j <= i; j++) {
            double sum = a[i * n + j];

            for (int64_t k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            if (i != j)
                a[i * n + j] = sum / a[j * n + j];
            else if (sum > 0)
                a[i * n + i] = sqrt(sum);
            else
                return i + 1;
        }
        for (int64_t j = i + 1; j < n; j++)
            a[i * n + j] = 0;
    }
    return 0;
}
