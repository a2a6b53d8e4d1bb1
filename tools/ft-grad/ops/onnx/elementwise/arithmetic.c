/*
 * arithmetic.c: ONNX's element-wise operators on numbers.
 *
 * Floats go through the recorded operators of programs, integers through integers.c.
 */
#include "ops/onnx/kernel.h"

#include "tensor/elementwise.h"

#define PROGRAM_OPERATOR(name)                                                           \
    void onnx_##name(struct tape *t, struct op_call *call)                               \
    {                                                                                    \
        run_##name(t, call);                                                             \
    }
PROGRAM_OPERATOR(reciprocal)
PROGRAM_OPERATOR(sqrt)
PROGRAM_OPERATOR(exp)
PROGRAM_OPERATOR(log)
PROGRAM_OPERATOR(sin)
PROGRAM_OPERATOR(cos)
PROGRAM_OPERATOR(tan)
PROGRAM_OPERATOR(asin)
PROGRAM_OPERATOR(acos)
PROGRAM_OPERATOR(atan)
PROGRAM_OPERATOR(sinh)
PROGRAM_OPERATOR(cosh)
PROGRAM_OPERATOR(tanh)
PROGRAM_OPERATOR(asinh)
PROGRAM_OPERATOR(acosh)
PROGRAM_OPERATOR(atanh)
PROGRAM_OPERATOR(sigmoid)
PROGRAM_OPERATOR(floor)
PROGRAM_OPERATOR(ceil)
PROGRAM_OPERATOR(round)

void
onnx_erf(struct tape *t, struct op_call *call)
{
    if (call->in[0]->type == TENSOR_F32)
        call->out[0] = onnx_row_erf(t, call->in[0]);
    else
        run_erf(t, call);
}

#define REAL_OR_INTEGER(name, integer)                                                   \
    void onnx_##name(struct tape *t, struct op_call *call)                               \
    {                                                                                    \
        if (tensor_is_real(call->in[0]))                                                 \
            run_##name(t, call);                                                         \
        else                                                                             \
            call->out[0] = onnx_int_unary(t, integer, call->in[0]);                      \
    }
REAL_OR_INTEGER(neg, ONNX_NEG)
REAL_OR_INTEGER(abs, ONNX_ABS)
REAL_OR_INTEGER(relu, ONNX_RELU)

/* Of what is no number: that. */
void
onnx_sign(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *nan;

    if (!tensor_is_real(x)) {
        call->out[0] = onnx_int_unary(t, ONNX_SIGN, x);
        return;
    }
    run_sign(t, call);
    if (!onnx_has_nan(t, x) || t->failed)
        return;
    nan = onnx_relation(t, ONNX_EQ, x, x);
    call->out[0] = op_where(t, nan, call->out[0], x);
}

typedef struct tensor *real_binary(struct tape *t, struct tensor *a, struct tensor *b);

static struct tensor *
binary(struct tape *t, struct tensor *a, struct tensor *b, real_binary *real,
       enum onnx_binary integer)
{
    if (!a || !b)
        return NULL;
    return tensor_is_real(a) ? real(t, a, b) : onnx_int_binary(t, integer, a, b);
}

void
onnx_add(struct tape *t, struct op_call *call)
{
    call->out[0] = binary(t, call->in[0], call->in[1], op_add, ONNX_ADD);
}

void
onnx_sub(struct tape *t, struct op_call *call)
{
    call->out[0] = binary(t, call->in[0], call->in[1], op_sub, ONNX_SUB);
}

void
onnx_mul(struct tape *t, struct op_call *call)
{
    call->out[0] = binary(t, call->in[0], call->in[1], op_mul, ONNX_MUL);
}

void
onnx_div(struct tape *t, struct op_call *call)
{
    call->out[0] = binary(t, call->in[0], call->in[1], op_div, ONNX_DIV);
}

