/*
 * loss.c: losses; one node each, reduced by mean or sum, or not at all.
 */
#include "ops/operators.h"

#include "tensor/elementwise.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum reduction { REDUCE_NONE, REDUCE_MEAN, REDUCE_SUM, REDUCE_UNKNOWN };

static enum reduction
reduction_of(struct tape *t, const struct op_call *call)
{
    static const char *const names[] = {"none", "mean", "sum"};
    const char *name = attr_text(call, "reduction");

    for (int r = 0; r < REDUCE_UNKNOWN; r++) {
        if (strcmp(name, names[r]) == 0)
            return (enum reduction)r;
    }
    (void)tape_fail(t, ERR_UNSUPPORTED, "ValueError",
                    "%s is not a valid value for reduction (none, mean or sum)", name);
    return REDUCE_UNKNOWN;
}

static struct tensor *
reduced(struct tape *t, struct tensor *each, enum reduction r)
{
    return r == REDUCE_NONE   ? each
           : r == REDUCE_MEAN ? op_mean(t, each)
                              : op_sum(t, each);
}

/* g for one element: divided by their number when the loss is a mean. */
static struct tensor *
share(struct tape *t, struct tensor *g, const struct node *n)
{
    return n->i[0] == REDUCE_MEAN ? op_div_scalar(t, g, n->f[1]) : g;
}

/* The slope of one element of a loss of d = a - b. */
static struct tensor *
slope(struct tape *t, const struct node *n, struct tensor *d)
{
    double width = n->f[0];
    struct tensor *size;

    if (n->i[1] == 'm')
        return op_mul_scalar(t, d, 2);
    size = op_abs(t, d);
    if (n->i[1] == 's') /* smooth L1: |d| < beta */
        return op_where(t, mask_compare_scalar(t, COMPARE_lt, size, width),
                        op_div_scalar(t, d, width), op_sgn(t, d));
    return op_where(t, mask_compare_scalar(t, COMPARE_le, size, width), d,
                    op_mul_scalar(t, op_sgn(t, d), width));
}

static void
difference_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                    struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *b = node_saved(t, n, 1), *g;

    if (!grad[0] || !a || !b)
        return;
    g = op_mul(t, slope(t, n, op_sub(t, a, b)), share(t, grad[0], n));
    out[0] = g;
    if (node_wants(n, 1))
        out[1] = op_neg(t, g);
}

/* The loss of each d, not recorded. */
static struct tensor *
difference_each(struct tape *t, int form, struct tensor *d, double width)
{
    struct tensor *size = op_abs(t, d), *square = op_mul(t, d, d);

    if (form == 'm')
        return square;
    if (form == 's')
        return op_where(t, mask_compare_scalar(t, COMPARE_lt, size, width),
                        op_div_scalar(t, op_mul_scalar(t, square, 0.5), width),
                        op_add_scalar(t, size, -0.5 * width));
    return op_where(t, mask_compare_scalar(t, COMPARE_le, size, width),
                    op_mul_scalar(t, square, 0.5),
                    op_mul_scalar(t, op_add_scalar(t, size, -0.5 * width), width));
}

static void
run_difference(struct tape *t, struct op_call *call, const char *name, int form,
               double width)
{
    struct tensor *a = call->in[0], *b = call->in[1], *y;
    enum reduction r = reduction_of(t, call);
    bool recording = t->recording;
    struct node *n;

    t->recording = false;
    y = r == REDUCE_UNKNOWN
            ? NULL
            : reduced(t, difference_each(t, form, op_sub(t, a, b), width), r);
    t->recording = recording;
    n = y ? tape_record(t, name, difference_backward, 2, a, b) : NULL;
    if (n) {
        n->i[0] = r;
        n->i[1] = form;
        n->f[0] = width;
        n->f[1] = (double)tensor_count(a);
    }
    node_save(t, n, a);
    node_save(t, n, b);
    call->out[0] = tape_output(t, n, y);
}

