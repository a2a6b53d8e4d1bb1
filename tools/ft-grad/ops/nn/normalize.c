/*
 * normalize.c: batch and layer normalisation.
 *
 * Both scale to mean 0 and variance 1 over some dimensions and then by a weight.  The
 * gradients are composed of operators on the operand itself, so that they can be
 * differentiated again.
 */
#include "ops/operators.h"

#include "tensor/elementwise.h"

#include <inttypes.h>
#include <string.h>

/* i: dimensions that are averaged over, those the weight has; f: eps. */
struct normal {
    struct tensor *scaled; /* x to mean 0 and variance 1 */
    struct tensor *rstd;
};

static struct normal
normal_of(struct tape *t, struct tensor *x, uint32_t mask, double eps)
{
    struct tensor *centred = op_sub(t, x, op_mean_dims(t, x, mask, true));
    struct tensor *var = op_mean_dims(t, op_mul(t, centred, centred), mask, true);
    struct normal n;

    n.rstd = op_rsqrt(t, op_add_scalar(t, var, eps));
    n.scaled = op_mul(t, centred, n.rstd);
    return n;
}

/* A weight or bias in the shape that broadcasts against x. */
static struct tensor *
spread(struct tape *t, struct tensor *w, const struct tensor *x, uint32_t mask)
{
    int64_t size[TENSOR_DIMS_MAX];

    if (!w)
        return NULL;
    for (int d = 0; d < x->dims; d++)
        size[d] = mask >> d & 1 ? x->size[d] : 1;
    return op_reshape(t, w, x->dims, size);
}

/* What the weight and bias get: sums over the dimensions they do not have. */
static struct tensor *
gathered(struct tape *t, struct tensor *g, uint32_t owned, const struct tensor *like)
{
    uint32_t rest = g ? op_all_dims(g) & ~owned : 0;

    g = rest ? op_sum_dims(t, g, rest, false) : g;
    return op_reshape(t, g, like->dims, like->size);
}

static void
normal_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *w = NULL, *g = grad[0], *gw;
    uint32_t mask = (uint32_t)n->i[0], owned = (uint32_t)n->i[1];
    struct normal normal;

    if (!g || !x)
        return;
    if (n->saved_count > 1)
        w = node_saved(t, n, 1);
    normal = normal_of(t, x, mask, n->f[0]);
    if (node_wants(n, 0)) {
        struct tensor *along;

        gw = w ? op_mul(t, g, spread(t, w, x, owned)) : g;
        along = op_mean_dims(t, op_mul(t, gw, normal.scaled), mask, true);
        gw = op_sub(t, gw, op_mean_dims(t, gw, mask, true));
        gw = op_sub(t, gw, op_mul(t, normal.scaled, along));
        out[0] = op_mul(t, normal.rstd, gw);
    }
    if (w && node_wants(n, 1)) /* none: there was no weight, or it has changed since */
        out[1] = gathered(t, op_mul(t, g, normal.scaled), owned, w);
    if (node_wants(n, 2)) {
        struct node_input *in = &n->edges[2].node->inputs[n->edges[2].input];
        struct tensor like = {.dims = in->dims};

        memcpy(like.size, in->size, sizeof(like.size));
        out[2] = gathered(t, g, owned, &like);
    }
}

static struct tensor *
affine(struct tape *t, struct tensor *y, const struct tensor *x, struct tensor *w,
       struct tensor *bias, uint32_t owned)
{
    if (w)
        y = op_mul(t, y, spread(t, w, x, owned));
    return bias ? op_add(t, y, spread(t, bias, x, owned)) : y;
}

static void
normalize(struct tape *t, struct op_call *call, const char *name, uint32_t mask,
          uint32_t owned)
{
    struct tensor *x = call->in[0], *w = call->in[1], *bias = call->in[2], *y;
    double eps = attr_real(call, "eps");
    bool recording = t->recording;
    struct node *n;

    t->recording = false;
    y = affine(t, normal_of(t, x, mask, eps).scaled, x, w, bias, owned);
    t->recording = recording;
    n = y ? tape_record(t, name, normal_backward, 3, x, w, bias) : NULL;
    if (n) {
        n->i[0] = mask;
        n->i[1] = owned;
        n->f[0] = eps;
    }
    node_save(t, n, x);
    node_save(t, n, w);
    call->out[0] = tape_output(t, n, y);
}

