/*
 * reduction.c: sums, means, variances, norms and their kin.
 *
 * Backward formulas expand the gradient over the reduced dimensions, which are put
 * back with size 1 first.
 */
#define _XOPEN_SOURCE 700
#include "ops/index/std_sort.h"
#include "ops/operators.h"

#include "tensor/elementwise.h"
#include "tensor/reduce.h"

#include "common/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a reduction's backward function must know. */
struct reduction {
    struct node_input shape; /* of the operand */
    uint32_t mask;
    bool keep;
};

uint32_t
op_all_dims(const struct tensor *x)
{
    return (uint32_t)((UINT64_C(1) << x->dims) - 1);
}

static double
masked_count(const struct node_input *shape, uint32_t mask)
{
    double count = 1;

    for (int d = 0; d < shape->dims; d++)
        count *= mask >> d & 1 ? (double)shape->size[d] : 1;
    return count;
}

static struct node *
record(struct tape *t, const char *name, node_backward *backward, struct tensor *x,
       uint32_t mask, bool keep)
{
    struct node *n = tape_record(t, name, backward, 1, x);
    struct reduction *r = n ? heap_alloc(&t->heap, sizeof(*r)) : NULL;

    if (!r)
        return NULL;
    assert(x);
    r->shape.dims = x->dims;
    memcpy(r->shape.size, x->size, sizeof(x->size));
    r->mask = mask;
    r->keep = keep;
    n->extra = r;
    return n;
}

struct tensor *
op_restore_dims(struct tape *t, struct tensor *y, const struct tensor *x, uint32_t mask,
                bool kept)
{
    int64_t size[TENSOR_DIMS_MAX];

    if (!y || kept)
        return y;
    for (int d = 0; d < x->dims; d++)
        size[d] = mask >> d & 1 ? 1 : x->size[d];
    return op_reshape(t, y, x->dims, size);
}

/* g with the reduced dimensions back, stretched to the operand's shape. */
static struct tensor *
spread(struct tape *t, const struct reduction *r, struct tensor *g)
{
    struct tensor shape = {.dims = r->shape.dims};

    memcpy(shape.size, r->shape.size, sizeof(shape.size));
    g = op_restore_dims(t, g, &shape, r->mask, r->keep);
    return op_expand(t, g, r->shape.dims, r->shape.size);
}

static void
sum_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    if (grad[0])
        out[0] = spread(t, n->extra, grad[0]);
}

static struct tensor *
sum(struct tape *t, const char *name, struct tensor *x, uint32_t mask, bool keep)
{
    struct tensor *y = x ? tape_check(t, reduce_sum(&t->heap, x, mask, keep)) : NULL;

    return tape_output(t, y ? record(t, name, sum_backward, x, mask, keep) : NULL, y);
}

struct tensor *
op_sum(struct tape *t, struct tensor *x)
{
    return x ? sum(t, "SumBackward0", x, op_all_dims(x), false) : NULL;
}

struct tensor *
op_sum_dims(struct tape *t, struct tensor *x, uint32_t mask, bool keep)
{
    return sum(t, "SumBackward1", x, mask, keep);
}

static void
mean_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    const struct reduction *r = n->extra;

    if (grad[0])
        out[0] =
            op_div_scalar(t, spread(t, r, grad[0]), masked_count(&r->shape, r->mask));
}

static struct tensor *
mean(struct tape *t, const char *name, struct tensor *x, uint32_t mask, bool keep)
{
    struct tensor *total = x ? reduce_sum(&t->heap, x, mask, keep) : NULL, *y;
    struct node_input shape = {.dims = x ? x->dims : 0};
    struct node *n;

    if (!tape_check(t, total))
        return NULL;
    assert(x);
    memcpy(shape.size, x->size, sizeof(shape.size));
    y = tape_check(t, elementwise_binary(
                          &t->heap, BINARY_div, total,
                          tensor_scalar(&t->heap, x->type, masked_count(&shape, mask)),
                          NULL));
    n = y ? record(t, name, mean_backward, x, mask, keep) : NULL;
    return tape_output(t, n, y);
}

struct tensor *
op_mean(struct tape *t, struct tensor *x)
{
    return x ? mean(t, "MeanBackward0", x, op_all_dims(x), false) : NULL;
}

struct tensor *
op_mean_dims(struct tape *t, struct tensor *x, uint32_t mask, bool keep)
{
    return mean(t, "MeanBackward1", x, mask, keep);
}

/* (2 / (n - c)) g (x - mean); with n <= c: infinite, and NaN where x is the mean. */
static struct tensor *
var_gradient(struct tape *t, struct node *n, struct tensor *g, struct tensor *x)
{
    const struct reduction *r = n->extra;
    double freedom = masked_count(&r->shape, r->mask) - n->f[0];
    struct tensor *centred;

    g = op_restore_dims(t, g, x, r->mask, r->keep);
    if (freedom <= 0) {
        struct tensor *mean = op_mean_dims(t, op_detach(t, x), r->mask, true);

        return op_mul(t, g,
                      op_masked_fill(t, op_full_like(t, x, (double)INFINITY),
                                     mask_compare(t, COMPARE_eq, x, mean), (double)NAN));
    }
    centred = op_sub(t, x, op_mean_dims(t, x, r->mask, true));
    return op_mul(t, op_mul_scalar(t, g, 2 / freedom), centred);
}

