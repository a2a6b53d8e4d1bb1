/*
 * norm.c: vector norms (linalg_vector_norm_backward) and the softmax family.
 */
#define _XOPEN_SOURCE 700
#include "ops/operators.h"

#include "tensor/elementwise.h"
#include "tensor/reduce.h"

#include <math.h>

static struct tensor *
where_zero(struct tape *t, struct tensor *y, struct tensor *of)
{
    return op_masked_fill(t, y, mask_compare_scalar(t, COMPARE_eq, of, 0), 0);
}

/* |x|^p by repeated recording operators. */
static struct tensor *
abs_power(struct tape *t, struct tensor *x, double p)
{
    return op_pow_scalar(t, op_abs(t, x), p);
}

static struct tensor *
infinite_gradient(struct tape *t, struct tensor *g, struct tensor *x, struct tensor *y,
                  uint32_t mask)
{
    struct tensor *size = op_abs(t, x);
    struct tensor *chosen = mask_or(t, mask_compare(t, COMPARE_eq, size, y),
                                    mask_compare(t, COMPARE_is_nan, size, size));
    struct tensor *weight = chosen ? op_cast(t, chosen, x->type) : NULL;
    struct tensor *count =
        weight ? tape_check(t, reduce_sum(&t->heap, weight, mask, true)) : NULL;

    return op_mul(t, op_mul(t, op_sgn(t, x), op_div(t, g, count)), weight);
}

static struct tensor *
norm_gradient(struct tape *t, struct tensor *g, struct tensor *x, struct tensor *y,
              double p, uint32_t mask)
{
    if (p == 0) /* undefined, not zero */
        return NULL;
    if (p == 1)
        return op_mul(t, g, op_sgn(t, x));
    if (p == 2)
        return op_mul(t, g, where_zero(t, op_div(t, x, y), y));
    if (isinf(p))
        return infinite_gradient(t, g, x, y, mask);
    if (p < 1) {
        struct tensor *scaled =
            where_zero(t, op_mul(t, op_sgn(t, x), abs_power(t, x, p - 1)), x);

        return op_mul(t, op_mul(t, scaled, g), op_pow_scalar(t, y, 1 - p));
    }
    if (p < 2) {
        struct tensor *scaled = op_mul(t, op_sgn(t, x), abs_power(t, x, p - 1));

        return op_mul(t, scaled,
                      where_zero(t, op_div(t, g, op_pow_scalar(t, y, p - 1)), y));
    }
    return op_mul(t, op_mul(t, x, abs_power(t, x, p - 2)),
                  where_zero(t, op_div(t, g, op_pow_scalar(t, y, p - 1)), y));
}

static void
norm_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *y = node_saved(t, n, 1), *g;
    uint32_t mask = (uint32_t)n->i[0];

    if (!grad[0] || !x || !y)
        return;
    g = op_restore_dims(t, grad[0], x, mask, n->i[1] != 0);
    y = op_restore_dims(t, y, x, mask, n->i[1] != 0);
    if (g && y)
        out[0] = norm_gradient(t, g, x, y, n->f[0], mask);
}

static struct tensor *
norm_value(struct heap *h, struct tensor *x, double p, uint32_t mask, bool keep)
{
    struct tensor *size = elementwise_unary(h, UNARY_abs, x, NULL), *y;
    double root = 1 / p;

    if (!size)
        return NULL;
    if (isinf(p))
        return tensor_count(x) > 0 ? reduce_extreme(h, size, mask, keep, p > 0)
                                   : reduce_sum(h, size, mask, keep);
    if (p == 0) {
        y = elementwise_compare(h, COMPARE_ne, x, tensor_scalar(h, x->type, 0));
        return y ? reduce_sum(h, tensor_cast(h, y, x->type), mask, keep) : NULL;
    }
    if (p == 1)
        return reduce_sum(h, size, mask, keep);
    if (p == 2) {
        y = reduce_sum(h, elementwise_unary(h, UNARY_square, x, NULL), mask, keep);
        return y ? elementwise_unary(h, UNARY_sqrt, y, NULL) : NULL;
    }
    y = reduce_sum(h, elementwise_unary(h, UNARY_pow_scalar, size, &p), mask, keep);
    return y ? elementwise_unary(h, UNARY_pow_scalar, y, &root) : NULL;
}

/* 2.6 takes the norm of one number for what it is, and so without overflow. */
static bool
of_single_numbers(const struct tape *t, const struct tensor *x, double p, uint32_t mask)
{
    for (int d = 0; d < x->dims; d++) {
        if ((mask >> d & 1) && x->size[d] != 1)
            return false;
    }
    return t->version >= TORCH_2_6 && p != 0;
}

/* The greatest or smallest of nothing does not exist; 1.13 says 0. */
static bool
has_extreme(struct tape *t, const struct tensor *x, double p, uint32_t mask)
{
    if (t->version < TORCH_2_6 || tensor_count(x) > 0 || (p >= 0 && !isinf(p)))
        return true;
    if (mask == op_all_dims(x)) {
        (void)tape_fail(
            t, ERR_MALFORMED, "RuntimeError",
            "linalg.vector_norm cannot compute the %g norm on an empty tensor "
            "because the operation does not have an identity",
            p);
        return false;
    }
    for (int d = 0; d < x->dims; d++) {
        if (!(mask >> d & 1) || x->size[d] > 0)
            continue;
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "linalg.vector_norm cannot compute the %g norm on the dimension "
                        "%dbecause this dimension is empty and the operation does not "
                        "have an identity",
                        p, d);
        return false;
    }
    return true;
}

