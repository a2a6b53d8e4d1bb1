/*
 * gather.c: elements by index tensors: the Gather and Scatter families.
 *
 * Each computes row-major numbers of elements; take.c moves them.
 */
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <string.h>

/* An index wrapped into 0..n-1; -1 after a failure. */
static int64_t
wrap(struct tape *t, struct op_call *call, int64_t index, int64_t n)
{
    if (index >= -n && index < n)
        return index < 0 ? index + n : index;
    (void)tape_fail(t, ERR_BOUNDS, "IndexError",
                    "%s: %s: index %" PRId64 " is out of bounds for size %" PRId64,
                    call->label, call->op->name, index, n);
    return -1;
}

/* data[:axis] + indices + data[axis+1:] */
void
onnx_gather(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *indices = call->in[1], *index;
    int axis = onnx_axis(t, call, attr_int(call, "axis"), x->dims), dims = 0;
    int64_t size[2 * TENSOR_DIMS_MAX], inner = 1, n = tensor_count(indices), outer = 1;
    int64_t *at;

    if (axis < 0)
        return;
    if (x->dims - 1 + indices->dims > TENSOR_DIMS_MAX) {
        (void)onnx_unsupported(t, call, "more than %d dimensions", (int)TENSOR_DIMS_MAX);
        return;
    }
    for (int d = 0; d < axis; d++)
        outer *= size[dims++] = x->size[d];
    for (int d = 0; d < indices->dims; d++)
        size[dims++] = indices->size[d];
    for (int d = axis + 1; d < x->dims; d++)
        inner *= size[dims++] = x->size[d];
    index = onnx_index(t, dims, size);
    if (!index)
        return;
    at = tensor_i64(index);
    for (int64_t k = 0; k < n; k++) {
        int64_t from = wrap(t, call, onnx_int_at(indices, k), x->size[axis]);

        if (from < 0)
            return;
        for (int64_t o = 0; o < outer; o++) {
            for (int64_t i = 0; i < inner; i++)
                at[(o * n + k) * inner + i] = (o * x->size[axis] + from) * inner + i;
        }
    }
    call->out[0] = onnx_take(t, x, index, NULL);
}

/* Row-major numbers in x: the coordinates of `indices`, that of axis replaced. */
static struct tensor *
along_axis(struct tape *t, struct op_call *call, const struct tensor *x,
           const struct tensor *indices)
{
    int axis = onnx_axis(t, call, attr_int(call, "axis"), x->dims);
    int64_t step[TENSOR_DIMS_MAX], at[TENSOR_DIMS_MAX] = {0};
    struct tensor *index;

    if (axis < 0)
        return NULL;
    if (indices->dims != x->dims)
        return onnx_malformed(t, call, "data and indices differ in dimensions");
    for (int d = 0; d < x->dims; d++) {
        if (d != axis && indices->size[d] > x->size[d])
            return onnx_malformed(t, call, "indices exceed the data in dimension %d", d);
    }
    index = onnx_index(t, indices->dims, indices->size);
    onnx_steps(x->dims, x->size, step);
    for (int64_t i = 0; index && i < tensor_count(index); i++) {
        int64_t place = wrap(t, call, onnx_int_at(indices, i), x->size[axis]);

        if (place < 0)
            return NULL;
        place *= step[axis];
        for (int d = 0; d < x->dims; d++)
            place += d == axis ? 0 : at[d] * step[d];
        tensor_i64(index)[i] = place;
        onnx_advance(indices->dims, indices->size, at);
    }
    return index;
}

void
onnx_gather_elements(struct tape *t, struct op_call *call)
{
    call->out[0] =
        onnx_take(t, call->in[0], along_axis(t, call, call->in[0], call->in[1]), NULL);
}

/*
 * Tuples of the last dimension of `indices` name slices of x behind `batch` common
 * dimensions: the numbers of all their elements, in the shape of the result.
 */
static struct tensor *
by_tuples(struct tape *t, struct op_call *call, const struct tensor *x,
          const struct tensor *indices, int batch)
{
    int last = indices->dims - 1, dims = 0;
    int64_t width = last >= 0 ? indices->size[last] : 0, step[TENSOR_DIMS_MAX];
    int64_t size[2 * TENSOR_DIMS_MAX], inner = 1, tuples = 1, per_batch = 1;
    struct tensor *index;

    if (last < batch || batch < 0 || width < 1 || width > x->dims - batch ||
        last + x->dims - width - batch > TENSOR_DIMS_MAX)
        return onnx_malformed(t, call, "tuples of %" PRId64 " for %d dimensions", width,
                              x->dims);
    for (int d = 0; d < last; d++) {
        if (d < batch && indices->size[d] != x->size[d])
            return onnx_malformed(t, call, "batch dimension %d differs", d);
        tuples *= size[dims++] = indices->size[d];
        per_batch *= d < batch ? 1 : indices->size[d];
    }
    for (int d = batch + (int)width; d < x->dims; d++)
        inner *= size[dims++] = x->size[d];
    onnx_steps(x->dims, x->size, step);
    index = onnx_index(t, dims, size);
    for (int64_t k = 0; index && k < tuples; k++) {
        int64_t place = batch > 0 ? k / per_batch * step[batch - 1] : 0;

        for (int64_t w = 0; w < width; w++) {
            int64_t at =
                wrap(t, call, onnx_int_at(indices, k * width + w), x->size[batch + w]);

            if (at < 0)
                return NULL;
            place += at * step[batch + w];
        }
        for (int64_t i = 0; i < inner; i++)
            tensor_i64(index)[k * inner + i] = place + i;
    }
    return index;
}

