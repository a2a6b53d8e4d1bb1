/*
 * shape.c: operators that give the same elements another shape or order.
 */
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <string.h>

void
onnx_identity(struct tape *t, struct op_call *call)
{
    (void)t;
    call->out[0] = call->in[0];
}

/* 0 copies a size of the input unless allowzero; -1 is what remains. */
void
onnx_reshape(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int64_t size[TENSOR_DIMS_MAX], count = 1;
    bool zero = operator_attr_kind(call->op, "allowzero") != 0 &&
                attr_int(call, "allowzero") == 1;
    int dims = onnx_ints(t, call, call->in[1], TENSOR_DIMS_MAX, size), rest = -1;
    bool ok = dims >= 0;

    for (int d = 0; ok && d < dims; d++) {
        if (size[d] == 0 && !zero)
            size[d] = d < x->dims ? x->size[d] : -2;
        if (size[d] == -1 && rest < 0)
            rest = d;
        else if (size[d] < 0 || __builtin_mul_overflow(count, size[d], &count))
            ok = false;
    }
    if (ok && rest >= 0) {
        ok = count > 0 && tensor_count(x) % count == 0;
        size[rest] = ok ? tensor_count(x) / count : 0;
        count = tensor_count(x);
    }
    if (!ok || count != tensor_count(x))
        (void)onnx_malformed(t, call, "the shape does not fit %" PRId64 " elements",
                             tensor_count(x));
    else
        call->out[0] = op_reshape(t, x, dims, size);
}

void
onnx_flatten(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int64_t axis = attr_int(call, "axis"), size[2] = {1, 1};
    int at = axis == x->dims ? x->dims : onnx_axis(t, call, axis, x->dims);

    if (axis < 0 && onnx_operator_of(call)->since < 11)
        (void)onnx_malformed(t, call, "axis %" PRId64 " below 0 before opset 11", axis);
    if (at < 0 || t->failed)
        return;
    for (int d = 0; d < x->dims; d++)
        size[d >= at] *= x->size[d];
    call->out[0] = op_reshape(t, x, 2, size);
}

/* Axes by attribute or by input 1, as they are; -1 after a failure. */
static int
axes_of(struct tape *t, struct op_call *call, int64_t *list)
{
    if (operator_attr_kind(call->op, "axes") == 0)
        return onnx_ints(t, call, onnx_in(call, 1), TENSOR_DIMS_MAX, list);
    return onnx_attr_ints(t, call, "axes", TENSOR_DIMS_MAX, list);
}

/* A mask of axes in a tensor of `dims` dimensions, each once. */
static bool
axes_mask(struct tape *t, struct op_call *call, const int64_t *list, int n, int dims,
          uint32_t *mask)
{
    *mask = 0;
    for (int i = 0; i < n; i++) {
        int axis = onnx_axis(t, call, list[i], dims);

        if (axis < 0)
            return false;
        if (*mask >> axis & 1) {
            (void)onnx_malformed(t, call, "axis %d is given twice", axis);
            return false;
        }
        *mask |= UINT32_C(1) << axis;
    }
    return n >= 0;
}

void
onnx_squeeze(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int64_t list[TENSOR_DIMS_MAX], size[TENSOR_DIMS_MAX];
    uint32_t mask;
    int n = axes_of(t, call, list), dims = 0;

    if (n < 0 || !axes_mask(t, call, list, n, x->dims, &mask))
        return;
    for (int d = 0; d < x->dims; d++) {
        bool drop = n > 0 ? mask >> d & 1 : x->size[d] == 1;

        if (drop && x->size[d] != 1) {
            (void)onnx_malformed(t, call, "axis %d has size %" PRId64 ", not 1", d,
                                 x->size[d]);
            return;
        }
        if (!drop)
            size[dims++] = x->size[d];
    }
    call->out[0] = op_reshape(t, x, dims, size);
}

void
onnx_unsqueeze(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int64_t list[TENSOR_DIMS_MAX], size[TENSOR_DIMS_MAX];
    uint32_t mask;
    int n = axes_of(t, call, list), from = 0;

    if (n < 0)
        return;
    if (n + x->dims > TENSOR_DIMS_MAX) {
        (void)onnx_unsupported(t, call, "more than %d dimensions", (int)TENSOR_DIMS_MAX);
        return;
    }
    if (!axes_mask(t, call, list, n, x->dims + n, &mask))
        return;
    for (int d = 0; d < x->dims + n; d++)
        size[d] = mask >> d & 1 ? 1 : x->size[from++];
    call->out[0] = op_reshape(t, x, x->dims + n, size);
}

