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

/* a / b rounded down, as torch's div with rounding_mode "floor" finds it. */
static inline double
floor_divide(double x, double y)
{
    double r = fmod(x, y), q = (x - r) / y, whole;

    if (y == 0)
        return x / y;
    if (r != 0 && (y < 0) != (r < 0))
        q -= 1;
    if (q == 0)
        return copysign(0, x / y);
    whole = floor(q);
    return q - whole > 0.5 ? whole + 1 : whole;
}

static inline double
log_sigmoid_slope(double x)
{
    double z = exp(-fabs(x)), share = z / (1 + z);

    return x < 0 ? 1 - share : share;
}

static inline double
clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* As min(max(x, low), high): high wins where low is above it. */
static inline double
clamp_both(double x, double low, double high)
{
    double y = x < low ? low : x;

    return high < y ? high : y;
}

static inline double
sin_over(double x)
{
    return sin(x) / x;
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
gelu_tanh_slope(double x, double square)
{
    double t = tanh(gelu_inner(x));
    double inner_slope = M_SQRT2 * M_2_SQRTPI * 0.5 * (1 + 3 * 0.044715 * square);

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
mish_slope(double x, double e, double inverse)
{
    double s = 1 / (1 + inverse), t = tanh(log1p(e));

    return t + x * s * (1 - t * t);
}

static inline double
silu_slope(double x, double inverse)
{
    double s = 1 / (1 + inverse);

    return s * (1 + x * (1 - s));
}

#endif