void
onnx_gather_nd(struct tape *t, struct op_call *call)
{
    int64_t batch = operator_attr_kind(call->op, "batch_dims") != 0
                        ? attr_int(call, "batch_dims")
                        : 0;

    if (batch < 0 || batch > TENSOR_DIMS_MAX)
        (void)onnx_malformed(t, call, "batch_dims is %" PRId64, batch);
    else
        call->out[0] =
            onnx_take(t, call->in[0],
                      by_tuples(t, call, call->in[0], call->in[1], (int)batch), NULL);
}

enum scatter { SCATTER_NONE, SCATTER_ADD, SCATTER_MUL, SCATTER_MAX, SCATTER_MIN };

static void
scatter_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                 struct tensor **out)
{
    struct tensor *index = node_saved(t, n, 0), *mask;

    if (!grad[0] || !index)
        return;
    if (n->i[0] > SCATTER_ADD) {
        (void)tape_fail(t, ERR_UNSUPPORTED, "unsupported_backward",
                        "no derivative of scattering with mul, max or min");
        return;
    }
    out[1] = onnx_take(t, grad[0], index, NULL);
    out[0] = grad[0];
    if (n->i[0] == SCATTER_ADD)
        return;
    mask =
        tape_check(t, tensor_zeros(&t->heap, TENSOR_BOOL, grad[0]->dims, grad[0]->size));
    for (int64_t i = 0; mask && i < tensor_count(index); i++)
        tensor_bool(mask)[tensor_i64(index)[i]] = 1;
    out[0] = op_masked_fill(t, grad[0], mask, 0);
}

/* One element of y and one of updates, combined by a pair operation on tensors. */
static void
combine(struct tape *t, struct tensor *y, const struct tensor *updates,
        const struct tensor *index, enum scatter how)
{
    static const enum onnx_binary pair[] = {[SCATTER_ADD] = ONNX_ADD,
                                            [SCATTER_MUL] = ONNX_MUL,
                                            [SCATTER_MAX] = ONNX_MAX,
                                            [SCATTER_MIN] = ONNX_MIN};
    bool integers = dtype_kind(tensor_type_dtype(y->type)) != DTYPE_KIND_FLOAT;

    for (int64_t i = 0; i < tensor_count(index) && !t->failed; i++) {
        int64_t at = tensor_i64(index)[i];
        double a, b;

        if (integers) {
            struct tensor to = *y, from = *updates;

            to.dims = from.dims = 0;
            to.offset += at;
            from.offset += i;
            tensor_copy_into(&to, onnx_int_binary(t, pair[how], &to, &from));
            continue;
        }
        a = tensor_get(y, at);
        b = tensor_get(updates, i);
        if (how == SCATTER_ADD)
            a += b;
        else if (how == SCATTER_MUL)
            a *= b;
        else if (how == SCATTER_MAX)
            a = b > a || b != b ? b : a;
        else
            a = b < a || b != b ? b : a;
        tensor_set(y, at, a);
    }
}

/* A copy of data with the updates at their places, in order. */
static void
scatter(struct tape *t, struct op_call *call, struct tensor *index)
{
    static const char *const names[] = {"none", "add", "mul", "max", "min"};
    struct tensor *data = call->in[0], *updates = call->in[2], *y;
    enum scatter how = SCATTER_NONE;
    size_t width = tensor_type_size(data->type);
    struct node *n;

    for (size_t i = 0; operator_attr_kind(call->op, "reduction") && i < COUNT_OF(names);
         i++)
        how = strcmp(attr_text(call, "reduction"), names[i]) == 0 ? (enum scatter)i : how;
    if (how != SCATTER_NONE && data->type == TENSOR_BOOL) {
        (void)onnx_unsupported(t, call, "a reduction of truth values");
        return;
    }
    if (!index)
        return;
    if (!tensor_same_shape(index, updates)) {
        (void)onnx_malformed(t, call, "indices and updates differ in shape");
        return;
    }
    y = tape_check(t, tensor_copy(&t->heap, data));
    updates = tape_check(t, tensor_contiguous(&t->heap, updates));
    if (!y || !updates)
        return;
    for (int64_t i = 0; how == SCATTER_NONE && i < tensor_count(index); i++)
        memcpy((char *)tensor_data(y) + (size_t)tensor_i64(index)[i] * width,
               (char *)tensor_data(updates) + (size_t)i * width, width);
    if (how != SCATTER_NONE)
        combine(t, y, updates, index, how);
    n = tensor_is_real(y) ? tape_record(t, "OnnxScatterBackward0", scatter_backward, 2,
                                        data, call->in[2])
                          : NULL;
    if (n)
        n->i[0] = how;
    node_save(t, n, index);
    call->out[0] = tape_output(t, n, y);
}

void
onnx_scatter_elements(struct tape *t, struct op_call *call)
{
    scatter(t, call, along_axis(t, call, call->in[0], call->in[1]));
}

void
onnx_scatter(struct tape *t, struct op_call *call)
{
    onnx_scatter_elements(t, call);
}

void
onnx_scatter_nd(struct tape *t, struct op_call *call)
{
    scatter(t, call, by_tuples(t, call, call->in[0], call->in[1], 0));
}
