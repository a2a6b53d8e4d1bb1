/*
 * resample.c: the sums of taps, and back.
 */
#include "ops/nn/resample.h"

#include <string.h>

#define RESAMPLE_LOOPS(type)                                                             \
    static void pull_##type(const struct resample *r, const type *x, type *y,            \
                            int64_t outer, int64_t inner)                                \
    {                                                                                    \
        for (int64_t o = 0; o < outer; o++)                                              \
            for (int64_t i = 0; i < r->out; i++)                                         \
                for (int k = 0; k < r->taps; k++) {                                      \
                    const type *from = x + (o * r->in + r->at[i * r->taps + k]) * inner; \
                    type *to = y + (o * r->out + i) * inner;                             \
                    type w = r->weight ? (type)r->weight[i * r->taps + k] : 1;           \
                                                                                         \
                    for (int64_t e = 0; e < inner; e++)                                  \
                        to[e] = k == 0 ? w * from[e] : to[e] + w * from[e];              \
                }                                                                        \
    }                                                                                    \
    static void push_##type(const struct resample *r, const type *g, type *x,            \
                            int64_t outer, int64_t inner)                                \
    {                                                                                    \
        for (int64_t o = 0; o < outer; o++)                                              \
            for (int64_t i = 0; i < r->out; i++)                                         \
                for (int k = 0; k < r->taps; k++) {                                      \
                    type *to = x + (o * r->in + r->at[i * r->taps + k]) * inner;         \
                    const type *from = g + (o * r->out + i) * inner;                     \
                    type w = r->weight ? (type)r->weight[i * r->taps + k] : 1;           \
                                                                                         \
                    for (int64_t e = 0; e < inner; e++)                                  \
                        to[e] += w * from[e];                                            \
                }                                                                        \
    }

RESAMPLE_LOOPS(float)
RESAMPLE_LOOPS(double)

/* One dimension, forward or back, not recorded. */
static struct tensor *
resample_dim(struct tape *t, struct tensor *x, const struct resample *r, bool back)
{
    int64_t size[TENSOR_DIMS_MAX], outer = 1, inner = 1;
    struct tensor *y;

    memcpy(size, x->size, sizeof(size));
    size[r->dim] = back ? r->in : r->out;
    for (int d = 0; d < x->dims; d++) {
        outer *= d < r->dim ? x->size[d] : 1;
        inner *= d > r->dim ? x->size[d] : 1;
    }
    x = tape_check(t, tensor_contiguous(&t->heap, x));
    y = tape_check(
        t, tensor_zeros(&t->heap, x ? x->type : TENSOR_F32, x ? x->dims : 0, size));
    if (!x || !y)
        return NULL;
    if (x->type == TENSOR_F32)
        (back ? push_float : pull_float)(r, tensor_f32(x), tensor_f32(y), outer, inner);
    else
        (back ? push_double : pull_double)(r, tensor_f64(x), tensor_f64(y), outer, inner);
    return y;
}

static struct tensor *resample(struct tape *t, const char *name, struct tensor *x,
                               int count, const struct resample *dims, bool back);

static void
resample_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                  struct tensor **out)
{
    if (grad[0])
        out[0] = resample(t, "UpsampleBackwardBackward0", grad[0], (int)n->i[0], n->extra,
                          n->i[1] == 0);
}

static struct tensor *
resample(struct tape *t, const char *name, struct tensor *x, int count,
         const struct resample *dims, bool back)
{
    struct resample *kept = heap_alloc(&t->heap, sizeof(*kept) * (size_t)(count + 1));
    struct tensor *y = x;
    struct node *n;

    if (!kept)
        return tape_check(t, NULL);
    memcpy(kept, dims, sizeof(*kept) * (size_t)count);
    for (int k = 0; y && k < count; k++)
        y = resample_dim(t, y, &dims[back ? count - 1 - k : k], back);
    n = y ? tape_record(t, name, resample_backward, 1, x) : NULL;
    if (n) {
        n->extra = kept;
        n->i[0] = count;
        n->i[1] = back;
    }
    return tape_output(t, n, y);
}

struct tensor *
op_resample(struct tape *t, const char *name, struct tensor *x, int count,
            const struct resample *dims)
{
    return x ? resample(t, name, x, count, dims, false) : NULL;
}