void
onnx_transpose(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int64_t order[TENSOR_DIMS_MAX];
    uint32_t mask;
    int n = onnx_attr_ints(t, call, "perm", TENSOR_DIMS_MAX, order);

    if (n < 0)
        return;
    if (!attr_given(call, "perm")) {
        for (n = 0; n < x->dims; n++)
            order[n] = x->dims - 1 - n;
    }
    if (n != x->dims) {
        (void)onnx_malformed(t, call, "perm has %d numbers for %d dimensions", n,
                             x->dims);
        return;
    }
    for (int d = 0; d < n; d++) {
        if (order[d] < 0) {
            (void)onnx_malformed(t, call, "perm has a negative number");
            return;
        }
    }
    if (axes_mask(t, call, order, n, x->dims, &mask))
        call->out[0] = op_permute(t, x, n, order);
}

/* Both ways: sizes of 1 of the shape take those of the input. */
void
onnx_expand(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int64_t size[TENSOR_DIMS_MAX], full[TENSOR_DIMS_MAX];
    int n = onnx_ints(t, call, call->in[1], TENSOR_DIMS_MAX, size);
    int dims = n > x->dims ? n : x->dims;

    if (n < 0)
        return;
    for (int d = 0; d < dims; d++) {
        int64_t want = d >= dims - n ? size[d - (dims - n)] : 1;
        int64_t have = d >= dims - x->dims ? x->size[d - (dims - x->dims)] : 1;

        full[d] = have == 1 ? want : have;
        if (want < 0 || (want != 1 && have != 1 && want != have)) {
            (void)onnx_malformed(t, call, "size %" PRId64 " does not expand to %" PRId64,
                                 have, want);
            return;
        }
    }
    {
        bool fits = true;
        int64_t count = shape_count(dims, full, &fits);

        if (!fits || (t->heap.limit > 0 && (uint64_t)count > t->heap.limit)) {
            (void)tape_fail(t, ERR_LIMIT, "limit",
                            "%s: %s: a tensor over the limit of memory", call->label,
                            call->op->name);
            return;
        }
    }
    call->out[0] = op_expand(t, x, dims, full);
}

void
onnx_concat(struct tape *t, struct op_call *call)
{
    int axis = onnx_axis(t, call, attr_int(call, "axis"), call->in[0]->dims);

    for (size_t i = 1; axis >= 0 && i < call->in_count; i++) {
        bool ok = call->in[i]->dims == call->in[0]->dims;

        for (int d = 0; ok && d < call->in[0]->dims; d++)
            ok = d == axis || call->in[i]->size[d] == call->in[0]->size[d];
        if (!ok) {
            (void)onnx_malformed(t, call, "input %zu has another shape than input 0", i);
            return;
        }
    }
    if (axis >= 0)
        call->out[0] = op_cat(t, call->in, call->in_count, axis);
}

/* Sizes by attribute or input, else equal parts, the last one smaller. */
static bool
split_sizes(struct tape *t, struct op_call *call, int64_t whole, int64_t *size)
{
    bool by_input = operator_attr_kind(call->op, "split") == 0;
    int64_t parts = (int64_t)call->out_count, sum = 0, each = (whole + parts - 1) / parts;
    int n = by_input ? onnx_ints(t, call, onnx_in(call, 1), CALL_OUTPUTS_MAX, size)
                     : onnx_attr_ints(t, call, "split", CALL_OUTPUTS_MAX, size);
    bool given = by_input ? onnx_in(call, 1) != NULL : attr_given(call, "split");
    bool ok = given ? n == (int)parts : n == 0;

    if (n < 0)
        return false;
    if (operator_attr_kind(call->op, "num_outputs") == 0)
        ok = ok && (given || whole % parts == 0);
    else if (attr_given(call, "num_outputs"))
        ok = ok && !given && attr_int(call, "num_outputs") == parts;
    else
        ok = ok && given;
    for (int64_t i = 0; ok && i < parts; i++) {
        if (n == 0)
            size[i] = sum + each <= whole ? each : whole - sum;
        ok = size[i] >= 0 && size[i] <= whole - sum;
        sum += ok ? size[i] : 0;
    }
    if (!ok || sum != whole)
        (void)onnx_malformed(t, call, "the parts do not add up to %" PRId64, whole);
    return ok && sum == whole;
}

