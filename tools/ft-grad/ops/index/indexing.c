/*
 * indexing.c: elements chosen by index tensors, and sums into chosen places.
 */
#include "ops/index/check.h"
#include "ops/operators.h"

#include "tensor/elementwise.h"

#include <inttypes.h>
#include <string.h>

/*
 * Where element i of a contiguous tensor shaped like index lies in a contiguous x,
 * coordinate dim being replaced by the index.
 */
static int64_t
target(const struct tensor *x, const struct tensor *index, int dim, int64_t i)
{
    int64_t at = 0, step = 1, rest = i;

    for (int d = index->dims - 1; d >= 0; d--) {
        int64_t c = rest % index->size[d];

        rest /= index->size[d];
        at += (d == dim ? tensor_i64(index)[i] : c) * step;
        step *= x->size[d];
    }
    return at;
}

static void
gather_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    const struct node_input *shape = n->extra;
    struct tensor *zeros;

    if (!grad[0])
        return;
    zeros =
        tape_check(t, tensor_zeros(&t->heap, grad[0]->type, shape->dims, shape->size));
    out[0] = op_scatter_add(t, zeros, n->i[0], node_saved(t, n, 0), grad[0]);
}

static struct node *
record_shape(struct tape *t, const char *name, node_backward *backward, struct tensor *x)
{
    struct node *n = tape_record(t, name, backward, 1, x);
    struct node_input *shape = n ? heap_alloc(&t->heap, sizeof(*shape)) : NULL;

    if (!shape)
        return NULL;
    shape->dims = x->dims;
    memcpy(shape->size, x->size, sizeof(x->size));
    n->extra = shape;
    return n;
}

struct tensor *
op_gather(struct tape *t, struct tensor *x, int64_t dim, struct tensor *index)
{
    int at = x && index ? op_dim(t, dim, x->dims) : -1;
    struct tensor *from, *y;
    struct node *n;

    if (at < 0 || !index_fits(t, x, at, index, NULL))
        return NULL;
    from = tape_check(t, tensor_contiguous(&t->heap, x));
    y = tape_check(t, tensor_new(&t->heap, x->type, index->dims, index->size));
    for (int64_t i = 0; from && y && i < tensor_count(y); i++)
        tensor_set(y, i, tensor_get(from, target(from, index, at, i)));
    n = y ? record_shape(t, "GatherBackward0", gather_backward, x) : NULL;
    if (n)
        n->i[0] = at;
    node_save(t, n, index);
    return tape_output(t, n, y);
}

static void
scatter_add_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                     struct tensor **out)
{
    if (!grad[0])
        return;
    if (node_wants(n, 0))
        out[0] = grad[0];
    if (node_wants(n, 1))
        out[1] = op_gather(t, grad[0], n->i[0], node_saved(t, n, 0));
}

struct tensor *
op_scatter_add(struct tape *t, struct tensor *x, int64_t dim, struct tensor *index,
               struct tensor *src)
{
    int at = x && index && src ? op_dim(t, dim, x->dims) : -1;
    struct tensor *from, *y;
    struct node *n;

    if (at < 0 || !index_fits(t, x, at, index, src))
        return NULL;
    for (int d = 0; d < index->dims; d++) {
        if (src->dims != index->dims || src->size[d] < index->size[d])
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "scatter_add: the source is smaller than the index");
    }
    from = tape_check(t, tensor_contiguous(&t->heap, src));
    y = tape_check(t, tensor_copy(&t->heap, x));
    for (int64_t i = 0; from && y && i < tensor_count(index); i++) {
        int64_t to = target(y, index, at, i), flat = 0, rest = i, step = 1;

        for (int d = index->dims - 1; d >= 0; d--) {
            flat += rest % index->size[d] * step;
            rest /= index->size[d];
            step *= src->size[d];
        }
        tensor_set(y, to, tensor_get(y, to) + tensor_get(from, flat));
    }
    n = y ? tape_record(t, "ScatterAddBackward0", scatter_add_backward, 2, x, src) : NULL;
    if (n)
        n->i[0] = at;
    node_save(t, n, index);
    return tape_output(t, n, y);
}

/* Elements replaced, not added: the gradient stops there. */
static void
scatter_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                 struct tensor **out)
{
    if (!grad[0])
        return;
    if (node_wants(n, 0))
        out[0] = op_masked_fill(t, grad[0], node_saved(t, n, 1), 0);
    if (node_wants(n, 1))
        out[1] = op_gather(t, grad[0], n->i[0], node_saved(t, n, 0));
}

