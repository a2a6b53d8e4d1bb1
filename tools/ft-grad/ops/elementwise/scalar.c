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

/* The same of ATen's own C++ code, where numbers stay numbers: one edge. */
static struct tensor *
renamed(struct tensor *y, const char *name)
{
    if (y && y->grad_fn) {
        y->grad_fn->name = name;
        y->grad_fn->edge_count = 1;
    }
    return y;
}

struct tensor *
op_add_number(struct tape *t, struct tensor *a, double value)
{
    return renamed(op_add_scalar(t, a, value), "AddBackward1");
}

struct tensor *
op_mul_number(struct tape *t, struct tensor *a, double value)
{
    return renamed(op_mul_scalar(t, a, value), "MulBackward1");
}

struct tensor *
op_div_number(struct tape *t, struct tensor *a, double value)
{
    return renamed(op_div_scalar(t, a, value), "DivBackward1");
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

/* Saved: both ends and the weight. */
static void
lerp_tensor_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                     struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *b = node_saved(t, n, 1),
                  *w = node_saved(t, n, 2), *g = grad[0];

    if (!g || !a || !b || !w)
        return;
    if (node_wants(n, 0))
        out[0] = op_mul(t, g, op_rsub_scalar(t, w, 1));
    if (node_wants(n, 1))
        out[1] = op_mul(t, g, w);
    if (node_wants(n, 2))
        out[2] = op_mul(t, g, op_sub(t, b, a));
}

/* a + w (b - a), from the nearer end. */
static struct tensor *
lerp_tensor_value(struct tape *t, struct tensor *a, struct tensor *b, struct tensor *w)
{
    struct tensor *gap = op_sub(t, b, a);

    return op_where(t, mask_compare_scalar(t, COMPARE_lt, op_abs(t, w), 0.5),
                    op_add(t, a, op_mul(t, w, gap)),
                    op_sub(t, b, op_mul(t, gap, op_rsub_scalar(t, w, 1))));
}

void
run_lerp(struct tape *t, struct op_call *call)
{
    bool recording = t->recording;
    struct tensor *y;
    struct node *n;

    t->recording = false;
    y = lerp_tensor_value(t, call->in[0], call->in[1], call->in[2]);
    t->recording = recording;
    n = y ? tape_record_list(t, "LerpBackward1", lerp_tensor_backward, 3, call->in)
          : NULL;
    for (int k = 0; k < 3; k++)
        node_save(t, n, call->in[k]);
    call->out[0] = tape_output(t, n, y);
}

/* f[0]: value; i[0]: quotient.  Saved: both factors, or numerator and denominator. */
static void
addc_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *b = node_saved(t, n, 1), *g = grad[0];
    bool quotient = n->i[0] != 0;

    if (!g || !a || !b)
        return;
    if (node_wants(n, 0))
        out[0] = g;
    if (node_wants(n, 1) && quotient)
        out[1] = op_mul(t, g, op_mul_scalar(t, op_reciprocal(t, b), n->f[0]));
    else if (node_wants(n, 1))
        out[1] = op_mul(t, g, op_mul_scalar(t, b, n->f[0]));
    if (node_wants(n, 2) && quotient)
        out[2] = op_mul(t, op_neg(t, g),
                        op_div(t, op_mul_scalar(t, a, n->f[0]), op_mul(t, b, b)));
    else if (node_wants(n, 2))
        out[2] = op_mul(t, g, op_mul_scalar(t, a, n->f[0]));
}

/* in[0] + value in[1] in[2], or in[0] + value in[1] / in[2] */
static void
addc(struct tape *t, struct op_call *call, const char *name, bool quotient)
{
    struct tensor *a = call->in[1], *b = call->in[2], *y;
    double value = attr_real(call, "value");
    bool recording = t->recording;
    struct node *n;

    t->recording = false;
    a = value == 1 ? a : op_mul_scalar(t, a, value);
    y = op_add(t, call->in[0], quotient ? op_div(t, a, b) : op_mul(t, a, b));
    t->recording = recording;
    n = y ? tape_record_list(t, name, addc_backward, 3, call->in) : NULL;
    if (n) {
        n->i[0] = quotient;
        n->f[0] = value;
    }
    node_save(t, n, call->in[1]);
    node_save(t, n, b);
    call->out[0] = tape_output(t, n, y);
}

RUN(addcmul, addc(t, call, "AddcmulBackward0", false))
RUN(addcdiv, addc(t, call, "AddcdivBackward0", true))
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
