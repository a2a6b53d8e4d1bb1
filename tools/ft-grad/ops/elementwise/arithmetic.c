/*
 * arithmetic.c: two operands, broadcast; and a tensor with a number.
 *
 * The gradient of a broadcast operand is summed by the engine, which knows its shape.
 */
#include "ops/operators.h"

#include "tensor/elementwise.h"

#include <inttypes.h>
#include <math.h>

bool
operands_meet(struct tape *t, struct tensor *const *in, int count)
{
    struct tensor shape = *in[0];
    int bad = 0;

    for (int k = 1; k < count; k++) {
        const struct tensor so_far = shape, *next = in[k];

        if (broadcast_shape(&so_far, next, &shape.dims, shape.size, &bad))
            continue;
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "The size of tensor a (%" PRId64
                        ") must match the size of tensor b (%" PRId64
                        ") at non-singleton dimension %d",
                        so_far.size[bad - (shape.dims - so_far.dims)],
                        next->size[bad - (shape.dims - next->dims)], bad);
        return false;
    }
    return true;
}

bool
operands_agree(struct tape *t, struct tensor *a, struct tensor *b)
{
    if (a->type == b->type && tensor_is_real(a))
        return operands_meet(t, (struct tensor *[]){a, b}, 2);
    (void)tape_fail(t, ERR_UNSUPPORTED, "RuntimeError",
                    "operands of type %s and %s do not mix (give both one real type)",
                    tensor_type_name(a->type), tensor_type_name(b->type));
    return false;
}

static struct tensor *
binary(struct tape *t, enum binary_kernel kernel, struct tensor *a, struct tensor *b,
       const double *params)
{
    if (!a || !b || !operands_agree(t, a, b))
        return NULL;
    return tape_check(t, elementwise_binary(&t->heap, kernel, a, b, params));
}

/* g * value, or g itself for 1 (maybe_multiply). */
static struct tensor *
scaled(struct tape *t, struct tensor *g, double value)
{
    return value == 1 ? g : op_mul_scalar(t, g, value);
}

static void
add_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    if (!grad[0])
        return;
    if (node_wants(n, 0))
        out[0] = grad[0];
    if (node_wants(n, 1))
        out[1] = scaled(t, grad[0], n->f[0]);
}

static struct tensor *
add(struct tape *t, const char *name, struct tensor *a, struct tensor *b, double alpha)
{
    struct tensor *y = alpha == 1    ? binary(t, BINARY_plus, a, b, NULL)
                       : alpha == -1 ? binary(t, BINARY_sub, a, b, NULL)
                                     : binary(t, BINARY_add, a, b, &alpha);
    struct node *n = y ? tape_record(t, name, add_backward, 2, a, b) : NULL;

    if (n)
        n->f[0] = alpha;
    return tape_output(t, n, y);
}

struct tensor *
op_add(struct tape *t, struct tensor *a, struct tensor *b)
{
    return add(t, "AddBackward0", a, b, 1);
}

struct tensor *
op_add_scaled(struct tape *t, struct tensor *a, struct tensor *b, double alpha)
{
    return add(t, "AddBackward0", a, b, alpha);
}

struct tensor *
op_sub(struct tape *t, struct tensor *a, struct tensor *b)
{
    return add(t, "SubBackward0", a, b, -1);
}

static void
mul_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    if (!grad[0])
        return;
    if (node_wants(n, 0))
        out[0] = op_mul(t, grad[0], node_saved(t, n, 1));
    if (node_wants(n, 1))
        out[1] = op_mul(t, grad[0], node_saved(t, n, 0));
}

struct tensor *
op_mul(struct tape *t, struct tensor *a, struct tensor *b)
{
    struct tensor *y = binary(t, BINARY_mul, a, b, NULL);
    struct node *n = y ? tape_record(t, "MulBackward0", mul_backward, 2, a, b) : NULL;

    node_save(t, n, a);
    node_save(t, n, b);
    return tape_output(t, n, y);
}

static void
div_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *b = node_saved(t, n, 1);

    if (!grad[0])
        return;
    if (node_wants(n, 0))
        out[0] = op_div(t, grad[0], b);
    if (node_wants(n, 1))
        out[1] = op_mul(t, op_neg(t, grad[0]), op_div(t, op_div(t, a, b), b));
}

struct tensor *
op_div(struct tape *t, struct tensor *a, struct tensor *b)
{
    struct tensor *y = binary(t, BINARY_div, a, b, NULL);
    struct node *n = y ? tape_record(t, "DivBackward0", div_backward, 2, a, b) : NULL;

    node_save(t, n, a);
    node_save(t, n, b);
    return tape_output(t, n, y);
}

