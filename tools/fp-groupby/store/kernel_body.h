/*
 * kernel_body.h: the loops of kernel.h; included once by each variant, which names its
 * table with KERNEL_NAME and KERNEL_TABLE.  Constant counts let compilers use whole
 * vectors.
 */
#include "store/kernel.h"

/* Operators work on each lane by itself. */
typedef double lanes
    __attribute__((vector_size(sizeof(kernel_row)), aligned(8), may_alias));

static void
add_codes(const void *codes, unsigned width, uint32_t factor,
          uint32_t cells[static KERNEL_BLOCK])
{
    const uint8_t *b = codes;
    const uint16_t *h = codes;
    const uint32_t *w = codes;
    uint32_t *restrict to = cells;

    if (width == 1)
        for (size_t i = 0; i < KERNEL_BLOCK; i++)
            to[i] = to[i] * factor + b[i];
    else if (width == 2)
        for (size_t i = 0; i < KERNEL_BLOCK; i++)
            to[i] = to[i] * factor + h[i];
    else
        for (size_t i = 0; i < KERNEL_BLOCK; i++)
            to[i] = to[i] * factor + w[i];
}

static void
add_lane(const void *values, unsigned width, unsigned shift,
         uint64_t words[static KERNEL_BLOCK])
{
    const uint8_t *b = values;
    const uint16_t *h = values;
    uint64_t *restrict to = words;

    if (!values)
        for (size_t i = 0; i < KERNEL_BLOCK; i++)
            to[i] += UINT64_C(1) << shift;
    else if (width == 1)
        for (size_t i = 0; i < KERNEL_BLOCK; i++)
            to[i] += (uint64_t)b[i] << shift;
    else
        for (size_t i = 0; i < KERNEL_BLOCK; i++)
            to[i] += (uint64_t)h[i] << shift;
}

static void
widen(const void *values, unsigned width, int64_t out[static KERNEL_BLOCK])
{
    const uint8_t *b = values;
    const uint16_t *h = values;
    const uint32_t *w = values;
    int64_t *restrict to = out;

    if (width == 1)
        for (size_t i = 0; i < KERNEL_BLOCK; i++)
            to[i] = b[i];
    else if (width == 2)
        for (size_t i = 0; i < KERNEL_BLOCK; i++)
            to[i] = h[i];
    else
        for (size_t i = 0; i < KERNEL_BLOCK; i++)
            to[i] = w[i];
}

static void
welford(struct kernel_welford *s, const double *x, size_t n)
{
    const lanes *rows = (const lanes *)(const void *)x;
    lanes mean = *(lanes *)(void *)s->mean;
    lanes m2 = *(lanes *)(void *)s->m2;

    for (size_t i = 0; i < n; i++) {
        lanes d = rows[i] - mean;

        s->count += 1;
        mean += d / s->count;
        m2 += (rows[i] - mean) * d;
    }
    *(lanes *)(void *)s->mean = mean;
    *(lanes *)(void *)s->m2 = m2;
}

static void
pair(struct kernel_pair *s, const double *x, const double *y, size_t n)
{
    const lanes *xs = (const lanes *)(const void *)x;
    const lanes *ys = (const lanes *)(const void *)y;
    lanes mean_x = *(lanes *)(void *)s->mean_x;
    lanes mean_y = *(lanes *)(void *)s->mean_y;
    lanes xx = *(lanes *)(void *)s->xx;
    lanes yy = *(lanes *)(void *)s->yy;
    lanes both = *(lanes *)(void *)s->both;

    for (size_t i = 0; i < n; i++) {
        lanes dx = xs[i] - mean_x;
        lanes dy = ys[i] - mean_y;
        double part;

        s->count += 1;
        part = 1 / s->count;
        mean_x += part * dx;
        mean_y += part * dy;
        xx += (xs[i] - mean_x) * dx;
        yy += (ys[i] - mean_y) * dy;
        both += (ys[i] - mean_y) * dx;
    }
    *(lanes *)(void *)s->mean_x = mean_x;
    *(lanes *)(void *)s->mean_y = mean_y;
    *(lanes *)(void *)s->xx = xx;
    *(lanes *)(void *)s->yy = yy;
    *(lanes *)(void *)s->both = both;
}

extern const struct kernel KERNEL_TABLE;
const struct kernel KERNEL_TABLE = {.name = KERNEL_NAME,
                                    .add_codes = add_codes,
                                    .add_lane = add_lane,
                                    .widen = widen,
                                    .welford = welford,
                                    .pair = pair};
