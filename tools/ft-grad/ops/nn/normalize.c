/*
 * normalize.c: batch, layer, group and instance normalisation.
 *
 * All scale a view of the operand to mean 0 and variance 1 over some of its dimensions
 * and then by a weight; they differ in the view, the dimensions and the weight's place.
 * Gradients are composed of operators on the operand itself, so that they can be
 * differentiated again.
 */
#include "ops/nn/nn.h"

#include "ops/operators.h"

#include <inttypes.h>
#include <string.h>

struct layout {
    int dims; /* of the view */
    int64_t size[TENSOR_DIMS_MAX];
    int64_t affine[TENSOR_DIMS_MAX]; /* weight and bias in the view: 1 or size[] */
    uint32_t mask;                   /* dimensions that are averaged over */
    double eps;
    struct node_input weight; /* the weight's own shape */
};

/* Saved by the node: x, then (eval only) mean and 1 / sqrt(var + eps), then the weight.
 */
enum { SAVED_X, SAVED_MEAN, SAVED_RSTD };

static struct tensor *
viewed(struct tape *t, struct tensor *x, const struct layout *l)
{
    return x ? op_reshape(t, x, l->dims, l->size) : NULL;
}

static struct tensor *
spread(struct tape *t, struct tensor *w, const struct layout *l)
{
    return w ? op_reshape(t, w, l->dims, l->affine) : NULL;
}

/* What weight and bias get: sums over the dimensions they do not have. */
static struct tensor *
gathered(struct tape *t, struct tensor *g, const struct layout *l)
{
    uint32_t rest = 0;

    for (int d = 0; d < l->dims; d++)
        rest |= l->affine[d] == 1 ? UINT32_C(1) << d : 0;
    g = rest ? op_sum_dims(t, g, rest, false) : g;
    return g ? op_reshape(t, g, l->weight.dims, l->weight.size) : NULL;
}

/* x to mean 0 and variance 1, and the factor that did it. */
static struct tensor *
scaled_of(struct tape *t, struct tensor *x, const struct layout *l, struct tensor **rstd)
{
    struct tensor *centred = op_sub(t, x, op_mean_dims(t, x, l->mask, true));
    struct tensor *var = op_mean_dims(t, op_mul(t, centred, centred), l->mask, true);

    *rstd = op_rsqrt(t, op_add_scalar(t, var, l->eps));
    return op_mul(t, centred, *rstd);
}

static struct tensor *
operand_gradient(struct tape *t, struct tensor *g, struct tensor *scaled,
                 struct tensor *rstd, const struct layout *l)
{
    struct tensor *along = op_mean_dims(t, op_mul(t, g, scaled), l->mask, true);

    g = op_sub(t, g, op_mean_dims(t, g, l->mask, true));
    return op_mul(t, rstd, op_sub(t, g, op_mul(t, scaled, along)));
}

static void
normal_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    const struct layout *l = n->extra;
    struct tensor *operand = node_saved(t, n, SAVED_X), *x, *g, *scaled, *rstd;
    bool eval = n->i[0] != 0;
    struct tensor *w = n->i[1] ? node_saved(t, n, n->saved_count - 1) : NULL;

    if (!grad[0] || !operand)
        return;
    x = viewed(t, operand, l);
    g = viewed(t, grad[0], l);
    if (eval) {
        rstd = node_saved(t, n, SAVED_RSTD);
        scaled = op_mul(t, op_sub(t, x, node_saved(t, n, SAVED_MEAN)), rstd);
    } else {
        scaled = scaled_of(t, x, l, &rstd);
    }
    if (node_wants(n, 0)) {
        struct tensor *gw = w ? op_mul(t, g, spread(t, w, l)) : g;

        gw = eval ? op_mul(t, gw, rstd) : operand_gradient(t, gw, scaled, rstd, l);
        out[0] = gw ? op_reshape(t, gw, operand->dims, operand->size) : NULL;
    }
    if (node_wants(n, 1))
        out[1] = gathered(t, op_mul(t, g, scaled), l);
    if (node_wants(n, 2))
        out[2] = gathered(t, g, l);
}

