/*
 * optimizer.c: torch/optim, one tensor at a time, one element at a time.
 *
 * Each intermediate result is rounded to the tensor's type as torch's in-place
 * operations round it (R below), in their order; step sizes and corrections are Python
 * numbers, so doubles.
 */
#define _XOPEN_SOURCE 700
#include "engine/training/optimizer.h"

#include "tensor/gemm.h"

#include "common/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[OPTIMIZER_KINDS] = {
    "SGD",    "Adam",  "AdamW", "Adagrad", "RMSprop", "Adadelta",
    "Adamax", "NAdam", "RAdam", "ASGD",    "Rprop",
};

const char *
optimizer_name(enum optimizer_kind kind)
{
    return names[kind];
}

bool
optimizer_find(const char *name, enum optimizer_kind *out)
{
    for (int k = 0; k < OPTIMIZER_KINDS; k++) {
        if (strcmp(names[k], name) == 0) {
            *out = (enum optimizer_kind)k;
            return true;
        }
    }
    return false;
}

void
optimizer_defaults(enum optimizer_kind kind, struct optimizer_params *p)
{
    static const double rates[OPTIMIZER_KINDS] = {
        [OPTIMIZER_SGD] = 1e-3,     [OPTIMIZER_ADAM] = 1e-3,    [OPTIMIZER_ADAMW] = 1e-3,
        [OPTIMIZER_ADAGRAD] = 1e-2, [OPTIMIZER_RMSPROP] = 1e-2, [OPTIMIZER_ADADELTA] = 1,
        [OPTIMIZER_ADAMAX] = 2e-3,  [OPTIMIZER_NADAM] = 2e-3,   [OPTIMIZER_RADAM] = 1e-3,
        [OPTIMIZER_ASGD] = 1e-2,    [OPTIMIZER_RPROP] = 1e-2,
    };

    *p = (struct optimizer_params){.lr = rates[kind],
                                   .beta1 = 0.9,
                                   .beta2 = 0.999,
                                   .eps = 1e-8,
                                   .rho = 0.9,
                                   .alpha = 0.99,
                                   .lambd = 1e-4,
                                   .t0 = 1e6,
                                   .momentum_decay = 4e-3,
                                   .eta_minus = 0.5,
                                   .eta_plus = 1.2,
                                   .step_min = 1e-6,
                                   .step_max = 50};
    if (kind == OPTIMIZER_ADAMW)
        p->weight_decay = 1e-2;
    if (kind == OPTIMIZER_ADAGRAD)
        p->eps = 1e-10;
    if (kind == OPTIMIZER_ADADELTA)
        p->eps = 1e-6;
    if (kind == OPTIMIZER_ASGD)
        p->alpha = 0.75;
}

void
optimizer_state_init(struct optimizer_state *s, enum optimizer_kind kind,
                     const struct optimizer_params *p, int64_t n)
{
    memset(s, 0, sizeof(*s));
    s->n = n;
    s->m = xcalloc((size_t)n + 1, sizeof(double));
    s->v = xcalloc((size_t)n + 1, sizeof(double));
    s->extra = xcalloc((size_t)n + 1, sizeof(double));
    s->scalar[0] = kind == OPTIMIZER_ASGD ? (float)p->lr : 1;
    s->scalar[1] = 1;
    for (int64_t i = 0; i < n; i++) {
        if (kind == OPTIMIZER_ADAGRAD)
            s->v[i] = p->initial_accumulator;
        if (kind == OPTIMIZER_RPROP)
            s->v[i] = p->lr;
    }
}

void
optimizer_state_clear(struct optimizer_state *s)
{
    free(s->m);
    free(s->v);
    free(s->extra);
    memset(s, 0, sizeof(*s));
}

/* What one step of one element needs. */
struct step {
    const struct optimizer_params *p;
    enum torch_version version;
    struct optimizer_state *s;
    int64_t i;
    bool single; /* float32 */
};