static void
var_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0);

    if (grad[0] && x)
        out[0] = var_gradient(t, n, grad[0], x);
}

static void
std_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *y = node_saved(t, n, 1), *g;

    if (!grad[0] || !x || !y)
        return;
    g = op_div(t, grad[0], op_mul_scalar(t, y, 2));
    g = op_masked_fill(t, g, mask_compare_scalar(t, COMPARE_eq, y, 0), 0);
    out[0] = g ? var_gradient(t, n, g, x) : NULL;
}

static struct tensor *
spread_of(struct tape *t, struct tensor *x, uint32_t mask, double correction, bool keep,
          bool root)
{
    struct tensor *y = x ? reduce_var(&t->heap, x, mask, keep, correction) : NULL;
    struct node *n;

    if (root && y)
        y = elementwise_unary(&t->heap, UNARY_sqrt, y, NULL);
    if (!tape_check(t, y))
        return NULL;
    n = record(t, root ? "StdBackward0" : "VarBackward0",
               root ? std_backward : var_backward, x, mask, keep);
    if (n)
        n->f[0] = correction;
    node_save(t, n, x);
    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

struct tensor *
op_var(struct tape *t, struct tensor *x, uint32_t mask, double correction, bool keep)
{
    return spread_of(t, x, mask, correction, keep, false);
}

/* g / count on the elements equal to the result (NaN: on the NaNs). */
static void
even_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *y = node_saved(t, n, 1), *mask, *ones,
                  *count;

    if (!grad[0] || !x || !y)
        return;
    mask = isnan(tensor_get(y, 0)) ? mask_compare(t, COMPARE_is_nan, x, x)
                                   : mask_compare(t, COMPARE_eq, x, y);
    ones = op_cast(t, mask, x->type);
    count = ones ? reduce_sum(&t->heap, ones, op_all_dims(x), false) : NULL;
    out[0] = op_where(t, mask, op_div(t, grad[0], tape_check(t, count)),
                      tensor_scalar(&t->heap, x->type, 0));
}

static struct tensor *
full_extreme(struct tape *t, struct tensor *x, const char *name, struct tensor *y)
{
    struct node *n = y ? record(t, name, even_backward, x, op_all_dims(x), false) : NULL;

    node_save(t, n, x);
    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

static bool
not_empty(struct tape *t, const struct op_call *call)
{
    if (tensor_count(call->in[0]) > 0)
        return true;
    (void)tape_fail(
        t, ERR_MALFORMED, "RuntimeError",
        "%s(): Expected reduction dim to be specified for input.numel() == 0. "
        "Specify the reduction dim with the 'dim' argument.",
        call->op->name);
    return false;
}

void
run_max(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];

    if (not_empty(t, call))
        call->out[0] = full_extreme(
            t, x, "MaxBackward1",
            tape_check(t, reduce_extreme(&t->heap, x, op_all_dims(x), false, true)));
}

void
run_min(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];

    if (not_empty(t, call))
        call->out[0] = full_extreme(
            t, x, "MinBackward1",
            tape_check(t, reduce_extreme(&t->heap, x, op_all_dims(x), false, false)));
}

static bool
less(const struct keyed *a, const struct keyed *b)
{
    return a->value < b->value;
}

/* The lower of two middle values; a NaN wins, and is the median of nothing. */
static double
median_of(struct tensor *x)
{
    int64_t n = tensor_count(x);
    struct keyed *all = xcalloc((size_t)n + 1, sizeof(*all));
    double y = n > 0 ? 0 : (double)NAN;

    for (int64_t i = 0; i < n && !isnan(y); i++)
        y = all[i].value = tensor_get(x, i);
    if (!isnan(y)) {
        std_nth_element(all, all + (n - 1) / 2, all + n, less);
        y = all[(n - 1) / 2].value;
    }
    free(all);
    return y;
}

void
run_median(struct tape *t, struct op_call *call)
{
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, call->in[0]));

    if (x)
        call->out[0] =
            full_extreme(t, call->in[0], "MedianBackward0",
                         tape_check(t, tensor_scalar(&t->heap, x->type, median_of(x))));
}

/* (g / count) mask, mask being false everywhere for a NaN result. */
static void
amax_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    const struct reduction *r = n->extra;
    struct tensor *x = node_saved(t, n, 0), *y = node_saved(t, n, 1), *mask, *g;

    if (!grad[0] || !x || !y)
        return;
    g = op_restore_dims(t, grad[0], x, r->mask, r->keep);
    y = op_restore_dims(t, op_detach(t, y), x, r->mask, r->keep);
    mask = op_cast(t, mask_compare(t, COMPARE_eq, x, y), x->type);
    if (mask)
        out[0] = op_mul(
            t, op_div(t, g, tape_check(t, reduce_sum(&t->heap, mask, r->mask, true))),
            mask);
}