static void
pow_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *b = node_saved(t, n, 1);
    struct tensor *y = node_saved(t, n, 2), *g = grad[0], *mask;

    if (!g || !a || !b)
        return;
    if (node_wants(n, 0)) {
        mask = mask_compare_scalar(t, COMPARE_eq, b, 0);
        out[0] = op_mul(t, g, op_mul(t, b, op_pow(t, a, op_add_scalar(t, b, -1))));
        out[0] = op_masked_fill(t, out[0], mask, 0);
    }
    if (node_wants(n, 1)) {
        mask = mask_and(t, mask_compare_scalar(t, COMPARE_eq, a, 0),
                        mask_compare_scalar(t, COMPARE_ge, b, 0));
        out[1] = op_mul(t, g, op_masked_fill(t, op_mul(t, y, op_log(t, a)), mask, 0));
    }
}

struct tensor *
op_pow(struct tape *t, struct tensor *a, struct tensor *b)
{
    struct tensor *y = binary(t, BINARY_pow, a, b, NULL);
    struct node *n = y ? tape_record(t, "PowBackward1", pow_backward, 2, a, b) : NULL;

    node_save(t, n, a);
    node_save(t, n, b);
    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

/* maximum and minimum: half each on a tie, everything to the one chosen. */
static void
extreme_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                 struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *b = node_saved(t, n, 1), *g = grad[0], *half;
    bool largest = n->i[0] != 0;

    if (!g || !a || !b)
        return;
    half = op_where(t, mask_compare(t, COMPARE_eq, a, b), op_div_scalar(t, g, 2), g);
    if (node_wants(n, 0))
        out[0] = op_masked_fill(
            t, half, mask_compare(t, largest ? COMPARE_lt : COMPARE_gt, a, b), 0);
    if (node_wants(n, 1))
        out[1] = op_masked_fill(
            t, half, mask_compare(t, largest ? COMPARE_gt : COMPARE_lt, a, b), 0);
}

static struct tensor *
extreme(struct tape *t, struct tensor *a, struct tensor *b, bool largest)
{
    struct tensor *y = NULL;
    struct node *n;

    if (a && b && operands_agree(t, a, b))
        y = tape_check(t, elementwise_binary_split(
                              &t->heap,
                              largest ? BINARY_maximum_vector : BINARY_minimum_vector,
                              largest ? BINARY_maximum : BINARY_minimum, a, b, NULL));
    n = y ? tape_record(t, largest ? "MaximumBackward0" : "MinimumBackward0",
                        extreme_backward, 2, a, b)
          : NULL;

    if (n)
        n->i[0] = largest;
    node_save(t, n, a);
    node_save(t, n, b);
    return tape_output(t, n, y);
}

struct tensor *
op_maximum(struct tape *t, struct tensor *a, struct tensor *b)
{
    return extreme(t, a, b, true);
}

struct tensor *
op_minimum(struct tape *t, struct tensor *a, struct tensor *b)
{
    return extreme(t, a, b, false);
}

/* fmax, fmin: all to the first operand where it was taken or the second is NaN. */
static void
fextreme_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                  struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *b = node_saved(t, n, 1), *first;

    if (!grad[0] || !a || !b)
        return;
    first = mask_or(t, mask_compare(t, n->i[0] ? COMPARE_ge : COMPARE_le, a, b),
                    mask_compare(t, COMPARE_is_nan, b, b));
    out[0] = op_masked_fill(t, grad[0], mask_not(t, first), 0);
    out[1] = op_masked_fill(t, grad[0], first, 0);
}

static void
fextreme(struct tape *t, struct op_call *call, bool largest)
{
    struct tensor *a = call->in[0], *b = call->in[1];
    struct tensor *y = binary(t, largest ? BINARY_fmax : BINARY_fmin, a, b, NULL);
    struct node *n = y ? tape_record(t, largest ? "FmaxBackward0" : "FminBackward0",
                                     fextreme_backward, 2, a, b)
                       : NULL;

    if (n)
        n->i[0] = largest;
    node_save(t, n, a);
    node_save(t, n, b);
    call->out[0] = tape_output(t, n, y);
}

static void
atan2_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *b = node_saved(t, n, 1), *g = grad[0],
                  *recip;

    if (!g || !a || !b)
        return;
    recip = op_reciprocal(t, op_add(t, op_mul(t, a, a), op_mul(t, b, b)));
    if (node_wants(n, 0))
        out[0] = op_mul(t, op_mul(t, g, b), recip);
    if (node_wants(n, 1))
        out[1] = op_mul(t, op_mul(t, g, op_neg(t, a)), recip);
}

static void
hypot_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    struct tensor *y = node_saved(t, n, 2);

    if (!grad[0])
        return;
    for (uint32_t k = 0; k < 2; k++)
        out[k] = op_mul(t, grad[0], op_div(t, node_saved(t, n, k), y));
}

static void
logaddexp_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                   struct tensor **out)
{
    struct tensor *s[2] = {node_saved(t, n, 0), node_saved(t, n, 1)};

    if (!grad[0] || !s[0] || !s[1])
        return;
    for (int k = 0; k < 2; k++)
        out[k] =
            op_div(t, grad[0], op_add_scalar(t, op_exp(t, op_sub(t, s[1 - k], s[k])), 1));
}

