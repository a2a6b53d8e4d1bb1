/*
 * unary.c: functions of one number and their derivatives.
 *
 * UNARY_RULE gives an operator its node name, kernel, what it saves and its formula,
 * in which g is the incoming gradient and s what was saved.
 */
#define _XOPEN_SOURCE 700
#include "ops/operators.h"

#include "tensor/elementwise.h"

#include <math.h>

enum saving { NOTHING, INPUT, OUTPUT };

struct unary_rule {
    const char *name;
    enum unary_kernel kernel;
    enum saving saving;
    struct tensor *(*derivative)(struct tape *t, const struct node *n, struct tensor *g,
                                 struct tensor *s);
};

static void
unary_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    const struct unary_rule *rule = n->extra;
    struct tensor *saved = rule->saving == NOTHING ? NULL : node_saved(t, n, 0);

    if (grad[0] && (saved || rule->saving == NOTHING))
        out[0] = rule->derivative(t, n, grad[0], saved);
}

/* torch 1.13's vector code halves exp(x), which overflows before sinh and cosh do. */
static enum unary_kernel
vector_kernel(const struct tape *t, enum unary_kernel kernel)
{
    if (t->version == TORCH_1_13 && kernel == UNARY_sinh)
        return UNARY_sinh_halved;
    return t->version == TORCH_1_13 && kernel == UNARY_cosh ? UNARY_cosh_halved : kernel;
}

static struct tensor *
unary_by(struct tape *t, const struct unary_rule *rule, enum unary_kernel kernel,
         struct tensor *x)
{
    struct tensor *y =
        x ? tape_check(t, elementwise_unary_split(&t->heap, vector_kernel(t, kernel),
                                                  kernel, x, NULL))
          : NULL;
    struct node *n = y ? tape_record(t, rule->name, unary_backward, 1, x) : NULL;

    if (n) {
        union {
            const struct unary_rule *rule;
            void *extra;
        } keep = {.rule = rule}; /* never written through */

        n->extra = keep.extra;
    }
    if (rule->saving == INPUT)
        node_save(t, n, x);
    y = tape_output(t, n, y);
    if (rule->saving == OUTPUT)
        node_save(t, n, y);
    return y;
}

static struct tensor *
unary(struct tape *t, const struct unary_rule *rule, struct tensor *x)
{
    return unary_by(t, rule, rule->kernel, x);
}

/* Of the operator in a program: Volta clamps exp and knows no logarithm of zero. */
static enum unary_kernel
kernel_of(const struct tape *t, const struct unary_rule *rule)
{
    if (t->volta && rule->kernel == UNARY_exp)
        return UNARY_volta_exp;
    if (t->volta && rule->kernel == UNARY_log)
        return UNARY_volta_log;
    return rule->kernel;
}

