/*
 * special.c: digamma and polygamma by upward recurrence into an asymptotic series
 * (Abramowitz and Stegun 6.3.18, 6.4.11), erfinv by Newton steps.
 */
#define _XOPEN_SOURCE 700
#include "tensor/special.h"

#include <math.h>

/* Bernoulli numbers B(2k), k = 1.. */
static const double bernoulli[] = {
    1.0 / 6,       -1.0 / 30, 1.0 / 42,      -1.0 / 30,     5.0 / 66,
    -691.0 / 2730, 7.0 / 6,   -3617.0 / 510, 43867.0 / 798, -174611.0 / 330,
};

double
special_digamma(double x)
{
    double sum = 0, power;

    if (x == 0)
        return copysign((double)INFINITY, -x);
    if (x < 0) {
        if (x == trunc(x))
            return (double)NAN;
        return special_digamma(1 - x) - M_PI / tan(M_PI * (x - trunc(x)));
    }
    while (x < 10) {
        sum -= 1 / x;
        x += 1;
    }
    power = 1 / (x * x);
    sum += log(x) - 0.5 / x;
    for (int k = 0; k < 8; k++) {
        sum -= bernoulli[k] / (2 * (k + 1)) * power;
        power /= x * x;
    }
    return sum;
}

/* As ATen computes it, six steps up and four terms, so that it agrees (to 1e-9). */
static double
trigamma(double x, double pi_x)
{
    double sign = 1, sum = 0, square;

    if (x < 0.5) {
        double s = sin(pi_x);

        sign = -1;
        sum -= M_PI * M_PI / (s * s);
        x = 1 - x;
    }
    for (int i = 0; i < 6; i++) {
        sum += 1 / (x * x);
        x += 1;
    }
    square = 1 / (x * x);
    sum += (1 + 1 / (2 * x) +
            square * (1.0 / 6 - square * (1.0 / 30 - square * (1.0 / 42)))) /
           x;
    return sign * sum;
}

double
special_polygamma(int order, double x, double pi_x)
{
    double factorial = tgamma(order), sum = 0, series, rising;
    double sign = order % 2 ? 1 : -1;

    if (order == 0)
        return special_digamma(x);
    if (order == 1)
        return trigamma(x, pi_x);
    if (x <= 0 && x == trunc(x))
        return (double)INFINITY;
    while (x < 20) {
        sum += pow(x, -(order + 1));
        x += 1;
    }
    series = factorial / pow(x, order) + factorial * order / (2 * pow(x, order + 1));
    rising = factorial * order * (order + 1); /* (order + 2k - 1)! */
    for (int k = 1; k <= 10; k++) {
        series += bernoulli[k - 1] * rising / tgamma(2 * k + 1) / pow(x, order + 2 * k);
        rising *= (double)(order + 2 * k) * (order + 2 * k + 1);
    }
    return sign * (series + factorial * order * sum);
}

/* c[0] + c[1] x + ... */
static double
polynomial(const double *c, int count, double x)
{
    double y = 0;

    for (int i = count - 1; i >= 0; i--)
        y = y * x + c[i];
    return y;
}

/* As ATen: rational approximations around |x| = 0.7, then two Newton steps. */
double
special_erfinv(double x)
{
    static const double inner[] = {0.886226899, -1.645349621, 0.914624893, -0.140543331},
                        inner_below[] = {1, -2.118377725, 1.442710462, -0.329097515,
                                         0.012229801},
                        outer[] = {-1.970840454, -1.624906493, 3.429567803, 1.641345311},
                        outer_below[] = {1, 3.543889200, 1.637067800};
    double y;

    if (!(fabs(x) < 1))
        return fabs(x) == 1 ? copysign((double)INFINITY, x) : (double)NAN;
    if (fabs(x) <= 0.7) {
        y = x * polynomial(inner, 4, x * x) / polynomial(inner_below, 5, x * x);
    } else {
        double z = sqrt(-log((1 - fabs(x)) / 2));

        y = copysign(polynomial(outer, 4, z), x) / polynomial(outer_below, 3, z);
    }
    for (int i = 0; i < 2; i++)
        y -= (erf(y) - x) / (M_2_SQRTPI * exp(-y * y));
    return y;
}
