/*
 * half.c: see half.h.  Both formats are a sign, an exponent and a fraction, so that
 * one pair of functions serves them; scaling by powers of two is exact.
 */
#include "tensor/half.h"

#include <math.h>

struct format {
    int fraction; /* bits */
    int bias;
    uint16_t infinity; /* its bits */
};

static const struct format half = {10, 15, 0x7c00}, bfloat = {7, 127, 0x7f80};

static double
widen(const struct format *f, uint16_t bits)
{
    double sign = bits & 0x8000 ? -1.0 : 1.0;
    int magnitude = bits & 0x7fff, exponent = magnitude >> f->fraction;
    int fraction = magnitude & ((1 << f->fraction) - 1);

    if (magnitude >= f->infinity)
        return magnitude > f->infinity ? (double)NAN : sign * (double)INFINITY;
    if (exponent == 0)
        return sign * ldexp(fraction, 1 - f->bias - f->fraction);
    return sign * ldexp(fraction + (1 << f->fraction), exponent - f->bias - f->fraction);
}

static uint16_t
narrow(const struct format *f, double value)
{
    unsigned sign = signbit(value) ? 0x8000 : 0;
    int exponent;
    double rounded;

    if (isnan(value))
        return (uint16_t)(sign | f->infinity | 1u << (f->fraction - 1));
    if (isinf(value))
        return (uint16_t)(sign | f->infinity);
    if (value == 0)
        return (uint16_t)sign;
    (void)frexp(value, &exponent); /* |value| in [2^(e-1), 2^e) */
    if (exponent < 2 - f->bias)
        exponent = 2 - f->bias; /* subnormal: a fixed unit */
    rounded = nearbyint(ldexp(fabs(value), f->fraction + 1 - exponent));
    /* The hidden bit adds one to the exponent field; a carry adds another. */
    rounded += ldexp(exponent - 2 + f->bias, f->fraction);
    return (uint16_t)(sign | (rounded >= f->infinity ? f->infinity : (unsigned)rounded));
}

double
half_to_f64(uint16_t bits)
{
    return widen(&half, bits);
}

uint16_t
half_from_f64(double value)
{
    return narrow(&half, value);
}

double
bfloat_to_f64(uint16_t bits)
{
    return widen(&bfloat, bits);
}

uint16_t
bfloat_from_f64(double value)
{
    return narrow(&bfloat, value);
}
