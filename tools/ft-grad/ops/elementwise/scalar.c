/*
 * scalar.c: a tensor and a number.
 *
 * Python numbers in add, sub, mul and div become tensors without gradient: their
 * nodes have a second edge that leads nowhere.
 */
#include "ops/operators.h"

#include "tensor/elementwise.h"

#include <math.h>

static struct tensor *
apply(struct tape *t, enum unary_kernel kernel, struct tensor *x, double value)
{
    if (!x)
        return NULL;
    return tape_check(t, elementwise_unary(&t->heap, kernel, x, &value));
}

static struct tensor *
record(struct tape *t, const char *name, node_backward *backward, struct tensor *x,
       struct tensor *y, double value)
{
    struct tensor *const in[2] = {x, NULL};
    struct node *n = y ? tape_record_list(t, name, backward, 2, in) : NULL;

    if (n)
        n->f[0] = value;
    return tape_output(t, n, y);
}

static void
pass_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    (void)t;
    (void)n;
    out[0] = grad[0];
}

static void
scale_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    if (grad[0])
        out[0] = op_mul_scalar(t, grad[0], n->f[0]);
}

static void
divide_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    if (grad[0])
        out[0] = op_div_scalar(t, grad[0], n->f[0]);
}

struct tensor *
op_add_scalar(struct tape *t, struct tensor *a, double value)
{
    return record(t, "AddBackward0", pass_backward, a,
                  apply(t, UNARY_add_scalar, a, value), value);
}

struct tensor *
op_mul_scalar(struct tape *t, struct tensor *a, double value)
{
    return record(t, "MulBackward0", scale_backward, a,
                  apply(t, UNARY_mul_scalar, a, value), value);
}

struct tensor *
op_div_scalar(struct tape *t, struct tensor *a, double value)
{
    struct tensor *y =
        a ? tape_check(t,
                       elementwise_binary(&t->heap, BINARY_div, a,
                                          tensor_scalar(&t->heap, a->type, value), NULL))
          : NULL;

    return record(t, "DivBackward0", divide_backward, a, y, value);
}

static void
rsub_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    (void)n;
    if (grad[0])
        out[0] = op_neg(t, grad[0]);
}

struct tensor *
op_rsub_scalar(struct tape *t, struct tensor *a, double value)
{
    struct tensor *y = apply(t, UNARY_rsub_scalar, a, value);
    struct node *n = y ? tape_record(t, "RsubBackward1", rsub_backward, 1, a) : NULL;

    return tape_output(t, n, y);
}

/* The exponents that ATen does not leave to pow(). */
static struct tensor *
power(struct tape *t, struct tensor *x, double exponent)
{
    struct heap *h = &t->heap;
    struct tensor *square;

    if (exponent == 0.5)
        return elementwise_unary(h, UNARY_sqrt, x, NULL);
    if (exponent == -0.5)
        return elementwise_unary(h, UNARY_rsqrt, x, NULL);
    if (exponent == -1)
        return elementwise_unary(h, UNARY_reciprocal, x, NULL);
    if (exponent != 2 && exponent != 3 && exponent != -2)
        return elementwise_unary(h, UNARY_pow_scalar, x, &exponent);
    square = elementwise_unary(h, UNARY_square, x, NULL);
    if (exponent == 3)
        return elementwise_binary(h, BINARY_mul, square, x, NULL);
    return exponent == 2 ? square : elementwise_unary(h, UNARY_reciprocal, square, NULL);
}

static void
pow_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0);
    double p = n->f[0];

    if (!grad[0] || !x)
        return;
    out[0] = p == 0 ? op_zeros_like(t, x)
                    : op_mul(t, grad[0], op_mul_scalar(t, op_pow_scalar(t, x, p - 1), p));
}

struct tensor *
op_pow_scalar(struct tape *t, struct tensor *a, double exponent)
{
    struct tensor *y = a ? tape_check(t, power(t, a, exponent)) : NULL;
    struct node *n = y ? tape_record(t, "PowBackward0", pow_backward, 1, a) : NULL;

    if (n)
        n->f[0] = exponent;
    node_save(t, n, a);
    return tape_output(t, n, y);
}

/* weight (end - start), from the nearer end. */
static void
lerp_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    if (!grad[0])
        return;
    out[0] = op_mul_scalar(t, grad[0], 1 - n->f[0]);
    out[1] = op_mul_scalar(t, grad[0], n->f[0]);
}

static struct tensor *
lerp_value(struct tape *t, struct tensor *a, struct tensor *b, double w)
{
    struct heap *h = &t->heap;
    struct tensor *gap = elementwise_binary(h, BINARY_sub, b, a, NULL);
    double step = fabs(w) < 0.5 ? w : w - 1;

    return elementwise_binary(h, BINARY_add, fabs(w) < 0.5 ? a : b, gap, &step);
}

void
run_lerp_scalar(struct tape *t, struct op_call *call)
{
    double weight = attr_real(call, "weight");
    struct tensor *a = call->in[0], *b = call->in[1], *y;
    struct node *n;

    if (!operands_agree(t, a, b))
        return;
    y = tape_check(t, lerp_value(t, a, b, weight));
    n = y ? tape_record(t, "LerpBackward0", lerp_backward, 2, a, b) : NULL;
    if (n)
        n->f[0] = weight;
    call->out[0] = tape_output(t, n, y);
}

void
run_lerp(struct tape *t, struct op_call *call)
{
    struct tensor *gap = op_sub(t, call->in[1], call->in[0]);

    call->out[0] = op_add(t, call->in[0], op_mul(t, call->in[2], gap));
}

RUN(addcmul,
    call->out[0] = op_add_scaled(t, call->in[0], op_mul(t, call->in[1], call->in[2]),
                                 attr_real(call, "value")))
RUN(addcdiv,
    call->out[0] = op_add_scaled(t, call->in[0], op_div(t, call->in[1], call->in[2]),
                                 attr_real(call, "value")))
RUN(add_scalar, call->out[0] = op_add_scalar(t, call->in[0], attr_real(call, "value")))

void
run_sub_scalar(struct tape *t, struct op_call *call)
{
    double value = attr_real(call, "value");

    call->out[0] = record(t, "SubBackward0", pass_backward, call->in[0],
                          apply(t, UNARY_add_scalar, call->in[0], -value), value);
}

RUN(mul_scalar, call->out[0] = op_mul_scalar(t, call->in[0], attr_real(call, "value")))
RUN(div_scalar, call->out[0] = op_div_scalar(t, call->in[0], attr_real(call, "value")))
RUN(rsub_scalar, call->out[0] = op_rsub_scalar(t, call->in[0], attr_real(call, "value")))
RUN(rdiv_scalar, call->out[0] = op_mul_scalar(t, op_reciprocal(t, call->in[0]),
                                              attr_real(call, "value")))
RUN(pow_scalar, call->out[0] = op_pow_scalar(t, call->in[0], attr_real(call, "value")))

static void
run_modulo(struct tape *t, struct op_call *call, enum unary_kernel kernel,
           const char *name)
{
    struct tensor *y = apply(t, kernel, call->in[0], attr_real(call, "value"));
    struct node *n = y ? tape_record(t, name, pass_backward, 1, call->in[0]) : NULL;

    call->out[0] = tape_output(t, n, y);
}

RUN(fmod_scalar, run_modulo(t, call, UNARY_fmod_scalar, "FmodBackward0"))
RUN(remainder_scalar, run_modulo(t, call, UNARY_remainder_scalar, "RemainderBackward0"))
