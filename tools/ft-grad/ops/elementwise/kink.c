/*
 * kink.c: piecewise linear functions: the gradient passes, is scaled, or stops.
 */
#include "ops/operators.h"

#include "tensor/elementwise.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* i[0]: stopped elements keep f[0] times theirs. */
static struct tensor *
replaced(struct tape *t, const struct node *n, struct tensor *g, struct tensor *mask)
{
    return n->i[0] ? op_where(t, mask, op_mul_scalar(t, g, n->f[0]), g)
                   : op_masked_fill(t, g, mask, 0);
}

/* Saved: the mask of elements whose gradient is replaced. */
static void
kink_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    struct tensor *mask = node_saved(t, n, 0);

    if (grad[0] && mask)
        out[0] = replaced(t, n, grad[0], mask);
}

static void gate_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                          struct tensor **out);

/* What kink_backward gives, as one node of g and x, where like says how and its name. */
static struct tensor *
gate(struct tape *t, const struct node *like, const char *name, struct tensor *g,
     struct tensor *x, struct tensor *mask)
{
    bool recording = t->recording;
    struct tensor *y;
    struct node *n;

    t->recording = false;
    y = g && mask ? replaced(t, like, g, mask) : NULL;
    t->recording = recording;
    n = y ? tape_record(t, name, gate_backward, 2, g, x) : NULL;
    if (n) {
        n->i[0] = like->i[0];
        n->f[0] = like->f[0];
    }
    node_save(t, n, mask);
    node_save(t, n, x);
    return tape_output(t, n, y);
}

/* Zeros go to x: the slope does not depend on it, but torch's graph says it does. */
static void
gate_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    struct tensor *mask = node_saved(t, n, 0), *x = node_saved(t, n, 1);

    if (!grad[0] || !mask || !x)
        return;
    if (node_wants(n, 0))
        out[0] = t->recording ? gate(t, n, n->name, grad[0], x, mask)
                              : replaced(t, n, grad[0], mask);
    if (node_wants(n, 1))
        out[1] = op_zeros_like(t, grad[0]);
}

struct tensor *
op_gate(struct tape *t, const char *name, struct tensor *g, struct tensor *x,
        struct tensor *mask)
{
    const struct node stop = {0};

    return gate(t, &stop, name, g, x, mask);
}

/* leaky_relu and threshold.  Saved: the mask, and the operand. */
static void
gated_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    struct tensor *mask = node_saved(t, n, 0), *x = node_saved(t, n, 1);

    if (!grad[0] || !mask || !x)
        return;
    out[0] = t->recording ? gate(t, n,
                                 n->i[0] ? "LeakyReluBackwardBackward0"
                                         : "ThresholdBackwardBackward0",
                                 grad[0], x, mask)
                          : replaced(t, n, grad[0], mask);
}

static struct node *
record_gated(struct tape *t, const char *name, struct tensor *x, struct tensor *y,
             struct tensor *mask)
{
    struct node *n = y && mask ? tape_record(t, name, gated_backward, 1, x) : NULL;

    node_save(t, n, mask);
    node_save(t, n, x);
    return n;
}

static struct node *
record(struct tape *t, const char *name, struct tensor *x, struct tensor *y,
       struct tensor *mask)
{
    struct node *n = y && mask ? tape_record(t, name, kink_backward, 1, x) : NULL;

    node_save(t, n, mask);
    return n;
}

static struct tensor *
kernel(struct tape *t, enum unary_kernel which, struct tensor *x, double p0, double p1)
{
    const double params[4] = {p0, p1};

    return x ? tape_check(t, elementwise_unary(&t->heap, which, x, params)) : NULL;
}

/* y <= 0 stops; a NaN passes. */
static void
relu_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    struct tensor *y = node_saved(t, n, 0), *g = grad[0];

    if (!g || !y)
        return;
    out[0] = t->recording
                 ? op_gate(t, "ThresholdBackwardBackward0", g, y,
                           mask_compare_scalar(t, COMPARE_le, y, 0))
                 : tape_check(
                       t, elementwise_binary(&t->heap, BINARY_relu_backward, g, y, NULL));
}

struct tensor *
op_relu(struct tape *t, struct tensor *x)
{
    struct tensor *y = kernel(t, UNARY_relu, x, 0, 0);
    struct node *n = y ? tape_record(t, "ReluBackward0", relu_backward, 1, x) : NULL;

    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

RUN(relu, call->out[0] = op_relu(t, call->in[0]))

void
run_leaky_relu(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    double slope = attr_real(call, "negative_slope");
    struct tensor *y = kernel(t, UNARY_leaky_relu, x, slope, 0);
    struct tensor *low = mask_not(t, mask_compare_scalar(t, COMPARE_gt, x, 0));
    struct node *n = record_gated(t, "LeakyReluBackward0", x, y, low);

    if (n) {
        n->i[0] = 1;
        n->f[0] = slope;
    }
    call->out[0] = tape_output(t, n, y);
}

/* Saved: the mask of the sloping part.  One sixth is ATen's float, also for doubles. */
static void
hardsigmoid_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                     struct tensor **out)
{
    struct tensor *inside = node_saved(t, n, 0);

    if (grad[0] && inside)
        out[0] = op_masked_fill(t, op_mul_scalar(t, grad[0], (double)(1.0F / 6.0F)),
                                mask_not(t, inside), 0);
}

void
run_hardsigmoid(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    struct tensor *y = kernel(t, UNARY_hardsigmoid, x, 0, 0);
    struct tensor *inside = mask_and(t, mask_compare_scalar(t, COMPARE_gt, x, -3),
                                     mask_compare_scalar(t, COMPARE_lt, x, 3));
    struct node *n =
        y ? tape_record(t, "HardsigmoidBackward0", hardsigmoid_backward, 1, x) : NULL;

    node_save(t, n, inside);
    call->out[0] = tape_output(t, n, y);
}

