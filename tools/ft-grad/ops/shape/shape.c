/*
 * shape.c: views, and the copies that only rearrange.
 *
 * Views share storage.  The result of reshape is a view where strides allow it
 * (at::detail::computeStride), else a copy, with the nodes that torch records.
 */
#include "ops/operators.h"

#include <inttypes.h>
#include <string.h>

int
op_dim(struct tape *t, int64_t dim, int dims)
{
    int64_t range = dims > 0 ? dims : 1;

    if (dim < -range || dim >= range) {
        (void)tape_fail(t, ERR_BOUNDS, "IndexError",
                        "Dimension out of range (expected to be in range of [%" PRId64
                        ", %" PRId64 "], but got %" PRId64 ")",
                        -range, range - 1, dim);
        return -1;
    }
    return (int)(dim < 0 ? dim + range : dim);
}

static void
view_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    const struct node_input *shape = n->extra;

    if (grad[0])
        out[0] = op_reshape(t, grad[0], shape->dims, shape->size);
}

/* A node whose backward function restores x's shape. */
static struct node *
record_view(struct tape *t, const char *name, struct tensor *x)
{
    struct node *n = tape_record(t, name, view_backward, 1, x);
    struct node_input *shape = n ? heap_alloc(&t->heap, sizeof(*shape)) : NULL;

    if (shape) {
        shape->dims = x->dims;
        memcpy(shape->size, x->size, sizeof(x->size));
        n->extra = shape;
    }
    return shape ? n : NULL;
}

/* One size may be -1: what is left. */
static bool
infer_size(struct tape *t, const struct tensor *x, int dims, const int64_t *size,
           int64_t out[static TENSOR_DIMS_MAX])
{
    int64_t count = tensor_count(x), known = 1;
    char text[SHAPE_TEXT];
    int unknown = -1;
    bool ok = dims <= TENSOR_DIMS_MAX;

    for (int d = 0; ok && d < dims; d++) {
        out[d] = size[d];
        if (size[d] == -1 && unknown < 0)
            unknown = d;
        else
            ok = size[d] >= 0 && !__builtin_mul_overflow(known, size[d], &known);
    }
    if (ok && unknown >= 0) {
        ok = known > 0 && count % known == 0;
        if (ok)
            out[unknown] = count / known;
    } else if (ok) {
        ok = known == count;
    }
    if (!ok)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "shape '%s' is invalid for input of size %" PRId64,
                        shape_text(dims, size, text), count);
    return ok;
}

/* Strides under which x's storage has the new shape; false when there are none. */
static bool
view_strides(const struct tensor *x, int dims, const int64_t *size, int64_t *stride)
{
    int64_t chunk_stride = x->dims > 0 ? x->stride[x->dims - 1] : 1;
    int64_t have = 1, want = 1;
    int v = dims - 1;

    if (tensor_count(x) == 0 || x->dims == 0) {
        int64_t step = 1;

        for (int d = dims - 1; d >= 0; d--) {
            stride[d] = step;
            step *= size[d] > 1 ? size[d] : 1;
        }
        return true;
    }
    for (int d = x->dims - 1; d >= 0; d--) {
        have *= x->size[d];
        if (d > 0 && (x->size[d - 1] == 1 || x->stride[d - 1] == have * chunk_stride))
            continue;
        for (; v >= 0 && (want < have || size[v] == 1); v--) {
            stride[v] = want * chunk_stride;
            want *= size[v];
        }
        if (want != have)
            return false;
        if (d > 0) {
            chunk_stride = x->stride[d - 1];
            have = want = 1;
        }
    }
    return v == -1;
}

static struct tensor *
make_view(struct tape *t, struct tensor *x, int dims, const int64_t *size,
          const int64_t *stride)
{
    struct tensor *y = tape_check(t, tensor_alias(&t->heap, x));

    if (!y)
        return NULL;
    y->dims = dims;
    memcpy(y->size, size, (size_t)dims * sizeof(*size));
    memcpy(y->stride, stride, (size_t)dims * sizeof(*stride));
    return y;
}