/* x * alpha + beta, both of the weight's shape: two passes over x. */
static struct tensor *
eval_forward(struct tape *t, struct tensor *x, struct tensor *w, struct tensor *bias,
             struct tensor *mean, struct tensor *rstd)
{
    struct tensor *alpha = w ? op_mul(t, rstd, w) : rstd;
    struct tensor *beta = op_mul(t, mean, alpha);

    beta = bias ? op_sub(t, bias, beta) : op_neg(t, beta);
    return op_add(t, op_mul(t, x, alpha), beta);
}

/* in: x, weight, bias; stats: mean and variance in evaluation mode, else NULL. */
static struct tensor *
normalize(struct tape *t, const char *name, struct layout *l, struct tensor *const in[3],
          struct tensor *const stats[2])
{
    struct tensor *w, *bias, *mean = NULL, *rstd = NULL, *y;
    bool recording = t->recording;
    struct node *n;

    t->recording = false;
    w = spread(t, in[1], l);
    bias = spread(t, in[2], l);
    y = viewed(t, in[0], l);
    if (stats) {
        mean = spread(t, stats[0], l);
        rstd = spread(t, op_rsqrt(t, op_add_scalar(t, stats[1], l->eps)), l);
        y = eval_forward(t, y, w, bias, mean, rstd);
    } else {
        y = scaled_of(t, y, l, &rstd);
        y = w ? op_mul(t, y, w) : y;
        y = bias ? op_add(t, y, bias) : y;
    }
    y = y ? op_reshape(t, y, in[0]->dims, in[0]->size) : NULL;
    t->recording = recording;
    n = y ? tape_record_list(t, name, normal_backward, 3, in) : NULL;
    if (n) {
        n->extra = l;
        n->i[0] = stats != NULL;
        n->i[1] = in[1] != NULL;
    }
    node_save(t, n, in[0]);
    if (stats) {
        node_save(t, n, mean);
        node_save(t, n, rstd);
    }
    if (in[1])
        node_save(t, n, in[1]);
    return tape_output(t, n, y);
}

/* A view of x's own shape, nothing averaged over, parameters without dimensions. */
static struct layout *
new_layout(struct tape *t, const struct tensor *x, double eps)
{
    struct layout *l = heap_alloc(&t->heap, sizeof(*l));

    if (!l)
        return NULL;
    l->dims = x->dims;
    memcpy(l->size, x->size, sizeof(l->size));
    for (int d = 0; d < TENSOR_DIMS_MAX; d++)
        l->affine[d] = 1;
    l->eps = eps;
    return l;
}

/* Parameters have one element for each channel. */
static bool
check_channels(struct tape *t, const struct tensor *x, struct tensor *const *in,
               size_t count, const char *const *names)
{
    if (x->dims < 2) {
        (void)tape_fail(t, ERR_MALFORMED, "ValueError",
                        "expected at least 2D input (got %dD input)", x->dims);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (in[i] && (in[i]->dims != 1 || in[i]->size[0] != x->size[1])) {
            (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                            "%s should contain %" PRId64 " elements not %" PRId64,
                            names[i], x->size[1], tensor_count(in[i]));
            return false;
        }
    }
    return true;
}

static struct layout *
channel_layout(struct tape *t, const struct tensor *x, double eps)
{
    struct layout *l = new_layout(t, x, eps);

    if (!l)
        return NULL;
    l->mask = op_all_dims(x) & ~UINT32_C(2);
    l->affine[1] = x->size[1];
    l->weight = (struct node_input){.dims = 1, .size = {x->size[1]}};
    return l;
}

/* One value a channel leaves nothing to normalise by; none at all is torch's NaN. */
static bool
has_one_value(const struct tensor *x, bool of_batch)
{
    int64_t count = of_batch ? x->size[0] : 1;

    for (int d = 2; d < x->dims; d++)
        count *= x->size[d];
    return count == 1;
}

struct tensor *
op_batch_norm(struct tape *t, struct tensor *const in[5], bool training, double eps)
{
    static const char *const names[] = {"running_mean", "running_var", "weight", "bias"};
    struct tensor *x = in[0], *const parts[3] = {x, in[3], in[4]};
    struct layout *l;
    char text[SHAPE_TEXT];

    if (!x || !check_channels(t, x, in + 1, 4, names))
        return NULL;
    if (!training && (!in[1] || !in[2]))
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "running_mean and running_var must be defined in evaluation "
                         "mode");
    if (training && has_one_value(x, true))
        return tape_fail(t, ERR_MALFORMED, "ValueError",
                         "Expected more than 1 value per channel when training, got "
                         "input size torch.Size(%s)",
                         shape_text(x->dims, x->size, text));
    l = channel_layout(t, x, eps);
    return l ? normalize(t, "NativeBatchNormBackward0", l, parts,
                         training ? NULL : in + 1)
             : NULL;
}

