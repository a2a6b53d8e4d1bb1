/*
 * join.c: copies that put tensors together or move elements around.
 */
#include "ops/operators.h"

#include "tensor/elementwise.h"

#include <inttypes.h>
#include <string.h>

/* A writable header over part of y: dimension dim from start on. */
static struct tensor
window(const struct tensor *y, int dim, int64_t start, int64_t length)
{
    struct tensor part = *y;

    part.offset += start * part.stride[dim];
    part.size[dim] = length;
    return part;
}

static void
cat_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    const int64_t *length = n->extra;
    int64_t start = 0;

    for (uint32_t i = 0; grad[0] && i < n->edge_count; i++) {
        if (node_wants(n, i))
            out[i] = op_slice(t, grad[0], n->i[0], start, length[i], 1);
        start += length[i];
    }
}

struct tensor *
op_cat(struct tape *t, struct tensor *const *in, size_t count, int64_t dim)
{
    int64_t size[TENSOR_DIMS_MAX], start = 0, *length;
    int at = count > 0 && in[0] ? op_dim(t, dim, in[0]->dims) : -1;
    struct tensor *y;
    struct node *n;

    if (at < 0)
        return NULL;
    memcpy(size, in[0]->size, sizeof(size));
    size[at] = 0;
    length = heap_alloc(&t->heap, (count + 1) * sizeof(*length));
    for (size_t i = 0; length && i < count; i++) {
        if (!in[i])
            return NULL;
        length[i] = in[i]->dims > 0 ? in[i]->size[at] : 1;
        for (int d = 0; d < in[0]->dims; d++) {
            if (in[i]->dims != in[0]->dims)
                return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                                 "Tensors must have same number of dimensions: got %d "
                                 "and %d",
                                 in[0]->dims, in[i]->dims);
            if (in[i]->type != in[0]->type)
                return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                                 "cat: tensor number %zu has another type", i);
            if (d != at && in[i]->size[d] != size[d])
                return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                                 "Sizes of tensors must match except in dimension %d. "
                                 "Expected size %" PRId64 " but got size %" PRId64
                                 " for tensor number %zu in the list.",
                                 at, size[d], in[i]->size[d], i);
        }
        if (in[0]->dims == 0)
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "zero-dimensional tensor (at position %zu) cannot be "
                             "concatenated",
                             i);
        size[at] += length[i];
    }
    y = tape_check(t, tensor_new(&t->heap, in[0]->type, in[0]->dims, size));
    for (size_t i = 0; y && length && i < count; i++) {
        struct tensor part = window(y, at, start, length[i]);

        tensor_copy_into(&part, in[i]);
        start += length[i];
    }
    n = y ? tape_record_list(t, "CatBackward0", cat_backward, count, in) : NULL;
    if (n) {
        n->i[0] = at;
        n->extra = length;
    }
    return tape_output(t, n, y);
}

static void
stack_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    for (uint32_t i = 0; grad[0] && i < n->edge_count; i++) {
        if (node_wants(n, i))
            out[i] = op_select(t, grad[0], n->i[0], i);
    }
}

struct tensor *
op_stack(struct tape *t, struct tensor *const *in, size_t count, int64_t dim)
{
    struct tensor *parts[CALL_INPUTS_MAX] = {NULL}, *y;
    int at = count > 0 && in[0] ? op_dim(t, dim, in[0]->dims + 1) : -1;
    char first[SHAPE_TEXT], other[SHAPE_TEXT];
    bool recording = t->recording;
    struct node *n;

    if (at < 0 || count > CALL_INPUTS_MAX)
        return NULL;
    t->recording = false;
    for (size_t i = 0; i < count; i++) {
        if (in[i] && !tensor_same_shape(in[i], in[0]))
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "stack expects each tensor to be equal size, but got %s at "
                             "entry 0 and %s at entry %zu",
                             shape_text(in[0]->dims, in[0]->size, first),
                             shape_text(in[i]->dims, in[i]->size, other), i);
        parts[i] = op_unsqueeze(t, in[i], at);
    }
    y = op_cat(t, parts, count, at);
    t->recording = recording;
    n = y ? tape_record_list(t, "StackBackward0", stack_backward, count, in) : NULL;
    if (n)
        n->i[0] = at;
    return tape_output(t, n, y);
}

RUN(cat, call->out[0] = op_cat(t, call->in, call->in_count, attr_int(call, "dim")))
RUN(stack, call->out[0] = op_stack(t, call->in, call->in_count, attr_int(call, "dim")))

static void
flip_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    out[0] = op_flip(t, grad[0], (uint32_t)n->i[0]);
}