static double
round_to(const struct step *k, double x)
{
    return k->single ? (double)(float)x : x;
}

/* x y + z in one rounding: what the compiled kernels of torch do. */
static double
fused(const struct step *k, double x, double y, double z)
{
    return k->single ? (double)fmaf((float)x, (float)y, (float)z) : fma(x, y, z);
}

#define R(x)         round_to(k, x)
#define FMA(x, y, z) fused(k, x, y, z)

/* NaN if either is. */
static double
larger(double x, double y)
{
    return isnan(x) || x > y ? x : y;
}

static double
sgd(const struct step *k, double w, double g)
{
    const struct optimizer_params *p = k->p;
    double *m = &k->s->m[k->i];

    if (p->weight_decay != 0)
        g = FMA(p->weight_decay, w, g);
    if (p->momentum != 0) {
        *m = k->s->started ? FMA(1 - p->dampening, g, R(*m * R(p->momentum))) : g;
        g = p->nesterov ? FMA(p->momentum, *m, g) : *m;
    }
    return FMA(-p->lr, g, w);
}

/* exp_avg: 2.x interpolates, 1.13 multiplies and adds. */
static double
first_moment(const struct step *k, double m, double g)
{
    double weight = 1 - k->p->beta1;

    if (k->version < TORCH_2_6)
        return FMA(weight, g, R(m * R(k->p->beta1)));
    weight = k->single ? (double)(float)weight : weight;
    return weight < 0.5 ? FMA(weight, R(g - m), m) : FMA(-R(g - m), R(1 - weight), g);
}

static double
second_moment(const struct step *k, double v, double g)
{
    return FMA(R(R(1 - k->p->beta2) * g), g, R(v * R(k->p->beta2)));
}

static double
adam(const struct step *k, double w, double g, bool decoupled)
{
    const struct optimizer_params *p = k->p;
    struct optimizer_state *s = k->s;
    double *m = &s->m[k->i], *v = &s->v[k->i], *top = &s->extra[k->i];
    double correction1 = 1 - pow(p->beta1, (double)s->step);
    double correction2 = sqrt(1 - pow(p->beta2, (double)s->step));
    double root;

    if (decoupled)
        w = R(w * R(1 - p->lr * p->weight_decay));
    else if (p->weight_decay != 0)
        g = FMA(p->weight_decay, w, g);
    *m = decoupled && k->version < TORCH_2_6 ? FMA(1 - p->beta1, g, R(*m * R(p->beta1)))
                                             : first_moment(k, *m, g);
    *v = second_moment(k, *v, g);
    if (p->amsgrad)
        *top = larger(*top, *v);
    root = R(R(R(sqrt(p->amsgrad ? *top : *v)) / R(correction2)) + R(p->eps));
    return R(w + R(R(R(-(p->lr / correction1)) * *m) / root));
}

static double
adagrad(const struct step *k, double w, double g)
{
    const struct optimizer_params *p = k->p;
    double *v = &k->s->v[k->i];
    double rate = p->lr / (1 + ((double)k->s->step - 1) * p->lr_decay);

    if (p->weight_decay != 0)
        g = FMA(p->weight_decay, w, g);
    *v = FMA(g, g, *v);
    return R(w + R(R(R(-rate) * g) / R(R(sqrt(*v)) + R(p->eps))));
}

static double
rmsprop(const struct step *k, double w, double g)
{
    const struct optimizer_params *p = k->p;
    double *v = &k->s->v[k->i], *mean = &k->s->extra[k->i], *m = &k->s->m[k->i];
    double average;

    if (p->weight_decay != 0)
        g = FMA(p->weight_decay, w, g);
    *v = FMA(R(R(1 - p->alpha) * g), g, R(*v * R(p->alpha)));
    average = *v;
    if (p->centered) {
        *mean = k->version < TORCH_2_6 ? FMA(1 - p->alpha, g, R(*mean * R(p->alpha)))
                                       : FMA(R(1 - p->alpha), R(g - *mean), *mean);
        average = FMA(-*mean, *mean, *v);
    }
    average = R(R(sqrt(average)) + R(p->eps));
    if (p->momentum > 0) {
        *m = R(R(*m * R(p->momentum)) + R(g / average));
        return FMA(-p->lr, *m, w);
    }
    return R(w + R(R(R(-p->lr) * g) / average));
}

