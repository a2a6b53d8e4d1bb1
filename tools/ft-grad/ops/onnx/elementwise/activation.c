/*
 * activation.c: ONNX's activation functions, from operators of programs.
 */
#include "ops/onnx/kernel.h"

#include <math.h>
#include <string.h>

#define PROGRAM_OPERATOR(kernel, name)                                                   \
    void onnx_##kernel(struct tape *t, struct op_call *call)                             \
    {                                                                                    \
        run_##name(t, call);                                                             \
    }
PROGRAM_OPERATOR(hard_swish, hardswish)
PROGRAM_OPERATOR(mish, mish)
PROGRAM_OPERATOR(softsign, softsign)

static struct tensor *
with_number(struct tape *t, struct op_call *call, const char *name, const char *attr,
            double value)
{
    return onnx_call(t, call, name, call->in, 1, &(struct onnx_number){attr, value}, 1);
}

void
onnx_leaky_relu(struct tape *t, struct op_call *call)
{
    call->out[0] =
        with_number(t, call, "leaky_relu", "negative_slope", onnx_real(call, "alpha"));
}

void
onnx_elu(struct tape *t, struct op_call *call)
{
    call->out[0] = with_number(t, call, "elu", "alpha", onnx_real(call, "alpha"));
}

void
onnx_selu(struct tape *t, struct op_call *call)
{
    onnx_elu(t, call);
    call->out[0] = op_mul_scalar(t, call->out[0], onnx_real(call, "gamma"));
}

void
onnx_celu(struct tape *t, struct op_call *call)
{
    double alpha = fabs(onnx_real(call, "alpha"));

    if (!(alpha > 0 && isfinite(alpha))) {
        (void)onnx_unsupported(t, call,
                               "attribute 'alpha' is %g (supported: finite, not 0)",
                               onnx_real(call, "alpha"));
        return;
    }
    call->out[0] = with_number(t, call, "celu", "alpha", onnx_real(call, "alpha"));
}

void
onnx_thresholded_relu(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    struct tensor *above =
        onnx_relation(t, ONNX_GT, x, onnx_scalar(t, x->type, onnx_real(call, "alpha")));

    call->out[0] = op_where(t, above, x, op_zeros_like(t, x));
}

void
onnx_hard_sigmoid(struct tape *t, struct op_call *call)
{
    struct tensor *y =
        op_add_scalar(t, op_mul_scalar(t, call->in[0], onnx_real(call, "alpha")),
                      onnx_real(call, "beta"));
    const struct onnx_number numbers[] = {{"min", 0}, {"max", 1}};

    if (y)
        call->out[0] = onnx_call(t, call, "clamp", &y, 1, numbers, 2);
}

/* log(exp(x) + exp(0)), without overflow */
void
onnx_softplus(struct tape *t, struct op_call *call)
{
    struct tensor *in[2] = {call->in[0], onnx_scalar(t, call->in[0]->type, 0)};

    call->out[0] = onnx_call(t, call, "logaddexp", in, 2, NULL, 0);
}

void
onnx_gelu(struct tape *t, struct op_call *call)
{
    call->out[0] =
        op_gelu(t, call->in[0], strcmp(attr_text(call, "approximate"), "tanh") == 0);
}

void
onnx_prelu(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *slope = call->in[1];
    struct tensor *negative = onnx_relation(t, ONNX_LT, x, onnx_scalar(t, x->type, 0));

    if (!negative)
        return;
    if (tensor_is_real(x)) {
        call->out[0] = op_where(t, negative, op_mul(t, x, slope), x);
        return;
    }
    call->out[0] = onnx_int_binary(t, ONNX_MUL, x, slope);
    call->in[0] = negative;
    call->in[1] = call->out[0];
    call->in[2] = x;
    onnx_where(t, call);
}

/* Beyond lambd towards zero by bias, 0 within. */
void
onnx_shrink(struct tape *t, struct op_call *call)
{
    double lambd = onnx_real(call, "lambd"), bias = onnx_real(call, "bias");
    bool real = tensor_is_real(call->in[0]);
    struct tensor *x = real ? call->in[0] : onnx_convert(t, call->in[0], TENSOR_F64);
    struct tensor *y = op_zeros_like(t, x);

    if (!y)
        return;
    y = op_where(t, onnx_relation(t, ONNX_GT, x, onnx_scalar(t, x->type, lambd)),
                 op_add_scalar(t, x, -bias), y);
    y = op_where(t, onnx_relation(t, ONNX_LT, x, onnx_scalar(t, x->type, -lambd)),
                 op_add_scalar(t, x, bias), y);
    call->out[0] = y;
}

/* Before opset 13: over all of the dimensions from axis on, as one. */
static void
over_axis(struct tape *t, struct op_call *call,
          struct tensor *(*function)(struct tape *t, struct tensor *x, int64_t dim))
{
    struct tensor *x = call->in[0];
    int64_t axis = attr_int(call, "axis"), size[2] = {1, 1};
    int at = onnx_axis(t, call, axis, x->dims);

    if (at < 0)
        return;
    if (onnx_operator_of(call)->since >= 13) {
        call->out[0] = function(t, x, at);
        return;
    }
    for (int d = 0; d < x->dims; d++)
        size[d >= at] *= x->size[d];
    call->out[0] =
        op_reshape(t, function(t, op_reshape(t, x, 2, size), 1), x->dims, x->size);
}

static struct tensor *
softmax(struct tape *t, struct tensor *x, int64_t dim)
{
    return x && x->type == TENSOR_F32 && dim == x->dims - 1 ? onnx_row_softmax(t, x)
                                                            : op_softmax(t, x, dim);
}

void
onnx_softmax(struct tape *t, struct op_call *call)
{
    over_axis(t, call, softmax);
}

void
onnx_log_softmax(struct tape *t, struct op_call *call)
{
    over_axis(t, call, op_log_softmax);
}

/* 1 at the first of the largest, 0 elsewhere. */
static struct tensor *
hardmax(struct tape *t, struct tensor *x, int64_t dim)
{
    struct tensor *y = op_zeros_like(t, x), *from;
    int64_t n, step[TENSOR_DIMS_MAX];

    from = x ? tape_check(t, tensor_contiguous(&t->heap, x)) : NULL;
    if (!y || !from)
        return NULL;
    onnx_steps(x->dims, x->size, step);
    n = x->size[dim];
    for (int64_t i = 0; i < tensor_count(x); i++) {
        int64_t best = i;

        if (i / step[dim] % n != 0)
            continue;
        for (int64_t k = 1; k < n; k++) {
            if (tensor_get(from, i + k * step[dim]) > tensor_get(from, best))
                best = i + k * step[dim];
        }
        tensor_set(y, best, 1);
    }
    return y;
}

void
onnx_hardmax(struct tape *t, struct op_call *call)
{
    if (onnx_refuse_nan(t, call, call->in[0]))
        over_axis(t, call, hardmax);
}