struct tensor *
op_view(struct tape *t, struct tensor *x, int dims, const int64_t *size)
{
    int64_t full[TENSOR_DIMS_MAX], stride[TENSOR_DIMS_MAX];
    struct tensor *y;

    if (!x || !infer_size(t, x, dims, size, full))
        return NULL;
    if (!view_strides(x, dims, full, stride))
        return tape_fail(
            t, ERR_MALFORMED, "RuntimeError",
            "view size is not compatible with input tensor's size and stride "
            "(at least one dimension spans across two contiguous "
            "subspaces). Use .reshape(...) instead.");
    y = make_view(t, x, dims, full, stride);
    return tape_view(t, y ? record_view(t, "ViewBackward0", x) : NULL, x, y);
}

struct tensor *
op_unsafe_view(struct tape *t, struct tensor *x, int dims, const int64_t *size)
{
    int64_t full[TENSOR_DIMS_MAX], stride[TENSOR_DIMS_MAX];
    struct tensor *y;

    if (!x || !infer_size(t, x, dims, size, full) || !view_strides(x, dims, full, stride))
        return NULL;
    y = make_view(t, x, dims, full, stride);
    return tape_output(t, y ? record_view(t, "UnsafeViewBackward0", x) : NULL, y);
}

struct tensor *
op_reshape(struct tape *t, struct tensor *x, int dims, const int64_t *size)
{
    int64_t full[TENSOR_DIMS_MAX], stride[TENSOR_DIMS_MAX];
    const char *name = "ReshapeAliasBackward0";
    struct tensor *y;

    if (!x || !infer_size(t, x, dims, size, full))
        return NULL;
    if (!view_strides(x, dims, full, stride))
        return op_unsafe_view(t, op_clone(t, x), dims, full);
    if (t->version >= TORCH_2_6 && tensor_is_contiguous(x))
        name = "ViewBackward0";
    y = make_view(t, x, dims, full, stride);
    return tape_view(t, y ? record_view(t, name, x) : NULL, x, y);
}

static void
sum_to_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    const struct node_input *shape = n->extra;

    if (grad[0])
        out[0] = op_sum_to(t, grad[0], shape->dims, shape->size);
}

bool
op_expands(struct tape *t, const struct tensor *x, int dims, const int64_t *size)
{
    char want[SHAPE_TEXT], have[SHAPE_TEXT];

    if (dims < x->dims || dims > TENSOR_DIMS_MAX)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "expand: the number of sizes provided (%d) must be greater or "
                         "equal to the number of dimensions in the tensor (%d), and at "
                         "most %d",
                         dims, x->dims, TENSOR_DIMS_MAX) != NULL;
    for (int d = dims - 1; d >= 0; d--) {
        int from = d - (dims - x->dims);
        int64_t old = from >= 0 ? x->size[from] : 1;

        if (size[d] == -1 && from >= 0)
            continue;
        if (size[d] < 0)
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "The expanded size of the tensor (%" PRId64
                             ") isn't allowed in a leading, non-existing dimension %d",
                             size[d], d) != NULL;
        if (old != 1 && old != size[d])
            return tape_fail(
                       t, ERR_MALFORMED, "RuntimeError",
                       "The expanded size of the tensor (%" PRId64
                       ") must match the existing size (%" PRId64
                       ") at non-singleton dimension %d.  Target sizes: %s.  Tensor "
                       "sizes: %s",
                       size[d], old, d, shape_text(dims, size, want),
                       shape_text(x->dims, x->size, have)) != NULL;
    }
    return true;
}

struct tensor *
op_expand(struct tape *t, struct tensor *x, int dims, const int64_t *size)
{
    int64_t full[TENSOR_DIMS_MAX], stride[TENSOR_DIMS_MAX];
    struct tensor *y;
    struct node *n;

    if (!x)
        return NULL;
    if (!op_expands(t, x, dims, size))
        return NULL;
    for (int d = 0; d < dims; d++) {
        int from = d - (dims - x->dims);
        int64_t old = from >= 0 ? x->size[from] : 1;

        full[d] = size[d] == -1 ? old : size[d];
        stride[d] = from >= 0 && old == full[d] ? x->stride[from] : 0;
    }
    y = make_view(t, x, dims, full, stride);
    n = y ? record_view(t, "ExpandBackward0", x) : NULL;
    if (n)
        n->backward = sum_to_backward;
    return tape_view(t, n, x, y);
}

