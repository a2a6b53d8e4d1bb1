/*
 * loss.c: negative log likelihood, of log-probabilities or of scores.
 */
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <string.h>

/* What every target takes: the place of its element, or -1, and its weight. */
struct targets {
    struct tensor *index;
    struct tensor *weight; /* of x's type */
};

static bool
read_targets(struct tape *t, struct op_call *call, const struct tensor *x,
             struct targets *out)
{
    const struct tensor *labels = call->in[1];
    bool has_ignored = attr_given(call, "ignore_index");
    int64_t ignored = has_ignored ? attr_int(call, "ignore_index") : 0, inner = 1;
    int64_t classes = x->dims > 1 ? x->size[1] : 0;
    struct tensor *classed = onnx_in(call, 2), *choice;

    if (x->dims < 2 || labels->dims != x->dims - 1 || labels->size[0] != x->size[0] ||
        memcmp(labels->size + 1, x->size + 2, (size_t)(x->dims - 2) * sizeof(int64_t)) !=
            0) {
        (void)onnx_malformed(t, call, "scores and labels do not fit");
        return false;
    }
    if (classed && (classed->dims != 1 || classed->size[0] != classes)) {
        (void)onnx_malformed(t, call, "one weight for each class is wanted");
        return false;
    }
    for (int d = 2; d < x->dims; d++)
        inner *= x->size[d];
    out->index = onnx_index(t, labels->dims, labels->size);
    choice = onnx_index(t, labels->dims, labels->size);
    for (int64_t i = 0; out->index && choice && i < tensor_count(out->index); i++) {
        int64_t label = onnx_int_at(labels, i);
        bool skip = has_ignored && label == ignored;

        if (!skip && (label < 0 || label >= classes)) {
            (void)tape_fail(t, ERR_BOUNDS, "IndexError",
                            "%s: %s: label %" PRId64 " of %" PRId64 " classes",
                            call->label, call->op->name, label, classes);
            return false;
        }
        tensor_i64(choice)[i] = skip ? -1 : label;
        tensor_i64(out->index)[i] =
            skip ? -1 : (i / inner * classes + label) * inner + i % inner;
    }
    if (!classed) {
        classed = tape_check(t, tensor_full(&t->heap, x->type, 1, &classes, 1));
    }
    out->weight = onnx_take(t, classed, choice, NULL);
    return out->weight != NULL;
}

static struct tensor *
likelihood_loss(struct tape *t, struct op_call *call, struct tensor *x)
{
    const char *reduction = attr_text(call, "reduction");
    struct targets targets;
    struct tensor *loss;

    if (!x || !read_targets(t, call, x, &targets))
        return NULL;
    loss = op_neg(t, op_mul(t, onnx_take(t, x, targets.index, NULL), targets.weight));
    if (strcmp(reduction, "none") == 0)
        return loss;
    loss = op_sum(t, loss);
    return strcmp(reduction, "sum") == 0 ? loss
                                         : op_div(t, loss, op_sum(t, targets.weight));
}

void
onnx_negative_log_likelihood_loss(struct tape *t, struct op_call *call)
{
    call->out[0] = likelihood_loss(t, call, call->in[0]);
}

void
onnx_softmax_cross_entropy_loss(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *logs;

    if (x->dims < 2) {
        (void)onnx_malformed(t, call, "%d dimensions, 2 or more are wanted", x->dims);
        return;
    }
    logs = op_log_softmax(t, x, 1);
    call->out[0] = likelihood_loss(t, call, logs);
    if (call->out_count > 1)
        call->out[1] = logs;
}
