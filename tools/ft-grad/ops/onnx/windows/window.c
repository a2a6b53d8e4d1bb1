/*
 * window.c: see window.h.
 */
#include "ops/onnx/windows/window.h"

#include <inttypes.h>
#include <string.h>

/* A list of one number for each spatial dimension, `fallback` when it is left out. */
static bool
numbers(struct tape *t, struct op_call *call, const char *name, int dims,
        int64_t fallback, int64_t least, int64_t *out)
{
    int n;

    for (int d = 0; d < dims; d++)
        out[d] = fallback;
    if (operator_attr_kind(call->op, name) == 0 || !attr_given(call, name))
        return true;
    n = onnx_attr_ints(t, call, name, dims, out);
    if (n != dims && n >= 0)
        (void)onnx_malformed(t, call, "attribute '%s' has %d numbers for %d dimensions",
                             name, n, dims);
    for (int d = 0; d < dims && n == dims; d++) {
        if (out[d] >= least && out[d] <= 1 << 30)
            continue;
        (void)onnx_malformed(t, call, "attribute '%s' holds %" PRId64, name, out[d]);
        return false;
    }
    return n == dims;
}

static bool
read_pads(struct tape *t, struct op_call *call, struct window *w)
{
    int64_t pads[2 * WINDOW_DIMS_MAX] = {0};
    bool automatic = operator_attr_kind(call->op, "auto_pad") != 0 &&
                     strcmp(attr_text(call, "auto_pad"), "NOTSET") != 0;

    if (!numbers(t, call, "pads", 2 * w->dims, 0, 0, pads))
        return false;
    if (automatic && attr_given(call, "pads")) {
        (void)onnx_unsupported(t, call, "attribute 'pads' beside auto_pad %s",
                               attr_text(call, "auto_pad"));
        return false;
    }
    memcpy(w->before, pads, (size_t)w->dims * sizeof(*pads));
    memcpy(w->after, pads + w->dims, (size_t)w->dims * sizeof(*pads));
    return true;
}

bool
window_read_numbers(struct tape *t, struct op_call *call, const struct tensor *x,
                    const int64_t *kernel, struct window *w)
{
    memset(w, 0, sizeof(*w));
    w->dims = x->dims - 2;
    if (w->dims < 1) {
        (void)onnx_malformed(t, call, "%d dimensions, 3 or more are wanted", x->dims);
        return false;
    }
    memcpy(w->in, x->size + 2, (size_t)w->dims * sizeof(w->in[0]));
    for (int d = 0; d < w->dims; d++) {
        if (w->in[d] > 1 << 30 || (kernel && kernel[d] > 1 << 30)) {
            (void)onnx_unsupported(t, call, "more than 2^30 elements in a dimension");
            return false;
        }
    }
    if (!numbers(t, call, "kernel_shape", w->dims, 1, 1, w->kernel) ||
        !numbers(t, call, "strides", w->dims, 1, 1, w->stride) ||
        !numbers(t, call, "dilations", w->dims, 1, 1, w->dilation) ||
        !read_pads(t, call, w))
        return false;
    for (int d = 0; kernel && d < w->dims; d++) {
        if (attr_given(call, "kernel_shape") && w->kernel[d] != kernel[d]) {
            (void)onnx_malformed(t, call,
                                 "kernel_shape is %" PRId64 ", the weights have %" PRId64,
                                 w->kernel[d], kernel[d]);
            return false;
        }
        w->kernel[d] = kernel[d];
        if (kernel[d] < 1) {
            (void)onnx_malformed(t, call, "an empty kernel");
            return false;
        }
    }
    return true;
}

/* Padding so that each stride has one result. */
static bool
pad_same(struct tape *t, struct op_call *call, struct window *w, int d, bool upper)
{
    int64_t reach = (w->kernel[d] - 1) * w->dilation[d] + 1, total;

    w->out[d] = (w->in[d] + w->stride[d] - 1) / w->stride[d];
    total = (w->out[d] - 1) * w->stride[d] + reach - w->in[d];
    if (total < 0 || w->in[d] == 0 ||
        (operator_attr_kind(call->op, "group") == 0 && w->dilation[d] != 1)) {
        (void)onnx_unsupported(t, call,
                               "auto_pad where windows leave elements out, or are "
                               "dilated");
        return false;
    }
    w->before[d] = upper ? total / 2 : total - total / 2;
    w->after[d] = total - w->before[d];
    return true;
}

