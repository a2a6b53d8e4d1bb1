/*
 * conv.c: convolutions of any number of dimensions as matrix products over columns.
 *
 * A transposed convolution is the same columns added back to their places.
 */
#include "ops/onnx/windows/window.h"

#include <inttypes.h>
#include <string.h>

/* x + bias over dimension 1; bias may be NULL. */
static struct tensor *
add_bias(struct tape *t, struct op_call *call, struct tensor *x, struct tensor *bias)
{
    int64_t size[TENSOR_DIMS_MAX];

    if (!x || !bias)
        return x;
    if (bias->dims != 1 || bias->size[0] != x->size[1])
        return onnx_malformed(t, call, "the bias does not have %" PRId64 " numbers",
                              x->size[1]);
    for (int d = 0; d < x->dims; d++)
        size[d] = d == 1 ? x->size[1] : 1;
    return op_add(t, x, op_reshape(t, bias, x->dims, size));
}

/* weights (m, c / groups, kernel...); x (n, c, ...) */
static bool
check_conv(struct tape *t, struct op_call *call, const struct tensor *x,
           const struct tensor *weight, int64_t groups)
{
    if (x->dims < 3 || weight->dims != x->dims || groups < 1 ||
        weight->size[0] % groups != 0 || weight->size[0] < 1 ||
        x->size[1] != weight->size[1] * groups) {
        (void)onnx_malformed(t, call, "weights, input and group %" PRId64 " do not fit",
                             groups);
        return false;
    }
    return true;
}

/* Even padding in one to three dimensions: the convolution of programs. */
static struct tensor *
direct(struct tape *t, struct op_call *call, struct tensor *x, struct tensor *weight,
       const struct window *w)
{
    static const char *const names[] = {"conv1d", "conv2d", "conv3d"};
    int64_t groups = attr_int(call, "group");
    const double real = (double)groups;
    const struct {
        const char *name;
        const int64_t *values;
    } lists[] = {
        {"stride", w->stride}, {"padding", w->before}, {"dilation", w->dilation}};
    struct op_call sub = {.op = operator_find(names[w->dims - 1]),
                          .label = call->label,
                          .in = {x, weight},
                          .in_count = 2,
                          .out_count = 1};
    struct op_attr group = {.name = "groups",
                            .is_integer = true,
                            .reals = &real,
                            .ints = &groups,
                            .count = 1};

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct op_attr list = {.name = lists[i].name,
                               .is_list = true,
                               .is_integer = true,
                               .dims = 1,
                               .size = {w->dims},
                               .ints = lists[i].values,
                               .count = (size_t)w->dims};

        if (!op_call_set(t, &sub, &list))
            return NULL;
    }
    return op_call_set(t, &sub, &group) && op_call_run(t, &sub) ? sub.out[0] : NULL;
}

static struct tensor *
conv(struct tape *t, struct op_call *call, struct tensor *x, struct tensor *weight)
{
    int64_t groups = attr_int(call, "group");
    struct window w;
    struct tensor *columns, *y;
    bool even;

    if (!check_conv(t, call, x, weight, groups) ||
        !window_read(t, call, x, weight->size + 2, &w))
        return NULL;
    even = w.dims <= 3 && tensor_count(x) > 0;
    for (int d = 0; d < w.dims; d++)
        even = even && w.before[d] == w.after[d];
    if (even)
        return direct(t, call, x, weight, &w);
    {
        int64_t m = weight->size[0] / groups, k = weight->size[1] * w.taps;
        const int64_t rows[4] = {1, groups, m, k};
        int64_t size[TENSOR_DIMS_MAX] = {x->size[0], weight->size[0]};

        columns =
            onnx_take(t, x, window_columns(t, &w, x->size[0], x->size[1], groups), NULL);
        y = op_matmul(t, op_reshape(t, weight, 4, rows), columns);
        memcpy(size + 2, w.out, (size_t)w.dims * sizeof(size[0]));
        return op_reshape(t, y, x->dims, size);
    }
}