struct tensor *
op_sum_to(struct tape *t, struct tensor *x, int dims, const int64_t *size)
{
    uint32_t lead = 0, inner = 0;

    if (!x)
        return NULL;
    for (int d = 0; d < x->dims; d++) {
        int to = d - (x->dims - dims);

        if (to < 0)
            lead |= UINT32_C(1) << d;
        else if (size[to] == 1 && x->size[d] != 1)
            inner |= UINT32_C(1) << d;
    }
    if (lead | inner)
        x = op_sum_dims(t, x, lead | inner, true);
    return lead ? op_reshape(t, x, dims, size) : x;
}

static void
permute_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                 struct tensor **out)
{
    int64_t inverse[TENSOR_DIMS_MAX] = {0};
    const int64_t *order = n->extra;

    if (!grad[0])
        return;
    for (int d = 0; d < grad[0]->dims; d++)
        inverse[order[d]] = d;
    out[0] = op_permute(t, grad[0], grad[0]->dims, inverse);
}

static struct tensor *
permute(struct tape *t, const char *name, struct tensor *x, const int64_t *order)
{
    int64_t size[TENSOR_DIMS_MAX], stride[TENSOR_DIMS_MAX];
    int64_t *kept;
    struct tensor *y;
    struct node *n;

    for (int d = 0; d < x->dims; d++) {
        size[d] = x->size[order[d]];
        stride[d] = x->stride[order[d]];
    }
    y = make_view(t, x, x->dims, size, stride);
    n = y ? tape_record(t, name, permute_backward, 1, x) : NULL;
    kept = n ? heap_alloc(&t->heap, sizeof(size)) : NULL;
    if (kept) {
        memcpy(kept, order, (size_t)x->dims * sizeof(*order));
        n->extra = kept;
    }
    return tape_view(t, kept ? n : NULL, x, y);
}

struct tensor *
op_permute(struct tape *t, struct tensor *x, int dims, const int64_t *order)
{
    int64_t wrapped[TENSOR_DIMS_MAX] = {0};
    uint32_t seen = 0;

    if (!x)
        return NULL;
    for (int d = 0; d < dims && dims == x->dims; d++) {
        int dim = op_dim(t, order[d], dims);

        if (dim < 0)
            return NULL;
        seen |= UINT32_C(1) << dim;
        wrapped[d] = dim;
    }
    if (dims != x->dims || seen != op_all_dims(x))
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "permute: the dimensions are not a permutation of 0..%d",
                         x->dims - 1);
    return permute(t, "PermuteBackward0", x, wrapped);
}

static struct tensor *
swap(struct tape *t, const char *name, struct tensor *x, int a, int b)
{
    int64_t order[TENSOR_DIMS_MAX];

    for (int d = 0; d < x->dims; d++)
        order[d] = d;
    order[a] = b;
    order[b] = a;
    return permute(t, name, x, order);
}

struct tensor *
op_transpose(struct tape *t, struct tensor *x, int64_t a, int64_t b)
{
    int from = x ? op_dim(t, a, x->dims) : -1, to = x ? op_dim(t, b, x->dims) : -1;

    if (from < 0 || to < 0)
        return NULL;
    return swap(t, "TransposeBackward0", x, from, to);
}

struct tensor *
op_t(struct tape *t, struct tensor *x)
{
    if (!x)
        return NULL;
    if (x->dims > 2)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "t() expects a tensor with <= 2 dimensions, but self is %dD",
                         x->dims);
    return swap(t, "TBackward0", x, 0, x->dims == 2);
}

struct tensor *
op_unsqueeze(struct tape *t, struct tensor *x, int64_t dim)
{
    int64_t size[TENSOR_DIMS_MAX], stride[TENSOR_DIMS_MAX];
    int at = x ? op_dim(t, dim, x->dims + 1) : -1;
    struct tensor *y;

    if (at < 0)
        return NULL;
    if (x->dims == TENSOR_DIMS_MAX)
        return tape_fail(t, ERR_LIMIT, "RuntimeError", "more than %d dimensions",
                         (int)TENSOR_DIMS_MAX);
    for (int d = 0; d <= x->dims; d++) {
        int from = d < at ? d : d - 1;

        size[d] = d == at ? 1 : x->size[from];
        stride[d] =
            d == at ? (at < x->dims ? x->size[at] * x->stride[at] : 1) : x->stride[from];
    }
    y = make_view(t, x, x->dims + 1, size, stride);
    return tape_view(t, y ? record_view(t, "UnsqueezeBackward0", x) : NULL, x, y);
}

