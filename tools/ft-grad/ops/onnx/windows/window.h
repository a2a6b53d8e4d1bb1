/*
 * window.h: sliding windows over the spatial dimensions of (batch, channels, ...).
 */
#ifndef FTG_OPS_ONNX_WINDOWS_WINDOW_H
#define FTG_OPS_ONNX_WINDOWS_WINDOW_H

#include "ops/onnx/kernel.h"

enum { WINDOW_DIMS_MAX = TENSOR_DIMS_MAX - 2 };

struct window {
    int dims; /* spatial ones */
    int64_t in[WINDOW_DIMS_MAX], out[WINDOW_DIMS_MAX];
    int64_t kernel[WINDOW_DIMS_MAX], stride[WINDOW_DIMS_MAX], dilation[WINDOW_DIMS_MAX];
    int64_t before[WINDOW_DIMS_MAX], after[WINDOW_DIMS_MAX]; /* padding */
    int64_t taps, places, area; /* products of kernel, out, in */
};

/*
 * From the attributes kernel_shape (or `kernel`, which it must then equal), strides,
 * dilations, pads, auto_pad and ceil_mode, as far as the operator has them.
 */
bool window_read(struct tape *t, struct op_call *call, const struct tensor *x,
                 const int64_t *kernel, struct window *w);
/* Strides, dilations, pads of a transposed convolution, without sizes of the result. */
bool window_read_numbers(struct tape *t, struct op_call *call, const struct tensor *x,
                         const int64_t *kernel, struct window *w);
/* The products, from in, out and kernel; false when they do not fit. */
bool window_count(struct tape *t, struct op_call *call, struct window *w);

/* The number within one image that window `place` sees through tap; -1: padding. */
int64_t window_source(const struct window *w, int64_t place, int64_t tap);

/* (taps, places): all of window_source(). */
int64_t *window_table(struct tape *t, const struct window *w);

/* (n, groups, channels of a group times taps, places) of numbers in x; -1: padding. */
struct tensor *window_columns(struct tape *t, const struct window *w, int64_t n,
                              int64_t channels, int64_t groups);

#endif