struct tensor *
op_flip(struct tape *t, struct tensor *x, uint32_t mask)
{
    struct tensor *y, *back;
    struct node *n;

    if (!x)
        return NULL;
    /* Read through negative strides. */
    back = tape_check(t, tensor_alias(&t->heap, x));
    for (int d = 0; back && d < x->dims; d++) {
        if ((mask >> d & 1) && x->size[d] > 0) {
            back->offset += (x->size[d] - 1) * x->stride[d];
            back->stride[d] = -x->stride[d];
        }
    }
    y = back ? tape_check(t, tensor_copy(&t->heap, back)) : NULL;
    n = y ? tape_record(t, "FlipBackward0", flip_backward, 1, x) : NULL;
    if (n)
        n->i[0] = mask;
    return tape_output(t, n, y);
}

void
run_flip(struct tape *t, struct op_call *call)
{
    const struct op_attr *dims = attr_list(call, "dims");
    uint32_t mask = 0;

    for (size_t i = 0; i < dims->count; i++) {
        int dim = op_dim(t, dims->ints[i], call->in[0]->dims);

        if (dim < 0)
            return;
        mask |= UINT32_C(1) << dim;
    }
    call->out[0] = op_flip(t, call->in[0], mask);
}

/* One after the other; in the tape's heap. */
struct rolls {
    size_t count;
    struct {
        int dim;
        int64_t shift;
    } at[];
};

static struct tensor *
roll_once(struct tape *t, struct tensor *x, int dim, int64_t shift)
{
    int64_t size = x->size[dim], head = size > 0 ? ((shift % size) + size) % size : 0;
    struct tensor *y = tape_check(t, tensor_like(&t->heap, x)), from, to;

    if (!y)
        return NULL;
    from = window(x, dim, 0, size - head);
    to = window(y, dim, head, size - head);
    tensor_copy_into(&to, &from);
    from = window(x, dim, size - head, head);
    to = window(y, dim, 0, head);
    tensor_copy_into(&to, &from);
    return y;
}

static struct tensor *roll(struct tape *t, struct tensor *x, const struct rolls *rolls,
                           bool back);

/* i[0]: this one rolls back; extra: how far. */
static void
roll_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    if (grad[0])
        out[0] = roll(t, grad[0], n->extra, !n->i[0]);
}

static struct tensor *
roll(struct tape *t, struct tensor *x, const struct rolls *rolls, bool back)
{
    union {
        const struct rolls *rolls;
        void *extra;
    } keep = {.rolls = rolls}; /* never written through */
    struct tensor *y = x;
    struct node *n;

    for (size_t i = 0; y && i < rolls->count; i++)
        y = roll_once(t, y, rolls->at[i].dim,
                      back ? -rolls->at[i].shift : rolls->at[i].shift);
    n = y ? tape_record(t, "RollBackward0", roll_backward, 1, x) : NULL;
    if (n) {
        n->extra = keep.extra;
        n->i[0] = back;
    }
    return tape_output(t, n, y);
}

void
run_roll(struct tape *t, struct op_call *call)
{
    const struct op_attr *shifts = attr_list(call, "shifts");
    const struct op_attr *dims = attr_list(call, "dims");
    struct tensor *x = call->in[0];
    struct rolls *rolls;

    if (shifts->count != dims->count || dims->count == 0) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        shifts->count == 0
                            ? "`shifts` required"
                            : "shifts and dimensions must align. shifts: %zu, dims:%zu",
                        shifts->count, dims->count);
        return;
    }
    rolls = heap_alloc(&t->heap, sizeof(*rolls) + dims->count * sizeof(rolls->at[0]));
    if (!rolls) {
        (void)tape_check(t, NULL);
        return;
    }
    rolls->count = dims->count;
    for (size_t i = 0; i < rolls->count; i++) {
        if (x->dims == 0) {
            (void)tape_fail(t, ERR_MALFORMED, "IndexError",
                            "Dimension specified as %" PRId64
                            " but tensor has no dimensions",
                            dims->ints[i]);
            return;
        }
        rolls->at[i].dim = op_dim(t, dims->ints[i], x->dims);
        rolls->at[i].shift = shifts->ints[i];
        if (rolls->at[i].dim < 0)
            return;
    }
    call->out[0] = roll(t, x, rolls, false);
}

/* Sum over the repetitions: grad as (r0, s0, r1, s1, ...). */
static void
repeat_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    const struct node_input *shape = n->extra;
    int64_t size[TENSOR_DIMS_MAX];
    struct tensor *g = grad[0];
    uint32_t mask = 0;
    int at = 0, lead;

    if (!g)
        return;
    lead = g->dims - shape->dims;
    for (int d = 0; d < g->dims; d++) {
        int64_t old = d >= lead ? shape->size[d - lead] : 1;

        mask |= UINT32_C(1) << at;
        size[at++] = old > 0 ? g->size[d] / old : 1;
        if (d >= lead)
            size[at++] = old;
    }
    out[0] = op_sum_dims(t, op_reshape(t, g, at, size), mask, false);
}

