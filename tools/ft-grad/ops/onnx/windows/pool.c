/*
 * pool.c: pooling of any number of spatial dimensions.
 */
#include "ops/onnx/windows/window.h"

#include "ops/onnx/lanes/lanes.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* (n, c, out...) */
static void
result_size(const struct tensor *x, const struct window *w, int64_t *size)
{
    size[0] = x->size[0];
    size[1] = x->size[1];
    memcpy(size + 2, w->out, (size_t)w->dims * sizeof(size[0]));
}

/* With storage_order 1 the last spatial dimension is the slowest. */
static int64_t
column_major(const struct window *w, int64_t number)
{
    int64_t image = number / w->area, rest = number % w->area, at = 0;
    int64_t step = w->area;

    for (int d = w->dims - 1; d >= 0; d--) {
        step /= w->in[d];
        at += rest % w->in[d] * step;
        rest /= w->in[d];
    }
    return image * w->area + at;
}

/* The number of the largest element that each window sees; the first of equals. */
static struct tensor *
largest(struct tape *t, struct op_call *call, const struct tensor *x,
        const struct window *w)
{
    int64_t size[TENSOR_DIMS_MAX], *table = window_table(t, w), images;
    struct tensor *index;

    result_size(x, w, size);
    index = onnx_index(t, x->dims, size);
    images = x->size[0] * x->size[1];
    for (int64_t i = 0; table && index && i < images * w->places; i++) {
        int64_t best = -1, image = i / w->places * w->area;
        double top = 0;

        for (int64_t k = 0; k < w->taps; k++) {
            int64_t at = table[k * w->places + i % w->places];
            double value = at < 0 ? 0 : tensor_get(x, image + at);

            if (at >= 0 && (best < 0 || value > top || (isnan(value) && !isnan(top)))) {
                best = image + at;
                top = value;
            }
        }
        if (best < 0)
            return onnx_unsupported(t, call, "a window that sees only padding");
        tensor_i64(index)[i] = best;
    }
    return table ? index : NULL;
}

/*
 * One image of two spatial dimensions.  The rows that a window sees are folded into one,
 * which is then cut by the stride, so that a tap sees neighbours as neighbours: phase p
 * holds elements p, p + stride, ... of the padded row.
 */
struct sweep {
    const struct window *w;
    const struct lanes *lanes;
    float *row, *phases; /* in[1]; for each row of the result stride[1] times phase */
    int64_t phase;       /* elements of one */
};

static void
fold_rows(const struct sweep *s, const float *x, int64_t row)
{
    const struct window *w = s->w;
    bool first = true;

    for (int64_t tap = 0; tap < w->kernel[0]; tap++) {
        int64_t at = row * w->stride[0] - w->before[0] + tap * w->dilation[0];

        if (at < 0 || at >= w->in[0])
            continue;
        if (first)
            memcpy(s->row, x + at * w->in[1], (size_t)w->in[1] * sizeof(*x));
        else
            s->lanes->larger(w->in[1], x + at * w->in[1], s->row);
        first = false;
    }
}

static void
cut_row(const struct sweep *s, float *to)
{
    const struct window *w = s->w;
    int64_t stride = w->stride[1], at = w->before[1] % stride;

    to += w->before[1] / stride;
    for (int64_t i = 0; i < w->in[1]; i++) {
        to[at * s->phase] = s->row[i];
        at++;
        to += at == stride;
        at = at == stride ? 0 : at;
    }
}

static void
sweep_image(const struct sweep *s, const float *x, float *y)
{
    const struct window *w = s->w;
    int64_t stride = w->stride[1];

    for (int64_t row = 0; row < w->out[0]; row++) {
        fold_rows(s, x, row);
        cut_row(s, s->phases + row * stride * s->phase);
    }
    for (int64_t row = 0; row < w->out[0]; row++, y += w->out[1]) {
        const float *phases = s->phases + row * stride * s->phase;

        memcpy(y, phases, (size_t)w->out[1] * sizeof(*y));
        for (int64_t tap = 1; tap < w->kernel[1]; tap++) {
            int64_t at = tap * w->dilation[1];

            s->lanes->larger(w->out[1], phases + at % stride * s->phase + at / stride, y);
        }
    }
}