void
run_mse_loss(struct tape *t, struct op_call *call)
{
    run_difference(t, call, "MseLossBackward0", 'm', 0);
}

void
run_smooth_l1_loss(struct tape *t, struct op_call *call)
{
    double beta = attr_real(call, "beta");

    if (beta == 0)
        run_l1_loss(t, call);
    else
        run_difference(t, call, "SmoothL1LossBackward0", 's', beta);
}

void
run_huber_loss(struct tape *t, struct op_call *call)
{
    run_difference(t, call, "HuberLossBackward0", 'h', attr_real(call, "delta"));
}

void
run_l1_loss(struct tape *t, struct op_call *call)
{
    enum reduction r = reduction_of(t, call);

    if (r != REDUCE_UNKNOWN)
        call->out[0] = reduced(t, op_abs(t, op_sub(t, call->in[0], call->in[1])), r);
}

/* (1 - target) x - log(sigmoid(x)) */
static struct tensor *
logits_each(struct tape *t, struct tensor *x, struct tensor *target)
{
    struct tensor *y =
        tape_check(t, elementwise_unary(&t->heap, UNARY_log_sigmoid, x, NULL));

    return op_sub(t, op_mul(t, op_rsub_scalar(t, target, 1), x), y);
}

static void
logits_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *target = node_saved(t, n, 1), *g;

    if (!grad[0] || !x || !target)
        return;
    g = share(t, grad[0], n);
    if (node_wants(n, 0))
        out[0] = op_mul(t, op_sub(t, op_sigmoid(t, x), target), g);
    if (node_wants(n, 1))
        out[1] = op_mul(t, op_neg(t, x), g);
}

void
run_bce_with_logits(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *target = call->in[1], *y;
    enum reduction r = reduction_of(t, call);
    bool recording = t->recording;
    struct node *n;

    t->recording = false;
    y = r == REDUCE_UNKNOWN ? NULL : reduced(t, logits_each(t, x, target), r);
    t->recording = recording;
    n = y ? tape_record(t, "BinaryCrossEntropyWithLogitsBackward0", logits_backward, 2, x,
                        target)
          : NULL;
    if (n) {
        n->i[0] = r;
        n->f[1] = (double)tensor_count(x);
    }
    node_save(t, n, x);
    node_save(t, n, target);
    call->out[0] = tape_output(t, n, y);
}

/* (x - target) / max(x (1 - x), 1e-12), as ATen bounds it. */
static void
bce_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *target = node_saved(t, n, 1), *g, *bound;

    if (!grad[0] || !x || !target)
        return;
    g = share(t, grad[0], n);
    bound = op_mul(t, op_rsub_scalar(t, x, 1), x);
    bound = op_maximum(t, bound, tensor_scalar(&t->heap, x->type, 1e-12));
    out[0] = op_div(t, op_mul(t, g, op_sub(t, x, target)), bound);
    if (node_wants(n, 1))
        out[1] =
            op_mul(t, op_sub(t, op_log(t, op_rsub_scalar(t, x, 1)), op_log(t, x)), g);
}

/* max(log(x), -100), as ATen bounds it. */
static struct tensor *
bounded_log(struct tape *t, struct tensor *x)
{
    struct tensor *y = op_log(t, x);

    return y ? op_maximum(t, y, tensor_scalar(&t->heap, y->type, -100)) : NULL;
}

void
run_bce(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *target = call->in[1], *y, *log_x, *log_rest;
    enum reduction r = reduction_of(t, call);
    bool recording = t->recording;
    struct node *n;

    for (int64_t i = 0; i < tensor_count(x); i++) {
        double p = tensor_get(tensor_contiguous(&t->heap, x), i);

        if (!(p >= 0 && p <= 1)) {
            (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                            "all elements of input should be between 0 and 1");
            return;
        }
    }
    t->recording = false;
    log_x = bounded_log(t, x);
    log_rest = bounded_log(t, op_rsub_scalar(t, x, 1));
    y = op_sub(t, op_mul(t, op_add_scalar(t, target, -1), log_rest),
               op_mul(t, target, log_x));
    y = r == REDUCE_UNKNOWN ? NULL : reduced(t, y, r);
    t->recording = recording;
    n = y ? tape_record(t, "BinaryCrossEntropyBackward0", bce_backward, 2, x, target)
          : NULL;
    if (n) {
        n->i[0] = r;
        n->f[1] = (double)tensor_count(x);
    }
    node_save(t, n, x);
    node_save(t, n, target);
    call->out[0] = tape_output(t, n, y);
}