void
onnx_split(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int axis = onnx_axis(t, call, attr_int(call, "axis"), x->dims);
    int64_t size[CALL_OUTPUTS_MAX], start = 0;

    if (axis < 0 || !split_sizes(t, call, x->size[axis], size))
        return;
    for (size_t i = 0; i < call->out_count; i++) {
        call->out[i] = op_slice(t, x, axis, start, size[i], 1);
        start += size[i];
    }
}

/* Cut x along one axis by numpy's rules for start, end and step. */
static struct tensor *
slice_axis(struct tape *t, struct op_call *call, struct tensor *x, int axis,
           const int64_t *range)
{
    int64_t start = range[0], end = range[1], step = range[2], n = x->size[axis], count;
    int64_t low = step < 0 ? -1 : 0, high = step < 0 ? n - 1 : n;

    if (step == 0 || step == INT64_MIN)
        return onnx_malformed(t, call, "step %" PRId64, step);
    start = start < 0 ? (start < -n ? low : start + n) : start;
    end = end < 0 ? (end < -n ? low : end + n) : end;
    start = start < low ? low : start > high ? high : start;
    end = end < low ? low : end > high ? high : end;
    count = 0;
    if (step > 0 && end > start)
        count = (end - start - 1) / step + 1;
    if (step < 0 && start > end)
        count = (start - end - 1) / -step + 1;
    if (step > 0)
        return op_slice(t, x, axis, count > 0 ? start : 0, count, step);
    /* Backwards: the same elements forwards, then flipped. */
    if (count == 0)
        return op_slice(t, x, axis, 0, 0, 1);
    x = op_slice(t, x, axis, start + (count - 1) * step, count, -step);
    return op_flip(t, x, UINT32_C(1) << axis);
}

/* Starts, ends, axes or steps, by attribute or input; n axes or steps when left out. */
static int
slice_list(struct tape *t, struct op_call *call, size_t which, int n, int64_t *out)
{
    static const char *const names[] = {"starts", "ends", "axes", "steps"};
    bool by_input = operator_attr_kind(call->op, "starts") == 0;
    bool given = by_input ? onnx_in(call, which + 1) != NULL
                          : operator_attr_kind(call->op, names[which]) != 0 &&
                                attr_given(call, names[which]);

    for (int i = 0; !given && i < n; i++)
        out[i] = which == 2 ? i : 1;
    if (!given)
        return n;
    return by_input ? onnx_ints(t, call, call->in[which + 1], TENSOR_DIMS_MAX, out)
                    : onnx_attr_ints(t, call, names[which], TENSOR_DIMS_MAX, out);
}

void
onnx_slice(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int64_t range[4][TENSOR_DIMS_MAX]; /* starts, ends, axes, steps */
    int n = 0;
    uint32_t mask;

    for (size_t i = 0; i < 4; i++) {
        int count = slice_list(t, call, i, i < 2 ? 0 : n, range[i]);

        if (count < 0)
            return;
        n = i == 0 ? count : n;
        if (count == n)
            continue;
        (void)onnx_malformed(t, call, "starts, ends, axes and steps differ in number");
        return;
    }
    if (!axes_mask(t, call, range[2], n, x->dims, &mask))
        return;
    for (int i = 0; x && i < n; i++) {
        int axis = (int)(range[2][i] < 0 ? range[2][i] + x->dims : range[2][i]);
        const int64_t one[3] = {range[0][i], range[1][i], range[3][i]};

        x = slice_axis(t, call, x, axis, one);
    }
    call->out[0] = x;
}

static void
int64_result(struct tape *t, struct op_call *call, int dims, int64_t n,
             const int64_t *values)
{
    struct tensor *y = onnx_index(t, dims, &n);

    for (int64_t i = 0; y && i < (dims > 0 ? n : 1); i++)
        tensor_i64(y)[i] = values[i];
    call->out[0] = y;
}