/* The same values as by number, where nobody asks which element they are. */
static struct tensor *
largest_values(struct tape *t, const struct tensor *x, const struct window *w)
{
    int64_t size[TENSOR_DIMS_MAX], images = x->size[0] * x->size[1];
    int64_t reach = (w->kernel[1] - 1) * w->dilation[1], stride = w->stride[1];
    struct sweep s = {.w = w, .lanes = lanes_select()};
    struct tensor *y, *room;

    s.phase = (w->before[1] + w->in[1]) / stride + reach / stride + w->out[1] + 2;
    result_size(x, w, size);
    y = tape_check(t, tensor_new(&t->heap, TENSOR_F32, x->dims, size));
    room = tape_check(t, tensor_full(&t->heap, TENSOR_F32, 1,
                                     (int64_t[]){w->in[1] + w->out[0] * stride * s.phase},
                                     -(double)INFINITY));
    if (!y || !room)
        return NULL;
    s.row = tensor_f32(room);
    s.phases = s.row + w->in[1];
    for (int64_t i = 0; i < images; i++)
        sweep_image(&s, tensor_f32(x) + i * w->area, tensor_f32(y) + i * w->places);
    return y;
}

/* Is there a window that sees only padding? */
static bool
sees_nothing(const struct window *w)
{
    for (int d = 0; d < w->dims; d++) {
        int64_t reach = (w->kernel[d] - 1) * w->dilation[d] + 1;

        if (w->dilation[d] != 1 || w->before[d] >= reach ||
            (w->out[d] - 1) * w->stride[d] - w->before[d] >= w->in[d])
            return true;
    }
    return false;
}

void
onnx_max_pool(struct tape *t, struct op_call *call)
{
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, call->in[0])), *index;
    bool columns = operator_attr_kind(call->op, "storage_order") != 0 &&
                   attr_int(call, "storage_order") == 1;
    struct window w;

    if (!x || !window_read(t, call, x, NULL, &w))
        return;
    if (call->out_count == 1 && w.dims == 2 && x->type == TENSOR_F32 &&
        w.stride[1] <= w.in[1] + w.before[1] && !sees_nothing(&w) &&
        !(t->recording && tape_tracks(call->in[0]))) {
        call->out[0] = largest_values(t, x, &w);
        return;
    }
    index = largest(t, call, x, &w);
    call->out[0] = onnx_take(t, call->in[0], index, NULL);
    if (call->out_count < 2 || !index)
        return;
    call->out[1] = tape_check(t, tensor_copy(&t->heap, index));
    for (int64_t i = 0; call->out[1] && columns && i < tensor_count(index); i++)
        tensor_i64(call->out[1])[i] = column_major(&w, tensor_i64(index)[i]);
}

/* The elements of each window, (n, c, taps, places), zero in the padding. */
static struct tensor *
gathered(struct tape *t, struct tensor *x, const struct window *w)
{
    const int64_t size[4] = {x->size[0], x->size[1], w->taps, w->places};
    struct tensor *index = window_columns(t, w, x->size[0], x->size[1], 1);

    return op_reshape(t, onnx_take(t, x, index, NULL), 4, size);
}

/* How many elements each window's mean is of. */
static struct tensor *
divisors(struct tape *t, struct op_call *call, const struct window *w,
         enum tensor_type type, bool padding)
{
    struct tensor *y = tape_check(t, tensor_new(&t->heap, type, 1, &w->places));
    struct window wide = *w;

    for (int d = 0; d < w->dims && padding; d++) {
        wide.in[d] += w->before[d] + w->after[d];
        wide.before[d] = 0;
    }
    for (int64_t p = 0; y && p < w->places; p++) {
        int64_t count = 0;

        for (int64_t k = 0; k < w->taps; k++)
            count += window_source(&wide, p, k) >= 0;
        /* ONNX's tests count what lies beyond the padding, ONNX Runtime does not. */
        if (padding && count < w->taps)
            return onnx_unsupported(t, call,
                                    "ceil_mode 1 beside count_include_pad 1 where "
                                    "a window reaches beyond the padding");
        if (count == 0)
            return onnx_unsupported(t, call, "a window that sees only padding");
        tensor_set(y, p, (double)count);
    }
    return y;
}

void
onnx_average_pool(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *sum;
    int64_t size[TENSOR_DIMS_MAX];
    struct window w;

    if (!window_read(t, call, x, NULL, &w))
        return;
    result_size(x, &w, size);
    sum = op_sum_dims(t, gathered(t, x, &w), 4, false);
    if (!sum)
        return;
    sum = op_div(
        t, sum, divisors(t, call, &w, x->type, attr_int(call, "count_include_pad") == 1));
    call->out[0] = op_reshape(t, sum, x->dims, size);
}

/* (sum |x|^p)^(1/p) */
static struct tensor *
lp_norm(struct tape *t, struct tensor *x, uint32_t mask, int64_t p, bool keep)
{
    x = op_pow_scalar(t, op_abs(t, x), (double)p);
    return op_pow_scalar(t, op_sum_dims(t, x, mask, keep), 1 / (double)p);
}