static bool
fit(struct tape *t, struct op_call *call, struct window *w, int d)
{
    bool ceil = operator_attr_kind(call->op, "ceil_mode") != 0 &&
                attr_int(call, "ceil_mode") == 1;
    int64_t reach = (w->kernel[d] - 1) * w->dilation[d] + 1;
    int64_t room = w->in[d] + w->before[d] + w->after[d] - reach;

    if (room < 0 || w->in[d] == 0) {
        (void)onnx_malformed(t, call, "a window of %" PRId64 " in %" PRId64 " elements",
                             reach, w->in[d] + w->before[d] + w->after[d]);
        return false;
    }
    w->out[d] = (room + (ceil ? w->stride[d] - 1 : 0)) / w->stride[d] + 1;
    /* A window that would begin in the padding behind is none. */
    if (ceil && (w->out[d] - 1) * w->stride[d] >= w->in[d] + w->before[d])
        w->out[d]--;
    return true;
}

bool
window_count(struct tape *t, struct op_call *call, struct window *w)
{
    bool ok = true;

    w->taps = shape_count(w->dims, w->kernel, &ok);
    w->places = shape_count(w->dims, w->out, &ok);
    w->area = shape_count(w->dims, w->in, &ok);
    if (!ok)
        (void)onnx_malformed(t, call, "sizes that do not fit");
    return ok;
}

bool
window_read(struct tape *t, struct op_call *call, const struct tensor *x,
            const int64_t *kernel, struct window *w)
{
    const char *mode;

    if (!window_read_numbers(t, call, x, kernel, w))
        return false;
    mode =
        operator_attr_kind(call->op, "auto_pad") != 0 ? attr_text(call, "auto_pad") : "";
    for (int d = 0; d < w->dims; d++) {
        bool same = strncmp(mode, "SAME", 4) == 0;

        if (same ? !pad_same(t, call, w, d, strcmp(mode, "SAME_UPPER") == 0)
                 : !fit(t, call, w, d))
            return false;
    }
    return window_count(t, call, w);
}

int64_t
window_source(const struct window *w, int64_t place, int64_t tap)
{
    int64_t number = 0, step = 1;

    for (int d = w->dims - 1; d >= 0; d--) {
        int64_t at = place % w->out[d] * w->stride[d] - w->before[d] +
                     tap % w->kernel[d] * w->dilation[d];

        if (at < 0 || at >= w->in[d])
            return -1;
        number += at * step;
        step *= w->in[d];
        place /= w->out[d];
        tap /= w->kernel[d];
    }
    return number;
}

int64_t *
window_table(struct tape *t, const struct window *w)
{
    const int64_t size[2] = {w->taps, w->places};
    struct tensor *table = onnx_index(t, 2, size);

    for (int64_t k = 0; table && k < w->taps; k++) {
        for (int64_t p = 0; p < w->places; p++)
            tensor_i64(table)[k * w->places + p] = window_source(w, p, k);
    }
    return table ? tensor_i64(table) : NULL;
}

struct tensor *
window_columns(struct tape *t, const struct window *w, int64_t n, int64_t channels,
               int64_t groups)
{
    const int64_t size[4] = {n, groups, channels / groups * w->taps, w->places};
    int64_t *table = window_table(t, w), *to, block = w->taps * w->places;
    struct tensor *index = table ? onnx_index(t, 4, size) : NULL;

    if (!index)
        return NULL;
    to = tensor_i64(index);
    for (int64_t image = 0; image < n * channels; image++) {
        for (int64_t i = 0; i < block; i++)
            *to++ = table[i] < 0 ? -1 : image * w->area + table[i];
    }
    return index;
}
