/*
 * place.c: operators that pad, mask, reverse, filter or find elements.
 */
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <string.h>

enum outside { OUTSIDE_CONSTANT, OUTSIDE_REFLECT, OUTSIDE_EDGE, OUTSIDE_WRAP };

/* Where coordinate i of the result lies in a dimension of n; -1: outside. */
static int64_t
source(enum outside mode, int64_t i, int64_t n)
{
    int64_t period;

    if (i >= 0 && i < n)
        return i;
    switch (mode) {
    case OUTSIDE_CONSTANT: return -1;
    case OUTSIDE_EDGE: return i < 0 ? 0 : n - 1;
    case OUTSIDE_WRAP: return (i % n + n) % n;
    case OUTSIDE_REFLECT: break;
    }
    if (n == 1)
        return 0;
    period = 2 * (n - 1);
    i = (i % period + period) % period;
    return i < n ? i : period - i;
}

/* y of `size`, whose element at c is that of x at c - before; or what the mode says. */
static struct tensor *
shifted(struct tape *t, const struct tensor *x, const int64_t *size,
        const int64_t *before, enum outside mode)
{
    struct tensor *index = onnx_index(t, x->dims, size);
    int64_t at[TENSOR_DIMS_MAX] = {0}, step[TENSOR_DIMS_MAX];

    onnx_steps(x->dims, x->size, step);
    for (int64_t i = 0; index && i < tensor_count(index); i++) {
        int64_t place = 0;

        for (int d = 0; d < x->dims && place >= 0; d++) {
            int64_t from = source(mode, at[d] - before[d], x->size[d]);

            place = from < 0 ? -1 : place + from * step[d];
        }
        tensor_i64(index)[i] = place;
        onnx_advance(x->dims, size, at);
    }
    return index;
}

/* Pads by attribute or input, and the axes they are for, as before[] and after[]. */
static bool
read_pads(struct tape *t, struct op_call *call, int dims, int64_t *before, int64_t *after)
{
    int64_t pads[2 * TENSOR_DIMS_MAX], axes[TENSOR_DIMS_MAX];
    bool by_input = operator_attr_kind(call->op, "pads") == 0;
    int n = by_input ? onnx_ints(t, call, call->in[1], 2 * TENSOR_DIMS_MAX, pads)
                     : onnx_attr_ints(t, call, "pads", 2 * TENSOR_DIMS_MAX, pads);
    int count = onnx_ints(t, call, onnx_in(call, 3), TENSOR_DIMS_MAX, axes);

    if (n < 0 || count < 0)
        return false;
    if (!onnx_in(call, 3)) {
        for (count = 0; count < dims; count++)
            axes[count] = count;
    }
    if (n != 2 * count) {
        (void)onnx_malformed(t, call, "%d pads for %d axes", n, count);
        return false;
    }
    memset(before, 0, TENSOR_DIMS_MAX * sizeof(*before));
    memset(after, 0, TENSOR_DIMS_MAX * sizeof(*after));
    for (int i = 0; i < count; i++) {
        int axis = onnx_axis(t, call, axes[i], dims);

        if (axis < 0)
            return false;
        if (pads[i] < -(INT64_C(1) << 40) || pads[i] > INT64_C(1) << 40 ||
            pads[count + i] < -(INT64_C(1) << 40) || pads[count + i] > INT64_C(1) << 40) {
            (void)onnx_malformed(t, call, "a pad of 2^40 or more");
            return false;
        }
        before[axis] = pads[i];
        after[axis] = pads[count + i];
    }
    return true;
}

void
onnx_pad(struct tape *t, struct op_call *call)
{
    static const char *const modes[] = {"constant", "reflect", "edge", "wrap"};
    struct tensor *x = call->in[0], *fill = onnx_in(call, 2);
    int64_t before[TENSOR_DIMS_MAX], after[TENSOR_DIMS_MAX], size[TENSOR_DIMS_MAX];
    enum outside mode = OUTSIDE_CONSTANT;

    if (!read_pads(t, call, x->dims, before, after))
        return;
    for (int m = 0; m < 4; m++)
        mode = strcmp(attr_text(call, "mode"), modes[m]) == 0 ? (enum outside)m : mode;
    for (int d = 0; d < x->dims; d++) {
        size[d] = before[d] + x->size[d] + after[d];
        if (size[d] < 0 || (x->size[d] == 0 && size[d] > 0 && mode != OUTSIDE_CONSTANT)) {
            (void)onnx_malformed(t, call, "dimension %d has nothing left", d);
            return;
        }
    }
    if (operator_attr_kind(call->op, "value") != 0)
        fill = onnx_scalar(t, x->type, onnx_real(call, "value"));
    if (fill && tensor_count(fill) != 1)
        (void)onnx_malformed(t, call, "the constant is not one number");
    else
        call->out[0] = onnx_take(t, x, shifted(t, x, size, before, mode), fill);
}