void
onnx_lp_pool(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int64_t size[TENSOR_DIMS_MAX], p = attr_int(call, "p");
    struct window w;

    if (p < 1 || !window_read(t, call, x, NULL, &w)) {
        (void)onnx_unsupported(t, call,
                               "attribute 'p' is %" PRId64 " (supported: 1 and more)", p);
        return;
    }
    result_size(x, &w, size);
    call->out[0] =
        op_reshape(t, lp_norm(t, gathered(t, x, &w), 4, p, false), x->dims, size);
}

static bool
spatial(struct tape *t, struct op_call *call, uint32_t *mask)
{
    const struct tensor *x = call->in[0];

    *mask = ((UINT32_C(1) << x->dims) - 1) & ~UINT32_C(3);
    if (x->dims >= 3 && tensor_count(x) > 0)
        return true;
    (void)onnx_malformed(
        t, call, "%d dimensions, 3 or more that are not empty are wanted", x->dims);
    return false;
}

void
onnx_global_max_pool(struct tape *t, struct op_call *call)
{
    uint32_t mask;

    if (spatial(t, call, &mask))
        call->out[0] = op_amax(t, call->in[0], mask, true, true);
}

void
onnx_global_average_pool(struct tape *t, struct op_call *call)
{
    uint32_t mask;

    if (spatial(t, call, &mask))
        call->out[0] = op_mean_dims(t, call->in[0], mask, true);
}

void
onnx_global_lp_pool(struct tape *t, struct op_call *call)
{
    int64_t p = attr_int(call, "p");
    uint32_t mask;

    if (p < 1)
        (void)onnx_unsupported(t, call,
                               "attribute 'p' is %" PRId64 " (supported: 1 and more)", p);
    else if (spatial(t, call, &mask))
        call->out[0] = lp_norm(t, call->in[0], mask, p, true);
}

/* Elements put where the indices of a MaxPool say, zero elsewhere. */
void
onnx_max_unpool(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *places = call->in[1], *index;
    int64_t size[TENSOR_DIMS_MAX], wanted[TENSOR_DIMS_MAX], small = 1, large = 1;
    int given = onnx_ints(t, call, onnx_in(call, 2), TENSOR_DIMS_MAX, wanted);
    struct window w;
    bool *seen;

    if (given < 0 || !window_read_numbers(t, call, x, NULL, &w))
        return;
    if (!tensor_same_shape(x, places) || (onnx_in(call, 2) && given != x->dims)) {
        (void)onnx_malformed(t, call, "indices or output_shape do not fit the input");
        return;
    }
    memcpy(size, x->size, sizeof(size));
    for (int d = 0; d < w.dims; d++)
        size[d + 2] =
            (w.in[d] - 1) * w.stride[d] + w.kernel[d] - w.before[d] - w.after[d];
    index = tape_check(t, tensor_copy(&t->heap, places));
    /* Indices count in the size that the pool had; images further apart in a larger one.
     */
    for (int d = 2; d < x->dims; d++) {
        small *= size[d];
        large *= given > 0 ? wanted[d] : size[d];
        if (size[d] < 1 ||
            (given > 0 && (wanted[d] < size[d] || wanted[d] > INT32_MAX))) {
            (void)onnx_malformed(t, call, "size %" PRId64 " in dimension %d", size[d], d);
            return;
        }
    }
    if (given > 0 && (wanted[0] != x->size[0] || wanted[1] != x->size[1])) {
        (void)onnx_malformed(t, call, "output_shape changes batch or channels");
        return;
    }
    seen = heap_alloc(&t->heap, (size_t)(small * x->size[0] * x->size[1] + 1));
    for (int64_t i = 0; index && seen && i < tensor_count(index); i++) {
        int64_t at = tensor_i64(index)[i];

        if (at < 0 || at >= small * x->size[0] * x->size[1]) {
            (void)onnx_malformed(t, call, "index %" PRId64 " is out of bounds", at);
            return;
        }
        if (seen[at]) {
            (void)onnx_unsupported(t, call, "index %" PRId64 " is there twice", at);
            return;
        }
        seen[at] = true;
        if (given > 0) { /* coordinates stay */
            int64_t rest = at % small, place = 0, step = 1;

            for (int d = x->dims - 1; d >= 2; d--) {
                place += rest % size[d] * step;
                rest /= size[d];
                step *= wanted[d];
            }
            tensor_i64(index)[i] = at / small * large + place;
        }
    }
    call->out[0] = onnx_put(t, x, index, x->dims, given > 0 ? wanted : size);
}