static double
adadelta(const struct step *k, double w, double g)
{
    const struct optimizer_params *p = k->p;
    double *v = &k->s->v[k->i], *d = &k->s->m[k->i], delta;

    if (p->weight_decay != 0)
        g = FMA(p->weight_decay, w, g);
    *v = FMA(R(R(1 - p->rho) * g), g, R(*v * R(p->rho)));
    delta = R(R(R(sqrt(R(*d + R(p->eps)))) / R(sqrt(R(*v + R(p->eps))))) * g);
    *d = FMA(R(R(1 - p->rho) * delta), delta, R(*d * R(p->rho)));
    return FMA(-p->lr, delta, w);
}

static double
adamax(const struct step *k, double w, double g)
{
    const struct optimizer_params *p = k->p;
    double *m = &k->s->m[k->i], *u = &k->s->v[k->i];
    double rate = p->lr / (1 - pow(p->beta1, (double)k->s->step));

    if (p->weight_decay != 0)
        g = FMA(p->weight_decay, w, g);
    *m = first_moment(k, *m, g);
    *u = larger(R(*u * R(p->beta2)), R(fabs(g) + R(p->eps)));
    return R(w + R(R(R(-rate) * *m) / *u));
}

/* NAdam and RAdam: the weight shrinks itself, or its share joins the gradient. */
static void
decay(const struct step *k, double *w, double *g)
{
    const struct optimizer_params *p = k->p;

    if (p->weight_decay != 0 && p->decoupled)
        *w = R(*w * R(1 - p->lr * p->weight_decay));
    else if (p->weight_decay != 0)
        *g = FMA(p->weight_decay, *w, *g);
}

static double
nadam(const struct step *k, double w, double g)
{
    const struct optimizer_params *p = k->p;
    struct optimizer_state *s = k->s;
    double *m = &s->m[k->i], *v = &s->v[k->i], t = (double)s->step, root;
    double mu = p->beta1 * (1 - 0.5 * pow(0.96, t * p->momentum_decay));
    double next = p->beta1 * (1 - 0.5 * pow(0.96, (t + 1) * p->momentum_decay));
    /* float32 tensors; 1.13 multiplies mu in once too often, and rounds each time. */
    float kept = s->scalar[0] * (float)mu;
    float again = kept * (float)mu, early = again * (float)next;
    double product = (double)kept;
    double ahead = k->version < TORCH_2_6 ? (double)early : product * next;

    decay(k, &w, &g);
    *m = first_moment(k, *m, g);
    *v = second_moment(k, *v, g);
    root = R(R(sqrt(R(*v / R(1 - pow(p->beta2, t))))) + R(p->eps));
    if (k->i == s->n - 1)
        s->scalar[0] = kept;
    w = R(w + R(R(R(-p->lr * (1 - mu) / (1 - product)) * g) / root));
    return R(w + R(R(R(-p->lr * next / (1 - ahead)) * *m) / root));
}

static double
radam(const struct step *k, double w, double g)
{
    const struct optimizer_params *p = k->p;
    double *m = &k->s->m[k->i], *v = &k->s->v[k->i], t = (double)k->s->step;
    double correction1 = 1 - pow(p->beta1, t), correction2 = 1 - pow(p->beta2, t);
    double limit = 2 / (1 - p->beta2) - 1;
    double length = limit - 2 * t * pow(p->beta2, t) / correction2;
    double step, adaptive, rectify;

    decay(k, &w, &g);
    *m = first_moment(k, *m, g);
    *v = second_moment(k, *v, g);
    step = R(R(*m / R(correction1)) * R(p->lr));
    if (length <= 5)
        return R(w - step);
    rectify =
        sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length));
    adaptive = R(R(1 / R(R(sqrt(*v)) + R(p->eps))) * R(sqrt(correction2)));
    return R(w - R(R(step * adaptive) * R(rectify)));
}