static void
xlogy_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *b = node_saved(t, n, 1), *mask;

    if (!grad[0] || !a || !b)
        return;
    mask = mask_and(t, mask_compare_scalar(t, COMPARE_eq, a, 0),
                    mask_compare_scalar(t, COMPARE_le, b, 0));
    out[0] = op_masked_fill(t, op_mul(t, grad[0], op_log(t, b)), mask, 0);
    out[1] = op_div(t, op_mul(t, grad[0], a), b);
}

/* g log1p(b), 0 where a is 0 and b <= -1; g a / (b + 1) */
static void
xlog1py_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                 struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *b = node_saved(t, n, 1), *mask;

    if (!grad[0] || !a || !b)
        return;
    mask = mask_and(t, mask_compare_scalar(t, COMPARE_eq, a, 0),
                    mask_compare_scalar(t, COMPARE_le, b, -1));
    out[0] = op_masked_fill(t, op_apply(t, run_xlog1py, grad[0], b), mask, 0);
    out[1] = op_div(t, op_mul(t, grad[0], a), op_add_scalar(t, b, 1));
}

/* g / (1 + 2^(other - own)) */
static void
logaddexp2_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                    struct tensor **out)
{
    struct tensor *s[2] = {node_saved(t, n, 0), node_saved(t, n, 1)};

    if (!grad[0] || !s[0] || !s[1])
        return;
    for (int k = 0; k < 2; k++) {
        struct tensor *power = op_apply(t, run_exp2, op_sub(t, s[1 - k], s[k]), NULL);

        out[k] = op_div(t, grad[0], op_add_scalar(t, power, 1));
    }
}

static void
copysign_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                  struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *y = node_saved(t, n, 2), *ratio;

    if (!grad[0] || !a || !y)
        return;
    ratio =
        op_masked_fill(t, op_div(t, y, a), mask_compare_scalar(t, COMPARE_eq, a, 0), 0);
    out[0] = op_mul(t, grad[0], ratio);
    out[1] = op_zeros_like(t, node_saved(t, n, 1));
}

/* a - b * trunc(a / b) and a - b * floor(a / b). */
static void
modulo_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *b = node_saved(t, n, 1), *whole;

    if (!grad[0] || !a || !b)
        return;
    whole = elementwise_binary(&t->heap, n->i[0] ? BINARY_div : BINARY_floor_divide, a, b,
                               NULL);
    if (n->i[0])
        whole = elementwise_unary(&t->heap, UNARY_trunc, whole, NULL);
    whole = tape_check(t, whole);
    out[0] = grad[0];
    out[1] = op_mul(t, op_neg(t, grad[0]), whole);
}

/* A two-operand operator that saves both operands, and its result. */
static void
run_saving(struct tape *t, struct op_call *call, enum binary_kernel kernel,
           const char *name, node_backward *backward)
{
    struct tensor *a = call->in[0], *b = call->in[1];
    struct tensor *y = binary(t, kernel, a, b, NULL);
    struct node *n = y ? tape_record(t, name, backward, 2, a, b) : NULL;

    if (n)
        n->i[0] = kernel == BINARY_fmod;
    node_save(t, n, a);
    node_save(t, n, b);
    y = tape_output(t, n, y);
    node_save(t, n, y);
    call->out[0] = y;
}

RUN(add,
    call->out[0] = op_add_scaled(t, call->in[0], call->in[1], attr_real(call, "alpha")))
RUN(sub, call->out[0] = add(t, "SubBackward0", call->in[0], call->in[1],
                            -attr_real(call, "alpha")))
RUN(mul, call->out[0] = op_mul(t, call->in[0], call->in[1]))
RUN(div, call->out[0] = op_div(t, call->in[0], call->in[1]))
RUN(pow, call->out[0] = op_pow(t, call->in[0], call->in[1]))
RUN(maximum, call->out[0] = op_maximum(t, call->in[0], call->in[1]))
RUN(minimum, call->out[0] = op_minimum(t, call->in[0], call->in[1]))
RUN(fmax, fextreme(t, call, true))
RUN(fmin, fextreme(t, call, false))
RUN(atan2, run_saving(t, call, BINARY_atan2, "Atan2Backward0", atan2_backward))
RUN(hypot, run_saving(t, call, BINARY_hypot, "HypotBackward0", hypot_backward))
RUN(logaddexp,
    run_saving(t, call, BINARY_logaddexp, "LogaddexpBackward0", logaddexp_backward))
RUN(xlogy, run_saving(t, call, BINARY_xlogy, "XlogyBackward0", xlogy_backward))
RUN(xlog1py,
    run_saving(t, call, BINARY_xlog1py, "SpecialXlog1PyBackward0", xlog1py_backward))
RUN(logaddexp2,
    run_saving(t, call, BINARY_logaddexp2, "Logaddexp2Backward0", logaddexp2_backward))
RUN(copysign,
    run_saving(t, call, BINARY_copysign, "CopysignBackward0", copysign_backward))
RUN(fmod, run_saving(t, call, BINARY_fmod, "FmodBackward1", modulo_backward))
RUN(remainder,
    run_saving(t, call, BINARY_remainder, "RemainderBackward1", modulo_backward))
