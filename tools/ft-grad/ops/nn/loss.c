/*
 * loss.c: losses; one node each, reduced by mean or sum, or not at all.
 */
#include "ops/nn/loss.h"

#include "tensor/elementwise.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum reduction
loss_reduction(struct tape *t, const struct op_call *call)
{
    static const char *const names[] = {"none", "mean", "sum"};
    const char *name = attr_text(call, "reduction");

    for (int r = 0; r < REDUCE_UNKNOWN; r++) {
        if (strcmp(name, names[r]) == 0)
            return (enum reduction)r;
    }
    (void)tape_fail(t, ERR_UNSUPPORTED, "ValueError",
                    "%s is not a valid value for reduction", name);
    return REDUCE_UNKNOWN;
}

struct tensor *
loss_reduced(struct tape *t, struct tensor *each, enum reduction r)
{
    return r == REDUCE_NONE   ? each
           : r == REDUCE_MEAN ? op_mean(t, each)
                              : op_sum(t, each);
}

bool
loss_constant(struct tape *t, struct tensor *w, const char *name)
{
    if (!w || !t->recording || !tape_tracks(w))
        return true;
    (void)tape_fail(t, ERR_UNSUPPORTED, "RuntimeError",
                    "the derivative for '%s' is not implemented", name);
    return false;
}

/* What a loss node remembers: i[0] reduction, f[1] number of elements. */
static struct node *
record(struct tape *t, const char *name, node_backward *backward, enum reduction r,
       struct tensor *a, struct tensor *b)
{
    struct node *n = tape_record(t, name, backward, 2, a, b);

    if (n) {
        n->i[0] = r;
        n->f[1] = (double)tensor_count(a);
    }
    node_save(t, n, a);
    node_save(t, n, b);
    return n;
}

/* g for one element: divided by their number when the loss is a mean. */
static struct tensor *
share(struct tape *t, struct tensor *g, const struct node *n)
{
    return n->i[0] == REDUCE_MEAN ? op_div_scalar(t, g, n->f[1]) : g;
}

/* The slope of one element of a loss of d = a - b: d, but no more than its width. */
static struct tensor *
slope(struct tape *t, const struct node *n, struct tensor *d)
{
    double width = n->f[0], top = n->i[1] == 's' ? 1 : width;
    struct tensor *high, *low;

    if (n->i[1] == 'm')
        return op_mul_scalar(t, d, 2);
    high = mask_compare_scalar(t, COMPARE_ge, d, width);
    low = mask_compare_scalar(t, COMPARE_le, d, -width);
    d = n->i[1] == 's' ? op_div_scalar(t, d, width) : d;
    return op_masked_fill(t, op_masked_fill(t, d, high, top), low, -top);
}

static void
difference_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                    struct tensor **out)
{
    for (uint32_t k = 0; grad[0] && k < 2; k++) {
        struct tensor *d;

        if (!node_wants(n, k))
            continue;
        d = op_sub(t, node_saved(t, n, k), node_saved(t, n, 1 - k));
        out[k] = d ? op_mul(t, slope(t, n, d), share(t, grad[0], n)) : NULL;
    }
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

/* Operands of unequal shapes are stretched first, each by a node of its own. */
static bool
broadcast_pair(struct tape *t, struct tensor **a, struct tensor **b)
{
    int64_t size[TENSOR_DIMS_MAX];
    int dims, bad;

    if (!operands_agree(t, *a, *b) || !broadcast_shape(*a, *b, &dims, size, &bad))
        return false;
    for (int k = 0; k < 2; k++) {
        struct tensor **x = k == 0 ? a : b;

        if ((*x)->dims != dims ||
            memcmp((*x)->size, size, (size_t)dims * sizeof(*size)) != 0)
            *x = op_expand(t, *x, dims, size);
        if (!*x)
            return false;
    }
    return true;
}

static void
run_difference(struct tape *t, struct op_call *call, const char *name, int form,
               double width)
{
    struct tensor *a = call->in[0], *b = call->in[1], *y;
    enum reduction r = loss_reduction(t, call);
    bool recording = t->recording;
    struct node *n;

    if (r == REDUCE_UNKNOWN || !broadcast_pair(t, &a, &b))
        return;
    t->recording = false;
    y = loss_reduced(t, difference_each(t, form, op_sub(t, a, b), width), r);
    t->recording = recording;
    n = y ? record(t, name, difference_backward, r, a, b) : NULL;
    if (n) {
        n->i[1] = form;
        n->f[0] = width;
    }
    call->out[0] = tape_output(t, n, y);
}

RUN(mse_loss, run_difference(t, call, "MseLossBackward0", 'm', 0))

void
run_smooth_l1_loss(struct tape *t, struct op_call *call)
{
    double beta = attr_real(call, "beta");

    if (beta < 0)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "smooth_l1_loss does not support negative values for beta.");
    else if (beta == 0)
        run_l1_loss(t, call);
    else
        run_difference(t, call, "SmoothL1LossBackward0", 's', beta);
}