static double
asgd(const struct step *k, double w, double g)
{
    const struct optimizer_params *p = k->p;
    struct optimizer_state *s = k->s;
    double eta = (double)s->scalar[0], mu = (double)s->scalar[1], t = (double)s->step;

    if (p->weight_decay != 0)
        g = FMA(p->weight_decay, w, g);
    w = R(w * R(1 - p->lambd * eta));
    w = FMA(-eta, g, w);
    s->extra[k->i] = mu == 1 ? w : R(s->extra[k->i] + R(w - s->extra[k->i]) * mu);
    if (k->i == s->n - 1) {
        s->scalar[0] = (float)(p->lr / pow(1 + p->lambd * p->lr * t, p->alpha));
        s->scalar[1] = (float)(1 / fmax(1, t - p->t0));
    }
    return w;
}

static double
rprop(const struct step *k, double w, double g)
{
    const struct optimizer_params *p = k->p;
    double *previous = &k->s->m[k->i], *size = &k->s->v[k->i];
    double product = R(g * *previous);
    double factor = product > 0 ? p->eta_plus : product < 0 ? p->eta_minus : 1;

    *size = R(*size * R(factor));
    *size = -larger(-larger(*size, R(p->step_min)), -R(p->step_max));
    if (product < 0)
        g = 0;
    *previous = g;
    return FMA(-(double)((g > 0) - (g < 0)), *size, w);
}

#undef R
#undef FMA

static double
step_element(enum optimizer_kind kind, const struct step *k, double w, double g)
{
    switch (kind) {
    case OPTIMIZER_SGD: return sgd(k, w, g);
    case OPTIMIZER_ADAM: return adam(k, w, g, false);
    case OPTIMIZER_ADAMW: return adam(k, w, g, true);
    case OPTIMIZER_ADAGRAD: return adagrad(k, w, g);
    case OPTIMIZER_RMSPROP: return rmsprop(k, w, g);
    case OPTIMIZER_ADADELTA: return adadelta(k, w, g);
    case OPTIMIZER_ADAMAX: return adamax(k, w, g);
    case OPTIMIZER_NADAM: return nadam(k, w, g);
    case OPTIMIZER_RADAM: return radam(k, w, g);
    case OPTIMIZER_ASGD: return asgd(k, w, g);
    case OPTIMIZER_RPROP: return rprop(k, w, g);
    case OPTIMIZER_KINDS: break;
    }
    return w;
}

/* SGD without state: w = w - lr g in one rounding. */
static bool
is_plain(enum optimizer_kind kind, const struct optimizer_params *p)
{
    return kind == OPTIMIZER_SGD && p->momentum == 0 && p->weight_decay == 0 &&
           !p->maximize;
}

void
optimizer_step(enum optimizer_kind kind, const struct optimizer_params *p,
               enum torch_version version, struct optimizer_state *s,
               struct tensor *weight, const struct tensor *grad)
{
    struct step k = {
        .p = p, .version = version, .s = s, .single = weight->type == TENSOR_F32};

    s->step++;
    weight->storage->version++;
    if (is_plain(kind, p) && tensor_is_contiguous(grad)) {
        gemm_add_scaled(s->n, -p->lr, grad, weight);
        return;
    }
    for (k.i = 0; k.i < s->n; k.i++) {
        double g = tensor_get(grad, k.i);

        tensor_set(weight, k.i,
                   step_element(kind, &k, tensor_get(weight, k.i), p->maximize ? -g : g));
    }
    s->started = true;
}