/* (1 - momentum) running + momentum now */
static struct tensor *
moved(struct tape *t, struct tensor *running, struct tensor *now, double momentum)
{
    return op_add(t, op_mul_scalar(t, now, momentum),
                  op_mul_scalar(t, running, 1 - momentum));
}

/* Outputs: y, and when asked for the running mean and variance after this batch. */
void
run_batch_norm(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *const *in = call->in;
    bool training = attr_bool(call, "training"), recording = t->recording;
    double momentum = attr_real(call, "momentum");
    uint32_t mask = op_all_dims(x) & ~UINT32_C(2);

    if (call->out_count > 1 && (call->out_count != 3 || !in[1] || !in[2])) {
        (void)tape_fail(t, ERR_MALFORMED, "malformed",
                        "%s: batch_norm has one output, or three when it is given "
                        "running_mean and running_var",
                        call->label);
        return;
    }
    call->out[0] = op_batch_norm(t, in, training, attr_real(call, "eps"));
    if (!call->out[0] || call->out_count == 1)
        return;
    t->recording = false;
    call->out[1] = training ? moved(t, in[1], op_mean_dims(t, x, mask, false), momentum)
                            : op_clone(t, in[1]);
    call->out[2] = training ? moved(t, in[2], op_var(t, x, mask, 1, false), momentum)
                            : op_clone(t, in[2]);
    t->recording = recording;
}

void
run_batch_norm_train(struct tape *t, struct op_call *call)
{
    struct tensor *in[5] = {call->in[0], NULL, NULL, call->in[1], call->in[2]};

    call->out[0] = op_batch_norm(t, in, true, attr_real(call, "eps"));
}

void
run_batch_norm_eval(struct tape *t, struct op_call *call)
{
    enum tensor_type type = call->in[0]->type;
    struct tensor *in[5] = {call->in[0], attr_tensor(t, call, "mean", type),
                            attr_tensor(t, call, "var", type), call->in[1], call->in[2]};

    call->out[0] = op_batch_norm(t, in, false, attr_real(call, "eps"));
}

struct tensor *
op_layer_norm(struct tape *t, struct tensor *const in[3], int dims, const int64_t *shape,
              double eps)
{
    struct tensor *x = in[0];
    int first = x ? x->dims - dims : -1;
    char a[SHAPE_TEXT], b[SHAPE_TEXT];
    struct layout *l;

    if (!x)
        return NULL;
    if (dims < 1)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Expected normalized_shape to be at least 1-dimensional, i.e., "
                         "containing at least one element, but got normalized_shape = "
                         "[]");
    (void)shape_text(dims, shape, a);
    for (int i = 1; i < 3; i++) {
        if (in[i] && (in[i]->dims != dims ||
                      memcmp(in[i]->size, shape, (size_t)dims * sizeof(*shape)) != 0))
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "Expected %s to be of same shape as normalized_shape, but "
                             "got %s of shape %s and normalized_shape = %s",
                             i == 1 ? "weight" : "bias", i == 1 ? "weight" : "bias",
                             shape_text(in[i]->dims, in[i]->size, b), a);
    }
    if (first < 0 || memcmp(x->size + first, shape, (size_t)dims * sizeof(*shape)) != 0)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Given normalized_shape=%s, expected input with shape [*, %s, "
                         "but got input of size%s",
                         a, a + 1, shape_text(x->dims, x->size, b));
    l = new_layout(t, x, eps);
    if (!l)
        return NULL;
    for (int d = first; d < x->dims; d++) {
        l->mask |= UINT32_C(1) << d;
        l->affine[d] = x->size[d];
    }
    l->weight.dims = dims;
    memcpy(l->weight.size, shape, (size_t)dims * sizeof(*shape));
    return normalize(t, "NativeLayerNormBackward0", l, in, NULL);
}

