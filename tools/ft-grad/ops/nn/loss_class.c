/*
 * loss_class.c: losses over classes: negative log likelihood and cross entropy.
 */
#include "ops/nn/loss.h"

#include "tensor/elementwise.h"

#include <inttypes.h>
#include <string.h>

/* Targets as they are used: of the shape of x with one class. */
struct targets {
    struct tensor *index;   /* 0 where ignored */
    struct tensor *ignored; /* mask */
    struct tensor *weight;  /* of each target's class, or NULL: 1 */
    int dim;                /* that of the classes */
    double total;           /* sum of the weights that count */
};

static bool
check_shapes(struct tape *t, const struct tensor *x, const struct tensor *target,
             struct tensor *w)
{
    int dim = x->dims > 1 ? 1 : 0;
    char text[SHAPE_TEXT];
    bool same = target->dims == x->dims - 1;

    if (x->dims > 1 && target->dims > 0 && x->size[0] != target->size[0])
        return tape_fail(t, ERR_MALFORMED, "ValueError",
                         "Expected input batch_size (%" PRId64
                         ") to match target batch_size (%" PRId64 ").",
                         x->size[0], target->size[0]) != NULL;
    for (int d = 0; same && d < target->dims; d++)
        same = target->size[d] == x->size[d < dim ? d : d + 1];
    if (x->dims == 0 || !same)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "nll_loss: a target of size %s does not go with a %dD input",
                         shape_text(target->dims, target->size, text), x->dims) != NULL;
    if (w && (w->dims != 1 || w->size[0] != x->size[dim] || w->type != x->type))
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "weight tensor should be defined either for all %" PRId64
                         " classes or no classes but got weight tensor of shape: %s",
                         x->size[dim], shape_text(w->dims, w->size, text)) != NULL;
    return loss_constant(t, w, "weight");
}

/* The attribute, or the third input; a copy, which may be changed. */
static struct tensor *
class_index(struct tape *t, const struct op_call *call)
{
    const struct tensor *input = call->in_count > 2 ? call->in[2] : NULL;

    if ((input != NULL) == attr_given(call, "target"))
        return tape_fail(t, ERR_MALFORMED, "malformed",
                         "%s: %s takes the classes either as the attribute 'target' or "
                         "as third input",
                         call->label, call->op->name);
    if (!input)
        return attr_index(t, call, "target");
    if (input->type != TENSOR_I64)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "expected scalar type Long but found %s",
                         tensor_type_name(input->type));
    return tape_check(t, tensor_copy(&t->heap, input));
}

static bool
read_targets(struct tape *t, const struct op_call *call, const struct tensor *x,
             struct tensor *w, struct targets *out)
{
    struct tensor *index = class_index(t, call);
    int64_t ignore = attr_int(call, "ignore_index"), count, classes;

    if (!index || !check_shapes(t, x, index, w))
        return false;
    out->dim = x->dims > 1 ? 1 : 0;
    out->total = 0;
    count = tensor_count(index);
    classes = x->size[out->dim];
    out->index = op_unsqueeze(t, index, out->dim);
    if (!out->index)
        return false;
    out->ignored = tape_check(
        t, tensor_zeros(&t->heap, TENSOR_BOOL, out->index->dims, out->index->size));
    out->weight = w ? tape_check(t, tensor_zeros(&t->heap, x->type, out->index->dims,
                                                 out->index->size))
                    : NULL;
    w = w ? tape_check(t, tensor_contiguous(&t->heap, w)) : NULL;
    for (int64_t i = 0; !t->failed && i < count; i++) {
        int64_t *class = &tensor_i64(out->index)[i];

        tensor_bool(out->ignored)[i] = *class == ignore;
        if (*class == ignore) {
            *class = 0;
            continue;
        }
        if (*class < 0 || *class >= classes)
            return tape_fail(t, ERR_BOUNDS, "IndexError",
                             "Target %" PRId64 " is out of bounds.", *class) != NULL;
        if (w)
            tensor_set(out->weight, i, tensor_get(w, *class));
        out->total += w ? tensor_get(w, *class) : 1;
    }
    return !t->failed;
}

/* Saved: the index, the mask of the ignored, and (i[1]) the weights. */
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
    g = n->i[1] ? op_mul(t, g, node_saved(t, n, 2)) : g;
    g = op_masked_fill(t, g, ignored, 0);
    zeros =
        tape_check(t, tensor_zeros(&t->heap, grad[0]->type, shape->dims, shape->size));
    out[0] = op_scatter_add(t, zeros, dim, index, g);
}

static struct tensor *
nll_loss(struct tape *t, struct tensor *x, const struct targets *target, enum reduction r)
{
    bool recording = t->recording;
    struct node_input *shape;
    struct tensor *y;
    struct node *n;

    t->recording = false;
    y = op_neg(t, op_gather(t, x, target->dim, target->index));
    y = target->weight ? op_mul(t, y, target->weight) : y;
    y = op_masked_fill(t, y, target->ignored, 0);
    y = r == REDUCE_NONE ? op_squeeze(t, y, target->dim) : op_sum(t, y);
    if (r == REDUCE_MEAN)
        y = op_div_scalar(t, y, target->total);
    t->recording = recording;
    n = y ? tape_record(t, x->dims > 2 ? "NllLoss2DBackward0" : "NllLossBackward0",
                        nll_backward, 1, x)
          : NULL;
    shape = n ? heap_alloc(&t->heap, sizeof(*shape)) : NULL;
    if (n && !shape)
        return tape_check(t, NULL);
    if (shape) {
        shape->dims = x->dims;
        memcpy(shape->size, x->size, sizeof(x->size));
        n->extra = shape;
        n->i[0] = r;
        n->i[1] = target->weight != NULL;
        n->f[1] = target->total;
    }
    node_save(t, n, target->index);
    node_save(t, n, target->ignored);
    node_save(t, n, target->weight);
    return tape_output(t, n, y);
}

