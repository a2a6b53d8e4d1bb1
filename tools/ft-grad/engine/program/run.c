/*
 * run.c: a program forward and backward on a tape.
 */
#include "engine/program/program.h"

#include "engine/passes/fused.h"
#include "engine/trace/trace.h"

#include "tensor/elementwise.h"

#include "common/mem.h"
#include "common/num.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tensor *
make_leaf(const struct program *p, const struct program_leaf *leaf, struct tape *t)
{
    struct tensor *x =
        tape_check(t, tensor_new(&t->heap, leaf->type, leaf->dims, leaf->size));
    int64_t n = x ? tensor_count(x) : 0;

    if (x && leaf->octets && n > 0) {
        memcpy(tensor_data(x), leaf->octets, (size_t)n * tensor_type_size(x->type));
        return x;
    }
    if (x && !leaf->data && n > 0)
        return tape_fail(t, ERR_MALFORMED, "malformed",
                         "leaf '%s' has no data (give it here, or a tensor of that name"
                         " with --weights)",
                         p->names[leaf->value]);
    for (int64_t i = 0; i < n; i++)
        tensor_set(x, i, leaf->data[i]);
    return x;
}

/* Write the result over the first input, as x.op_(...) does. */
static struct tensor *
write_in_place(struct tape *t, struct tensor *x, struct tensor *y)
{
    struct tensor *result;

    if (x->requires_grad && !x->grad_fn)
        return tape_fail(
            t, ERR_MALFORMED, "RuntimeError",
            "a leaf Variable that requires grad is being used in an in-place "
            "operation.");
    if (x->multi_view)
        return tape_fail(
            t, ERR_MALFORMED, "RuntimeError",
            "Output %u of %s is a view and is being modified inplace. This view is the "
            "output of a function that returns multiple views. Such functions do not "
            "allow the output views to be modified inplace. You should replace the "
            "inplace operation by an out-of-place one.",
            x->output_nr, x->grad_fn ? x->grad_fn->name : "a view");
    if (x->base)
        return tape_fail(t, ERR_UNSUPPORTED, "unsupported",
                         "an in-place operation on a view (use the out-of-place one)");
    if (!tensor_same_shape(x, y))
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "output with another shape than the tensor it is written into");
    tensor_copy_into(x, y);
    x->storage->version++;
    result = tape_check(t, tensor_alias(&t->heap, x));
    if (!result)
        return NULL;
    result->grad_fn = y->grad_fn;
    result->output_nr = y->output_nr;
    result->requires_grad = y->requires_grad;
    /* What the node saved of its own result is now in the shared storage. */
    for (uint32_t i = 0; y->grad_fn && i < y->grad_fn->saved_count; i++) {
        struct saved_tensor *s = &y->grad_fn->saved[i];

        if (s->tensor == y) {
            s->tensor = result;
            s->version = result->storage->version;
        }
    }
    return result;
}

bool
program_call(struct tape *t, const struct program_op *op, const char *label,
             struct tensor *const *in, struct tensor **out)
{
    struct op_call call = {.op = op->op,
                           .label = op->label ? op->label : label,
                           .in_count = op->in_count,
                           .out_count = op->out_count};

    memcpy(call.in, in, op->in_count * sizeof(in[0]));
    for (size_t i = 0; i < op->attr_count; i++) {
        if (!op_call_set(t, &call, &op->attrs[i]))
            return false;
    }
    if (op->out_count > CALL_OUTPUTS_MAX) {
        (void)tape_fail(t, ERR_LIMIT, "limit", "%s: more than %d outputs", call.label,
                        (int)CALL_OUTPUTS_MAX);
        return false;
    }
    if (!op_call_run(t, &call))
        return false;
    memcpy(out, call.out, op->out_count * sizeof(out[0]));
    return true;
}

static bool
run_op(const struct program *p, const struct program_op *op, struct tape *t,
       struct tensor **tensors)
{
    struct tensor *in[CALL_INPUTS_MAX] = {NULL}, *out[CALL_OUTPUTS_MAX] = {NULL};

    for (size_t i = 0; i < op->in_count; i++)
        in[i] = op->in[i] == UINT32_MAX ? NULL : tensors[op->in[i]];
    if (op->fused) {
        tensors[op->out[0]] = fused_run(t, op, in);
        return !t->failed;
    }
    t->thread = op->thread;
    if (!program_call(t, op, op->out_count > 0 ? p->names[op->out[0]] : "?", in, out))
        return false;
    t->thread = 0;
    for (size_t i = 0; i < op->out_count; i++)
        tensors[op->out[i]] = out[i];
    if (op->in_place && in[0] && out[0])
        tensors[op->out[0]] = write_in_place(t, in[0], out[0]);
    return !t->failed;
}

