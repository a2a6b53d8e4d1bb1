/*
 * bins.h: a sum of doubles that is the same in whatever order they are added.
 *
 * Numbers are cut into pieces of 28 bits at fixed places: piece k counts 2^(28 k - 1074).
 * A sum keeps the pieces of BINS places, from that of its largest number down, each as an
 * integer, which no order of additions changes.  What lies below is left out, of every
 * number by itself: less than 2^-112 of the largest, each.  (The idea is that of Demmel
 * and Nguyen's indexed sums.)
 */
#ifndef FPG_SHARDS_BINS_H
#define FPG_SHARDS_BINS_H

#include <stdint.h>

enum {
    BINS = 5,
    BINS_PLACES = 75, /* pieces 0 to 74 make up the largest double */
};

/* So many numbers at most, or a piece may overflow (which gives a wrong sum, no fault).
 */
#define BINS_NUMBERS ((uint64_t)1 << 34)

/* All zero is the sum of nothing. */
struct bins {
    int64_t top;      /* the place of at[0] */
    int64_t at[BINS]; /* of the places top, top - 1, ... */
};

/* x is finite. */
void bins_add(struct bins *b, double x);

/* Both places are below BINS_PLACES. */
void bins_join(struct bins *b, const struct bins *other);

/* The sum, and in *low what rounding it left: high + low is good to 2^-104. */
double bins_value(const struct bins *b, double *low);

#endif
