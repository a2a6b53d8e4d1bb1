/*
 * num_pow10.h: powers of ten for num.c and num_format.c; not for others.
 *
 * 10^k is significand * 2^(floor(log2(10^k)) - 127) with a 128-bit significand
 * rounded up; it is exact for 0 <= k <= 55.
 */
#ifndef COMMON_NUM_POW10_H
#define COMMON_NUM_POW10_H

#include <stdint.h>

enum { NUM_POW10_FIRST = -342, NUM_POW10_LAST = 324, NUM_POW10_EXACT = 55 };

struct num_pow10 {
    uint64_t high, low;
};

/* Entry k - NUM_POW10_FIRST is 10^k. */
extern const struct num_pow10 num_pow10[NUM_POW10_LAST - NUM_POW10_FIRST + 1];

#endif