/* Saved: the index (targets, 0 where ignored) and the mask of the ignored. */
static void
nll_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    struct tensor *index = node_saved(t, n, 0), *ignored = node_saved(t, n, 1);
    const struct node_input *shape = n->extra;
    struct tensor *zeros, *g = grad[0];
    int dim = shape->dims > 1 ? 1 : 0;

    if (!g || !index || !ignored)
        return;
    if (n->i[0] == REDUCE_MEAN)
        g = op_div_scalar(t, g, n->f[1]);
    g = op_neg(t, g);
    g = n->i[0] == REDUCE_NONE ? op_reshape(t, g, index->dims, index->size)
                               : op_expand(t, g, index->dims, index->size);
    g = op_masked_fill(t, g, ignored, 0);
    zeros =
        tape_check(t, tensor_zeros(&t->heap, grad[0]->type, shape->dims, shape->size));
    out[0] = op_scatter_add(t, zeros, dim, index, g);
}

/* x: (classes) or (n, classes, ...); the target has x's shape without classes. */
static struct tensor *
nll_loss(struct tape *t, const struct op_call *call, struct tensor *x)
{
    enum reduction r = reduction_of(t, call);
    struct tensor *index = attr_index(t, call, "target"), *ignored, *y;
    int64_t ignore = attr_int(call, "ignore_index"), kept = 0, count;
    int dim = x && x->dims > 1 ? 1 : 0;
    bool recording = t->recording;
    struct node_input *shape;
    struct node *n;

    if (!x || !index || r == REDUCE_UNKNOWN)
        return NULL;
    if (x->dims == 0 || index->dims != x->dims - 1)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "nll_loss: a %dD target does not go with a %dD input",
                         index->dims, x->dims);
    count = tensor_count(index);
    t->recording = false;
    index = op_unsqueeze(t, index, dim);
    ignored =
        index
            ? tape_check(t, tensor_zeros(&t->heap, TENSOR_BOOL, index->dims, index->size))
            : NULL;
    for (int64_t i = 0; ignored && i < count; i++) {
        tensor_bool(ignored)[i] = tensor_i64(index)[i] == ignore;
        if (tensor_bool(ignored)[i])
            tensor_i64(index)[i] = 0;
        else
            kept++;
    }
    y = ignored ? op_gather(t, x, dim, index) : NULL;
    y = op_masked_fill(t, op_neg(t, y), ignored, 0);
    y = r == REDUCE_NONE ? op_squeeze(t, y, dim) : op_sum(t, y);
    if (r == REDUCE_MEAN)
        y = op_div_scalar(t, y, (double)kept);
    t->recording = recording;
    n = y ? tape_record(t, x->dims > 2 ? "NllLoss2DBackward0" : "NllLossBackward0",
                        nll_backward, 1, x)
          : NULL;
    shape = n ? heap_alloc(&t->heap, sizeof(*shape)) : NULL;
    if (shape) {
        shape->dims = x->dims;
        memcpy(shape->size, x->size, sizeof(x->size));
        n->extra = shape;
        n->i[0] = r;
        n->f[1] = (double)kept;
    }
    node_save(t, n, index);
    node_save(t, n, ignored);
    return tape_output(t, n, y);
}

void
run_nll_loss(struct tape *t, struct op_call *call)
{
    call->out[0] = nll_loss(t, call, call->in[0]);
}

void
run_cross_entropy(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];

    call->out[0] = nll_loss(t, call, op_log_softmax(t, x, x->dims > 1 ? 1 : 0));
}