/* Cut or padded, evenly, to a shape. */
void
onnx_center_crop_pad(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int64_t shape[TENSOR_DIMS_MAX], axes[TENSOR_DIMS_MAX], size[TENSOR_DIMS_MAX];
    int64_t before[TENSOR_DIMS_MAX] = {0};
    int n = onnx_ints(t, call, call->in[1], TENSOR_DIMS_MAX, shape);
    int count = onnx_attr_ints(t, call, "axes", TENSOR_DIMS_MAX, axes);

    if (n < 0 || count < 0)
        return;
    for (int d = 0; !attr_given(call, "axes") && d < x->dims; d++)
        axes[count++] = d;
    if (n != count) {
        (void)onnx_malformed(t, call, "%d sizes for %d axes", n, count);
        return;
    }
    memcpy(size, x->size, sizeof(size));
    for (int i = 0; i < n; i++) {
        int axis = onnx_axis(t, call, axes[i], x->dims);
        int64_t room;

        if (axis < 0 || shape[i] < 0) {
            (void)onnx_malformed(t, call, "a negative size");
            return;
        }
        room = shape[i] - x->size[axis];
        size[axis] = shape[i];
        before[axis] = room >= 0 ? room / 2 : -(-room / 2);
    }
    call->out[0] = onnx_take(t, x, shifted(t, x, size, before, OUTSIDE_CONSTANT), NULL);
}

void
onnx_trilu(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *index;
    int64_t k = 0, rows, columns;
    bool upper = attr_int(call, "upper") == 1;

    if (x->dims < 2 || !onnx_int(t, call, 1, &k)) {
        (void)onnx_malformed(t, call, "2 dimensions and one k are wanted");
        return;
    }
    rows = x->size[x->dims - 2];
    columns = x->size[x->dims - 1];
    index = onnx_index(t, x->dims, x->size);
    k = k > columns ? columns : k < -rows ? -rows : k;
    for (int64_t i = 0; index && i < tensor_count(index); i++) {
        int64_t distance = i % columns - i / columns % rows;

        tensor_i64(index)[i] = (upper ? distance >= k : distance <= k) ? i : -1;
    }
    call->out[0] = onnx_take(t, x, index, NULL);
}

void
onnx_reverse_sequence(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *lengths = call->in[1], *index;
    int64_t batch = attr_int(call, "batch_axis"), time = attr_int(call, "time_axis");
    int64_t step[TENSOR_DIMS_MAX], at[TENSOR_DIMS_MAX] = {0};

    if (x->dims < 2 || batch < 0 || batch > 1 || time != 1 - batch ||
        lengths->dims != 1 || lengths->size[0] != x->size[batch] ||
        tensor_count(x) == 0) {
        (void)onnx_malformed(t, call, "axes 0 and 1 and one length for each batch");
        return;
    }
    onnx_steps(x->dims, x->size, step);
    index = onnx_index(t, x->dims, x->size);
    for (int64_t i = 0; index && i < tensor_count(index); i++) {
        int64_t length = onnx_int_at(lengths, at[batch]), from = at[time];

        if (length < 1 || length > x->size[time]) {
            (void)onnx_malformed(t, call, "a length of %" PRId64, length);
            return;
        }
        from = from < length ? length - 1 - from : from;
        tensor_i64(index)[i] = i + (from - at[time]) * step[time];
        onnx_advance(x->dims, x->size, at);
    }
    call->out[0] = onnx_take(t, x, index, NULL);
}

void
onnx_compress(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *index;
    struct tensor *keep = tape_check(t, tensor_contiguous(&t->heap, call->in[1]));
    bool flat = !attr_given(call, "axis");
    int axis = flat ? 0 : onnx_axis(t, call, attr_int(call, "axis"), x->dims);
    int64_t size[TENSOR_DIMS_MAX], n, inner = 1, kept = 0, out = 0;

    if (axis < 0 || !keep)
        return;
    memcpy(size, x->size, sizeof(size));
    n = flat ? tensor_count(x) : x->size[axis];
    for (int d = axis + 1; !flat && d < x->dims; d++)
        inner *= x->size[d];
    if (keep->dims != 1 || keep->size[0] > n) {
        (void)onnx_malformed(t, call, "more conditions than elements");
        return;
    }
    for (int64_t i = 0; i < keep->size[0]; i++)
        kept += tensor_bool(keep)[i] != 0;
    size[axis] = kept;
    index = onnx_index(t, flat ? 1 : x->dims, size);
    for (int64_t i = 0; index && i < tensor_count(x); i++) {
        int64_t k = i / inner % n;

        if (k < keep->size[0] && tensor_bool(keep)[k])
            tensor_i64(index)[out++] = i;
    }
    call->out[0] = onnx_take(t, x, index, NULL);
}

/* (dims, found): the coordinates of what is not zero, in order. */
void
onnx_non_zero(struct tape *t, struct op_call *call)
{
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, call->in[0])), *y;
    int64_t at[TENSOR_DIMS_MAX] = {0}, size[2], found = 0;

    if (!x)
        return;
    for (int64_t i = 0; i < tensor_count(x); i++)
        found += tensor_get(x, i) != 0;
    size[0] = x->dims;
    size[1] = found;
    y = onnx_index(t, 2, size);
    found = 0;
    for (int64_t i = 0; y && i < tensor_count(x); i++) {
        for (int d = 0; d < x->dims && tensor_get(x, i) != 0; d++)
            tensor_i64(y)[d * size[1] + found] = at[d];
        found += tensor_get(x, i) != 0;
        onnx_advance(x->dims, x->size, at);
    }
    call->out[0] = y;
}