#define UNARY_RULE(operator, label, kernel, saves, formula)                              \
    static struct tensor *derive_##operator(struct tape *t, const struct node *n,        \
                                            struct tensor *g, struct tensor *s)          \
    {                                                                                    \
        (void)t, (void)n, (void)g, (void)s;                                              \
        return formula;                                                                  \
    }                                                                                    \
    static const struct unary_rule rule_##operator= {label, UNARY_##kernel, saves,       \
                                                     derive_##operator};                 \
    void run_##operator(struct tape *t, struct op_call *call)                            \
    {                                                                                    \
        call->out[0] =                                                                   \
            unary_by(t, &rule_##operator, kernel_of(t, &rule_##operator), call->in[0]);  \
    }

static struct tensor *
one_minus_square(struct tape *t, struct tensor *x)
{
    return op_add_scalar(t, op_mul(t, op_neg(t, x), x), 1);
}

static struct tensor *
log_sigmoid_slope_of(struct tape *t, struct tensor *x)
{
    if (t->recording || !x)
        return op_sigmoid(t, op_neg(t, x));
    return tape_check(t, elementwise_unary(&t->heap, UNARY_log_sigmoid_slope, x, NULL));
}

/* (pi x cos(pi x) - sin(pi x)) / (pi x^2), and 0 where that divides by zero. */
static struct tensor *
sinc_slope(struct tape *t, struct tensor *x)
{
    struct tensor *px = op_mul_scalar(t, x, M_PI);
    struct tensor *top = op_sub(t, op_mul(t, px, op_cos(t, px)), op_sin(t, px));
    struct tensor *below = op_mul_scalar(t, op_mul(t, x, x), M_PI);

    return op_masked_fill(t, op_div(t, top, below),
                          mask_compare_scalar(t, COMPARE_eq, below, 0), 0);
}

/* g (1 - y y), in one rounding where nothing is recorded, as ATen compiles it. */
static struct tensor *
tanh_slope(struct tape *t, struct tensor *g, struct tensor *y)
{
    return t->recording ? op_mul(t, g, op_rsub_scalar(t, op_mul(t, y, y), 1))
                        : tape_check(t, elementwise_binary(&t->heap, BINARY_tanh_backward,
                                                           g, y, NULL));
}

UNARY_RULE(neg, "NegBackward0", neg, NOTHING, op_neg(t, g))
UNARY_RULE(abs, "AbsBackward0", abs, INPUT, op_mul(t, g, op_sgn(t, s)))
UNARY_RULE(sign, "SignBackward0", sgn, NOTHING, op_zeros_like(t, g))
UNARY_RULE(floor, "FloorBackward0", floor, NOTHING, op_zeros_like(t, g))
UNARY_RULE(ceil, "CeilBackward0", ceil, NOTHING, op_zeros_like(t, g))
UNARY_RULE(round, "RoundBackward0", round, NOTHING, op_zeros_like(t, g))
UNARY_RULE(trunc, "TruncBackward0", trunc, NOTHING, op_zeros_like(t, g))
UNARY_RULE(frac, "FracBackward0", frac, NOTHING, g)
UNARY_RULE(sqrt, "SqrtBackward0", sqrt, OUTPUT, op_div(t, g, op_mul_scalar(t, s, 2)))
UNARY_RULE(rsqrt, "RsqrtBackward0", rsqrt, OUTPUT,
           op_mul(t, op_mul_scalar(t, g, -0.5), op_pow_scalar(t, s, 3)))
UNARY_RULE(reciprocal, "ReciprocalBackward0", reciprocal, OUTPUT,
           op_mul(t, op_neg(t, g), op_mul(t, s, s)))
UNARY_RULE(exp, "ExpBackward0", exp, OUTPUT, op_mul(t, g, s))
UNARY_RULE(expm1, "Expm1Backward0", expm1, OUTPUT, op_mul(t, g, op_add_scalar(t, s, 1)))
UNARY_RULE(log, "LogBackward0", log, INPUT, op_div(t, g, s))
UNARY_RULE(log1p, "Log1PBackward0", log1p, INPUT, op_div(t, g, op_add_scalar(t, s, 1)))
UNARY_RULE(log2, "Log2Backward0", log2, INPUT,
           op_div(t, g, op_mul_scalar(t, s, 0.6931471805599453)))
UNARY_RULE(log10, "Log10Backward0", log10, INPUT,
           op_div(t, g, op_mul_scalar(t, s, 2.3025850929940456)))
UNARY_RULE(sin, "SinBackward0", sin, INPUT, op_mul(t, g, op_cos(t, s)))
UNARY_RULE(cos, "CosBackward0", cos, INPUT, op_mul(t, g, op_neg(t, op_sin(t, s))))
UNARY_RULE(tan, "TanBackward0", tan, OUTPUT,
           op_mul(t, g, op_add_scalar(t, op_pow_scalar(t, s, 2), 1)))
UNARY_RULE(asin, "AsinBackward0", asin, INPUT,
           op_mul(t, g, op_rsqrt(t, one_minus_square(t, s))))
UNARY_RULE(acos, "AcosBackward0", acos, INPUT,
           op_mul(t, g, op_neg(t, op_rsqrt(t, one_minus_square(t, s)))))
UNARY_RULE(atan, "AtanBackward0", atan, INPUT,
           op_div(t, g, op_add_scalar(t, op_mul(t, s, s), 1)))
UNARY_RULE(sinh, "SinhBackward0", sinh, INPUT, op_mul(t, g, op_cosh(t, s)))
UNARY_RULE(cosh, "CoshBackward0", cosh, INPUT, op_mul(t, g, op_sinh(t, s)))
UNARY_RULE(tanh, "TanhBackward0", tanh, OUTPUT, tanh_slope(t, g, s))
UNARY_RULE(asinh, "AsinhBackward0", asinh, INPUT,
           op_mul(t, g, op_rsqrt(t, op_add_scalar(t, op_pow_scalar(t, s, 2), 1))))
UNARY_RULE(acosh, "AcoshBackward0", acosh, INPUT,
           op_mul(t, g, op_rsqrt(t, op_add_scalar(t, op_mul(t, s, s), -1))))
UNARY_RULE(atanh, "AtanhBackward0", atanh, INPUT,
           op_mul(t, g, op_reciprocal(t, op_rsub_scalar(t, op_pow_scalar(t, s, 2), 1))))
UNARY_RULE(sigmoid, "SigmoidBackward0", sigmoid, OUTPUT,
           op_mul(t, op_mul(t, g, op_rsub_scalar(t, s, 1)), s))
UNARY_RULE(logsigmoid, "LogSigmoidBackward0", log_sigmoid, INPUT,
           op_mul(t, g, log_sigmoid_slope_of(t, s)))
UNARY_RULE(
    erf, "ErfBackward0", erf, INPUT,
    op_mul(t, op_mul_scalar(t, op_exp(t, op_neg(t, op_pow_scalar(t, s, 2))), M_2_SQRTPI),
           g))
UNARY_RULE(
    erfc, "ErfcBackward0", erfc, INPUT,
    op_mul(t, op_mul_scalar(t, op_exp(t, op_neg(t, op_pow_scalar(t, s, 2))), -M_2_SQRTPI),
           g))
UNARY_RULE(erfinv, "ErfinvBackward0", erfinv, OUTPUT,
           op_mul(t, op_mul_scalar(t, op_exp(t, op_pow_scalar(t, s, 2)), 1 / M_2_SQRTPI),
                  g))
UNARY_RULE(lgamma, "LgammaBackward0", lgamma, INPUT, op_mul(t, g, op_digamma(t, s)))
UNARY_RULE(digamma, "DigammaBackward0", digamma, INPUT,
           op_mul(t, g, op_polygamma(t, 1, s)))
UNARY_RULE(sinc, "SincBackward0", sinc, INPUT, op_mul(t, g, sinc_slope(t, s)))

/* The functions that formulas use, under their own names. */
#define AS_FUNCTION(operator)                                                            \
    struct tensor *op_##operator(struct tape *t, struct tensor *x)                       \
    {                                                                                    \
        return unary(t, &rule_##operator, x);                                            \
    }
AS_FUNCTION(neg)
AS_FUNCTION(abs)
AS_FUNCTION(sqrt)
AS_FUNCTION(rsqrt)
AS_FUNCTION(reciprocal)
AS_FUNCTION(exp)
AS_FUNCTION(log)
AS_FUNCTION(sin)
AS_FUNCTION(cos)
AS_FUNCTION(sinh)
AS_FUNCTION(cosh)
AS_FUNCTION(tanh)
AS_FUNCTION(sigmoid)
AS_FUNCTION(erf)
AS_FUNCTION(digamma)

struct tensor *
op_sgn(struct tape *t, struct tensor *x)
{
    return unary(t, &rule_sign, x);
}

/* The programs' square is x * x: one node with two edges to x. */
struct tensor *
op_square(struct tape *t, struct tensor *x)
{
    return op_mul(t, x, x);
}

RUN(square, call->out[0] = op_square(t, call->in[0]))

static void
exp2_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    out[0] = op_mul(t, grad[0], op_mul_scalar(t, node_saved(t, n, 0), M_LN2));
}

void
run_exp2(struct tape *t, struct op_call *call)
{
    struct heap *h = &t->heap;
    struct tensor *x = call->in[0];
    struct tensor *y = tape_check(
        t, elementwise_binary(h, BINARY_pow, tensor_scalar(h, x->type, 2), x, NULL));
    struct node *n = y ? tape_record(t, "Exp2Backward0", exp2_backward, 1, x) : NULL;

    y = tape_output(t, n, y);
    node_save(t, n, y);
    call->out[0] = y;
}

static void
polygamma_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                   struct tensor **out)
{
    out[0] = op_mul(t, grad[0], op_polygamma(t, (int)n->i[0] + 1, node_saved(t, n, 0)));
}

