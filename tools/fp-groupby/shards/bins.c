/* bins.c: see bins.h. */
#include "shards/bins.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 28 };

static const uint64_t mask = ((uint64_t)1 << WIDTH) - 1;

/* Modulo 2^64, as damaged states may hold anything. */
static int64_t
plus(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x + (uint64_t)y);
}

/* Room for a number whose highest piece is at `place`. */
static void
raise_top(struct bins *b, int64_t place)
{
    int64_t by = place - b->top;

    if (by <= 0)
        return;
    for (int64_t i = BINS - 1; i >= 0; i--)
        b->at[i] = i >= by ? b->at[i - by] : 0;
    b->top = place;
}

void
bins_add(struct bins *b, double x)
{
    uint64_t bits, mantissa, shift;
    uint64_t pieces[3];
    int64_t exponent, place, highest;

    memcpy(&bits, &x, sizeof bits);
    exponent = (int64_t)(bits >> 52 & 0x7ff);
    mantissa = bits & (((uint64_t)1 << 52) - 1);
    if (exponent)
        mantissa |= (uint64_t)1 << 52;
    else
        exponent = 1; /* the subnormal ones */
    if (mantissa == 0)
        return;
    place = (exponent - 1) / WIDTH; /* x is the mantissa times 2^(exponent - 1 - 1074) */
    shift = (uint64_t)((exponent - 1) % WIDTH);
    pieces[0] = mantissa << shift & mask;
    pieces[1] = mantissa >> (WIDTH - shift) & mask;
    pieces[2] = mantissa >> (2 * WIDTH - shift);
    highest = pieces[2] ? 2 : pieces[1] ? 1 : 0;
    raise_top(b, place + highest);
    for (int64_t k = highest; k >= 0 && b->top - (place + k) < BINS; k--) {
        int64_t piece = (int64_t)pieces[k];
        int64_t *at = &b->at[b->top - (place + k)];

        *at = plus(*at, bits >> 63 ? -piece : piece);
    }
}

void
bins_join(struct bins *b, const struct bins *other)
{
    raise_top(b, other->top);
    for (int64_t i = b->top - other->top; i < BINS; i++)
        b->at[i] = plus(b->at[i], other->at[i - (b->top - other->top)]);
}

/* Every piece but the first in 0 ... 2^28 - 1. */
static void
carry(int64_t at[static BINS])
{
    for (int i = BINS - 1; i > 0; i--) {
        int64_t low = (int64_t)((uint64_t)at[i] & mask);

        at[i - 1] = plus(at[i - 1], (at[i] - low) / (1 << WIDTH));
        at[i] = low;
    }
}

double
bins_value(const struct bins *b, double *low)
{
    int64_t at[BINS];
    double sign = 1, high = 0;

    memcpy(at, b->at, sizeof at);
    carry(at);
    if (at[0] < 0) { /* pieces of one sign do not cancel each other */
        for (int i = 0; i < BINS; i++)
            at[i] = (int64_t)(0 - (uint64_t)at[i]);
        carry(at);
        sign = -1;
    }
    *low = 0;
    for (int i = 0; i < BINS; i++) {
        /* The first may have more bits than a double: in halves, the upper one first. */
        int64_t halves[] = {at[i] / (1 << WIDTH) * (1 << WIDTH), at[i] % (1 << WIDTH)};

        for (int k = 0; k < 2; k++) {
            double x = ldexp((double)halves[k], (int)(WIDTH * (b->top - i)) - 1074);
            double sum = high + x;
            double rest = x - (sum - high) + *low; /* high is 0 or larger than x */

            high = sum + rest;
            *low = isfinite(high) ? rest - (high - sum) : 0;
        }
    }
    *low *= sign;
    return sign * high;
}