void
onnx_conv(struct tape *t, struct op_call *call)
{
    call->out[0] =
        add_bias(t, call, conv(t, call, call->in[0], call->in[1]), onnx_in(call, 2));
}

/* x - zero point, exact in float64; a zero point for each row of weights has one. */
static struct tensor *
shifted(struct tape *t, struct op_call *call, struct tensor *x, struct tensor *zero)
{
    int64_t size[TENSOR_DIMS_MAX];

    x = onnx_convert(t, x, TENSOR_F64);
    if (!zero || !x)
        return x;
    if (tensor_count(zero) != 1 && (zero->dims != 1 || zero->size[0] != x->size[0]))
        return onnx_malformed(t, call, "zero points: one, or one for each row");
    for (int d = 0; d < x->dims; d++)
        size[d] = d == 0 ? tensor_count(zero) : 1;
    return op_sub(t, x, op_reshape(t, onnx_convert(t, zero, TENSOR_F64), x->dims, size));
}

void
onnx_conv_integer(struct tape *t, struct op_call *call)
{
    struct tensor *x = shifted(t, call, call->in[0], onnx_in(call, 2));
    struct tensor *weight = shifted(t, call, call->in[1], onnx_in(call, 3));

    if (x && weight)
        call->out[0] = onnx_convert(t, conv(t, call, x, weight), TENSOR_I32);
}

void
onnx_qlinear_conv(struct tape *t, struct op_call *call)
{
    struct tensor *x = shifted(t, call, call->in[0], call->in[2]), *y;
    struct tensor *weight = shifted(t, call, call->in[3], call->in[5]);
    struct tensor *scale = onnx_convert(t, call->in[4], TENSOR_F64);

    if (!x || !weight || !scale)
        return;
    y = conv(t, call, x, weight);
    y = add_bias(t, call, y, onnx_convert(t, onnx_in(call, 8), TENSOR_F64));
    if (!y)
        return;
    if (tensor_count(scale) != 1) {
        int64_t size[TENSOR_DIMS_MAX];

        for (int d = 0; d < y->dims; d++)
            size[d] = d == 1 ? y->size[1] : 1;
        scale = op_reshape(t, scale, y->dims, size);
    }
    y = op_mul(t, y, op_mul(t, scale, onnx_convert(t, call->in[1], TENSOR_F64)));
    call->out[0] = onnx_quantize(t, call, y, call->in[6], call->in[7]);
}

/* Sizes of the result and the padding that gives them. */
static bool
transposed_sizes(struct tape *t, struct op_call *call, struct window *w)
{
    int64_t extra[WINDOW_DIMS_MAX] = {0}, wanted[WINDOW_DIMS_MAX];
    int given = onnx_attr_ints(t, call, "output_shape", WINDOW_DIMS_MAX, wanted);
    int padded = onnx_attr_ints(t, call, "output_padding", WINDOW_DIMS_MAX, extra);
    const char *mode = attr_text(call, "auto_pad");

    if (given < 0 || padded < 0)
        return false;
    if ((given > 0 && given != w->dims) || (padded > 0 && padded != w->dims)) {
        (void)onnx_malformed(t, call,
                             "output_shape and output_padding: one number for "
                             "each spatial dimension");
        return false;
    }
    for (int d = 0; d < w->dims; d++) {
        int64_t full = (w->in[d] - 1) * w->stride[d] + extra[d] +
                       (w->kernel[d] - 1) * w->dilation[d] + 1;
        bool same = strncmp(mode, "SAME", 4) == 0;
        int64_t total;

        w->out[d] = given > 0 ? wanted[d]
                    : same    ? w->in[d] * w->stride[d]
                              : full - w->before[d] - w->after[d];
        if (extra[d] < 0 ||
            (extra[d] > 0 && extra[d] >= w->stride[d] && extra[d] >= w->dilation[d])) {
            (void)onnx_unsupported(t, call,
                                   "output_padding %" PRId64 " (supported: less than the "
                                   "stride or the dilation)",
                                   extra[d]);
            return false;
        }
        if (w->in[d] < 1 || w->out[d] < 1 || w->out[d] > INT32_MAX) {
            (void)onnx_malformed(t, call, "size %" PRId64 " in dimension %d", w->out[d],
                                 d + 2);
            return false;
        }
        if (given == 0 && !same)
            continue;
        total = full - w->out[d];
        /* Zeros at the end, as output_padding adds; where they would hold another
         * window, or the padding is to be derived, implementations disagree. */
        if (total < 0 && !same && extra[d] - total < w->stride[d])
            total = 0;
        if (total < 0) {
            (void)onnx_unsupported(t, call,
                                   "a result of %" PRId64 " elements from %" PRId64,
                                   w->out[d], full);
            return false;
        }
        w->before[d] = strcmp(mode, "SAME_UPPER") == 0 ? total / 2 : total - total / 2;
        w->after[d] = total - w->before[d];
    }
    return true;
}