void
run_huber_loss(struct tape *t, struct op_call *call)
{
    double delta = attr_real(call, "delta");

    if (delta > 0)
        run_difference(t, call, "HuberLossBackward0", 'h', delta);
    else
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "huber_loss does not support non-positive values for delta.");
}

void
run_l1_loss(struct tape *t, struct op_call *call)
{
    struct tensor *a = call->in[0], *b = call->in[1];
    enum reduction r = loss_reduction(t, call);

    if (r != REDUCE_UNKNOWN && broadcast_pair(t, &a, &b))
        call->out[0] = loss_reduced(t, op_abs(t, op_sub(t, a, b)), r);
}

/* Target and input of binary losses have one shape; weights are constants. */
static bool
check_binary(struct tape *t, const struct op_call *call, const char *format)
{
    struct tensor *x = call->in[0], *target = call->in[1];
    char a[SHAPE_TEXT], b[SHAPE_TEXT];

    if (!tensor_same_shape(x, target)) {
        (void)shape_text(target->dims, target->size, a);
        (void)shape_text(x->dims, x->size, b);
        if (*format == 'T')
            (void)tape_fail(t, ERR_MALFORMED, "ValueError",
                            "Target size (torch.Size(%s)) must be the same as input size "
                            "(torch.Size(%s))",
                            a, b);
        else
            (void)tape_fail(t, ERR_MALFORMED, "ValueError",
                            "Using a target size (torch.Size(%s)) that is different to "
                            "the input size (torch.Size(%s)) is deprecated. Please "
                            "ensure they have the same size.",
                            a, b);
        return false;
    }
    return operands_agree(t, x, target) && loss_constant(t, call->in[2], "weight") &&
           (call->in_count < 4 || loss_constant(t, call->in[3], "pos_weight"));
}

/* 1 + (pos_weight - 1) target: how much the logarithm counts. */
static struct tensor *
log_weight(struct tape *t, struct tensor *pos_weight, struct tensor *target)
{
    return op_add_scalar(t, op_mul(t, op_add_scalar(t, pos_weight, -1), target), 1);
}

/* (1 - target) x - log(sigmoid(x)) log_weight */
static struct tensor *
logits_each(struct tape *t, struct tensor *x, struct tensor *target,
            struct tensor *pos_weight)
{
    struct tensor *y =
        tape_check(t, elementwise_unary(&t->heap, UNARY_log_sigmoid, x, NULL));

    if (pos_weight)
        y = op_mul(t, log_weight(t, pos_weight, target), y);
    return op_sub(t, op_mul(t, op_rsub_scalar(t, target, 1), x), y);
}

/* Saved: x, target, and as i[1] and i[2] say weight and pos_weight. */
static void
logits_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *target = node_saved(t, n, 1), *g, *s;
    struct tensor *w = n->i[1] ? node_saved(t, n, 2) : NULL;
    struct tensor *p = n->i[2] ? node_saved(t, n, n->i[1] ? 3 : 2) : NULL;

    if (!grad[0] || !x || !target)
        return;
    g = share(t, grad[0], n);
    g = w ? op_mul(t, g, w) : g;
    if (node_wants(n, 0)) {
        s = op_sigmoid(t, x);
        if (p) { /* (p t + 1 - t) sigmoid(x) - p t */
            struct tensor *pt = op_mul(t, p, target);

            s = op_mul(t, op_add(t, pt, op_rsub_scalar(t, target, 1)), s);
            out[0] = op_mul(t, op_sub(t, s, pt), g);
        } else {
            out[0] = op_mul(t, op_sub(t, s, target), g);
        }
    }
    if (!node_wants(n, 1))
        return;
    s = op_neg(t, x);
    if (p) { /* log(sigmoid(-x)) - p log(sigmoid(x)) */
        struct tensor *low = op_apply(t, run_logsigmoid, s, NULL),
                      *high = op_apply(t, run_logsigmoid, x, NULL);

        s = op_sub(t, low, op_mul(t, p, high));
    }
    out[1] = op_mul(t, s, g);
}

