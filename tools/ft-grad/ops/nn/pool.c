/*
 * pool.c: maxima and averages over windows of an image.
 */
#include "ops/operators.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

struct windows {
    int64_t kernel[2], stride[2], padding[2], dilation[2];
    int64_t in[2], out[2];
    int64_t planes;
    bool include_pad;
    struct node_input shape; /* of the operand */
};

static bool
set_windows(struct tape *t, const struct op_call *call, const struct tensor *x,
            struct windows *w)
{
    bool ceil_mode = attr_bool(call, "ceil_mode"), ok;

    attr_ints(t, call, "kernel", 2, w->kernel);
    attr_ints(t, call, "padding", 2, w->padding);
    memcpy(w->stride, w->kernel, sizeof(w->stride));
    if (attr_given(call, "stride"))
        attr_ints(t, call, "stride", 2, w->stride);
    if (t->failed)
        return false;
    ok = x->dims == 3 || x->dims == 4;
    w->planes = 1;
    w->shape.dims = x->dims;
    memcpy(w->shape.size, x->size, sizeof(x->size));
    for (int d = 0; ok && d < x->dims - 2; d++)
        w->planes *= x->size[d];
    for (int d = 0; ok && d < 2; d++) {
        int64_t reach, room;

        w->in[d] = x->size[x->dims - 2 + d];
        ok = w->kernel[d] > 0 && w->stride[d] > 0 && w->dilation[d] > 0 &&
             w->kernel[d] < 1 << 20 && w->dilation[d] < 1 << 20 && w->padding[d] >= 0 &&
             2 * w->padding[d] <= w->kernel[d];
        reach = ok ? w->dilation[d] * (w->kernel[d] - 1) : 0;
        room = w->in[d] + 2 * w->padding[d] - reach - 1;
        ok = ok && room >= 0;
        if (!ok)
            break;
        w->out[d] = (room + (ceil_mode ? w->stride[d] - 1 : 0)) / w->stride[d] + 1;
        if (ceil_mode && (w->out[d] - 1) * w->stride[d] >= w->in[d] + w->padding[d])
            w->out[d]--;
    }
    if (!ok)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "%s: kernel, stride, padding (at most half a kernel) and "
                        "dilation do not fit the input",
                        call->op->name);
    return ok;
}

static struct tensor *
new_result(struct tape *t, const struct windows *w, enum tensor_type type)
{
    int64_t size[TENSOR_DIMS_MAX];

    memcpy(size, w->shape.size, sizeof(size));
    size[w->shape.dims - 2] = w->out[0];
    size[w->shape.dims - 1] = w->out[1];
    return tape_check(t, tensor_new(&t->heap, type, w->shape.dims, size));
}

/* Position in its plane of the largest of one window; a NaN replaces what was there. */
static int64_t
largest_of(const struct windows *w, const struct tensor *x, int64_t plane, int64_t at)
{
    int64_t best = -1;
    double top = 0;

    for (int64_t k = 0; k < w->kernel[0] * w->kernel[1]; k++) {
        int64_t row = at / w->out[1] * w->stride[0] - w->padding[0] +
                      k / w->kernel[1] * w->dilation[0];
        int64_t column = at % w->out[1] * w->stride[1] - w->padding[1] +
                         k % w->kernel[1] * w->dilation[1];
        double value;

        if (row < 0 || row >= w->in[0] || column < 0 || column >= w->in[1])
            continue;
        value = tensor_get(x, (plane * w->in[0] + row) * w->in[1] + column);
        if (best < 0 || value > top || isnan(value)) {
            best = row * w->in[1] + column;
            top = value;
        }
    }
    return best;
}

/* (planes, positions) += gradients at the positions found going forward. */
static void
max_pool_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                  struct tensor **out)
{
    const struct windows *w = n->extra;
    struct tensor *index = node_saved(t, n, 0), *zeros, *g;

    if (!grad[0] || !index)
        return;
    zeros = tape_check(t, tensor_zeros(&t->heap, grad[0]->type, 2,
                                       (int64_t[]){w->planes, w->in[0] * w->in[1]}));
    g = op_reshape(t, grad[0], 2, index->size);
    g = op_scatter_add(t, zeros, 1, index, g);
    out[0] = op_reshape(t, g, w->shape.dims, w->shape.size);
}