static bool
check_channels(struct tape *t, const struct op_call *call)
{
    const struct tensor *x = call->in[0];

    for (size_t i = 1; i < call->in_count; i++) {
        const struct tensor *w = call->in[i];

        if (x->dims < 2 || (w && (w->dims != 1 || w->size[0] != x->size[1]))) {
            (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                            "%s: weight and bias have one element for each channel",
                            call->op->name);
            return false;
        }
    }
    return true;
}

void
run_batch_norm_train(struct tape *t, struct op_call *call)
{
    if (check_channels(t, call))
        normalize(t, call, "NativeBatchNormBackward0",
                  op_all_dims(call->in[0]) & ~UINT32_C(2), 2);
}

void
run_layer_norm(struct tape *t, struct op_call *call)
{
    const struct op_attr *shape = attr_list(call, "normalized_shape");
    const struct tensor *x = call->in[0];
    int first = x->dims - (int)shape->count;
    uint32_t mask = 0;
    bool ok = first >= 0 && shape->count > 0;

    for (int d = first; ok && d < x->dims; d++) {
        ok = x->size[d] == shape->ints[d - first];
        mask |= UINT32_C(1) << d;
    }
    for (size_t i = 1; ok && i < call->in_count; i++) {
        const struct tensor *w = call->in[i];

        ok =
            !w || (w->dims == (int)shape->count &&
                   memcmp(w->size, x->size + first, shape->count * sizeof(int64_t)) == 0);
    }
    if (!ok) {
        (void)tape_fail(
            t, ERR_MALFORMED, "RuntimeError",
            "layer_norm: normalized_shape is not the end of the input's shape, "
            "or not the weight's");
        return;
    }
    normalize(t, call, "NativeLayerNormBackward0", mask, mask);
}

/* Saved: x, weight, mean, rstd (both spread). */
static void
eval_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *w = node_saved(t, n, 1), *g = grad[0];
    struct tensor *mean = node_saved(t, n, 2), *rstd = node_saved(t, n, 3);

    if (!g || !x || !w || !mean || !rstd)
        return;
    out[0] = op_mul(t, op_mul(t, g, spread(t, w, x, 2)), rstd);
    if (node_wants(n, 1))
        out[1] = gathered(t, op_mul(t, g, op_mul(t, op_sub(t, x, mean), rstd)), 2, w);
    if (node_wants(n, 2))
        out[2] = gathered(t, g, 2, w);
}

void
run_batch_norm_eval(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *w = call->in[1], *mean, *rstd, *y;
    bool recording = t->recording;
    struct node *n;

    if (!check_channels(t, call))
        return;
    if (attr_list(call, "mean")->count != (size_t)x->size[1] ||
        attr_list(call, "var")->count != (size_t)x->size[1]) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "running_mean should contain %" PRId64 " elements", x->size[1]);
        return;
    }
    t->recording = false;
    mean = spread(t, attr_tensor(t, call, "mean", x->type), x, 2);
    rstd = op_add_scalar(t, attr_tensor(t, call, "var", x->type), attr_real(call, "eps"));
    rstd = spread(t, op_rsqrt(t, rstd), x, 2);
    y = affine(t, op_mul(t, op_sub(t, x, mean), rstd), x, w, call->in[2], 2);
    t->recording = recording;
    n = y ? tape_record(t, "NativeBatchNormBackward0", eval_backward, 3, x, w,
                        call->in[2])
          : NULL;
    node_save(t, n, x);
    node_save(t, n, w);
    node_save(t, n, mean);
    node_save(t, n, rstd);
    call->out[0] = tape_output(t, n, y);
}