void
run_layer_norm(struct tape *t, struct op_call *call)
{
    const struct op_attr *shape = attr_list(call, "normalized_shape");

    call->out[0] = op_layer_norm(t, call->in, (int)shape->count, shape->ints,
                                 attr_real(call, "eps"));
}

/* Its operands laid out in order, and the two outputs that nobody takes. */
static struct tensor *
group_norm(struct tape *t, struct layout *l, struct tensor *const in[3])
{
    int64_t stats[2] = {l->size[0], l->size[1]};
    struct tensor *parts[3], *y;

    for (int i = 0; i < 3; i++)
        parts[i] = in[i] && !tensor_is_contiguous(in[i]) ? op_clone(t, in[i]) : in[i];
    y = parts[0] ? normalize(t, "NativeGroupNormBackward0", l, parts, NULL) : NULL;
    for (int i = 0; i < 2 && y && y->grad_fn; i++)
        (void)tape_output(t, y->grad_fn, tensor_zeros(&t->heap, y->type, 2, stats));
    return y;
}

struct tensor *
op_group_norm(struct tape *t, struct tensor *const in[3], int64_t groups, double eps)
{
    struct tensor *x = in[0];
    char a[SHAPE_TEXT], b[SHAPE_TEXT];
    struct layout *l;

    if (!x)
        return NULL;
    (void)shape_text(x->dims, x->size, a);
    if (x->dims < 2 || x->dims == TENSOR_DIMS_MAX || groups < 1 ||
        x->size[1] % groups != 0)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Expected number of channels in input to be divisible by "
                         "num_groups, but got input of shape %s and num_groups=%" PRId64,
                         a, groups);
    for (int i = 1; i < 3; i++) {
        if (in[i] && (in[i]->dims != 1 || in[i]->size[0] != x->size[1]))
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "Expected %s to be a vector of size equal to the number of "
                             "channels in input, but got %s of shape %s and input of "
                             "shape %s",
                             i == 1 ? "weight" : "bias", i == 1 ? "weight" : "bias",
                             shape_text(in[i]->dims, in[i]->size, b), a);
    }
    l = new_layout(t, x, eps);
    if (!l)
        return NULL;
    l->dims++; /* (n, groups, channels of one, ...) */
    memmove(l->size + 2, l->size + 1, (size_t)(x->dims - 1) * sizeof(*l->size));
    l->size[1] = l->affine[1] = groups;
    l->size[2] = l->affine[2] = x->size[1] / groups;
    l->mask = ((UINT32_C(1) << l->dims) - 1) & ~UINT32_C(3);
    l->weight = (struct node_input){.dims = 1, .size = {x->size[1]}};
    return group_norm(t, l, in);
}

RUN(group_norm, call->out[0] = op_group_norm(t, call->in, attr_int(call, "num_groups"),
                                             attr_real(call, "eps")))

/* As torch does it: batch normalisation of one batch with n c channels. */
struct tensor *
op_instance_norm(struct tape *t, struct tensor *const in[3], double eps)
{
    static const char *const names[] = {"weight", "bias"};
    struct tensor *x = in[0], *parts[5] = {NULL}, *y;
    int64_t size[TENSOR_DIMS_MAX];
    char text[SHAPE_TEXT];

    if (!x || !check_channels(t, x, in + 1, 2, names))
        return NULL;
    if (x->dims < 3 || has_one_value(x, false))
        return tape_fail(t, ERR_MALFORMED, "ValueError",
                         "Expected more than 1 spatial element when training, got input "
                         "size torch.Size(%s)",
                         shape_text(x->dims, x->size, text));
    for (int i = 1; i < 3; i++)
        parts[2 + i] = in[i] ? op_repeat(t, in[i], 1, x->size) : NULL;
    memcpy(size, x->size, sizeof(size));
    size[1] *= size[0];
    size[0] = 1;
    parts[0] = op_view(t, tensor_is_contiguous(x) ? x : op_clone(t, x), x->dims, size);
    y = op_batch_norm(t, parts, true, eps);
    return y ? op_reshape(t, y, x->dims, x->size) : NULL;
}

RUN(instance_norm, call->out[0] = op_instance_norm(t, call->in, attr_real(call, "eps")))
