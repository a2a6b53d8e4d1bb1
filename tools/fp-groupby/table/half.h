/*
 * half.h: IEEE 754 binary16 from and to double, as NumPy converts.
 */
#ifndef FPG_HALF_H
#define FPG_HALF_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* To nearest, ties to even; too large is infinity; every NaN is the quiet one. */
static inline uint16_t
half_from_f64(double x)
{
    uint16_t sign = signbit(x) ? 0x8000 : 0;
    double size = fabs(x);
    int exponent;

    if (isnan(x))
        return 0x7e00;
    if (size >= 65520.0) /* halfway between the largest, 65504, and 65536 */
        return sign | 0x7c00;
    if (size < 0x1p-14)
        return sign | (uint16_t)nearbyint(size * 0x1p24);
    (void)frexp(size, &exponent); /* size = [0.5, 1) * 2^exponent */

    /* 1024..2048, the hidden bit included; 2048 carries into the exponent. */
    double digits = nearbyint(ldexp(size, 11 - exponent));

    return sign | (uint16_t)(((exponent + 13) << 10) + (int)digits);
}

static inline double
half_to_f64(uint16_t h)
{
    int exponent = h >> 10 & 31;
    int digits = h & 1023;
    double size;

    if (exponent == 31)
        size = digits ? (double)NAN : (double)INFINITY;
    else if (exponent == 0)
        size = digits * 0x1p-24;
    else
        size = ldexp(1024 + digits, exponent - 25);
    return h & 0x8000 ? -size : size;
}

#endif
