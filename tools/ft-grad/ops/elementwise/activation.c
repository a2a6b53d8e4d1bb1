/*
 * activation.c: activations, whose derivatives come in two forms.
 *
 * A plain backward pass uses one kernel, as ATen does, with ATen's answers at kinks
 * and at NaN; a pass that is recorded composes the same function of operators.
 */
#define _XOPEN_SOURCE 700
#include "ops/operators.h"

#include "tensor/elementwise.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct tensor *recorded_form(struct tape *t, const struct node *n,
                                     struct tensor *g, struct tensor *x);

struct activation {
    const char *name;
    enum unary_kernel kernel, vector_kernel;
    enum binary_kernel vector, scalar; /* of the gradient and x */
    recorded_form *recorded;
};

static void
activation_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                    struct tensor **out)
{
    const struct activation *a = n->extra;
    struct tensor *x = node_saved(t, n, 0);

    if (!grad[0] || !x)
        return;
    if (t->recording)
        out[0] = a->recorded(t, n, grad[0], x);
    else
        out[0] = tape_check(t, elementwise_binary_split(&t->heap, a->vector, a->scalar,
                                                        grad[0], x, n->f));
}

static struct tensor *
activate(struct tape *t, const struct activation *a, struct tensor *x,
         const double params[static NODE_REALS])
{
    struct tensor *y =
        x ? tape_check(t, elementwise_unary_split(&t->heap, a->vector_kernel, a->kernel,
                                                  x, params))
          : NULL;
    struct node *n = y ? tape_record(t, a->name, activation_backward, 1, x) : NULL;

    if (n) {
        union {
            const struct activation *rule;
            void *extra;
        } keep = {.rule = a}; /* never written through */

        n->extra = keep.extra;
        for (int i = 0; i < NODE_REALS; i++)
            n->f[i] = params[i];
    }
    node_save(t, n, x);
    return tape_output(t, n, y);
}

/* alpha, scale, input scale: x <= 0 ? g * s3 * (s1 * s2) * exp(x * s3) : g * s2 */
static struct tensor *
elu_recorded(struct tape *t, const struct node *n, struct tensor *g, struct tensor *x)
{
    struct tensor *low =
        op_mul_scalar(t, op_mul(t, g, op_exp(t, op_mul_scalar(t, x, n->f[2]))),
                      n->f[2] * n->f[0] * n->f[1]);

    /* At 0 itself the slope is the lower one; it does not change there (as in torch). */
    low = op_where(t, mask_compare_scalar(t, COMPARE_lt, x, 0), low,
                   op_mul_scalar(t, g, n->f[2] * n->f[0] * n->f[1]));
    return op_where(t, mask_compare_scalar(t, COMPARE_le, x, 0), low,
                    op_mul_scalar(t, g, n->f[1]));
}

static struct tensor *
gelu_recorded(struct tape *t, const struct node *n, struct tensor *g, struct tensor *x)
{
    struct tensor *cdf = op_mul_scalar(
        t, op_add_scalar(t, op_erf(t, op_mul_scalar(t, x, M_SQRT1_2)), 1), 0.5);
    struct tensor *pdf =
        op_mul_scalar(t, op_exp(t, op_mul_scalar(t, op_mul(t, x, x), -0.5)),
                      M_2_SQRTPI * M_SQRT1_2 * 0.5);

    (void)n;
    return op_mul(t, g, op_add(t, cdf, op_mul(t, x, pdf)));
}

static struct tensor *
gelu_tanh_recorded(struct tape *t, const struct node *n, struct tensor *g,
                   struct tensor *x)
{
    const double beta = M_SQRT2 * M_2_SQRTPI * 0.5;
    struct tensor *square = op_mul(t, x, x);
    struct tensor *inner = op_mul_scalar(
        t, op_add(t, x, op_mul_scalar(t, op_mul(t, square, x), 0.044715)), beta);
    struct tensor *th = op_tanh(t, inner);
    struct tensor *left = op_mul_scalar(t, op_add_scalar(t, th, 1), 0.5);
    struct tensor *slope = op_mul_scalar(
        t, op_add_scalar(t, op_mul_scalar(t, square, 3 * 0.044715), 1), 0.5 * beta);
    struct tensor *right =
        op_mul(t, op_mul(t, x, op_rsub_scalar(t, op_mul(t, th, th), 1)), slope);

    (void)n;
    return op_mul(t, g, op_add(t, left, right));
}

static struct tensor *
silu_recorded(struct tape *t, const struct node *n, struct tensor *g, struct tensor *x)
{
    struct tensor *s = op_sigmoid(t, x);

    (void)n;
    return op_mul(t, op_mul(t, g, s),
                  op_add_scalar(t, op_mul(t, x, op_rsub_scalar(t, s, 1)), 1));
}