void
onnx_shape(struct tape *t, struct op_call *call)
{
    const struct tensor *x = call->in[0];
    int64_t start = 0, end = x->dims;

    if (operator_attr_kind(call->op, "start") != 0) {
        start = attr_int(call, "start");
        end = attr_given(call, "end") ? attr_int(call, "end") : end;
    }
    start += start < 0 ? x->dims : 0;
    end += end < 0 ? x->dims : 0;
    start = start < 0 ? 0 : start > x->dims ? x->dims : start;
    end = end < start ? start : end > x->dims ? x->dims : end;
    int64_result(t, call, 1, end - start, x->size + start);
}

void
onnx_size(struct tape *t, struct op_call *call)
{
    int64_t count = tensor_count(call->in[0]);

    int64_result(t, call, 0, 0, &count);
}

/* Each dimension n as (1, n), stretched to (repeats, n), and put together. */
void
onnx_tile(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int64_t repeats[TENSOR_DIMS_MAX], size[TENSOR_DIMS_MAX];
    int n = onnx_ints(t, call, call->in[1], TENSOR_DIMS_MAX, repeats);

    if (n < 0)
        return;
    if (n != x->dims) {
        (void)onnx_malformed(t, call, "%d repeats for %d dimensions", n, x->dims);
        return;
    }
    for (int d = 0; d < n && x; d++) {
        bool ok = repeats[d] >= 0;

        memcpy(size, x->size, sizeof(size));
        ok = ok && !__builtin_mul_overflow(size[d], repeats[d], &size[d]);
        (void)shape_count(n, size, &ok);
        if (!ok) {
            (void)onnx_malformed(t, call, "%" PRId64 " repeats", repeats[d]);
            return;
        }
        if (repeats[d] == 1 || x->dims == TENSOR_DIMS_MAX)
            continue;
        x = op_unsqueeze(t, x, d);
        if (!x)
            return;
        memcpy(size, x->size, sizeof(size));
        size[d] = repeats[d];
        x = op_expand(t, x, n + 1, size);
        size[d + 1] *= repeats[d];
        memmove(&size[d], &size[d + 1], (size_t)(n - d) * sizeof(size[0]));
        x = op_reshape(t, x, n, size);
    }
    call->out[0] = x;
}

/* (n, c, h, w) with blocks of the channels spread over h and w. */
void
onnx_depth_to_space(struct tape *t, struct op_call *call)
{
    static const int64_t by_depth[] = {0, 3, 4, 1, 5, 2},
                         by_column[] = {0, 1, 4, 2, 5, 3};
    struct tensor *x = call->in[0];
    int64_t b = attr_int(call, "blocksize");
    bool dcr = operator_attr_kind(call->op, "mode") == 0 ||
               strcmp(attr_text(call, "mode"), "DCR") == 0;

    if (x->dims != 4 || b < 1 || b > INT16_MAX || x->size[2] > INT32_MAX ||
        x->size[3] > INT32_MAX || x->size[1] % (b * b) != 0) {
        (void)onnx_malformed(t, call,
                             "4 dimensions and channels in whole blocks are wanted");
        return;
    }
    {
        int64_t n = x->size[0], c = x->size[1] / (b * b), h = x->size[2], w = x->size[3];
        const int64_t dcr_size[] = {n, b, b, c, h, w}, crd_size[] = {n, c, b, b, h, w};
        const int64_t size[] = {n, c, h * b, w * b};

        x = op_reshape(t, x, 6, dcr ? dcr_size : crd_size);
        x = op_permute(t, x, 6, dcr ? by_depth : by_column);
        call->out[0] = op_reshape(t, x, 4, size);
    }
}

void
onnx_space_to_depth(struct tape *t, struct op_call *call)
{
    static const int64_t order[] = {0, 3, 5, 1, 2, 4};
    struct tensor *x = call->in[0];
    int64_t b = attr_int(call, "blocksize");

    if (x->dims != 4 || b < 1 || b > INT16_MAX || x->size[1] > INT32_MAX ||
        x->size[2] % b != 0 || x->size[3] % b != 0) {
        (void)onnx_malformed(t, call, "4 dimensions and whole blocks are wanted");
        return;
    }
    {
        int64_t n = x->size[0], c = x->size[1], h = x->size[2] / b, w = x->size[3] / b;
        const int64_t split[] = {n, c, h, b, w, b}, size[] = {n, c * b * b, h, w};

        x = op_permute(t, op_reshape(t, x, 6, split), 6, order);
        call->out[0] = op_reshape(t, x, 4, size);
    }
}