void
run_max_pool2d(struct tape *t, struct op_call *call)
{
    struct windows *w = heap_alloc(&t->heap, sizeof(*w));
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, call->in[0]));
    struct tensor *y, *index;
    int64_t each;
    struct node *n;

    if (!w || !x)
        return;
    attr_ints(t, call, "dilation", 2, w->dilation);
    if (!set_windows(t, call, x, w))
        return;
    each = w->out[0] * w->out[1];
    y = new_result(t, w, x->type);
    index =
        tape_check(t, tensor_new(&t->heap, TENSOR_I64, 2, (int64_t[]){w->planes, each}));
    for (int64_t i = 0; y && index && i < w->planes * each; i++) {
        int64_t plane = i / each, best = largest_of(w, x, plane, i % each);

        tensor_i64(index)[i] = best;
        tensor_set(y, i, tensor_get(x, plane * w->in[0] * w->in[1] + best));
    }
    n = y ? tape_record(t, "MaxPool2DWithIndicesBackward0", max_pool_backward, 1,
                        call->in[0])
          : NULL;
    if (n)
        n->extra = w;
    node_save(t, n, index);
    call->out[0] = tape_output(t, n, y);
}

/* Bounds of a window inside the image, and what its sum is divided by. */
static double
bound_window(const struct windows *w, int64_t at, int64_t low[2], int64_t high[2])
{
    int64_t place[2] = {at / w->out[1], at % w->out[1]};
    double padded = 1, inside = 1;

    for (int d = 0; d < 2; d++) {
        int64_t start = place[d] * w->stride[d] - w->padding[d];
        int64_t end = start + w->kernel[d];

        end = end < w->in[d] + w->padding[d] ? end : w->in[d] + w->padding[d];
        padded *= (double)(end - start);
        low[d] = start > 0 ? start : 0;
        high[d] = end < w->in[d] ? end : w->in[d];
        inside *= (double)(high[d] - low[d]);
    }
    return w->include_pad ? padded : inside;
}

/* Averages (forward), or each gradient spread over its window (back). */
static struct tensor *average(struct tape *t, struct tensor *operand, struct windows *w,
                              bool back);

static void
average_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                 struct tensor **out)
{
    if (grad[0])
        out[0] = average(t, grad[0], n->extra, n->i[0] == 0);
}

static struct tensor *
average(struct tape *t, struct tensor *operand, struct windows *w, bool back)
{
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, operand)), *y;
    int64_t each = w->out[0] * w->out[1], low[2], high[2];
    struct node *n;

    y = back ? tape_check(
                   t, tensor_zeros(&t->heap, operand->type, w->shape.dims, w->shape.size))
             : new_result(t, w, operand->type);
    for (int64_t i = 0; x && y && i < w->planes * each; i++) {
        double divisor = bound_window(w, i % each, low, high), sum = 0;
        double share = back ? tensor_get(x, i) / divisor : 0;

        for (int64_t r = low[0]; r < high[0]; r++) {
            for (int64_t c = low[1]; c < high[1]; c++) {
                int64_t k = (i / each * w->in[0] + r) * w->in[1] + c;

                if (back)
                    tensor_set(y, k, tensor_get(y, k) + share);
                else
                    sum += tensor_get(x, k);
            }
        }
        if (!back)
            tensor_set(y, i, sum / divisor);
    }
    n = y ? tape_record(t, back ? "AvgPool2DBackwardBackward0" : "AvgPool2DBackward0",
                        average_backward, 1, operand)
          : NULL;
    if (n) {
        n->extra = w;
        n->i[0] = back;
    }
    return tape_output(t, n, y);
}

void
run_avg_pool2d(struct tape *t, struct op_call *call)
{
    struct windows *w = heap_alloc(&t->heap, sizeof(*w));

    if (!w)
        return;
    w->dilation[0] = w->dilation[1] = 1;
    w->include_pad = attr_bool(call, "count_include_pad");
    if (set_windows(t, call, call->in[0], w))
        call->out[0] = average(t, call->in[0], w, false);
}
