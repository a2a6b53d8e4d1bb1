/*
 * norm.c: normalisation over batch, channels, groups, layers and neighbours.
 */
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* A vector over dimension 1 of x, shaped to broadcast. */
static struct tensor *
channel(struct tape *t, struct op_call *call, struct tensor *v, const struct tensor *x)
{
    int64_t size[TENSOR_DIMS_MAX];

    if (x->dims < 2 || v->dims != 1 || v->size[0] != x->size[1])
        return onnx_malformed(t, call, "one number for each channel is wanted");
    for (int d = 0; d < x->dims; d++)
        size[d] = d == 1 ? x->size[1] : 1;
    return op_reshape(t, onnx_convert(t, v, x->type), x->dims, size);
}

void
onnx_batch_normalization(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *part[4], *root;

    if (call->out_count > 1) {
        (void)onnx_unsupported(t, call, "%zu outputs, which is training (supported: 1)",
                               call->out_count);
        return;
    }
    for (int i = 0; i < 4; i++) {
        struct tensor *v = call->in[i + 1];

        if (x->dims == 1 && v->dims == 1 && v->size[0] == 1) /* one channel */
            part[i] = onnx_convert(t, v, x->type);
        else
            part[i] = channel(t, call, v, x);
        if (!part[i])
            return;
    }
    root = op_sqrt(t, op_add_scalar(t, part[3], onnx_real(call, "epsilon")));
    x = op_div(t, op_sub(t, x, part[2]), root);
    call->out[0] = op_add(t, op_mul(t, x, part[0]), part[1]);
}

/* (x - mean) / sqrt(variance + epsilon) over a mask; inverse (may be NULL): 1 / sqrt. */
static struct tensor *
normalise(struct tape *t, struct tensor *x, uint32_t mask, double epsilon,
          struct tensor **mean, struct tensor **inverse)
{
    struct tensor *m = op_mean_dims(t, x, mask, true), *d = op_sub(t, x, m);
    struct tensor *v = op_mean_dims(t, op_mul(t, d, d), mask, true);
    struct tensor *i = op_reciprocal(t, op_sqrt(t, op_add_scalar(t, v, epsilon)));

    if (mean)
        *mean = m;
    if (inverse)
        *inverse = i;
    return op_mul(t, d, i);
}

static uint32_t
behind(int from, int dims)
{
    return ((UINT32_C(1) << dims) - 1) & ~((UINT32_C(1) << from) - 1);
}

void
onnx_instance_normalization(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    struct tensor *scale = channel(t, call, call->in[1], x);
    struct tensor *bias = scale ? channel(t, call, call->in[2], x) : NULL;

    if (!bias)
        return;
    if (x->dims < 3) {
        (void)onnx_malformed(t, call, "%d dimensions, 3 or more are wanted", x->dims);
        return;
    }
    x = normalise(t, x, behind(2, x->dims), onnx_real(call, "epsilon"), NULL, NULL);
    call->out[0] = op_add(t, op_mul(t, x, scale), bias);
}

/* Scale and bias are by group up to opset 20, then by channel. */
void
onnx_group_normalization(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *y, *part[2];
    int64_t groups = attr_int(call, "num_groups"), size[3], wide[2];
    bool by_group = onnx_operator_of(call)->since < 21;

    if (x->dims < 2 || groups < 1 || x->size[1] % groups != 0 || tensor_count(x) == 0) {
        (void)onnx_malformed(t, call, "the channels are not in %" PRId64 " groups",
                             groups);
        return;
    }
    size[0] = x->size[0];
    size[1] = groups;
    size[2] = tensor_count(x) / (size[0] * size[1]);
    y = normalise(t, op_reshape(t, x, 3, size), 4, onnx_real(call, "epsilon"), NULL,
                  NULL);
    y = op_reshape(t, y, x->dims, x->size);
    wide[0] = groups;
    wide[1] = x->size[1] / groups;
    for (int i = 0; i < 2; i++) {
        part[i] = call->in[i + 1];
        if (by_group && (part[i]->dims != 1 || part[i]->size[0] != groups)) {
            (void)onnx_malformed(t, call, "input %d does not have %" PRId64 " numbers",
                                 i + 1, groups);
            return;
        }
        if (by_group) {
            part[i] = op_expand(t, op_unsqueeze(t, part[i], 1), 2, wide);
            part[i] = op_reshape(t, part[i], 1, &x->size[1]);
        }
        part[i] = part[i] ? channel(t, call, part[i], x) : NULL;
    }
    call->out[0] = op_add(t, op_mul(t, y, part[0]), part[1]);
}

/* Has v the dimensions of x from axis on? */
static bool
same_tail(const struct tensor *x, int axis, const struct tensor *v)
{
    return v->dims == x->dims - axis &&
           memcmp(v->size, x->size + axis, (size_t)v->dims * sizeof(v->size[0])) == 0;
}

