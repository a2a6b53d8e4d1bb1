/*
 * pool.c: maxima and averages over windows of one to three dimensions.
 *
 * Windows are given as one list of spans a dimension, so that regular, dilated and
 * adaptive pooling share their loops.  Sums run in the tensor's own type, in row-major
 * order, as ATen's kernels do.
 */
#include "ops/nn/nn.h"

#include "ops/operators.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Elements from, from + step, ... below to; `padded` counts the padding as well. */
struct span {
    int64_t from, to, step, padded;
};

struct windows {
    int spatial;
    int64_t planes, in[PATCH_DIMS], out[PATCH_DIMS];
    struct span *span[PATCH_DIMS]; /* out[d] of them */
    bool adaptive;                 /* divide by one length after the other */
    bool include_pad;
    int64_t divisor;         /* 0: the number of elements */
    struct node_input shape; /* of the operand */
};

static int64_t
area(const int64_t size[PATCH_DIMS])
{
    return size[0] * size[1] * size[2];
}

static int64_t
elements_of(const struct windows *w, const struct span *a, const struct span *b,
            const struct span *c)
{
    if (w->divisor != 0)
        return w->divisor;
    if (w->include_pad)
        return a->padded * b->padded * c->padded;
    return (a->to - a->from) * (b->to - b->from) * (c->to - c->from);
}

/* At every window, in order: its number, its plane's offset, its three spans. */
#define EACH_WINDOW(w, i, plane, a, b, c)                                                \
    for (int64_t i = 0, plane = 0; i < (w)->planes * area((w)->out);                     \
         i++, plane = i / area((w)->out) * area((w)->in))                                \
        for (const struct span *                                                         \
                 a = &(w)->span[0][i / (w)->out[2] / (w)->out[1] % (w)->out[0]],         \
                *b = &(w)->span[1][i / (w)->out[2] % (w)->out[1]],                       \
                *c = &(w)->span[2][i % (w)->out[2]];                                     \
             a; a = NULL)

/* At every element of a window: its place in the plane. */
#define EACH_ELEMENT(w, k, a, b, c)                                                      \
    for (int64_t k0 = (a)->from; k0 < (a)->to; k0 += (a)->step)                          \
        for (int64_t k1 = (b)->from; k1 < (b)->to; k1 += (b)->step)                      \
            for (int64_t k2 = (c)->from, k = (k0 * (w)->in[1] + k1) * (w)->in[2] + k2;   \
                 k2 < (c)->to; k2 += (c)->step, k += (c)->step)

#define POOL_LOOPS(type)                                                                 \
    /* The first of the largest; a NaN replaces what was there. */                       \
    static void largest_##type(const struct windows *w, const type *x, type *y,          \
                               int64_t *index)                                           \
    {                                                                                    \
        EACH_WINDOW(w, i, plane, a, b, c)                                                \
        {                                                                                \
            int64_t best = -1;                                                           \
            type top = (type)-HUGE_VAL;                                                  \
                                                                                         \
            EACH_ELEMENT(w, k, a, b, c)                                                  \
            {                                                                            \
                type value = x[plane + k];                                               \
                                                                                         \
                if (best < 0 || value > top || isnan(value)) {                           \
                    best = k;                                                            \
                    top = value;                                                         \
                }                                                                        \
            }                                                                            \
            y[i] = top;                                                                  \
            index[i] = best < 0 ? 0 : best;                                              \
        }                                                                                \
    }                                                                                    \
    static type share_##type(const struct windows *w, type sum, const struct span *a,    \
                             const struct span *b, const struct span *c)                 \
    {                                                                                    \
        if (w->adaptive)                                                                 \
            return sum / (type)(a->to - a->from) / (type)(b->to - b->from) /             \
                   (type)(c->to - c->from);                                              \
        return sum / (type)elements_of(w, a, b, c);                                      \
    }                                                                                    \
    static void mean_##type(const struct windows *w, const type *x, type *y)             \
    {                                                                                    \
        EACH_WINDOW(w, i, plane, a, b, c)                                                \
        {                                                                                \
            bool any = false;                                                            \
            type sum = 0;                                                                \
                                                                                         \
            EACH_ELEMENT(w, k, a, b, c)                                                  \
            {                                                                            \
                sum += x[plane + k];                                                     \
                any = true;                                                              \
            }                                                                            \
            y[i] = any ? share_##type(w, sum, a, b, c) : 0;                              \
        }                                                                                \
    }                                                                                    \
    static void spread_##type(const struct windows *w, const type *g, type *x)           \
    {                                                                                    \
        EACH_WINDOW(w, i, plane, a, b, c)                                                \
        {                                                                                \
            type share = share_##type(w, g[i], a, b, c);                                 \
                                                                                         \
            EACH_ELEMENT(w, k, a, b, c)                                                  \
            x[plane + k] += share;                                                       \
        }                                                                                \
    }