static struct tensor *
softplus_recorded(struct tape *t, const struct node *n, struct tensor *g,
                  struct tensor *x)
{
    struct tensor *scaled = op_mul_scalar(t, x, n->f[0]);

    return op_where(t, mask_compare_scalar(t, COMPARE_gt, scaled, n->f[1]), g,
                    op_mul(t, g, op_sigmoid(t, scaled)));
}

static struct tensor *
mish_recorded(struct tape *t, const struct node *n, struct tensor *g, struct tensor *x)
{
    struct tensor *s = op_sigmoid(t, x);
    struct tensor *th = op_tanh(t, op_neg(t, op_log(t, op_sigmoid(t, op_neg(t, x)))));
    struct tensor *slope =
        op_mul(t, op_mul(t, x, s), op_rsub_scalar(t, op_mul(t, th, th), 1));

    (void)n;
    return op_mul(t, g, op_add(t, th, slope));
}

static struct tensor *
hardtanh_recorded(struct tape *t, const struct node *n, struct tensor *g,
                  struct tensor *x)
{
    struct tensor *outside = mask_or(t, mask_compare_scalar(t, COMPARE_le, x, n->f[0]),
                                     mask_compare_scalar(t, COMPARE_ge, x, n->f[1]));

    return op_gate(t, "HardtanhBackwardBackward0", g, x, outside);
}

static struct tensor *
shrink_recorded(struct tape *t, const struct node *n, struct tensor *g, struct tensor *x)
{
    struct tensor *inside = mask_and(t, mask_compare_scalar(t, COMPARE_ge, x, -n->f[0]),
                                     mask_compare_scalar(t, COMPARE_le, x, n->f[0]));

    return op_gate(t,
                   n->name[0] == 'H' ? "HardshrinkBackwardBackward0"
                                     : "SoftshrinkBackwardBackward0",
                   g, x, inside);
}

static struct tensor *
hardswish_recorded(struct tape *t, const struct node *n, struct tensor *g,
                   struct tensor *x)
{
    struct tensor *middle = op_mul(t, g, op_add_scalar(t, op_div_scalar(t, x, 3), 0.5));

    (void)n;
    middle = op_where(t, mask_compare_scalar(t, COMPARE_le, x, 3), middle, g);
    return op_masked_fill(t, middle, mask_compare_scalar(t, COMPARE_lt, x, -3), 0);
}

static const struct activation elu_rule = {"EluBackward0",
                                           UNARY_elu,
                                           UNARY_elu,
                                           BINARY_elu_backward_vector,
                                           BINARY_elu_backward_scalar,
                                           elu_recorded};
static const struct activation celu_rule = {"CeluBackward0",
                                            UNARY_elu,
                                            UNARY_elu,
                                            BINARY_elu_backward_vector,
                                            BINARY_elu_backward_scalar,
                                            elu_recorded};
static const struct activation gelu_rule = {"GeluBackward0",      UNARY_gelu,
                                            UNARY_gelu,           BINARY_gelu_backward,
                                            BINARY_gelu_backward, gelu_recorded};
static const struct activation gelu_tanh_rule = {
    "GeluBackward0",           UNARY_gelu_tanh,           UNARY_gelu_tanh,
    BINARY_gelu_tanh_backward, BINARY_gelu_tanh_backward, gelu_tanh_recorded};
static const struct activation silu_rule = {"SiluBackward0",      UNARY_silu,
                                            UNARY_silu,           BINARY_silu_backward,
                                            BINARY_silu_backward, silu_recorded};
static const struct activation mish_rule = {
    "MishBackward0",      UNARY_mish,   UNARY_mish_vector, BINARY_mish_backward_vector,
    BINARY_mish_backward, mish_recorded};
static const struct activation softplus_rule = {
    "SoftplusBackward0",      UNARY_softplus,           UNARY_softplus_vector,
    BINARY_softplus_backward, BINARY_softplus_backward, softplus_recorded};
static const struct activation hardtanh_rule = {"HardtanhBackward0",
                                                UNARY_clamp,
                                                UNARY_clamp,
                                                BINARY_hardtanh_backward_vector,
                                                BINARY_hardtanh_backward_scalar,
                                                hardtanh_recorded};
static const struct activation hardshrink_rule = {"HardshrinkBackward0",
                                                  UNARY_hardshrink,
                                                  UNARY_hardshrink,
                                                  BINARY_shrink_backward_vector,
                                                  BINARY_shrink_backward_scalar,
                                                  shrink_recorded};
static const struct activation softshrink_rule = {
    "SoftshrinkBackward0",         UNARY_softshrink,
    UNARY_softshrink_vector,       BINARY_shrink_backward_vector,
    BINARY_shrink_backward_scalar, shrink_recorded};