void
onnx_layer_normalization(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *bias = onnx_in(call, 2), *mean, *inverse, *y;
    int axis = onnx_axis(t, call, attr_int(call, "axis"), x->dims);
    double epsilon = onnx_real(call, "epsilon");

    if (axis < 0)
        return;
    for (int i = 1; i < 3; i++) {
        const struct tensor *v = onnx_in(call, (size_t)i);

        if (v && !same_tail(x, axis, v)) {
            (void)onnx_malformed(t, call,
                                 "input %d has not the shape of input 0 from axis %d on",
                                 i, axis);
            return;
        }
    }
    if (call->out_count == 1 && axis == x->dims - 1 && x->type == TENSOR_F32) {
        call->out[0] = onnx_row_norm(t, x, call->in[1], bias, epsilon);
        return;
    }
    y = normalise(t, x, behind(axis, x->dims), epsilon, &mean, &inverse);
    y = op_mul(t, y, call->in[1]);
    call->out[0] = bias ? op_add(t, y, bias) : y;
    if (call->out_count > 1)
        call->out[1] = mean;
    if (call->out_count > 2)
        call->out[2] = inverse;
}

void
onnx_mean_variance_normalization(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int64_t axes[TENSOR_DIMS_MAX];
    int n = onnx_attr_ints(t, call, "axes", TENSOR_DIMS_MAX, axes);
    uint32_t mask = 0;

    for (int i = 0; i < n; i++) {
        int axis = onnx_axis(t, call, axes[i], x->dims);

        if (axis < 0)
            return;
        if (mask >> axis & 1) {
            (void)onnx_malformed(t, call, "axis %d is given twice", axis);
            return;
        }
        mask |= UINT32_C(1) << axis;
    }
    if (n == 0)
        (void)onnx_unsupported(t, call, "attribute 'axes' is empty");
    if (n <= 0)
        return;
    {
        /* (x - mean) / (deviation + 1e-9), as the function of the standard has it */
        struct tensor *mean = op_mean_dims(t, x, mask, true), *d = op_sub(t, x, mean);
        struct tensor *square = op_mean_dims(t, op_mul(t, x, x), mask, true);
        struct tensor *variance = op_sub(t, square, op_mul(t, mean, mean));

        call->out[0] =
            op_div(t, d, op_add_scalar(t, op_sqrt(t, variance), (double)1e-9F));
    }
}

void
onnx_lp_normalization(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int axis = onnx_axis(t, call, attr_int(call, "axis"), x->dims);

    if (axis >= 0)
        call->out[0] = op_div(
            t, x, op_norm(t, x, (double)attr_int(call, "p"), UINT32_C(1) << axis, true));
}

/* Sum of squares over `size` neighbouring channels. */
static struct tensor *
neighbours(struct tape *t, struct tensor *square, int64_t size)
{
    const struct tensor *x = square;
    int64_t before = (size - 1) / 2, n = x->size[1], inner = 1;
    struct tensor *sum = NULL, *index;

    for (int d = 2; d < x->dims; d++)
        inner *= x->size[d];
    for (int64_t k = before < n ? -before : 1 - n; k < size - before && k < n; k++) {
        struct tensor *part;

        index = onnx_index(t, x->dims, x->size);
        for (int64_t i = 0; index && i < tensor_count(index); i++) {
            int64_t c = i / inner % n + k;

            tensor_i64(index)[i] = c < 0 || c >= n ? -1 : i + k * inner;
        }
        part = onnx_take(t, square, index, NULL);
        sum = sum ? op_add(t, sum, part) : part;
    }
    return sum;
}

void
onnx_lrn(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *y;
    int64_t size = attr_int(call, "size");

    double alpha = onnx_real(call, "alpha"), beta = onnx_real(call, "beta");

    if (x->dims != 4 || size < 1 || size > INT32_MAX || size % 2 == 0) {
        (void)onnx_unsupported(t, call,
                               "size %" PRId64 " in %d dimensions (supported: odd ones "
                               "in 4)",
                               size, x->dims);
        return;
    }
    if (!(alpha > 0 && beta > 0 && isfinite(alpha + beta + onnx_real(call, "bias")))) {
        (void)onnx_unsupported(
            t, call, "alpha %g, beta %g (supported: finite and above 0)", alpha, beta);
        return;
    }
    y = neighbours(t, op_mul(t, x, x), size);
    y = op_mul_scalar(t, y, alpha / (double)size);
    y = op_add_scalar(t, y, onnx_real(call, "bias"));
    call->out[0] = op_div(t, x, op_pow_scalar(t, y, beta));
}

/* In inference everything passes. */
void
onnx_dropout(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *training = onnx_in(call, 2), *mask;
    enum tensor_type type = onnx_operator_of(call)->since >= 10 ? TENSOR_BOOL : x->type;

    training = training ? tape_check(t, tensor_contiguous(&t->heap, training)) : NULL;
    if (training && tensor_count(training) != 1) {
        (void)onnx_malformed(t, call, "input training_mode is not one truth value");
        return;
    }
    if (training && tensor_bool(training)[0]) {
        (void)onnx_unsupported(t, call, "input training_mode is true (supported: false)");
        return;
    }
    call->out[0] = x;
    mask = call->out_count > 1
               ? tape_check(t, tensor_full(&t->heap, type, x->dims, x->size, 1))
               : NULL;
    if (mask)
        call->out[1] = mask;
}
