/*
 * special.c: digamma and polygamma by upward recurrence into an asymptotic series
 * (Abramowitz and Stegun 6.3.18, 6.4.11), erfinv by Giles' start and Newton steps.
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
trigamma(double x)
{
    double sign = 1, sum = 0, square;

    if (x < 0.5) {
        double s = sin(M_PI * x);

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
special_polygamma(int order, double x)
{
    double factorial = tgamma(order), sum = 0, series, rising;
    double sign = order % 2 ? 1 : -1;

    if (order == 0)
        return special_digamma(x);
    if (order == 1)
        return trigamma(x);
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

double
special_erfinv(double x)
{
    double w, y;

    if (!(fabs(x) < 1))
        return fabs(x) == 1 ? copysign((double)INFINITY, x) : (double)NAN;
    w = log1p(-x * x);
    y = 2 / (M_PI * 0.147) + w / 2;
    y = copysign(sqrt(sqrt(y * y - w / 0.147) - y), x);
    for (int i = 0; i < 3 && y != 0; i++) {
        double slope = M_2_SQRTPI * exp(-y * y);
        double step = (erf(y) - x) / slope;

        y -= step / (1 + y * step);
    }
    return y;
}
