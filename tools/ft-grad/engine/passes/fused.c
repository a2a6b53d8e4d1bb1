/*
 * fused.c: slices of the operands go through the group on a tape of their own.
 *
 * A block is a whole number of the vectors that torch's kernels take at once, so that
 * the elements of its tail are those of the whole tensor's.
 */
#include "engine/passes/fused.h"

#include "engine/backward.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096, OPERANDS_MAX = 6 };

/* Elements [first, first + count) of a contiguous tensor, as a leaf. */
static struct tensor *
slice(struct tape *t, const struct tensor *x, int64_t first, int64_t count)
{
    struct tensor *y = tape_check(t, tensor_alias(&t->heap, x));

    if (!y)
        return NULL;
    y->dims = 1;
    y->size[0] = count;
    y->stride[0] = 1;
    y->offset += first;
    return y;
}

/* The group on one block. */
static struct tensor *
run_block(struct tape *t, const struct program_op *group, struct tensor *const *in)
{
    struct tensor *y = NULL;

    for (size_t i = 0; i < group->fused_count && !t->failed; i++) {
        const struct program_op *op = &group->fused[i];
        struct tensor *operands[OPERANDS_MAX] = {NULL}, *out = NULL;

        for (size_t k = 0; k < op->in_count; k++) {
            if (i > 0 && op->in[k] == group->fused[i - 1].out[0])
                operands[k] = y;
            for (size_t g = 0; g < group->in_count; g++) {
                if (op->in[k] == group->in[g])
                    operands[k] = in[g];
            }
        }
        if (!program_call(t, op, "fused", operands, &out))
            return NULL;
        y = out;
    }
    return y;
}

static void
begin_block(struct tape *t, const struct tape *outer, bool recording)
{
    tape_reset(t);
    t->version = outer->version;
    t->volta = outer->volta;
    t->recording = recording;
}

static bool
take_error(struct tape *t, const struct tape *inner)
{
    if (!inner->failed)
        return true;
    t->failed = true;
    t->error = inner->error;
    return false;
}

static bool
forward_blocks(struct tape *t, const struct program_op *group, struct tensor *const *in,
               struct tensor *y)
{
    int64_t n = tensor_count(y);
    size_t width = tensor_type_size(y->type);
    struct tape inner;

    tape_init(&inner, t->version);
    for (int64_t first = 0; first < n && !inner.failed; first += BLOCK) {
        int64_t count = n - first < BLOCK ? n - first : BLOCK;
        struct tensor *parts[OPERANDS_MAX] = {NULL}, *part;

        begin_block(&inner, t, false);
        for (size_t k = 0; k < group->in_count; k++)
            parts[k] = slice(&inner, in[k], first, count);
        part = run_block(&inner, group, parts);
        if (part)
            memcpy((char *)tensor_data(y) + (size_t)first * width, tensor_data(part),
                   (size_t)count * width);
    }
    (void)take_error(t, &inner);
    tape_clear(&inner);
    return !t->failed;
}

/* One block backward: gradients of the slices into out, where they are wanted. */
static void
backward_block(struct tape *inner, const struct program_op *group, const struct node *n,
               struct tensor *const *in, struct tensor *const *out, struct tensor *root,
               int64_t first)
{
    struct tensor *inputs[OPERANDS_MAX];
    size_t input_count = 0, width = tensor_type_size(root->type);
    int64_t count = root->size[0];
    struct backward_report report = {0};
    struct tensor *parts[OPERANDS_MAX] = {NULL}, *y;

    for (size_t k = 0; k < group->in_count; k++) {
        parts[k] = slice(inner, in[k], first, count);
        if (!parts[k])
            return;
        parts[k]->requires_grad = node_wants(n, (uint32_t)k);
        if (parts[k]->requires_grad)
            inputs[input_count++] = parts[k];
    }
    y = run_block(inner, group, parts);
    if (y && backward_run(inner,
                          &(struct backward_call){.roots = &y,
                                                  .root_grads = &root,
                                                  .root_count = 1,
                                                  .inputs = inputs,
                                                  .input_count = input_count},
                          &report)) {
        size_t at = 0;

        for (size_t k = 0; k < group->in_count; k++) {
            struct tensor *g;

            if (!parts[k]->requires_grad)
                continue;
            g = tensor_contiguous(&inner->heap, report.captured[at++]);
            if (tape_check(inner, g))
                memcpy((char *)tensor_data(out[k]) + (size_t)first * width,
                       tensor_data(g), (size_t)count * width);
        }
    }
    backward_report_clear(&report);
}

static void
fused_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    const struct program_op *group = n->extra;
    struct tensor *g = grad[0] ? tensor_contiguous(&t->heap, grad[0]) : NULL;
    struct tensor *in[OPERANDS_MAX] = {NULL};
    struct tape inner;
    int64_t size = 0;

    if (!tape_check(t, g))
        return;
    if (t->recording) {
        (void)tape_fail(t, ERR_UNSUPPORTED, "unsupported",
                        "a fused group is differentiated once only (create_graph is "
                        "not supported by gradient fusion)");
        return;
    }
    for (size_t k = 0; k < group->in_count && !t->failed; k++) {
        in[k] = node_saved(t, n, (uint32_t)k);
        if (!t->failed && node_wants(n, (uint32_t)k))
            out[k] = tape_check(t, tensor_like(&t->heap, in[k]));
    }
    size = tensor_count(g);
    tape_init(&inner, t->version);
    for (int64_t first = 0; first < size && !t->failed && !inner.failed; first += BLOCK) {
        struct tensor *root;

        begin_block(&inner, t, true);
        root = slice(&inner, g, first, size - first < BLOCK ? size - first : BLOCK);
        if (root)
            backward_block(&inner, group, n, in, out, root, first);
    }
    (void)take_error(t, &inner);
    tape_clear(&inner);
}

struct tensor *
fused_run(struct tape *t, const struct program_op *group, struct tensor *const *in)
{
    struct tensor *flat[OPERANDS_MAX] = {NULL}, *y;
    struct node *n;

    for (size_t k = 0; k < group->in_count; k++) {
        flat[k] = in[k] ? tensor_contiguous(&t->heap, in[k]) : NULL;
        if (!tape_check(t, flat[k]))
            return NULL;
    }
    y = tape_check(t, tensor_like(&t->heap, flat[0]));
    if (!y || !forward_blocks(t, group, flat, y))
        return NULL;
    n = tape_record_list(t, "FusedBackward", fused_backward, group->in_count, in);
    if (n) {
        union {
            const struct program_op *group;
            void *extra;
        } keep = {.group = group}; /* never written through */

        n->extra = keep.extra;
    }
    for (size_t k = 0; k < group->in_count; k++)
        node_save(t, n, flat[k]);
    return tape_output(t, n, y);
}