static const struct activation hardswish_rule = {"HardswishBackward0",
                                                 UNARY_hardswish,
                                                 UNARY_hardswish,
                                                 BINARY_hardswish_backward_vector,
                                                 BINARY_hardswish_backward_scalar,
                                                 hardswish_recorded};

static void
run(struct tape *t, struct op_call *call, const struct activation *a, double p0,
    double p1, double p2)
{
    const double params[NODE_REALS] = {p0, p1, p2};

    call->out[0] = activate(t, a, call->in[0], params);
}

/* An attribute that elements are compared with, as a number of their type. */
static double
bound(const struct op_call *call, const char *name)
{
    double value = attr_real(call, name);

    return call->in[0]->type == TENSOR_F32 ? (double)(float)value : value;
}

RUN(elu, run(t, call, &elu_rule, attr_real(call, "alpha"), 1, 1))
RUN(selu, run(t, call, &elu_rule, 1.6732632423543772848170429916717,
              1.0507009873554804934193349852946, 1))

void
run_celu(struct tape *t, struct op_call *call)
{
    double alpha = attr_real(call, "alpha");

    run(t, call, &celu_rule, alpha, 1, 1 / alpha);
}

struct tensor *
op_gelu(struct tape *t, struct tensor *x, bool tanh_form)
{
    static const double none[NODE_REALS] = {0};

    return activate(t, tanh_form ? &gelu_tanh_rule : &gelu_rule, x, none);
}

void
run_gelu(struct tape *t, struct op_call *call)
{
    const char *form = attr_text(call, "approximate");
    bool tanh_form = strcmp(form, "tanh") == 0;

    if (!tanh_form && strcmp(form, "none") != 0)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "approximate argument must be either none or tanh.");
    else
        call->out[0] = op_gelu(t, call->in[0], tanh_form);
}

RUN(gelu_tanh, call->out[0] = op_gelu(t, call->in[0], true))
RUN(silu, run(t, call, &silu_rule, 0, 0, 0))
RUN(mish, run(t, call, &mish_rule, 0, 0, 0))
RUN(softplus, run(t, call, &softplus_rule, attr_real(call, "beta"),
                  attr_real(call, "threshold"), 0))
RUN(hardtanh, run(t, call, &hardtanh_rule, bound(call, "min"), bound(call, "max"), 0))
RUN(hardshrink, run(t, call, &hardshrink_rule, bound(call, "lambd"), 0, 0))
RUN(softshrink, run(t, call, &softshrink_rule, bound(call, "lambd"), 0, 0))
RUN(relu6, run(t, call, &hardtanh_rule, 0, 6, 0))
RUN(hardswish, run(t, call, &hardswish_rule, 0, 0, 0))

/* Saved: both halves.  The first one passes by the gate, the second one is it. */
static void
glu_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *half[2], *gate, *slope;
    int64_t dim = n->i[0], length = x ? x->size[dim] / 2 : 0;

    if (!grad[0] || !x)
        return;
    for (int k = 0; k < 2; k++)
        half[k] = op_slice(t, x, dim, k * length, length, 1);
    gate = op_sigmoid(t, half[1]);
    slope = op_mul(t, op_mul(t, op_rsub_scalar(t, gate, 1), gate), half[0]);
    half[0] = op_mul(t, gate, grad[0]);
    half[1] = op_mul(t, slope, grad[0]);
    out[0] = half[0] && half[1] ? op_cat(t, half, 2, dim) : NULL;
}

void
run_glu(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *half[2], *y;
    int dim = op_dim(t, attr_int(call, "dim"), x->dims);
    bool recording = t->recording;
    struct node *n;

    if (dim < 0)
        return;
    if (x->dims == 0 || x->size[dim] % 2 != 0) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        x->dims == 0
                            ? "glu does not support 0-dimensional tensors"
                            : "Halving dimension must be even, but dimension %d is size "
                              "%" PRId64,
                        dim, x->dims == 0 ? 0 : x->size[dim]);
        return;
    }
    t->recording = false;
    for (int k = 0; k < 2; k++)
        half[k] = op_slice(t, x, dim, k * (x->size[dim] / 2), x->size[dim] / 2, 1);
    y = op_mul(t, half[0], op_sigmoid(t, half[1]));
    t->recording = recording;
    n = y ? tape_record(t, "GluBackward0", glu_backward, 1, x) : NULL;
    if (n)
        n->i[0] = dim;
    node_save(t, n, x);
    call->out[0] = tape_output(t, n, y);
}

RUN(softmin, call->out[0] = op_softmax(t, op_neg(t, call->in[0]), attr_int(call, "dim")))
