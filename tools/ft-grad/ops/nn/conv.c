/*
 * conv.c: two-dimensional convolution.
 *
 * One loop visits every pair of input and weight element that meets in an output
 * element; which of the three is the sum of products of the other two is the mode.
 * The three modes are each other's derivatives.
 */
#include "ops/operators.h"

#include "common/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum mode { TO_OUTPUT, TO_INPUT, TO_WEIGHT };

/* x: (n, c, h, w), weight: (o, c / groups, kh, kw), y: (n, o, oh, ow) */
struct geometry {
    int64_t stride[2], padding[2], dilation[2], groups;
    int64_t x[4], w[4], y[4];
    enum tensor_type type; /* of all three */
};

static double *
widened(struct tape *t, struct tensor *x)
{
    struct tensor *flat = tape_check(t, tensor_contiguous(&t->heap, x));
    int64_t n = flat ? tensor_count(flat) : 0;
    double *out = xcalloc((size_t)n + 1, sizeof(*out));

    for (int64_t i = 0; i < n; i++)
        out[i] = tensor_get(flat, i);
    return out;
}

/* All kernel positions of one output row element: image n, output channel o, (i, j). */
static void
visit(const struct geometry *g, enum mode mode, double *x, double *w, double *y,
      const int64_t at[4])
{
    int64_t per = g->w[1], group = at[1] / (g->y[1] / g->groups);
    double *out = &y[((at[0] * g->y[1] + at[1]) * g->y[2] + at[2]) * g->y[3] + at[3]];

    for (int64_t c = 0; c < per; c++) {
        double *plane = x + (at[0] * g->x[1] + group * per + c) * g->x[2] * g->x[3];
        double *kernel = w + (at[1] * per + c) * g->w[2] * g->w[3];

        for (int64_t k = 0; k < g->w[2] * g->w[3]; k++) {
            int64_t row =
                at[2] * g->stride[0] - g->padding[0] + k / g->w[3] * g->dilation[0];
            int64_t column =
                at[3] * g->stride[1] - g->padding[1] + k % g->w[3] * g->dilation[1];

            if (row < 0 || row >= g->x[2] || column < 0 || column >= g->x[3])
                continue;
            if (mode == TO_OUTPUT)
                *out += plane[row * g->x[3] + column] * kernel[k];
            else if (mode == TO_INPUT)
                plane[row * g->x[3] + column] += *out * kernel[k];
            else
                kernel[k] += plane[row * g->x[3] + column] * *out;
        }
    }
}

/* The result of one mode from the other two; the one asked for is NULL. */
static struct tensor *
convolve(struct tape *t, const struct geometry *g, struct tensor *x, struct tensor *w,
         struct tensor *y)
{
    enum mode mode = !y ? TO_OUTPUT : !x ? TO_INPUT : TO_WEIGHT;
    const int64_t *size = mode == TO_OUTPUT ? g->y : mode == TO_INPUT ? g->x : g->w;
    struct tensor *out = tape_check(t, tensor_zeros(&t->heap, g->type, 4, size));
    double *data[3], *result;

    if (!out)
        return NULL;
    data[0] = widened(t, x ? x : out);
    data[1] = widened(t, w ? w : out);
    data[2] = widened(t, y ? y : out);
    for (int64_t n = 0; n < g->y[0]; n++) {
        for (int64_t o = 0; o < g->y[1]; o++) {
            for (int64_t p = 0; p < g->y[2] * g->y[3]; p++)
                visit(g, mode, data[0], data[1], data[2],
                      (const int64_t[]){n, o, p / g->y[3], p % g->y[3]});
        }
    }
    result = data[mode == TO_OUTPUT ? 2 : mode == TO_INPUT ? 0 : 1];
    for (int64_t i = 0; i < tensor_count(out); i++)
        tensor_set(out, i, result[i]);
    for (int k = 0; k < 3; k++)
        free(data[k]);
    return out;
}

static struct tensor *conv(struct tape *t, struct geometry *g, struct tensor *x,
                           struct tensor *w);
static struct tensor *conv_input(struct tape *t, struct geometry *g, struct tensor *w,
                                 struct tensor *y);
static struct tensor *conv_weight(struct tape *t, struct geometry *g, struct tensor *x,
                                  struct tensor *y);

static struct tensor *
finish(struct tape *t, const char *name, node_backward *backward, struct geometry *g,
       struct tensor *const in[2], struct tensor *out)
{
    struct node *n = out ? tape_record(t, name, backward, 2, in[0], in[1]) : NULL;

    if (n)
        n->extra = g;
    node_save(t, n, in[0]);
    node_save(t, n, in[1]);
    return tape_output(t, n, out);
}

