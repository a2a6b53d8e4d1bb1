/*
 * signal.c: windows, Fourier transforms and mel weights.
 *
 * Transforms are sums by definition, in double; signals in models are short.
 */
#define _XOPEN_SOURCE 700
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* a0 - a1 cos(2 pi k / n) + a2 cos(4 pi k / n) */
static void
window(struct tape *t, struct op_call *call, double a0, double a1, double a2)
{
    enum tensor_type type = onnx_type_of(attr_int(call, "output_datatype"));
    const struct tensor *size = call->in[0];
    int64_t n = tensor_count(size) == 1 ? onnx_int_at(size, 0) : -1;
    double period = (double)(attr_int(call, "periodic") == 1 ? n : n - 1);
    struct tensor *y;

    if (n < 0 || n > INT32_MAX ||
        dtype_kind(tensor_type_dtype(type)) != DTYPE_KIND_FLOAT) {
        (void)onnx_unsupported(t, call,
                               "a window of %" PRId64 " numbers of %s "
                               "(supported: floating-point types)",
                               n, tensor_type_name(type));
        return;
    }
    y = tape_check(t, tensor_new(&t->heap, type, 1, &n));
    for (int64_t k = 0; y && k < n; k++) {
        double angle = period > 0 ? 2 * M_PI * (double)k / period : 0;

        tensor_set(y, k, period > 0 ? a0 - a1 * cos(angle) + a2 * cos(2 * angle) : 1);
    }
    call->out[0] = y;
}

void
onnx_hann_window(struct tape *t, struct op_call *call)
{
    window(t, call, 0.5, 0.5, 0);
}

void
onnx_hamming_window(struct tape *t, struct op_call *call)
{
    window(t, call, 25.0 / 46, 1 - 25.0 / 46, 0);
}

void
onnx_blackman_window(struct tape *t, struct op_call *call)
{
    window(t, call, 0.42, 0.5, 0.08);
}

/* A strided signal of `components` numbers each; those beyond count are zero. */
struct signal {
    const struct tensor *x;
    int64_t base, step, count, components;
    const struct tensor *window; /* NULL: ones */
};

/* Sum of x[i] exp(sign 2 pi i k / n). */
static void
transform(const struct signal *s, int64_t n, int64_t k, double sign, double *out)
{
    out[0] = out[1] = 0;
    for (int64_t i = 0; i < n && i < s->count; i++) {
        /* The product modulo n keeps the angle small. */
        double angle = 2 * M_PI * (double)((uint64_t)i * (uint64_t)k % (uint64_t)n) /
                       (double)n * sign;
        double c = cos(angle), d = sin(angle);
        double w = s->window ? tensor_get(s->window, i) : 1;
        double re = w * tensor_get(s->x, s->base + i * s->step);
        double im =
            s->components == 2 ? w * tensor_get(s->x, s->base + i * s->step + 1) : 0;

        out[0] += re * c - im * d;
        out[1] += re * d + im * c;
    }
}

/* x (batch, ..., signal, ..., components) */
void
onnx_dft(struct tape *t, struct op_call *call)
{
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, call->in[0])), *y;
    bool inverse = attr_int(call, "inverse") == 1, half = attr_int(call, "onesided") == 1;
    bool by_input = operator_attr_kind(call->op, "axis") == 0;
    int64_t n = -1, where = by_input ? -2 : attr_int(call, "axis"), size[TENSOR_DIMS_MAX];
    int64_t bins, inner = 1;
    struct signal s = {.x = x};
    int axis;

    if (!x || !onnx_int(t, call, 1, &n) || !onnx_int(t, call, 2, &where))
        return;
    axis = onnx_axis(t, call, where, x->dims);
    s.components = x->dims > 1 ? x->size[x->dims - 1] : 0;
    if (axis < 0 || axis == x->dims - 1 || s.components < 1 || s.components > 2 ||
        (half && (inverse || s.components != 1))) {
        (void)onnx_unsupported(t, call, "this axis, these components or this direction");
        return;
    }
    n = n < 0 ? x->size[axis] : n;
    if (n < 1 || n > INT32_MAX) {
        (void)onnx_malformed(t, call, "a transform of %" PRId64 " numbers", n);
        return;
    }
    if ((double)n * (double)(n < x->size[axis] ? n : x->size[axis]) > 1e9) {
        (void)onnx_unsupported(t, call,
                               "a transform of %" PRId64 " numbers, which takes "
                               "more than 10^9 steps",
                               n);
        return;
    }
    bins = half ? n / 2 + 1 : n;
    for (int d = axis + 1; d < x->dims - 1; d++)
        inner *= x->size[d];
    memcpy(size, x->size, sizeof(size));
    size[axis] = bins;
    size[x->dims - 1] = 2;
    y = tape_check(t, tensor_new(&t->heap, x->type, x->dims, size));
    s.count = x->size[axis];
    s.step = inner * s.components;
    for (int64_t i = 0; y && i < tensor_count(y) / 2; i++) {
        int64_t outer = i / inner / bins;
        double sum[2];

        s.base = (outer * s.count * inner + i % inner) * s.components;
        transform(&s, n, i / inner % bins, inverse ? 1 : -1, sum);
        tensor_set(y, 2 * i, inverse ? sum[0] / (double)n : sum[0]);
        tensor_set(y, 2 * i + 1, inverse ? sum[1] / (double)n : sum[1]);
    }
    call->out[0] = y;
}

