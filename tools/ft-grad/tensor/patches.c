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

/* What one kernel position sees of a channel, output row after output row. */
struct sight {
    int64_t at[2], begin;    /* the image row it looks at; at[1] of the first column */
    int64_t column;          /* of the output row, of out[1] */
    int64_t shift, from, to; /* columns from..to have an element, this far to the right */
};

static struct sight
sight_of(const struct patches *p, int64_t k, int64_t row)
{
    int64_t step = p->stride[2], tap = k / p->kernel[2];
    struct sight s = {.column = row % p->out[1],
                      .begin = tap % p->kernel[1] * p->dilation[1] - p->low[1],
                      .shift = k % p->kernel[2] * p->dilation[2] - p->low[2]};

    s.at[0] =
        row / p->out[1] * p->stride[0] - p->low[0] + tap / p->kernel[1] * p->dilation[0];
    s.at[1] = s.begin + s.column * p->stride[1];
    s.from = s.shift < 0 ? (-s.shift + step - 1) / step : 0;
    s.to = p->in[2] > s.shift ? (p->in[2] - s.shift + step - 1) / step : 0;
    s.from = s.from < p->out[2] ? s.from : p->out[2];
    s.to = s.to < p->out[2] ? s.to : p->out[2];
    if (s.to < s.from)
        s.to = s.from;
    return s;
}

static inline void
sight_down(const struct patches *p, struct sight *s)
{
    s->at[1] += p->stride[1];
    if (++s->column < p->out[1])
        return;
    s->column = 0;
    s->at[1] = s->begin;
    s->at[0] += p->stride[0];
}

/* Where the element of column 0 is, or would be, in the channel; false: no such row. */
static inline bool
sight_start(const struct patches *p, const struct sight *s, int64_t *start)
{
    *start = (s->at[0] * p->in[1] + s->at[1]) * p->in[2] + s->shift;
    return s->at[0] >= 0 && s->at[0] < p->in[0] && s->at[1] >= 0 && s->at[1] < p->in[1];
}

typedef float floats __attribute__((vector_size(16)));
typedef double doubles __attribute__((vector_size(16)));

#define PATCH_LOOPS(type, vector)                                                        \
    static inline void clear_##type(type *to, int64_t n)                                 \
    {                                                                                    \
        for (int64_t i = 0; i < n; i++)                                                  \
            to[i] = 0;                                                                   \
    }                                                                                    \
    /* to[i] = or += from[i] */                                                          \
    static inline void move_##type(type *to, const type *from, int64_t n, bool add)      \
    {                                                                                    \
        enum { LANES = 16 / sizeof(type) };                                              \
        int64_t i = 0;                                                                   \
                                                                                         \
        for (; i + LANES <= n; i += LANES) {                                             \
            vector x, y = {0};                                                           \
                                                                                         \
            memcpy(&x, from + i, sizeof(x));                                             \
            if (add) {                                                                   \
                memcpy(&y, to + i, sizeof(y));                                           \
                x += y;                                                                  \
            }                                                                            \
            memcpy(to + i, &x, sizeof(x));                                               \
        }                                                                                \
        for (; i < n; i++)                                                               \
            to[i] = add ? to[i] + from[i] : from[i];                                     \
    }                                                                                    \
    static void gather_##type(const struct patches *p, int64_t channels,                 \
                              const type *image, int64_t first, int64_t count,           \
                              type *columns)                                             \
    {                                                                                    \
        int64_t window = patches_window(p), area = p->in[0] * p->in[1] * p->in[2];       \
        int64_t start, step = p->stride[2];                                              \
                                                                                         \
        for (int64_t each = 0; each < channels * window; each++) {                       \
            struct sight s = sight_of(p, each % window, first);                          \
            const type *source = image + each / window * area;                           \
                                                                                         \
            for (int64_t r = 0; r < count;                                               \
                 r++, columns += p->out[2], sight_down(p, &s)) {                         \
                if (!sight_start(p, &s, &start)) {                                       \
                    clear_##type(columns, p->out[2]);                                    \
                    continue;                                                            \
                }                                                                        \
                clear_##type(columns, s.from);                                           \
                if (step == 1)                                                           \
                    move_##type(columns + s.from, source + start + s.from,               \
                                s.to - s.from, false);                                   \
                for (int64_t i = s.from; i < s.to && step != 1; i++)                     \
                    columns[i] = source[start + i * step];                               \
                clear_##type(columns + s.to, p->out[2] - s.to);                          \
            }                                                                            \
        }                                                                                \
    }                                                                                    \
    static void scatter_##type(const struct patches *p, int64_t channels, type *image,   \
                               int64_t first, int64_t count, const type *columns)        \
    {                                                                                    \
        int64_t window = patches_window(p), area = p->in[0] * p->in[1] * p->in[2];       \
        int64_t start, step = p->stride[2];                                              \
                                                                                         \
        for (int64_t each = 0; each < channels * window; each++) {                       \
            struct sight s = sight_of(p, each % window, first);                          \
            type *target = image + each / window * area;                                 \
                                                                                         \
            for (int64_t r = 0; r < count;                                               \
                 r++, columns += p->out[2], sight_down(p, &s)) {                         \
                if (!sight_start(p, &s, &start))                                         \
                    continue;                                                            \
                if (step == 1)                                                           \
                    move_##type(target + start + s.from, columns + s.from,               \
                                s.to - s.from, true);                                    \
                for (int64_t i = s.from; i < s.to && step != 1; i++)                     \
                    target[start + i * step] += columns[i];                              \
            }                                                                            \
        }                                                                                \
    }
PATCH_LOOPS(float, floats)
PATCH_LOOPS(double, doubles)

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