/* in: x, weight (or none); the target has x's shape without classes. */
void
run_nll_loss(struct tape *t, struct op_call *call)
{
    enum reduction r = loss_reduction(t, call);
    struct targets target;

    if (r != REDUCE_UNKNOWN && read_targets(t, call, call->in[0], call->in[1], &target))
        call->out[0] = nll_loss(t, call->in[0], &target, r);
}

/* The weights in the place of x's classes. */
static struct tensor *
class_weights(struct tape *t, struct tensor *w, const struct tensor *x, int dim)
{
    int64_t size[TENSOR_DIMS_MAX];

    for (int d = 0; d < x->dims; d++)
        size[d] = d == dim ? x->size[d] : 1;
    return op_view(t, w, x->dims, size);
}

/* What smoothing adds: the loss of a uniform target. */
static struct tensor *
smooth_loss(struct tape *t, struct tensor *log_p, struct tensor *w,
            const struct targets *target, enum reduction r)
{
    struct tensor *y =
        w ? op_mul(t, log_p, class_weights(t, w, log_p, target->dim)) : log_p;
    struct tensor *ignored = op_squeeze(t, target->ignored, target->dim);

    y = op_neg(t, op_sum_dims(t, y, UINT32_C(1) << target->dim, false));
    y = op_masked_fill(t, y, ignored, 0);
    if (r == REDUCE_NONE)
        return y;
    y = op_sum(t, y);
    return r == REDUCE_SUM || !y
               ? y
               : op_div(t, y, tensor_scalar(&t->heap, y->type, target->total));
}

/* Targets that are probabilities of all classes. */
static struct tensor *
probable_loss(struct tape *t, struct tensor *log_p, struct tensor *p, struct tensor *w,
              enum reduction r, double smoothing)
{
    int dim = log_p->dims > 1 ? 1 : 0;
    double classes = (double)log_p->size[dim];
    struct tensor *y;

    if (!tensor_same_shape(log_p, p) || log_p->type != p->type)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "cross_entropy: probabilities need the input's shape");
    if (smoothing > 0)
        p = op_add_number(t, op_mul_number(t, p, 1 - smoothing), smoothing / classes);
    y = op_mul(t, log_p, p);
    y = w ? op_mul(t, y, class_weights(t, w, log_p, dim)) : y;
    if (r == REDUCE_NONE)
        return op_neg(t, op_sum_dims(t, y, UINT32_C(1) << dim, false));
    y = op_neg(t, op_sum(t, y));
    return r == REDUCE_MEAN ? op_div_number(t, y, (double)tensor_count(log_p) / classes)
                            : y;
}

/* in: x, weight, classes or their probabilities (instead of the attribute target). */
void
run_cross_entropy(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *w = call->in[1], *p = call->in[2], *log_p, *y;
    double smoothing = attr_real(call, "label_smoothing");
    enum reduction r = loss_reduction(t, call);
    struct targets target;

    if (r == REDUCE_UNKNOWN || !loss_constant(t, w, "weight"))
        return;
    if (!(smoothing >= 0 && smoothing <= 1)) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "label_smoothing must be between 0.0 and 1.0. Got: %g",
                        smoothing);
        return;
    }
    if (attr_given(call, "target") == (p != NULL)) {
        (void)tape_fail(t, ERR_MALFORMED, "malformed",
                        "%s: cross_entropy takes either the attribute 'target' or "
                        "classes or probabilities as third input",
                        call->label);
        return;
    }
    log_p = op_log_softmax(t, x, x->dims > 1 ? 1 : 0);
    if (p && tensor_is_real(p)) {
        call->out[0] = log_p ? probable_loss(t, log_p, p, w, r, smoothing) : NULL;
        return;
    }
    if (!log_p || !read_targets(t, call, x, w, &target))
        return;
    y = nll_loss(t, log_p, &target, r);
    if (smoothing > 0) {
        double uniform = smoothing / (double)x->size[target.dim];
        struct tensor *smooth = smooth_loss(t, log_p, w, &target, r);

        y = op_add(t, op_mul_number(t, y, 1 - smoothing),
                   op_mul_number(t, smooth, uniform));
    }
    call->out[0] = y;
}

/* target (log(target) - x), or exp(target) (target - x) when it is a logarithm. */
void
run_kl_div(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *target = call->in[1], *y;
    const char *reduction = attr_text(call, "reduction");
    bool batch = strcmp(reduction, "batchmean") == 0;
    enum reduction r = batch ? REDUCE_SUM : loss_reduction(t, call);

    if (r == REDUCE_UNKNOWN || !operands_agree(t, x, target))
        return;
    if (attr_bool(call, "log_target"))
        y = op_mul(t, op_exp(t, target), op_sub(t, target, x));
    else
        y = op_sub(t, op_apply(t, run_xlogy, target, target), op_mul(t, target, x));
    y = loss_reduced(t, y, r);
    if (batch && x->dims > 0)
        y = op_div_scalar(t, y, (double)x->size[0]);
    call->out[0] = y;
}