POOL_LOOPS(float)
POOL_LOOPS(double)

/* As the operand, or with out's spatial sizes. */
static struct tensor *
new_plane(struct tape *t, const struct windows *w, enum tensor_type type, bool reduced)
{
    int64_t size[TENSOR_DIMS_MAX];

    memcpy(size, w->shape.size, sizeof(size));
    for (int d = 0; reduced && d < w->spatial; d++)
        size[w->shape.dims - w->spatial + d] = w->out[PATCH_DIMS - w->spatial + d];
    return tape_check(t, tensor_zeros(&t->heap, type, w->shape.dims, size));
}

/* (planes, positions) += gradients at the positions found going forward. */
static void
max_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    const struct windows *w = n->extra;
    struct tensor *index = node_saved(t, n, 0), *zeros, *g;
    int64_t size[2] = {w->planes, area(w->in)}, rows[2] = {w->planes, area(w->out)};

    if (!grad[0] || !index)
        return;
    zeros = tape_check(t, tensor_zeros(&t->heap, grad[0]->type, 2, size));
    index = op_view(t, index, 2, rows);
    g = op_scatter_add(t, zeros, 1, index, op_reshape(t, grad[0], 2, rows));
    out[0] = op_reshape(t, g, w->shape.dims, w->shape.size);
}

static struct tensor *
largest(struct tape *t, const char *name, struct tensor *x, struct windows *w,
        struct tensor **index)
{
    struct tensor *flat = tape_check(t, tensor_contiguous(&t->heap, x));
    struct tensor *y = new_plane(t, w, x->type, true);
    struct tensor *at = new_plane(t, w, TENSOR_I64, true);
    struct node *n;

    if (!flat || !y || !at)
        return NULL;
    if (x->type == TENSOR_F32)
        largest_float(w, tensor_f32(flat), tensor_f32(y), tensor_i64(at));
    else
        largest_double(w, tensor_f64(flat), tensor_f64(y), tensor_i64(at));
    n = tape_record(t, name, max_backward, 1, x);
    if (n)
        n->extra = w;
    node_save(t, n, at);
    if (index)
        *index = at;
    return tape_output(t, n, y);
}

/* Averages (forward), or each gradient spread over its window (back). */
static struct tensor *average(struct tape *t, const char *name, struct tensor *operand,
                              struct windows *w, bool back);

static void
average_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                 struct tensor **out)
{
    if (grad[0])
        out[0] = average(t, "AvgPoolBackwardBackward0", grad[0], n->extra, n->i[0] == 0);
}

static struct tensor *
average(struct tape *t, const char *name, struct tensor *operand, struct windows *w,
        bool back)
{
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, operand));
    struct tensor *y = new_plane(t, w, operand->type, !back);
    struct node *n;

    if (!x || !y)
        return NULL;
    if (x->type == TENSOR_F32)
        (back ? spread_float : mean_float)(w, tensor_f32(x), tensor_f32(y));
    else
        (back ? spread_double : mean_double)(w, tensor_f64(x), tensor_f64(y));
    n = tape_record(t, name, average_backward, 1, operand);
    if (n) {
        n->extra = w;
        n->i[0] = back;
    }
    return tape_output(t, n, y);
}