struct tensor *
op_polygamma(struct tape *t, int order, struct tensor *x)
{
    double p = order;
    struct tensor *y =
        x ? tape_check(t, elementwise_unary(&t->heap, UNARY_polygamma, x, &p)) : NULL;
    struct node *n =
        y ? tape_record(t, "PolygammaBackward0", polygamma_backward, 1, x) : NULL;

    if (n)
        n->i[0] = order;
    node_save(t, n, x);
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

struct tensor *
op_clone(struct tape *t, struct tensor *x)
{
    struct tensor *y = x ? tape_check(t, tensor_copy(&t->heap, x)) : NULL;

    return tape_output(
        t, y ? tape_record(t, "CloneBackward0", pass_backward, 1, x) : NULL, y);
}

struct tensor *
op_detach(struct tape *t, struct tensor *x)
{
    return x ? tape_check(t, tensor_alias(&t->heap, x)) : NULL;
}

RUN(clone, call->out[0] = op_clone(t, call->in[0]))
RUN(contiguous, call->out[0] = tensor_is_contiguous(call->in[0])
                                   ? call->in[0]
                                   : op_clone(t, call->in[0]))
RUN(detach, call->out[0] = op_detach(t, call->in[0]))

static void
finite_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0);
    struct tensor *finite = mask_compare(t, COMPARE_is_finite, x, x);

    out[0] = grad[0] && finite ? op_mul(t, grad[0], op_cast(t, finite, x->type)) : NULL;
}

void
run_nan_to_num(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    double top = x->type == TENSOR_F32 ? 3.4028234663852886e38 : 1.7976931348623157e308;
    double p[3] = {attr_real(call, "nan"),
                   attr_given(call, "posinf") ? attr_real(call, "posinf") : top,
                   attr_given(call, "neginf") ? attr_real(call, "neginf") : -top};
    struct tensor *y = tape_check(t, elementwise_unary(&t->heap, UNARY_nan_to_num, x, p));
    struct node *n =
        y ? tape_record(t, "NanToNumBackward0", finite_backward, 1, x) : NULL;

    node_save(t, n, x);
    call->out[0] = tape_output(t, n, y);
}