struct tensor *
op_amax(struct tape *t, struct tensor *x, uint32_t mask, bool keep, bool largest)
{
    struct tensor *y;
    struct node *n;

    if (!x)
        return NULL;
    for (int d = 0; d < x->dims; d++) {
        if ((mask >> d & 1) && x->size[d] == 0)
            return tape_fail(t, ERR_MALFORMED, "IndexError",
                             "%s(): Expected reduction dim %d to have non-zero size.",
                             largest ? "amax" : "amin", d);
    }
    y = tape_check(t, reduce_extreme(&t->heap, x, mask, keep, largest));
    n = y ? record(t, largest ? "AmaxBackward0" : "AminBackward0", amax_backward, x, mask,
                   keep)
          : NULL;
    node_save(t, n, x);
    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

/* g exp(x - y) */
static void
logsumexp_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                   struct tensor **out)
{
    const struct reduction *r = n->extra;
    struct tensor *x = node_saved(t, n, 0), *y = node_saved(t, n, 1), *g;

    if (!grad[0] || !x || !y)
        return;
    g = op_restore_dims(t, grad[0], x, r->mask, r->keep);
    y = op_restore_dims(t, y, x, r->mask, r->keep);
    out[0] = op_mul(t, g, op_exp(t, op_sub(t, x, y)));
}

struct tensor *
op_logsumexp(struct tape *t, struct tensor *x, uint32_t mask, bool keep)
{
    struct heap *h = &t->heap;
    struct tensor *top, *y;
    struct node *n;

    if (!x)
        return NULL;
    if (tensor_count(x) == 0) {
        y = reduce_sum(h, x, mask, keep);
        y = y ? elementwise_unary(h, UNARY_log, y, NULL) : NULL;
    } else {
        struct tensor *shifted, *kept = reduce_extreme(h, x, mask, true, true);
        double finite[3] = {(double)NAN, 0, 0};

        /* An infinite maximum is not subtracted. */
        kept = kept ? elementwise_unary(h, UNARY_nan_to_num, kept, finite) : NULL;
        shifted = kept ? elementwise_binary(h, BINARY_sub, x, kept, NULL) : NULL;
        y = shifted ? reduce_sum(h, elementwise_unary(h, UNARY_exp, shifted, NULL), mask,
                                 keep)
                    : NULL;
        top = y ? tensor_alias(h, kept) : NULL;
        if (top) { /* the same numbers in y's shape */
            struct tensor *shape = tensor_like(h, y);

            top->dims = y->dims;
            memcpy(top->size, y->size, sizeof(y->size));
            if (shape)
                memcpy(top->stride, shape->stride, sizeof(shape->stride));
            y = elementwise_binary(h, BINARY_plus,
                                   elementwise_unary(h, UNARY_log, y, NULL), top, NULL);
        }
    }
    y = tape_check(t, y);
    n = y ? record(t, "LogsumexpBackward0", logsumexp_backward, x, mask, keep) : NULL;
    node_save(t, n, x);
    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

RUN(sum, call->out[0] = op_sum(t, call->in[0]))

void
run_sum_dim(struct tape *t, struct op_call *call)
{
    uint32_t mask = attr_dims(t, call, "dim", call->in[0]);

    call->out[0] = op_sum_dims(t, call->in[0], mask, attr_bool(call, "keepdim"));
}

RUN(mean, call->out[0] = op_mean(t, call->in[0]))

void
run_mean_dim(struct tape *t, struct op_call *call)
{
    uint32_t mask = attr_dims(t, call, "dim", call->in[0]);

    call->out[0] = op_mean_dims(t, call->in[0], mask, attr_bool(call, "keepdim"));
}

RUN(var, call->out[0] = spread_of(t, call->in[0], op_all_dims(call->in[0]),
                                  attr_bool(call, "unbiased"), false, false))
RUN(var_dim,
    call->out[0] = spread_of(t, call->in[0], attr_dims(t, call, "dim", call->in[0]),
                             attr_bool(call, "unbiased"), attr_bool(call, "keepdim"),
                             false))
RUN(std, call->out[0] = spread_of(t, call->in[0], op_all_dims(call->in[0]),
                                  attr_bool(call, "unbiased"), false, true))
RUN(std_dim,
    call->out[0] = spread_of(t, call->in[0], attr_dims(t, call, "dim", call->in[0]),
                             attr_bool(call, "unbiased"), attr_bool(call, "keepdim"),
                             true))
RUN(amax, call->out[0] = op_amax(t, call->in[0], attr_dims(t, call, "dim", call->in[0]),
                                 attr_bool(call, "keepdim"), true))
RUN(amin, call->out[0] = op_amax(t, call->in[0], attr_dims(t, call, "dim", call->in[0]),
                                 attr_bool(call, "keepdim"), false))
RUN(logsumexp,
    call->out[0] = op_logsumexp(t, call->in[0], attr_dims(t, call, "dim", call->in[0]),
                                attr_bool(call, "keepdim")))