void
run_scatter(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *src = call->in[1];
    struct tensor *index = attr_index(t, call, "index"), *y, *mask;
    int at = op_dim(t, attr_int(call, "dim"), x->dims);
    struct node *n;

    if (at < 0 || !index || !index_fits(t, x, at, index, src))
        return;
    if (!tensor_same_shape(src, index)) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "scatter: source and index have different shapes");
        return;
    }
    src = tape_check(t, tensor_contiguous(&t->heap, src));
    y = tape_check(t, tensor_copy(&t->heap, x));
    mask = tape_check(t, tensor_zeros(&t->heap, TENSOR_BOOL, x->dims, x->size));
    for (int64_t i = 0; src && y && mask && i < tensor_count(index); i++) {
        int64_t to = target(y, index, at, i);

        tensor_set(y, to, tensor_get(src, i));
        tensor_bool(mask)[to] = 1;
    }
    n = y ? tape_record(t, "ScatterBackward0", scatter_backward, 2, x, call->in[1])
          : NULL;
    if (n)
        n->i[0] = at;
    node_save(t, n, index);
    node_save(t, n, mask);
    call->out[0] = tape_output(t, n, y);
}

/* Rows (along dim) of x by a list of indices. */
static void
index_select_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                      struct tensor **out)
{
    const struct node_input *shape = n->extra;
    struct tensor *zeros;

    if (!grad[0])
        return;
    zeros =
        tape_check(t, tensor_zeros(&t->heap, grad[0]->type, shape->dims, shape->size));
    out[0] = op_index_add(t, zeros, n->i[0], node_saved(t, n, 0), grad[0]);
}

static struct tensor *
index_rows(struct tape *t, const char *name, struct tensor *x, int dim,
           struct tensor *index)
{
    struct tensor *y, from, to;
    int64_t size[TENSOR_DIMS_MAX], rows = tensor_count(index);
    struct node *n;

    if (x->dims == 0 || !index_names_rows(t, name, index, x->size[dim]))
        return tape_fail(t, ERR_BOUNDS, "IndexError", "a 0-dim tensor has no rows");
    memcpy(size, x->size, sizeof(size));
    size[dim] = rows;
    y = tape_check(t, tensor_new(&t->heap, x->type, x->dims, size));
    for (int64_t r = 0; y && r < rows; r++) {
        from = *x;
        from.offset += tensor_i64(index)[r] * x->stride[dim];
        from.size[dim] = 1;
        to = *y;
        to.offset += r * y->stride[dim];
        to.size[dim] = 1;
        tensor_copy_into(&to, &from);
    }
    n = y ? record_shape(t, name, index_select_backward, x) : NULL;
    if (n)
        n->i[0] = dim;
    node_save(t, n, index);
    return tape_output(t, n, y);
}

struct tensor *
op_index_select(struct tape *t, struct tensor *x, int64_t dim, struct tensor *index)
{
    int at = x && index ? op_dim(t, dim, x->dims) : -1;

    return at < 0 ? NULL : index_rows(t, "IndexSelectBackward0", x, at, index);
}

static void
index_add_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                   struct tensor **out)
{
    if (!grad[0])
        return;
    if (node_wants(n, 0))
        out[0] = grad[0];
    if (node_wants(n, 1))
        out[1] = op_index_select(t, grad[0], n->i[0], node_saved(t, n, 0));
}

struct tensor *
op_index_add(struct tape *t, struct tensor *x, int64_t dim, struct tensor *index,
             struct tensor *src)
{
    int at = x && index && src ? op_dim(t, dim, x->dims) : -1;
    int64_t rows = index ? tensor_count(index) : 0, inner = 1, count;
    struct tensor *y, *from;
    struct node *n;

    if (at < 0)
        return NULL;
    if (x->dims == 0)
        return tape_fail(t, ERR_UNSUPPORTED, "unsupported",
                         "index_add to a 0-dim tensor (reshape it to one dimension)");
    if (!index_in_range(t, index, at, x->size[at]))
        return NULL;
    for (int d = 0; d < x->dims; d++) {
        if (src->dims != x->dims || src->size[d] != (d == at ? rows : x->size[d]))
            return tape_fail(
                t, ERR_MALFORMED, "RuntimeError",
                "index_add: the source does not have one row for each index");
        inner *= d > at ? x->size[d] : 1;
    }
    from = tape_check(t, tensor_contiguous(&t->heap, src));
    y = tape_check(t, tensor_copy(&t->heap, x));
    count = from && y ? tensor_count(src) : 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t row = i / inner % rows, outer = i / inner / rows;
        int64_t to = (outer * x->size[at] + tensor_i64(index)[row]) * inner + i % inner;

        tensor_set(y, to, tensor_get(y, to) + tensor_get(from, i));
    }
    n = y ? tape_record(t, "IndexAddBackward0", index_add_backward, 2, x, src) : NULL;
    if (n)
        n->i[0] = at;
    node_save(t, n, index);
    return tape_output(t, n, y);
}

RUN(gather, call->out[0] = op_gather(t, call->in[0], attr_int(call, "dim"),
                                     attr_index(t, call, "index")))
RUN(scatter_add, call->out[0] = op_scatter_add(t, call->in[0], attr_int(call, "dim"),
                                               attr_index(t, call, "index"), call->in[1]))
RUN(index_select, call->out[0] = op_index_select(t, call->in[0], attr_int(call, "dim"),
                                                 attr_index(t, call, "index")))
RUN(index_add, call->out[0] = op_index_add(t, call->in[0], attr_int(call, "dim"),
                                           attr_index(t, call, "index"), call->in[1]))