/* The parts of w that come from x; spans are still to be set. */
static struct windows *
new_windows(struct tape *t, const struct tensor *x, int spatial)
{
    struct windows *w = heap_alloc(&t->heap, sizeof(*w));

    if (!w) {
        (void)tape_check(t, NULL);
        return NULL;
    }
    w->spatial = spatial;
    w->planes = 1;
    w->shape.dims = x->dims;
    memcpy(w->shape.size, x->size, sizeof(x->size));
    for (int d = 0; d < PATCH_DIMS; d++)
        w->in[d] = w->out[d] = 1;
    for (int d = 0; d < x->dims; d++) {
        if (d < x->dims - spatial)
            w->planes *= x->size[d];
        else
            w->in[d - x->dims + PATCH_DIMS] = x->size[d];
    }
    return w;
}

static bool
new_spans(struct tape *t, struct windows *w, int d)
{
    size_t octets;

    if (__builtin_mul_overflow((size_t)w->out[d] + 1, sizeof(struct span), &octets))
        return tape_check(t, NULL) != NULL;
    w->span[d] = heap_alloc(&t->heap, octets);
    if (!w->span[d])
        return tape_check(t, NULL) != NULL;
    w->span[d][0] = (struct span){.to = 1, .step = 1, .padded = 1};
    return true;
}

/* The rules of ATen's pooling_output_shape for one dimension. */
static bool
check_dimension(struct tape *t, const struct pool_shape *s, int d)
{
    int64_t pad = s->low[d] > s->high[d] ? s->low[d] : s->high[d];
    const char *text = s->stride[d] == 0 ? "stride should not be zero"
                       : s->kernel[d] <= 0 || s->kernel[d] > 1 << 20
                           ? "kernel size should be greater than zero"
                       : s->dilation[d] <= 0 || s->dilation[d] > 1 << 20
                           ? "dilation should be greater than zero"
                       : s->stride[d] < 0 ? "stride should be greater than zero"
                                          : NULL;

    if (text)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError", "%s", text) != NULL;
    if (s->low[d] < 0 || s->high[d] < 0)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "pad must be non-negative, but got pad: %" PRId64,
                         s->low[d] < s->high[d] ? s->low[d] : s->high[d]) != NULL;
    if (pad > ((s->kernel[d] - 1) * s->dilation[d] + 1) / 2)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "pad should be at most half of effective kernel size, but got "
                         "pad=%" PRId64 ", kernel_size=%" PRId64 " and dilation=%" PRId64,
                         pad, s->kernel[d], s->dilation[d]) != NULL;
    return true;
}

/* Spans of one dimension of regular windows. */
static void
set_spans(struct windows *w, int d, const struct pool_shape *s, int k)
{
    for (int64_t i = 0; i < w->out[d]; i++) {
        struct span *p = &w->span[d][i];
        int64_t end;

        p->step = s->dilation[k];
        p->from = i * s->stride[k] - s->low[k];
        end = p->from + (s->kernel[k] - 1) * p->step + 1;
        p->to = end < w->in[d] ? end : w->in[d];
        end = end < w->in[d] + s->high[k] ? end : w->in[d] + s->high[k];
        p->padded = end - p->from;
        if (p->from < 0)
            p->from += (-p->from + p->step - 1) / p->step * p->step;
    }
}

/* The length that ATen's pooling_output_shape gives; at least 0. */
static int64_t
pooled_length(int64_t in, const struct pool_shape *s, int k)
{
    int64_t room = in + s->low[k] + s->high[k] - s->dilation[k] * (s->kernel[k] - 1) - 1;
    int64_t step = s->stride[k], out;

    room += s->ceil_mode ? step - 1 : 0;
    if (room < 0)
        return 0;
    out = room / step + 1;
    return s->ceil_mode && (out - 1) * step >= in + s->low[k] ? out - 1 : out;
}