static struct tensor *
clamp(struct tape *t, struct tensor *x, const char *name, double low, double high)
{
    struct tensor *y = kernel(t, UNARY_clamp, x, low, high);
    struct tensor *inside = mask_and(t, mask_compare_scalar(t, COMPARE_ge, x, low),
                                     mask_compare_scalar(t, COMPARE_le, x, high));

    return tape_output(t, record(t, name, x, y, mask_not(t, inside)), y);
}

struct tensor *
op_clamp_min(struct tape *t, struct tensor *x, double low)
{
    return clamp(t, x, "ClampMinBackward0", low, (double)INFINITY);
}

void
run_clamp(struct tape *t, struct op_call *call)
{
    bool has_min = attr_given(call, "min"), has_max = attr_given(call, "max");

    if (!has_min && !has_max) {
        call->out[0] = tape_fail(t, ERR_MALFORMED, "RuntimeError",
                                 "torch.clamp: At least one of 'min' or 'max' must not "
                                 "be None");
        return;
    }
    call->out[0] = clamp(t, call->in[0], "ClampBackward1",
                         has_min ? attr_real(call, "min") : -(double)INFINITY,
                         has_max ? attr_real(call, "max") : (double)INFINITY);
}

RUN(clamp_min, call->out[0] = op_clamp_min(t, call->in[0], attr_real(call, "min")))
RUN(clamp_max, call->out[0] = clamp(t, call->in[0], "ClampMaxBackward0",
                                    -(double)INFINITY, attr_real(call, "max")))

void
run_threshold(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    struct tensor *low =
        mask_compare_scalar(t, COMPARE_le, x, attr_real(call, "threshold"));
    struct tensor *y =
        low ? tape_check(t, elementwise_where(&t->heap, low,
                                              tensor_scalar(&t->heap, x->type,
                                                            attr_real(call, "value")),
                                              x))
            : NULL;

    call->out[0] = tape_output(t, record_gated(t, "ThresholdBackward0", x, y, low), y);
}

static void
prelu_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *w = node_saved(t, n, 1), *high;

    if (!grad[0] || !x || !w)
        return;
    high = mask_compare_scalar(t, COMPARE_gt, x, 0);
    out[0] = op_where(t, high, grad[0], op_mul(t, w, grad[0]));
    out[1] = op_masked_fill(t, op_mul(t, x, grad[0]), high, 0);
}

/* The weight has one value, or one for each channel (dimension 1). */
void
run_prelu(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *w = call->in[1], *y;
    int64_t size[TENSOR_DIMS_MAX];
    int channel = x->dims > 1 ? 1 : 0;
    struct node *n;

    if (tensor_count(w) != 1 && tensor_count(w) != (x->dims > 1 ? x->size[channel] : 1)) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "Mismatch of parameter numbers and input channel size. Found "
                        "parameter numbers = %" PRId64 " and channel size = %" PRId64 ".",
                        tensor_count(w), x->dims > 1 ? x->size[channel] : 1);
        return;
    }
    for (int d = 0; d < x->dims; d++)
        size[d] = 1;
    if (x->dims > 0)
        size[channel] = tensor_count(w);
    if (x->dims != w->dims)
        w = op_reshape(t, w, x->dims, size);
    if (!w || !operands_agree(t, x, w))
        return;
    y = elementwise_where(&t->heap, mask_compare_scalar(t, COMPARE_gt, x, 0), x,
                          elementwise_binary(&t->heap, BINARY_mul, x, w, NULL));
    y = tape_check(t, y);
    n = y ? tape_record(t, "PreluKernelBackward0", prelu_backward, 2, x, w) : NULL;
    node_save(t, n, x);
    node_save(t, n, w);
    call->out[0] = tape_output(t, n, y);
}

void
run_softsign(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];

    call->out[0] = op_div(t, x, op_add_scalar(t, op_abs(t, x), 1));
}

RUN(tanhshrink, call->out[0] = op_sub(t, call->in[0], op_tanh(t, call->in[0])))

/* Saved: x.  f[0]: eps, f[1]: what passes outside [eps, 1 - eps]. */
static void
logit_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *outside, *slope;

    if (!grad[0] || !x)
        return;
    if (!t->recording) {
        out[0] = tape_check(
            t, elementwise_binary_split(&t->heap, BINARY_logit_backward_vector,
                                        BINARY_logit_backward_scalar, grad[0], x, n->f));
        return;
    }
    outside = mask_or(t, mask_compare_scalar(t, COMPARE_lt, x, n->f[0]),
                      mask_compare_scalar(t, COMPARE_gt, x, 1 - n->f[0]));
    slope = op_div(t, grad[0], op_mul(t, x, op_rsub_scalar(t, x, 1)));
    out[0] = op_masked_fill(t, slope, outside, n->f[1]);
}

/* log(x / (1 - x)), x first brought into [eps, 1 - eps] when eps is given. */
void
run_logit(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *y = x;
    bool given = attr_given(call, "eps");
    double eps = given ? attr_real(call, "eps") : 0;
    struct node *n;

    if (given)
        y = kernel(t, UNARY_clamp, x, eps, 1 - eps);
    y = kernel(t, UNARY_logit, y, 0, 0);
    n = y ? tape_record(t, "LogitBackward0", logit_backward, 1, x) : NULL;
    if (n) {
        n->f[0] = eps;
        n->f[1] = given ? 0 : (double)NAN;
    }
    node_save(t, n, x);
    call->out[0] = tape_output(t, n, y);
}