/* weights (c, m / groups, kernel...) */
void
onnx_conv_transpose(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *weight = call->in[1], *y;
    int64_t groups = attr_int(call, "group"), size[TENSOR_DIMS_MAX],
            flip[WINDOW_DIMS_MAX];
    struct window w;

    if (x->dims < 3 || weight->dims != x->dims || groups < 1 ||
        x->size[1] % groups != 0 || weight->size[0] != x->size[1]) {
        (void)onnx_malformed(t, call, "weights, input and group do not fit");
        return;
    }
    if (!window_read_numbers(t, call, x, weight->size + 2, &w) ||
        !transposed_sizes(t, call, &w))
        return;
    /* The windows of the convolution that goes the other way. */
    memcpy(flip, w.in, sizeof(flip));
    memcpy(w.in, w.out, sizeof(flip));
    memcpy(w.out, flip, sizeof(flip));
    if (!window_count(t, call, &w))
        return;
    {
        int64_t c = x->size[1] / groups, m = weight->size[1];
        const int64_t rows[4] = {1, groups, c, m * w.taps};
        const int64_t points[4] = {x->size[0], groups, c, w.places};

        y = op_matmul(t, op_transpose(t, op_reshape(t, weight, 4, rows), 2, 3),
                      op_reshape(t, x, 4, points));
        size[0] = x->size[0];
        size[1] = m * groups;
        memcpy(size + 2, w.in, (size_t)w.dims * sizeof(size[0]));
        y = onnx_put(t, y, window_columns(t, &w, x->size[0], m * groups, groups), x->dims,
                     size);
    }
    call->out[0] = add_bias(t, call, y, onnx_in(call, 2));
}

/* Columns (n, c * taps, places) added back into an image. */
void
onnx_col2_im(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], shape;
    int64_t image[WINDOW_DIMS_MAX], block[WINDOW_DIMS_MAX], size[TENSOR_DIMS_MAX];
    int dims = onnx_ints(t, call, call->in[1], WINDOW_DIMS_MAX, image);
    struct window w;

    if (dims < 0 || onnx_ints(t, call, call->in[2], WINDOW_DIMS_MAX, block) != dims ||
        x->dims != 3) {
        (void)onnx_malformed(t, call, "an image, a block for each dimension, columns");
        return;
    }
    shape.dims = dims + 2;
    memcpy(shape.size + 2, image, (size_t)dims * sizeof(image[0]));
    if (!window_read(t, call, &shape, block, &w))
        return;
    if (x->size[1] % w.taps != 0 || x->size[2] != w.places) {
        (void)onnx_malformed(t, call, "the columns do not fit the image");
        return;
    }
    size[0] = x->size[0];
    size[1] = x->size[1] / w.taps;
    memcpy(size + 2, image, (size_t)dims * sizeof(image[0]));
    {
        const int64_t columns[4] = {x->size[0], 1, x->size[1], x->size[2]};

        x = op_reshape(t, x, 4, columns);
    }
    call->out[0] =
        onnx_put(t, x, window_columns(t, &w, size[0], size[1], 1), dims + 2, size);
}
