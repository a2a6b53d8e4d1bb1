/*
 * factor.c: the textbook algorithms (Golub and Van Loan, 3.4 and 4.2), rows inmost.
 */
#include "tensor/factor.h"

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

int64_t
lu_factor(double *a, int64_t n, int64_t *pivot, double *sign)
{
    int64_t singular = 0;

    *sign = 1;
    for (int64_t k = 0; k < n; k++) {
        int64_t top = k;

        for (int64_t i = k + 1; i < n; i++) {
            if (fabs(a[i * n + k]) > fabs(a[top * n + k]))
                top = i;
        }
        pivot[k] = top;
        *sign = top != k ? -*sign : *sign;
        exchange_rows(a, n, k, top);
        if (a[k * n + k] == 0) {
            singular = singular ? singular : k + 1;
            continue;
        }
        for (int64_t i = k + 1; i < n; i++) {
            double factor = a[i * n + k] / a[k * n + k];

            a[i * n + k] = factor;
            for (int64_t j = k + 1; j < n; j++)
                a[i * n + j] -= factor * a[k * n + j];
        }
    }
    return singular;
}

void
triangle_solve(const double *a, int64_t n, bool upper, bool unit, double *x,
               int64_t columns)
{
    for (int64_t s = 0; s < n; s++) {
        int64_t i = upper ? n - 1 - s : s;

        for (int64_t k = upper ? i + 1 : 0; k < (upper ? n : i); k++) {
            for (int64_t j = 0; j < columns; j++)
                x[i * columns + j] -= a[i * n + k] * x[k * columns + j];
        }
        for (int64_t j = 0; !unit && j < columns; j++)
            x[i * columns + j] /= a[i * n + i];
    }
}

void
lu_solve(const double *lu, const int64_t *pivot, int64_t n, double *x, int64_t columns)
{
    for (int64_t k = 0; k < n; k++)
        exchange_rows(x, columns, k, pivot[k]);
    triangle_solve(lu, n, false, true, x, columns);
    triangle_solve(lu, n, true, false, x, columns);
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