/* x (batch, length, components) in frames: (batch, frames, bins, 2) */
void
onnx_stft(struct tape *t, struct op_call *call)
{
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, call->in[0])), *y;
    struct tensor *weights = onnx_in(call, 2);
    bool half = attr_int(call, "onesided") == 1;
    int64_t step = 0, n = -1, frames;
    struct signal s = {.x = x};

    if (!x || !onnx_int(t, call, 1, &step) || !onnx_int(t, call, 3, &n))
        return;
    s.window = weights ? tape_check(t, tensor_contiguous(&t->heap, weights)) : NULL;
    n = n < 0 && weights ? tensor_count(weights) : n;
    s.components = x->dims == 3 ? x->size[2] : 1;
    if (x->dims < 2 || x->dims > 3 || step < 1 || n < 1 || n > x->size[1] ||
        s.components < 1 || s.components > 2 || (half && s.components == 2) ||
        (s.window && (s.window->dims != 1 || s.window->size[0] != n))) {
        (void)onnx_malformed(t, call, "signal, frame and window do not fit");
        return;
    }
    frames = (x->size[1] - n) / step + 1;
    s.count = n;
    s.step = s.components;
    {
        const int64_t size[4] = {x->size[0], frames, half ? n / 2 + 1 : n, 2};

        y = tape_check(t, tensor_new(&t->heap, x->type, 4, size));
        for (int64_t i = 0; y && i < tensor_count(y) / 2; i++) {
            int64_t frame = i / size[2] % frames, batch = i / size[2] / frames;
            double sum[2];

            s.base = (batch * x->size[1] + frame * step) * s.components;
            transform(&s, n, i % size[2], -1, sum);
            tensor_set(y, 2 * i, sum[0]);
            tensor_set(y, 2 * i + 1, sum[1]);
        }
    }
    call->out[0] = y;
}

static double
mel_of(double hertz)
{
    return 2595 * log10(1 + hertz / 700);
}

/* Triangles between places that are evenly spaced in mel; (spectrogram bins, mel bins) */
void
onnx_mel_weight_matrix(struct tape *t, struct op_call *call)
{
    enum tensor_type type = onnx_type_of(attr_int(call, "output_datatype"));
    double in[5], low, high;
    int64_t size[2];
    struct tensor *y;

    for (int i = 0; i < 5; i++) {
        struct tensor *one = tape_check(t, tensor_contiguous(&t->heap, call->in[i]));

        in[i] = one && tensor_count(one) == 1 ? tensor_get(one, 0) : (double)NAN;
        if (!(in[i] >= 0 && in[i] < 1e9)) {
            (void)onnx_malformed(t, call, "input %d is not one number", i);
            return;
        }
    }
    if (in[2] < 1) {
        (void)onnx_malformed(t, call, "a sample rate of %g", in[2]);
        return;
    }
    size[0] = (int64_t)in[1] / 2 + 1;
    size[1] = (int64_t)in[0];
    y = tape_check(t, tensor_zeros(&t->heap, type, 2, size));
    low = mel_of(in[3]);
    high = mel_of(in[4]);
    for (int64_t i = 0; y && i < size[1]; i++) {
        int64_t edge[3];

        for (int k = 0; k < 3; k++) {
            double mel = (double)(i + k) * ((high - low) / (double)(size[1] + 2)) + low;
            double hertz = 700 * (pow(10, mel / 2595) - 1);

            edge[k] = (int64_t)floor((in[1] + 1) * hertz / in[2]);
        }
        if (edge[2] > size[0]) {
            (void)onnx_unsupported(
                t, call,
                "upper_edge_hertz is %g (supported: within the %" PRId64
                " bins of the spectrum)",
                in[4], size[0]);
            return;
        }
        if (edge[1] == edge[0] && edge[1] >= 0 && edge[1] < size[0])
            tensor_set(y, edge[1] * size[1] + i, 1);
        for (int64_t j = edge[0] > 0 ? edge[0] : 0;
             j < size[0] && j <= edge[1] && edge[1] > edge[0]; j++) {
            tensor_set(y, j * size[1] + i,
                       (double)(j - edge[0]) / (double)(edge[1] - edge[0]));
        }
        for (int64_t j = edge[1] > 0 ? edge[1] : 0; j < size[0] && j < edge[2]; j++) {
            tensor_set(y, j * size[1] + i,
                       (double)(edge[2] - j) / (double)(edge[2] - edge[1]));
        }
    }
    call->out[0] = y;
}