/* Drop the masked dimensions of size 1. */
static struct tensor *
squeeze(struct tape *t, const char *name, struct tensor *x, uint32_t mask)
{
    int64_t size[TENSOR_DIMS_MAX], stride[TENSOR_DIMS_MAX];
    int dims = 0;
    struct tensor *y;

    for (int d = 0; d < x->dims; d++) {
        if ((mask >> d & 1) && x->size[d] == 1)
            continue;
        size[dims] = x->size[d];
        stride[dims++] = x->stride[d];
    }
    y = make_view(t, x, dims, size, stride);
    return tape_view(t, y ? record_view(t, name, x) : NULL, x, y);
}

struct tensor *
op_squeeze(struct tape *t, struct tensor *x, int64_t dim)
{
    int at = x ? op_dim(t, dim, x->dims) : -1;

    return at < 0 ? NULL : squeeze(t, "SqueezeBackward1", x, UINT32_C(1) << at);
}

/* x.squeeze_(dim) of a result nobody else has, inside matmul. */
struct tensor *
op_squeeze_inplace(struct tape *t, struct tensor *x, int64_t dim)
{
    int at = x ? op_dim(t, dim, x->dims) : -1;
    const char *name = t->version >= TORCH_2_6 ? "SqueezeBackward4" : "SqueezeBackward3";

    return at < 0 ? NULL : squeeze(t, name, x, UINT32_C(1) << at);
}

void
run_expand(struct tape *t, struct op_call *call)
{
    const struct op_attr *shape = attr_list(call, "shape");

    call->out[0] = op_expand(t, call->in[0], (int)shape->count, shape->ints);
}

void
run_reshape(struct tape *t, struct op_call *call)
{
    const struct op_attr *shape = attr_list(call, "shape");

    call->out[0] = op_reshape(t, call->in[0], (int)shape->count, shape->ints);
}

void
run_view(struct tape *t, struct op_call *call)
{
    const struct op_attr *shape = attr_list(call, "shape");

    call->out[0] = op_view(t, call->in[0], (int)shape->count, shape->ints);
}

void
run_flatten(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int from = op_dim(t, attr_int(call, "start_dim"), x->dims);
    int to = op_dim(t, attr_int(call, "end_dim"), x->dims), dims = 0;
    int64_t size[TENSOR_DIMS_MAX];

    if (from < 0 || to < 0)
        return;
    if (from > to) {
        (void)tape_fail(
            t, ERR_MALFORMED, "RuntimeError",
            "flatten() has invalid args: start_dim cannot come after end_dim");
        return;
    }
    for (int d = 0; d < x->dims; d++) {
        if (d > from && d <= to)
            size[dims - 1] *= x->size[d];
        else
            size[dims++] = x->size[d];
    }
    if (x->dims == 0)
        size[dims++] = 1;
    call->out[0] = x->dims == dims && x->dims > 0 ? x : op_reshape(t, x, dims, size);
}

void
run_squeeze(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];

    call->out[0] = attr_given(call, "dim")
                       ? op_squeeze(t, x, attr_int(call, "dim"))
                       : squeeze(t, "SqueezeBackward0", x, UINT32_MAX);
}

RUN(unsqueeze, call->out[0] = op_unsqueeze(t, call->in[0], attr_int(call, "dim")))
RUN(transpose, call->out[0] = op_transpose(t, call->in[0], attr_int(call, "dim0"),
                                           attr_int(call, "dim1")))
RUN(t, call->out[0] = op_t(t, call->in[0]))

void
run_permute(struct tape *t, struct op_call *call)
{
    const struct op_attr *dims = attr_list(call, "dims");

    call->out[0] = op_permute(t, call->in[0], (int)dims->count, dims->ints);
}