bool
program_leaves(const struct program *p, struct tape *t, struct tensor **leaves)
{
    for (size_t i = 0; i < p->leaf_count; i++)
        leaves[i] = NULL;
    return program_leaves_but(p, t, leaves);
}

bool
program_leaves_but(const struct program *p, struct tape *t, struct tensor **leaves)
{
    for (size_t i = 0; i < p->leaf_count && !t->failed; i++) {
        if (leaves[i])
            continue;
        leaves[i] = make_leaf(p, &p->leaves[i], t);
        if (leaves[i])
            leaves[i]->requires_grad = p->leaves[i].requires_grad;
        else
            (void)error_at(&t->error, "/leaves/%zu", i);
    }
    return !t->failed;
}

bool
program_forward_from(const struct program *p, struct tape *t, struct tensor **tensors,
                     struct tensor *const *leaves, struct trace *trace)
{
    for (size_t i = 0; i < p->leaf_count; i++)
        tensors[p->leaves[i].value] = leaves[i];
    for (size_t i = 0; i < p->op_count && !t->failed; i++) {
        const struct program_op *op = &p->ops[i];

        if (!run_op(p, op, t, tensors))
            (void)error_at(&t->error, "/ops/%zu", i);
        for (size_t k = 0; trace && k < op->out_count && !t->failed; k++)
            trace_tensor(trace, "forward", p->names[op->out[k]], k, tensors[op->out[k]]);
    }
    return !t->failed;
}

bool
program_forward(const struct program *p, struct tape *t, struct tensor **tensors)
{
    struct tensor **leaves = xcalloc(p->leaf_count + 1, sizeof(struct tensor *));
    bool ok =
        program_leaves(p, t, leaves) && program_forward_from(p, t, tensors, leaves, NULL);

    free(leaves);
    return ok;
}

bool
program_backward(const struct program *p, struct tape *t, struct tensor **tensors,
                 enum schedule_order order, struct backward_report *report)
{
    struct tensor **roots = xcalloc(p->root_count + 1, sizeof(struct tensor *));
    struct tensor **grads = xcalloc(p->root_count + 1, sizeof(struct tensor *));
    struct tensor **inputs = xcalloc(p->input_count + 1, sizeof(struct tensor *));
    struct backward_call call = {.roots = roots,
                                 .root_grads = grads,
                                 .root_count = p->root_count,
                                 .inputs = p->inputs ? inputs : NULL,
                                 .input_count = p->input_count,
                                 .accumulate = !p->is_grad,
                                 .retain_graph = p->retain_graph || p->create_graph,
                                 .create_graph = p->create_graph,
                                 .allow_unused = p->allow_unused,
                                 .order = order};

    for (size_t i = 0; i < p->root_count && !t->failed; i++) {
        const struct program_root *root = &p->roots[i];
        int64_t n;

        roots[i] = tensors[root->value];
        n = tensor_count(roots[i]);
        if (!root->grad)
            continue;
        if ((size_t)n != root->grad_count) {
            (void)tape_fail(t, ERR_MALFORMED, "shape_mismatch",
                            "the gradient of root %zu has %zu numbers, not %lld", i,
                            root->grad_count, (long long)n);
            break;
        }
        grads[i] = tape_check(
            t, tensor_new(&t->heap, roots[i]->type, roots[i]->dims, roots[i]->size));
        for (int64_t k = 0; grads[i] && k < n; k++)
            tensor_set(grads[i], k, root->grad[k]);
    }
    for (size_t i = 0; p->inputs && i < p->input_count; i++)
        inputs[i] = tensors[p->inputs[i]];
    if (!t->failed)
        (void)backward_run(t, &call, report);
    free(roots);
    free(grads);
    free(inputs);
    return !t->failed;
}

void
tensor_write_data(struct json_out *j, const char *key, struct heap *h, struct tensor *x)
{
    struct tensor *flat = x ? tensor_contiguous(h, x) : NULL;
    int64_t n = flat ? tensor_count(flat) : 0;

    if (!flat) {
        json_null(j, key);
        return;
    }
    json_array(j, key);
    for (int64_t i = 0; i < n; i++) {
        char text[NUM_F64_SIZE];

        if (!tensor_is_real(flat)) {
            json_i64(j, NULL, (int64_t)tensor_get(flat, i));
            continue;
        }
        (void)num_format_hexfloat(tensor_get(flat, i), text);
        json_string(j, NULL, text);
    }
    json_end(j);
}

void
tensor_write(struct json_out *j, const char *key, struct heap *h, struct tensor *x)
{
    if (!x) {
        json_null(j, key);
        return;
    }
    json_object(j, key);
    json_array(j, "shape");
    for (int d = 0; d < x->dims; d++)
        json_i64(j, NULL, x->size[d]);
    json_end(j);
    tensor_write_data(j, "data", h, x);
    json_end(j);
}