/* Shapes broadcast since opset 8. */
static void
fold(struct tape *t, struct op_call *call, real_binary *real, enum onnx_binary integer)
{
    struct tensor *y = call->in[0];

    for (size_t i = 1; i < call->in_count; i++) {
        if (onnx_operator_of(call)->since < 8 && !tensor_same_shape(y, call->in[i])) {
            (void)onnx_malformed(t, call, "input %zu has another shape than input 0", i);
            return;
        }
        y = binary(t, y, call->in[i], real, integer);
    }
    call->out[0] = y;
}

void
onnx_max(struct tape *t, struct op_call *call)
{
    fold(t, call, op_maximum, ONNX_MAX);
}

void
onnx_min(struct tape *t, struct op_call *call)
{
    fold(t, call, op_minimum, ONNX_MIN);
}

void
onnx_sum(struct tape *t, struct op_call *call)
{
    fold(t, call, op_add, ONNX_ADD);
}

void
onnx_mean(struct tape *t, struct op_call *call)
{
    fold(t, call, op_add, ONNX_ADD);
    call->out[0] = op_div_scalar(t, call->out[0], (double)call->in_count);
}

/* The exponent has a type of its own; the result has the base's. */
void
onnx_pow(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *y = call->in[1];
    bool integers = !tensor_is_real(x) && !tensor_is_real(y);

    if (tensor_is_real(x)) {
        call->out[0] = op_pow(t, x, onnx_convert(t, y, x->type));
    } else if (integers) {
        call->out[0] = onnx_int_binary(t, ONNX_POW, onnx_convert(t, x, TENSOR_I64),
                                       onnx_convert(t, y, TENSOR_I64));
    } else {
        call->out[0] =
            op_pow(t, onnx_convert(t, x, TENSOR_F64), onnx_convert(t, y, TENSOR_F64));
    }
}

void
onnx_mod(struct tape *t, struct op_call *call)
{
    bool fmod = attr_int(call, "fmod") == 1;

    if (!tensor_is_real(call->in[0]))
        call->out[0] =
            onnx_int_binary(t, fmod ? ONNX_FMOD : ONNX_MOD, call->in[0], call->in[1]);
    else if (fmod)
        run_fmod(t, call);
    else
        (void)onnx_unsupported(
            t, call, "attribute 'fmod' is 0 for floating-point inputs (supported: 1)");
}

/* bound where x lies beyond it; NaN stays, equal keeps x. */
static struct tensor *
limit(struct tape *t, struct tensor *x, struct tensor *bound, enum onnx_relation beyond)
{
    struct tensor *mask = onnx_relation(t, beyond, x, bound);

    if (!x || !bound || !mask)
        return NULL;
    if (tensor_is_real(x))
        return op_where(t, mask, bound, x);
    return onnx_int_binary(t, beyond == ONNX_LT ? ONNX_MAX : ONNX_MIN, x, bound);
}

void
onnx_clip(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *low = onnx_in(call, 1), *high = onnx_in(call, 2);

    if (operator_attr_kind(call->op, "min") != 0) {
        if (!(onnx_real(call, "min") <= onnx_real(call, "max"))) {
            (void)onnx_malformed(t, call, "attribute 'min' is %g, 'max' %g",
                                 onnx_real(call, "min"), onnx_real(call, "max"));
            return;
        }
        low = onnx_scalar(t, x->type, onnx_real(call, "min"));
        high = onnx_scalar(t, x->type, onnx_real(call, "max"));
    }
    if ((low && tensor_count(low) != 1) || (high && tensor_count(high) != 1)) {
        (void)onnx_malformed(t, call, "min and max must be single numbers");
        return;
    }
    if (low)
        x = limit(t, x, op_reshape(t, low, 0, NULL), ONNX_LT);
    if (high)
        x = limit(t, x, op_reshape(t, high, 0, NULL), ONNX_GT);
    call->out[0] = x;
}