struct tensor *
op_norm(struct tape *t, struct tensor *x, double p, uint32_t mask, bool keep)
{
    const char *name =
        t->version >= TORCH_2_6 ? "LinalgVectorNormBackward0" : "NormBackward1";
    bool single = x && of_single_numbers(t, x, p, mask);
    struct tensor *y =
        x && has_extreme(t, x, p, mask)
            ? tape_check(t, norm_value(&t->heap, x, single ? 1 : p, mask, keep))
            : NULL;
    struct node *n = y ? tape_record(t, name, norm_backward, 1, x) : NULL;

    if (n) {
        n->f[0] = p;
        n->i[0] = mask;
        n->i[1] = keep;
    }
    node_save(t, n, x);
    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

RUN(norm, call->out[0] = op_norm(t, call->in[0], attr_real(call, "p"),
                                 attr_dims(t, call, "dim", call->in[0]),
                                 attr_bool(call, "keepdim")))

/* (g - sum(g y)) y */
static void
softmax_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                 struct tensor **out)
{
    struct tensor *y = node_saved(t, n, 0), *total;

    if (!grad[0] || !y)
        return;
    total = op_sum_dims(t, op_mul(t, grad[0], y), (uint32_t)n->i[0], true);
    out[0] = op_mul(t, op_sub(t, grad[0], total), y);
}

/* g - exp(y) sum(g), in one rounding where nothing is recorded, as ATen has it. */
static void
log_softmax_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                     struct tensor **out)
{
    struct tensor *y = node_saved(t, n, 0), *total;

    if (!grad[0] || !y)
        return;
    total = op_sum_dims(t, grad[0], (uint32_t)n->i[0], true);
    if (t->recording)
        out[0] = op_sub(t, grad[0], op_mul(t, op_exp(t, y), total));
    else
        out[0] = tape_check(
            t, elementwise_minus_product(&t->heap, grad[0], op_exp(t, y), total));
}

/* x - max, exp of it, the sum of that. */
static bool
shifted_exp(struct heap *h, struct tensor *x, uint32_t mask, struct tensor *out[3])
{
    struct tensor *top = reduce_extreme(h, x, mask, true, true);

    out[0] = top ? elementwise_binary(h, BINARY_sub, x, top, NULL) : NULL;
    out[1] = out[0] ? elementwise_unary(h, UNARY_exp, out[0], NULL) : NULL;
    out[2] = out[1] ? reduce_sum(h, out[1], mask, true) : NULL;
    return out[2] != NULL;
}

enum softmax_form { SOFTMAX, LOG_SOFTMAX, SAFE_SOFTMAX };

static struct tensor *
softmax(struct tape *t, struct tensor *x, int64_t dim, enum softmax_form form)
{
    int at = x ? op_dim(t, dim, x->dims) : -1;
    uint32_t mask = at >= 0 && x->dims > 0 ? UINT32_C(1) << at : 0;
    static const char *const names[] = {"SoftmaxBackward0", "LogSoftmaxBackward0",
                                        "SafeSoftmaxBackward0"};
    bool log_form = form == LOG_SOFTMAX;
    struct heap *h = &t->heap;
    struct tensor *e[3], *y = NULL;
    struct node *n;

    if (at < 0)
        return NULL;
    if (tensor_count(x) == 0)
        y = tensor_like(h, x);
    else if (shifted_exp(h, x, mask, e))
        y = log_form
                ? elementwise_binary(h, BINARY_sub, e[0],
                                     elementwise_unary(h, UNARY_log, e[2], NULL), NULL)
                : elementwise_binary(h, BINARY_div, e[1], e[2], NULL);
    if (y && (form == SAFE_SOFTMAX || (t->volta && form == SOFTMAX)) &&
        tensor_count(x) > 0) {
        double even = x->dims > 0 ? 1 / (double)x->size[at] : 1; /* Volta's */
        struct tensor *top = reduce_extreme(h, x, mask, true, true);
        struct tensor *low = tensor_scalar(h, x->type, -(double)INFINITY);

        y = elementwise_where(
            h, top && low ? elementwise_compare(h, COMPARE_eq, top, low) : NULL,
            tensor_scalar(h, x->type, form == SAFE_SOFTMAX ? 0 : even), y);
    }
    y = tape_check(t, y);
    n = y ? tape_record(t, names[form],
                        log_form ? log_softmax_backward : softmax_backward, 1, x)
          : NULL;
    if (n)
        n->i[0] = mask;
    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

struct tensor *
op_softmax(struct tape *t, struct tensor *x, int64_t dim)
{
    return softmax(t, x, dim, SOFTMAX);
}

struct tensor *
op_log_softmax(struct tape *t, struct tensor *x, int64_t dim)
{
    return softmax(t, x, dim, LOG_SOFTMAX);
}

struct tensor *
op_safe_softmax(struct tape *t, struct tensor *x, int64_t dim)
{
    return softmax(t, x, dim, SAFE_SOFTMAX);
}

RUN(softmax, call->out[0] = op_softmax(t, call->in[0], attr_int(call, "dim")))
RUN(log_softmax, call->out[0] = op_log_softmax(t, call->in[0], attr_int(call, "dim")))
