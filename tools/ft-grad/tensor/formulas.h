/*
 * formulas.h: what kernels.def computes and one expression cannot say.
 */
#ifndef FTG_TENSOR_FORMULAS_H
#define FTG_TENSOR_FORMULAS_H

#include <float.h>
#include <math.h>

static inline double
python_remainder(double x, double y)
{
    double r = fmod(x, y);

    return r != 0 && (y < 0) != (r < 0) ? r + y : r;
}

static inline double
clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static inline double
log_add_exp(double x, double y)
{
    double top = x < y || isnan(y) ? y : x;

    if (isinf(x) && x == y)
        return x;
    return top + log1p(exp(-fabs(x - y)));
}

static inline double
log_add_exp2(double x, double y)
{
    double top = x < y || isnan(y) ? y : x;

    if (isinf(x) && x == y)
        return x;
    return top + log1p(exp2(-fabs(x - y))) * M_LOG2E;
}

/* The argument of tanh in the approximate GELU; sqrt(2 / pi) and 0.044715. */
static inline double
gelu_inner(double x)
{
    return M_SQRT2 * M_2_SQRTPI * 0.5 * (x + 0.044715 * (x * x * x));
}

static inline double
gelu_tanh_slope(double x)
{
    double t = tanh(gelu_inner(x));
    double inner_slope = M_SQRT2 * M_2_SQRTPI * 0.5 * (1 + 3 * 0.044715 * x * x);

    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner_slope;
}

/* SLEEF's vector exp has no subnormal results. */
static inline double
vector_exp(double x)
{
    double y = exp(x);

    return y < DBL_MIN ? 0 : y;
}

static inline double
mish_slope(double x, double e)
{
    double s = 1 / (1 + exp(-x)), t = tanh(log1p(e));

    return t + x * s * (1 - t * t);
}

static inline double
silu_slope(double x)
{
    double s = 1 / (1 + exp(-x));

    return s * (1 + x * (1 - s));
}

#endif