static bool
set_regular(struct tape *t, struct windows *w, const struct pool_shape *s)
{
    int first = PATCH_DIMS - w->spatial;
    const int64_t *in = w->in + PATCH_DIMS - 2, *out = w->out + PATCH_DIMS - 2;
    int64_t channels =
        w->shape.dims > w->spatial ? w->shape.size[w->shape.dims - w->spatial - 1] : 1;

    for (int k = 0; k < w->spatial; k++) {
        if (!check_dimension(t, s, k))
            return false;
        w->out[first + k] = pooled_length(w->in[first + k], s, k);
    }
    for (int d = 0; d < PATCH_DIMS; d++) {
        if (w->out[d] < 1)
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "Given input size: (%" PRId64 "x%" PRId64 "x%" PRId64
                             "). Calculated output size: (%" PRId64 "x%" PRId64
                             "x%" PRId64 "). Output size is too small",
                             channels, in[0], in[1], channels, out[0], out[1]) != NULL;
        if (!new_spans(t, w, d))
            return false;
        if (d >= first)
            set_spans(w, d, s, d - first);
    }
    return true;
}

/* Window i of n goes from floor(i in / n) to ceil((i + 1) in / n). */
static bool
set_adaptive(struct tape *t, struct windows *w, const int64_t *size)
{
    w->adaptive = true;
    for (int d = 0; d < PATCH_DIMS; d++) {
        int k = d - (PATCH_DIMS - w->spatial);

        w->out[d] = k >= 0 ? size[k] : 1;
        if (!new_spans(t, w, d))
            return false;
        for (int64_t i = 0; k >= 0 && i < w->out[d]; i++) {
            struct span *p = &w->span[d][i];

            p->step = 1;
            p->from = i * w->in[d] / w->out[d];
            p->to = ((i + 1) * w->in[d] + w->out[d] - 1) / w->out[d];
        }
    }
    return true;
}

struct tensor *
op_max_pool(struct tape *t, struct tensor *x, const struct pool_shape *s,
            struct tensor **index)
{
    struct windows *w = x ? new_windows(t, x, s->spatial) : NULL;

    if (!w || !set_regular(t, w, s))
        return NULL;
    return largest(t,
                   s->spatial == 3 ? "MaxPool3DWithIndicesBackward0"
                                   : "MaxPool2DWithIndicesBackward0",
                   x, w, index);
}

struct tensor *
op_avg_pool(struct tape *t, struct tensor *x, const struct pool_shape *s)
{
    struct windows *w = x ? new_windows(t, x, s->spatial) : NULL;

    if (!w || !set_regular(t, w, s))
        return NULL;
    w->include_pad = s->include_pad;
    w->divisor = s->divisor;
    return average(t, s->spatial == 3 ? "AvgPool3DBackward0" : "AvgPool2DBackward0", x, w,
                   false);
}

struct tensor *
op_adaptive_max_pool(struct tape *t, struct tensor *x, int spatial, const int64_t *size,
                     struct tensor **index)
{
    struct windows *w = x ? new_windows(t, x, spatial) : NULL;

    if (!w || !set_adaptive(t, w, size))
        return NULL;
    return largest(
        t, spatial == 3 ? "AdaptiveMaxPool3DBackward0" : "AdaptiveMaxPool2DBackward0", x,
        w, index);
}

struct tensor *
op_adaptive_avg_pool(struct tape *t, struct tensor *x, int spatial, const int64_t *size)
{
    struct windows *w = x ? new_windows(t, x, spatial) : NULL;
    bool one = true;

    for (int d = 0; d < spatial; d++)
        one = one && size[d] == 1;
    if (!w)
        return NULL;
    if (one)
        return op_mean_dims(t, x, ((UINT32_C(1) << spatial) - 1) << (x->dims - spatial),
                            true);
    if (!set_adaptive(t, w, size))
        return NULL;
    return average(
        t, spatial == 3 ? "AdaptiveAvgPool3DBackward0" : "AdaptiveAvgPool2DBackward0", x,
        w, false);
}