/* Rows by an index of any shape, which replaces dimension 0. */
static struct tensor *
rows_by_shape(struct tape *t, const char *name, struct tensor *x, struct tensor *index)
{
    int64_t size[TENSOR_DIMS_MAX];
    int dims = index->dims;
    struct tensor *y = index_rows(t, name, x, 0, index);

    if (!y || dims == 1)
        return y;
    if (dims + y->dims - 1 > TENSOR_DIMS_MAX)
        return tape_fail(t, ERR_LIMIT, "RuntimeError", "too many dimensions");
    memcpy(size, index->size, (size_t)dims * sizeof(*size));
    for (int d = 1; d < y->dims; d++)
        size[dims++] = y->size[d];
    /* Rearranged in place: the node stays the one of the operator. */
    y->dims = dims;
    memcpy(y->size, size, sizeof(size));
    for (int64_t d = dims - 1, step = 1; d >= 0; d--) {
        y->stride[d] = step;
        step *= size[d] > 1 ? size[d] : 1;
    }
    if (y->grad_fn) {
        y->grad_fn->inputs[0].dims = dims;
        memcpy(y->grad_fn->inputs[0].size, size, sizeof(size));
    }
    return y;
}

/* The gradient has the index's shape in front; it becomes rows again. */
static void
rows_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    const struct node_input *shape = n->extra;
    int64_t size[TENSOR_DIMS_MAX];
    struct tensor *index = node_saved(t, n, 0), *flat;

    if (!grad[0] || !index)
        return;
    memcpy(size, shape->size, sizeof(size));
    size[0] = tensor_count(index);
    flat = op_reshape(t, grad[0], shape->dims, size);
    if (n->i[1] >= 0) { /* embedding: the padding row takes nothing */
        struct tensor *padding =
            tape_check(t, tensor_zeros(&t->heap, TENSOR_BOOL, 1, size));

        for (int64_t r = 0; padding && r < size[0]; r++)
            tensor_bool(padding)[r] = tensor_i64(index)[r] == n->i[1];
        for (int d = 1; padding && d < shape->dims; d++) {
            padding->dims++;
            padding->size[d] = padding->stride[d] = 1;
        }
        flat = op_masked_fill(t, flat, padding, 0);
    }
    out[0] = op_index_add(
        t, tape_check(t, tensor_zeros(&t->heap, grad[0]->type, shape->dims, shape->size)),
        0, index, flat);
}

static struct tensor *
lookup(struct tape *t, const char *name, struct tensor *x, struct tensor *index,
       int64_t padding)
{
    struct tensor *y = index && x->dims > 0 ? rows_by_shape(t, name, x, index) : NULL;

    if (y && y->grad_fn) {
        y->grad_fn->backward = rows_backward;
        y->grad_fn->i[1] = padding;
    }
    return y ? y
             : tape_fail(t, ERR_MALFORMED, "IndexError", "%s: no rows to index", name);
}

void
run_index_rows(struct tape *t, struct op_call *call)
{
    struct tensor *index = attr_index(t, call, "index");

    if (index && call->in[0]->dims > 0)
        index_wrap(index, call->in[0]->size[0]);
    call->out[0] = lookup(t, "IndexBackward0", call->in[0], index, -1);
}

RUN(embedding,
    call->out[0] = lookup(t, "EmbeddingBackward0", call->in[0],
                          attr_index(t, call, "index"), attr_int(call, "padding_idx")))

/* Saved: the index, flat; extra: the operand's shape. */
static void
take_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    const struct node_input *shape = n->extra;
    struct tensor *index = node_saved(t, n, 0), *sum;
    int64_t count = 1;

    if (!grad[0] || !index)
        return;
    for (int d = 0; d < shape->dims; d++)
        count *= shape->size[d];
    sum = tape_check(t, tensor_zeros(&t->heap, grad[0]->type, 1, &count));
    sum = op_index_add(t, sum, 0, index, op_reshape(t, grad[0], 1, (int64_t[]){-1}));
    out[0] = op_reshape(t, sum, shape->dims, shape->size);
}

void
run_take(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *index = attr_index(t, call, "index"), *flat, *y;
    bool recording = t->recording;
    struct node_input *shape;
    struct node *n;

    t->recording = false;
    flat = op_reshape(t, x, 1, (int64_t[]){-1});
    if (flat && index)
        index_wrap(index, flat->size[0]);
    y = flat && index ? rows_by_shape(t, "TakeBackward0", flat, index) : NULL;
    t->recording = recording;
    n = y ? tape_record(t, "TakeBackward0", take_backward, 1, x) : NULL;
    shape = n ? heap_alloc(&t->heap, sizeof(*shape)) : NULL;
    if (shape) {
        shape->dims = x->dims;
        memcpy(shape->size, x->size, sizeof(x->size));
        n->extra = shape;
        node_save(t, n, op_reshape(t, index, 1, (int64_t[]){-1}));
    }
    call->out[0] = tape_output(t, n, y);
}