static void
conv_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    struct tensor *g = grad[0];

    if (!g)
        return;
    if (node_wants(n, 0))
        out[0] = conv_input(t, n->extra, node_saved(t, n, 1), g);
    if (node_wants(n, 1))
        out[1] = conv_weight(t, n->extra, node_saved(t, n, 0), g);
    if (n->edge_count > 2 && node_wants(n, 2))
        out[2] = op_sum_dims(t, g, 1 | 4 | 8, false);
}

static struct tensor *
conv(struct tape *t, struct geometry *g, struct tensor *x, struct tensor *w)
{
    if (!x || !w)
        return NULL;
    return finish(t, "ConvolutionBackward0", conv_backward, g, (struct tensor *[]){x, w},
                  convolve(t, g, x, w, NULL));
}

static void
input_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    if (!grad[0])
        return;
    if (node_wants(n, 0))
        out[0] = conv_weight(t, n->extra, grad[0], node_saved(t, n, 1));
    if (node_wants(n, 1))
        out[1] = conv(t, n->extra, grad[0], node_saved(t, n, 0));
}

static struct tensor *
conv_input(struct tape *t, struct geometry *g, struct tensor *w, struct tensor *y)
{
    if (!w || !y)
        return NULL;
    return finish(t, "ConvolutionInputBackward0", input_backward, g,
                  (struct tensor *[]){w, y}, convolve(t, g, NULL, w, y));
}

static void
weight_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    if (!grad[0])
        return;
    if (node_wants(n, 0))
        out[0] = conv_input(t, n->extra, grad[0], node_saved(t, n, 1));
    if (node_wants(n, 1))
        out[1] = conv(t, n->extra, node_saved(t, n, 0), grad[0]);
}

static struct tensor *
conv_weight(struct tape *t, struct geometry *g, struct tensor *x, struct tensor *y)
{
    if (!x || !y)
        return NULL;
    return finish(t, "ConvolutionWeightBackward0", weight_backward, g,
                  (struct tensor *[]){x, y}, convolve(t, g, x, NULL, y));
}

static bool
set_geometry(struct tape *t, const struct op_call *call, const struct tensor *x,
             const struct tensor *w, struct geometry *g)
{
    char a[SHAPE_TEXT], b[SHAPE_TEXT];
    bool ok;

    attr_ints(t, call, "stride", 2, g->stride);
    attr_ints(t, call, "padding", 2, g->padding);
    attr_ints(t, call, "dilation", 2, g->dilation);
    g->groups = attr_int(call, "groups");
    if (t->failed)
        return false;
    ok = x->dims == 4 && w->dims == 4 && x->type == w->type && g->groups > 0 &&
         w->size[0] % g->groups == 0 && w->size[0] > 0 &&
         x->size[1] == w->size[1] * g->groups;
    for (int d = 0; ok && d < 4; d++) {
        g->x[d] = x->size[d];
        g->w[d] = w->size[d];
    }
    g->type = x->type;
    g->y[0] = g->x[0];
    g->y[1] = g->w[0];
    for (int d = 0; ok && d < 2; d++) {
        int64_t reach, room;

        ok = g->stride[d] > 0 && g->dilation[d] > 0 && g->padding[d] >= 0 &&
             g->dilation[d] < 1 << 20 && g->padding[d] < 1 << 20 && g->w[d + 2] > 0 &&
             !__builtin_mul_overflow(g->dilation[d], g->w[d + 2] - 1, &reach);
        room = ok ? g->x[d + 2] + 2 * g->padding[d] - reach - 1 : 0;
        ok = ok && room >= 0;
        g->y[d + 2] = ok ? room / g->stride[d] + 1 : 0;
    }
    if (!ok)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "conv2d: input %s and weight %s do not go together with stride, "
                        "padding, dilation and %" PRId64 " groups",
                        shape_text(x->dims, x->size, a), shape_text(w->dims, w->size, b),
                        g->groups);
    return ok;
}

void
run_conv2d(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *w = call->in[1], *bias = call->in[2], *y;
    struct geometry *g = heap_alloc(&t->heap, sizeof(*g));
    bool single = x->dims == 3, recording = t->recording;
    struct node *n;

    if (single)
        x = op_unsqueeze(t, x, 0);
    if (!x || !g || !set_geometry(t, call, x, w, g))
        return;
    if (bias && (bias->dims != 1 || bias->size[0] != w->size[0])) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "conv2d: the bias must have %" PRId64 " elements", w->size[0]);
        return;
    }
    t->recording = false;
    y = convolve(t, g, x, w, NULL);
    if (bias)
        y = op_add(t, y, op_reshape(t, bias, 3, (int64_t[]){w->size[0], 1, 1}));
    t->recording = recording;
    n = y ? tape_record(t, "ConvolutionBackward0", conv_backward, 3, x, w, bias) : NULL;
    if (n)
        n->extra = g;
    node_save(t, n, x);
    node_save(t, n, w);
    y = tape_output(t, n, y);
    call->out[0] = single ? op_squeeze(t, y, 0) : y;
}
