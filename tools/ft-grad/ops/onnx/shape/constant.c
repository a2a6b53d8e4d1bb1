/*
 * constant.c: operators that make tensors from shapes, ranges and indices.
 */
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void
onnx_constant_of_shape(struct tape *t, struct op_call *call)
{
    struct tensor *value = onnx_in(call, 1), *index;
    int64_t size[TENSOR_DIMS_MAX];
    int dims = onnx_ints(t, call, call->in[0], TENSOR_DIMS_MAX, size);
    bool ok = dims >= 0;

    if (!ok)
        return;
    for (int d = 0; d < dims; d++)
        ok = ok && size[d] >= 0;
    if (!ok || tensor_count(value) != 1) {
        (void)onnx_malformed(t, call, "a negative size, or not one value");
        return;
    }
    index = tape_check(t, tensor_zeros(&t->heap, TENSOR_I64, dims, size));
    call->out[0] = onnx_take(t, value, index, NULL);
}

/* The type of an attribute dtype, or of the input. */
void
onnx_eye_like(struct tape *t, struct op_call *call)
{
    const struct tensor *x = call->in[0];
    enum tensor_type type =
        attr_given(call, "dtype") ? onnx_type_of(attr_int(call, "dtype")) : x->type;
    int64_t k = attr_int(call, "k");
    struct tensor *y;

    if (x->dims != 2) {
        (void)onnx_malformed(t, call, "%d dimensions, not 2", x->dims);
        return;
    }
    y = tape_check(t, tensor_zeros(&t->heap, type, 2, x->size));
    for (int64_t i = 0; y && i < x->size[0]; i++) {
        if (k > -x->size[0] && k < x->size[1] && i + k >= 0 && i + k < x->size[1])
            tensor_set(y, i * x->size[1] + i + k, 1);
    }
    call->out[0] = y;
}

void
onnx_range(struct tape *t, struct op_call *call)
{
    enum tensor_type type = call->in[0]->type;
    struct tensor *part[3], *y;
    int64_t n = 0;
    double count;

    for (int i = 0; i < 3; i++) {
        part[i] = tape_check(t, tensor_contiguous(&t->heap, call->in[i]));
        if (!part[i] || tensor_count(part[i]) != 1) {
            (void)onnx_malformed(t, call, "start, limit and delta are single numbers");
            return;
        }
    }
    count =
        ceil((tensor_get(part[1], 0) - tensor_get(part[0], 0)) / tensor_get(part[2], 0));
    if (!(count < 1e12)) {
        (void)onnx_malformed(t, call, "a range of %g numbers", count);
        return;
    }
    n = count > 0 ? (int64_t)count : 0;
    y = tape_check(t, tensor_new(&t->heap, type, 1, &n));
    for (int64_t i = 0; y && i < n; i++) {
        if (type == TENSOR_I64)
            tensor_i64(y)[i] = (int64_t)((uint64_t)tensor_i64(part[0])[0] +
                                         (uint64_t)i * (uint64_t)tensor_i64(part[2])[0]);
        else if (type == TENSOR_F32)
            tensor_f32(y)[i] = tensor_f32(part[0])[0] + (float)i * tensor_f32(part[2])[0];
        else
            tensor_set(y, i, tensor_get(part[0], 0) + (double)i * tensor_get(part[2], 0));
    }
    call->out[0] = y;
}

/* values = (off, on); an index beyond the depth gives off everywhere. */
void
onnx_one_hot(struct tape *t, struct op_call *call)
{
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, call->in[0])), *index;
    struct tensor *depth = tape_check(t, tensor_contiguous(&t->heap, call->in[1]));
    int axis = onnx_axis(t, call, attr_int(call, "axis"), call->in[0]->dims + 1);
    int64_t size[TENSOR_DIMS_MAX + 1], step[TENSOR_DIMS_MAX + 1], n;

    if (!x || !depth || axis < 0)
        return;
    if (tensor_count(depth) != 1 || depth->dims > 1 || call->in[2]->dims != 1 ||
        tensor_count(call->in[2]) != 2 || x->dims == TENSOR_DIMS_MAX ||
        !(tensor_get(depth, 0) >= 0) || tensor_get(depth, 0) > 1e12) {
        (void)onnx_malformed(t, call, "one depth and two values are wanted");
        return;
    }
    n = (int64_t)tensor_get(depth, 0);
    for (int d = 0; d <= x->dims; d++)
        size[d] = d < axis ? x->size[d] : d == axis ? n : x->size[d - 1];
    index = tape_check(t, tensor_zeros(&t->heap, TENSOR_I64, x->dims + 1, size));
    if (!index)
        return;
    onnx_steps(x->dims + 1, size, step);
    for (int64_t i = 0; i < tensor_count(x); i++) {
        double at = trunc(tensor_get(x, i));
        int64_t place = i / step[axis] * step[axis] * n + i % step[axis];

        at += at < 0 ? (double)n : 0;
        if (at >= 0 && at < (double)n)
            tensor_i64(index)[place + (int64_t)at * step[axis]] = 1;
    }
    call->out[0] = onnx_take(t, call->in[2], index, NULL);
}