struct tensor *
op_repeat(struct tape *t, struct tensor *x, int dims, const int64_t *repeats)
{
    int64_t size[TENSOR_DIMS_MAX], index[TENSOR_DIMS_MAX] = {0};
    struct node_input *shape = heap_alloc(&t->heap, sizeof(*shape));
    int lead = dims - (x ? x->dims : 0);
    int64_t copies = 1;
    struct tensor *y;
    struct node *n;
    bool ok = x && lead >= 0 && 2 * dims <= TENSOR_DIMS_MAX && shape;

    for (int d = 0; ok && d < dims; d++) {
        int64_t old = d >= lead ? x->size[d - lead] : 1;

        ok = repeats[d] >= 0 && !__builtin_mul_overflow(repeats[d], old, &size[d]) &&
             !__builtin_mul_overflow(copies, repeats[d], &copies);
    }
    if (!x || !ok)
        return x ? tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "Number of dimensions of repeat dims can not be smaller "
                             "than number of dimensions of tensor (at most %d "
                             "dimensions)",
                             TENSOR_DIMS_MAX / 2)
                 : NULL;
    y = tape_check(t, tensor_new(&t->heap, x->type, dims, size));
    for (int64_t c = 0; y && c < copies; c++) {
        struct tensor part = *y;

        for (int d = 0; d < dims; d++) {
            int64_t old = d >= lead ? x->size[d - lead] : 1;

            part.offset += index[d] * old * y->stride[d];
            if (d >= lead) {
                part.size[d - lead] = old;
                part.stride[d - lead] = y->stride[d];
            }
        }
        part.dims = x->dims;
        tensor_copy_into(&part, x);
        for (int d = dims - 1; d >= 0; d--) {
            if (++index[d] < repeats[d])
                break;
            index[d] = 0;
        }
    }
    n = y ? tape_record(t, "RepeatBackward0", repeat_backward, 1, x) : NULL;
    if (n) {
        shape->dims = x->dims;
        memcpy(shape->size, x->size, sizeof(x->size));
        n->extra = shape;
    }
    return tape_output(t, n, y);
}

void
run_repeat(struct tape *t, struct op_call *call)
{
    const struct op_attr *repeats = attr_list(call, "repeats");

    call->out[0] = op_repeat(t, call->in[0], (int)repeats->count, repeats->ints);
}

/* As repeat, with ones in front of a short list. */
void
run_tile(struct tape *t, struct op_call *call)
{
    const struct op_attr *repeats = attr_list(call, "repeats");
    struct tensor *x = call->in[0];
    int64_t size[TENSOR_DIMS_MAX] = {0};
    int dims = x->dims;

    if ((int)repeats->count >= dims) {
        run_repeat(t, call);
        return;
    }
    for (int d = 0; d < dims && d < TENSOR_DIMS_MAX; d++)
        size[d] = d < dims - (int)repeats->count
                      ? 1
                      : repeats->ints[d - (dims - (int)repeats->count)];
    call->out[0] = op_repeat(t, x, dims, size);
}

static void
triangle_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                  struct tensor **out)
{
    if (grad[0])
        out[0] = op_triangle(t, grad[0], n->i[0], n->i[1] != 0);
}

struct tensor *
op_triangle(struct tape *t, struct tensor *x, int64_t diagonal, bool upper)
{
    int64_t rows, columns, count;
    struct tensor *y;
    struct node *n;

    if (!x)
        return NULL;
    if (x->dims < 2)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "%s: input tensor must have at least 2 dimensions",
                         upper ? "triu" : "tril");
    y = tape_check(t, tensor_copy(&t->heap, x));
    if (!y)
        return NULL;
    rows = y->size[y->dims - 2];
    columns = y->size[y->dims - 1];
    count = tensor_count(y);
    for (int64_t i = 0; i < count; i++) {
        int64_t column = i % columns, row = i / columns % rows;

        if (upper ? column - row < diagonal : column - row > diagonal)
            tensor_set(y, i, 0);
    }
    n = tape_record(t, upper ? "TriuBackward0" : "TrilBackward0", triangle_backward, 1,
                    x);
    if (n) {
        n->i[0] = diagonal;
        n->i[1] = upper;
    }
    return tape_output(t, n, y);
}

RUN(tril, call->out[0] = op_triangle(t, call->in[0], attr_int(call, "diagonal"), false))
RUN(triu, call->out[0] = op_triangle(t, call->in[0], attr_int(call, "diagonal"), true))