void
run_bce_with_logits(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *target = call->in[1], *y;
    struct tensor *w = call->in[2], *pos_weight = call->in[3];
    enum reduction r = loss_reduction(t, call);
    bool recording = t->recording;
    struct node *n;

    if (r == REDUCE_UNKNOWN || !check_binary(t, call, "Target"))
        return;
    t->recording = false;
    y = logits_each(t, x, target, pos_weight);
    y = loss_reduced(t, w ? op_mul(t, y, w) : y, r);
    t->recording = recording;
    n = y ? record(t, "BinaryCrossEntropyWithLogitsBackward0", logits_backward, r, x,
                   target)
          : NULL;
    if (n) {
        n->i[1] = w != NULL;
        n->i[2] = pos_weight != NULL;
    }
    node_save(t, n, w);
    node_save(t, n, pos_weight);
    call->out[0] = tape_output(t, n, y);
}

/* (x - target) / max(x (1 - x), 1e-12), as ATen bounds it. */
static void
bce_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *target = node_saved(t, n, 1), *g, *bound;
    struct tensor *w = n->i[1] ? node_saved(t, n, 2) : NULL;

    if (!grad[0] || !x || !target)
        return;
    g = share(t, grad[0], n);
    g = w ? op_mul(t, g, w) : g;
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

/* Both operands lie in [0, 1]; the first element that does not is the one named. */
static bool
check_probabilities(struct tape *t, const struct op_call *call)
{
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, call->in[0]));
    struct tensor *target = tape_check(t, tensor_contiguous(&t->heap, call->in[1]));

    for (int64_t i = 0; x && target && i < tensor_count(x); i++) {
        double p = tensor_get(x, i), q = tensor_get(target, i);
        bool input = !(p >= 0 && p <= 1);

        if (input || !(q >= 0 && q <= 1))
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "all elements of %s should be between 0 and 1",
                             input ? "input" : "target") != NULL;
    }
    return x && target;
}

void
run_bce(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *target = call->in[1], *w = call->in[2], *y;
    enum reduction r = loss_reduction(t, call);
    bool recording = t->recording;
    struct tensor *log_x, *log_rest;
    struct node *n;

    if (r == REDUCE_UNKNOWN || !check_binary(t, call, "Using") ||
        !check_probabilities(t, call))
        return;
    t->recording = false;
    log_x = bounded_log(t, x);
    log_rest = bounded_log(t, op_rsub_scalar(t, x, 1));
    y = op_sub(t, op_mul(t, op_add_scalar(t, target, -1), log_rest),
               op_mul(t, target, log_x));
    y = loss_reduced(t, w ? op_mul(t, y, w) : y, r);
    t->recording = recording;
    n = y ? record(t, "BinaryCrossEntropyBackward0", bce_backward, r, x, target) : NULL;
    if (n)
        n->i[1] = w != NULL;
    node_save(t, n, w);
    call->out[0] = tape_output(t, n, y);
}

/* log(1 + exp(-target x)) */
static void
soft_margin_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                     struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *target = node_saved(t, n, 1), *z;

    if (!grad[0] || !x || !target)
        return;
    z = op_exp(t, op_neg(t, op_mul(t, target, x)));
    z = op_div(t, op_mul(t, op_neg(t, target), z), op_add_scalar(t, z, 1));
    out[0] = op_mul(t, z, share(t, grad[0], n));
}

void
run_soft_margin_loss(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *target = call->in[1], *y;
    enum reduction r = loss_reduction(t, call);
    bool recording = t->recording;
    struct node *n;

    if (r == REDUCE_UNKNOWN || !operands_agree(t, x, target) ||
        !loss_constant(t, target, "target"))
        return;
    t->recording = false;
    y = tape_check(t,
                   elementwise_unary(&t->heap, UNARY_log1p,
                                     op_exp(t, op_neg(t, op_mul(t, target, x))), NULL));
    y = loss_reduced(t, y, r);
    t->recording = recording;
    n = y ? record(t, "SoftMarginLossBackward0", soft_margin_backward, r, x, target)
          : NULL;
    if (n)
        n->edge_count = 1; /* torch's graph knows nothing of the target */
    call->out[0] = tape_output(t, n, y);
}
