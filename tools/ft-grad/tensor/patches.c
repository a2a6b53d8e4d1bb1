/*
 * patches.c: one loop over (channel, kernel position, output row); inside it a row of
 * the image meets a row of the matrix, shifted by the kernel position.
 */
#include "tensor/patches.h"

#include <string.h>

struct patches
patches_trivial(void)
{
    struct patches p = {.low = {0}};

    for (int d = 0; d < PATCH_DIMS; d++)
        p.in[d] = p.kernel[d] = p.out[d] = p.stride[d] = p.dilation[d] = 1;
    return p;
}

int64_t
patches_window(const struct patches *p)
{
    return p->kernel[0] * p->kernel[1] * p->kernel[2];
}

int64_t
patches_positions(const struct patches *p)
{
    return p->out[0] * p->out[1] * p->out[2];
}

/* A row of the output, and the rows of the kernel position that looks at it. */
struct sight {
    int64_t place[2], tap[2];
};

static struct sight
sight_of(const struct patches *p, int64_t k, int64_t r)
{
    int64_t row = k / p->kernel[2];

    return (struct sight){{r / p->out[1], r % p->out[1]},
                          {row / p->kernel[1], row % p->kernel[1]}};
}

static void
sight_down(const struct patches *p, struct sight *s)
{
    if (++s->place[1] < p->out[1])
        return;
    s->place[1] = 0;
    s->place[0]++;
}

/* Where the image row that is seen begins in a channel; false: outside. */
static bool
row_start(const struct patches *p, const struct sight *s, int64_t *start)
{
    *start = 0;
    for (int d = 0; d < 2; d++) {
        int64_t at = s->place[d] * p->stride[d] - p->low[d] + s->tap[d] * p->dilation[d];

        if (at < 0 || at >= p->in[d])
            return false;
        *start = *start * p->in[d] + at;
    }
    *start *= p->in[2];
    return true;
}

/* Output columns [*from, *to) whose element of the image row exists; its shift. */
static int64_t
row_range(const struct patches *p, int64_t k, int64_t *from, int64_t *to)
{
    int64_t shift = k % p->kernel[2] * p->dilation[2] - p->low[2], step = p->stride[2];

    *from = shift < 0 ? (-shift + step - 1) / step : 0;
    *to = p->in[2] > shift ? (p->in[2] - shift + step - 1) / step : 0;
    *from = *from < p->out[2] ? *from : p->out[2];
    *to = *to < p->out[2] ? *to : p->out[2];
    if (*to < *from)
        *to = *from;
    return shift;
}

#define PATCH_LOOPS(type)                                                                \
    static void gather_##type(const struct patches *p, int64_t channels,                 \
                              const type *image, int64_t first, int64_t count,           \
                              type *columns)                                             \
    {                                                                                    \
        int64_t window = patches_window(p), area = p->in[0] * p->in[1] * p->in[2];       \
        int64_t from, to, start, step = p->stride[2];                                    \
                                                                                         \
        for (int64_t each = 0; each < channels * window; each++) {                       \
            int64_t k = each % window, shift = row_range(p, k, &from, &to);              \
            const type *source = image + each / window * area + shift;                   \
                                                                                         \
            struct sight at = sight_of(p, k, first);                                     \
                                                                                         \
            for (int64_t row = 0; row < count; row++, columns += p->out[2]) {            \
                if (row > 0)                                                             \
                    sight_down(p, &at);                                                  \
                if (!row_start(p, &at, &start)) {                                        \
                    memset(columns, 0, (size_t)p->out[2] * sizeof(type));                \
                    continue;                                                            \
                }                                                                        \
                memset(columns, 0, (size_t)from * sizeof(type));                         \
                if (step == 1)                                                           \
                    memcpy(columns + from, source + start + from,                        \
                           (size_t)(to - from) * sizeof(type));                          \
                for (int64_t i = from; i < to && step != 1; i++)                         \
                    columns[i] = source[start + i * step];                               \
                memset(columns + to, 0, (size_t)(p->out[2] - to) * sizeof(type));        \
            }                                                                            \
        }                                                                                \
    }                                                                                    \
    static void scatter_##type(const struct patches *p, int64_t channels, type *image,   \
                               int64_t first, int64_t count, const type *columns)        \
    {                                                                                    \
        int64_t window = patches_window(p), area = p->in[0] * p->in[1] * p->in[2];       \
        int64_t from, to, start, step = p->stride[2];                                    \
                                                                                         \
        for (int64_t row = 0; row < channels * window * count; row++) {                  \
            int64_t k = row / count % window, shift = row_range(p, k, &from, &to);       \
            type *target = image + row / count / window * area + shift;                  \
            const type *source = columns + row * p->out[2];                              \
                                                                                         \
            struct sight at = sight_of(p, k, first + row % count);                       \
                                                                                         \
            if (!row_start(p, &at, &start))                                              \
                continue;                                                                \
            for (int64_t i = from; i < to; i++)                                          \
                target[start + i * step] += source[i];                                   \
        }                                                                                \
    }

PATCH_LOOPS(float)
PATCH_LOOPS(double)

void
patches_gather(const struct patches *p, enum tensor_type type, int64_t channels,
               const void *image, int64_t first, int64_t count, void *columns)
{
    if (type == TENSOR_F32)
        gather_float(p, channels, image, first, count, columns);
    else
        gather_double(p, channels, image, first, count, columns);
}

void
patches_scatter(const struct patches *p, enum tensor_type type, int64_t channels,
                void *image, int64_t first, int64_t count, const void *columns)
{
    if (type == TENSOR_F32)
        scatter_float(p, channels, image, first, count, columns);
    else
        scatter_double(p, channels, image, first, count, columns);
}
