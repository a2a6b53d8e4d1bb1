/*
 * reduce.c: the recipes of pandas/_libs/groupby.pyx, operation by operation.
 *
 * Nothing may be reassociated or contracted here: the file is built without FMA
 * contraction, like everything else.
 */
#include "group/reduce.h"

static inline double
rounded(bool single, double x)
{
    return single ? (double)(float)x : x;
}

double
reduce_sum(const double *x, size_t n, bool single)
{
    double sum = 0;
    double compensation = 0;

    for (size_t i = 0; i < n; i++) {
        double y = rounded(single, x[i] - compensation);
        double t = rounded(single, sum + y);

        compensation = rounded(single, rounded(single, t - sum) - y);
        if (isnan(compensation))
            compensation = 0; /* inf - inf: keep the infinity */
        sum = t;
    }
    return sum;
}

double
reduce_product(const double *x, size_t n, bool single)
{
    double product = 1;

    for (size_t i = 0; i < n; i++)
        product = rounded(single, product * x[i]);
    return product;
}

double
reduce_mean(const double *x, size_t n, bool single)
{
    if (n == 0)
        return (double)NAN;
    return rounded(single, reduce_sum(x, n, single) / rounded(single, (double)n));
}

/* Welford: the sum of squared deviations from the running mean. */
static double
squared_deviations(const double *x, size_t n, bool single)
{
    double mean = 0;
    double m2 = 0;

    for (size_t i = 0; i < n; i++) {
        double old = mean;
        double step = rounded(single, x[i] - old);

        mean = rounded(single, mean + rounded(single, step / (double)(i + 1)));
        m2 = rounded(single, m2 + rounded(single, rounded(single, x[i] - mean) *
                                                      rounded(single, x[i] - old)));
    }
    return m2;
}

double
reduce_variance(const double *x, size_t n, int64_t ddof, bool single)
{
    if ((int64_t)n <= ddof)
        return (double)NAN;
    return rounded(single,
                   squared_deviations(x, n, single) / (double)((int64_t)n - ddof));
}

double
reduce_sem(const double *x, size_t n, int64_t ddof)
{
    if ((int64_t)n <= ddof)
        return (double)NAN;
    return sqrt(squared_deviations(x, n, false) / (double)((int64_t)n - ddof) /
                (double)n);
}

double
reduce_skew(const double *x, size_t count)
{
    double m1 = 0;
    double m2 = 0;
    double m3 = 0;
    double n = 0;

    for (size_t i = 0; i < count; i++) {
        double n1 = n;

        n += 1;

        double delta = x[i] - m1;
        double delta_n = delta / n;
        double term = delta * delta_n * n1;

        m1 += delta_n;
        m3 += term * delta_n * (n - 2) - 3 * delta_n * m2;
        m2 += term;
    }
    if (count < 3)
        return (double)NAN;
    if (m2 == 0)
        return 0;
    return (n * pow(n - 1, 0.5) / (n - 2)) * (m3 / pow(m2, 1.5));
}

/* nanops.nankurt: two passes of plain sums. */
double
reduce_kurtosis(const double *x, size_t count)
{
    double n = (double)count;
    double mean = 0;
    double m2 = 0;
    double m4 = 0;

    if (count < 4)
        return (double)NAN;
    for (size_t i = 0; i < count; i++)
        mean += x[i];
    mean /= n;
    for (size_t i = 0; i < count; i++) {
        double square = (x[i] - mean) * (x[i] - mean);

        m2 += square;
        m4 += square * square;
    }

    double numerator = n * (n + 1) * (n - 1) * m4;
    double denominator = (n - 2) * (n - 3) * m2 * m2;
    double adjust = 3 * (n - 1) * (n - 1) / ((n - 2) * (n - 3));

    if (fabs(denominator) < 1e-14)
        return 0;
    return numerator / denominator - adjust;
}

/* Hoare's selection exactly as kth_smallest_c does it: it decides which zero wins. */
static double
kth_smallest(double *x, size_t k, size_t n)
{
    ptrdiff_t low = 0;
    ptrdiff_t high = (ptrdiff_t)n - 1;

    while (low < high) {
        double pivot = x[k];
        ptrdiff_t i = low;
        ptrdiff_t j = high;

        while (i <= j) {
            while (x[i] < pivot)
                i++;
            while (pivot < x[j])
                j--;
            if (i <= j) {
                double swap = x[i];

                x[i++] = x[j];
                x[j--] = swap;
            }
        }
        if (j < (ptrdiff_t)k)
            low = i;
        if ((ptrdiff_t)k < i)
            high = j;
    }
    return x[k];
}

double
reduce_median(double *x, size_t n)
{
    if (n == 0)
        return (double)NAN;
    if (n % 2 == 1)
        return kth_smallest(x, n / 2, n);

    double upper = kth_smallest(x, n / 2, n);
    double lower = kth_smallest(x, n / 2 - 1, n);

    return (upper + lower) / 2;
}

double
reduce_quantile(const double *sorted, size_t n, double q,
                enum interpolation interpolation)
{
    if (n == 0)
        return (double)NAN;

    double place = q * (double)(n - 1);
    size_t at = (size_t)place;
    double rest = fmod(place, 1);
    double low = sorted[at];

    if (rest == 0)
        return low;

    double high = sorted[at + 1];

    switch (interpolation) {
    case INTERPOLATE_LINEAR: return low + (high - low) * rest;
    case INTERPOLATE_LOWER: return low;
    case INTERPOLATE_HIGHER: return high;
    case INTERPOLATE_MIDPOINT: return (low + high) / 2;
    case INTERPOLATE_NEAREST: break;
    }
    return rest > 0.5 || (rest == 0.5 && q > 0.5) ? high : low;
}
