/*
 * kernel.h: loops over blocks of columns in memory, one variant an instruction set.
 *
 * All variants are the same C, kernel_body.h, compiled for another machine: they give
 * the same bits, for each lane takes the very steps of the scalar recipe.
 */
#ifndef FPG_KERNEL_H
#define FPG_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum {
    KERNEL_BLOCK = 1024, /* rows; columns are padded to whole blocks */
    KERNEL_LANES = 8,    /* groups that take their steps side by side */
};

/* A value of each of some groups. */
typedef double kernel_row[KERNEL_LANES];

/* Running values of KERNEL_LANES groups that have seen equally many rows. */
struct kernel_welford {
    double count;
    kernel_row mean, m2;
};

struct kernel_pair {
    double count;
    kernel_row mean_x, mean_y, xx, yy, both; /* y leads: see group/pair.h */
};

struct kernel {
    const char *name;
    /* cells[i] = cells[i] * factor + codes[i], of codes of 1, 2 or 4 octets */
    void (*add_codes)(const void *codes, unsigned width, uint32_t factor,
                      uint32_t cells[static KERNEL_BLOCK]);
    /* words[i] += values[i] << shift, of values of 1 or 2 octets; NULL: of ones */
    void (*add_lane)(const void *values, unsigned width, unsigned shift,
                     uint64_t words[static KERNEL_BLOCK]);
    /* out[i] = values[i], of values of 1, 2 or 4 octets */
    void (*widen)(const void *values, unsigned width, int64_t out[static KERNEL_BLOCK]);
    /* n rows of KERNEL_LANES values */
    void (*welford)(struct kernel_welford *s, const double *x, size_t n);
    void (*pair)(struct kernel_pair *s, const double *x, const double *y, size_t n);
};

enum { KERNEL_VARIANTS_MAX = 3 };

/* The variants this machine can run, slowest first; returns how many. */
size_t kernel_usable(const struct kernel *out[static KERNEL_VARIANTS_MAX]);
const struct kernel *kernel_select(void);

#endif
