/*
 * grid.c: GridSample and AffineGrid: images read at any coordinates.
 *
 * Coordinates are -1..1 over each spatial dimension, the last one first in a tuple.
 */
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { GRID_DIMS_MAX = 3, GRID_TAPS_MAX = 4 };
enum padding { PADDING_ZEROS, PADDING_BORDER, PADDING_REFLECTION };

struct grid {
    const struct tensor *x; /* contiguous (n, c, ...) */
    int dims, taps;         /* spatial; along each: 1 nearest, 2 linear, 4 cubic */
    enum padding padding;
    bool corners; /* -1 and 1 are the centres of the outer elements */
};

/* Back and forth between low and high. */
static double
reflect(double x, double low, double high)
{
    double range = high - low, rest;

    if (range <= 0)
        return low;
    rest = fmod(x < low ? low - x : x - low, 2 * range);
    return low + (rest > range ? 2 * range - rest : rest);
}

/* Where coordinate i lies; -1: read as zero. */
static int64_t
place(const struct grid *g, double i, int64_t n)
{
    double low = g->corners ? 0 : -0.5,
           high = g->corners ? (double)n - 1 : (double)n - 0.5;

    if (i >= 0 && i <= (double)(n - 1))
        return (int64_t)i;
    if (g->padding == PADDING_ZEROS)
        return -1;
    if (g->padding == PADDING_REFLECTION)
        i = nearbyint(reflect(i, low, high));
    return i < 0 ? 0 : i > (double)(n - 1) ? n - 1 : (int64_t)i;
}

static double
keys(double x)
{
    const double a = -0.75;

    x = fabs(x);
    if (x <= 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/* The elements along dimension d that coordinate u (-1..1) is made of. */
static void
along(const struct grid *g, int64_t n, double u, int64_t *at, double *weight)
{
    double x = g->corners ? (u + 1) / 2 * (double)(n - 1) : ((u + 1) * (double)n - 1) / 2;
    double low = g->corners ? 0 : -0.5,
           high = g->corners ? (double)n - 1 : (double)n - 0.5;
    double first;

    if (g->padding == PADDING_BORDER && g->taps < 4)
        x = x < 0 ? 0 : x > (double)(n - 1) ? (double)(n - 1) : x;
    if (g->padding == PADDING_REFLECTION && g->taps < 4)
        x = reflect(x, low, high);
    if (!(fabs(x) < 1e15))
        x = -1e9;
    if (g->taps == 1) {
        at[0] = place(g, nearbyint(x), n);
        weight[0] = 1;
        return;
    }
    first = floor(x) - (g->taps == 4);
    for (int k = 0; k < g->taps; k++) {
        double distance = x - (first + k);

        at[k] = place(g, first + k, n);
        weight[k] = g->taps == 4 ? keys(distance) : 1 - fabs(distance);
    }
}

/* One result: the sum over all combinations of taps. */
static double
sample(const struct grid *g, int64_t base, const double *u)
{
    int64_t at[GRID_DIMS_MAX][GRID_TAPS_MAX], combinations = 1;
    double weight[GRID_DIMS_MAX][GRID_TAPS_MAX], sum = 0;

    for (int d = 0; d < g->dims; d++) {
        along(g, g->x->size[d + 2], u[g->dims - 1 - d], at[d], weight[d]);
        combinations *= g->taps;
    }
    for (int64_t c = 0; c < combinations; c++) {
        int64_t rest = c, number = 0, step = 1;
        double w = 1;

        for (int d = g->dims - 1; d >= 0; d--) {
            int64_t k = rest % g->taps;

            rest /= g->taps;
            w *= weight[d][k];
            number = at[d][k] < 0 || number < 0 ? -1 : number + at[d][k] * step;
            step *= g->x->size[d + 2];
        }
        if (number >= 0)
            sum += w * tensor_get(g->x, base + number);
    }
    return sum;
}

static bool
begin(struct grid *g, struct tape *t, struct op_call *call, const struct tensor *points)
{
    const char *mode = attr_text(call, "mode"),
               *padding = attr_text(call, "padding_mode");
    struct tensor *x = call->in[0];

    g->x = tape_check(t, tensor_contiguous(&t->heap, x));
    g->dims = x->dims - 2;
    g->taps = strcmp(mode, "nearest") == 0 ? 1 : strstr(mode, "linear") ? 2 : 4;
    g->padding = padding[0] == 'z'   ? PADDING_ZEROS
                 : padding[0] == 'b' ? PADDING_BORDER
                                     : PADDING_REFLECTION;
    g->corners = attr_int(call, "align_corners") == 1;
    if (!g->x || g->dims < 1 || g->dims > GRID_DIMS_MAX || points->dims != x->dims ||
        points->size[0] != x->size[0] || points->size[points->dims - 1] != g->dims) {
        (void)onnx_malformed(t, call, "1 to 3 spatial dimensions and tuples as long");
        return false;
    }
    if (g->taps == 4 && g->dims != 2) {
        (void)onnx_unsupported(t, call, "mode %s in %d dimensions (supported: 2)", mode,
                               g->dims);
        return false;
    }
    if (dtype_kind(tensor_type_dtype(x->type)) != DTYPE_KIND_FLOAT) {
        (void)onnx_unsupported(t, call, "%s (supported: floating-point types)",
                               tensor_type_name(x->type));
        return false;
    }
    if (!onnx_refuse_nan(t, call, points))
        return false;
    for (int d = 2; d < x->dims; d++) {
        if (x->size[d] == 0) {
            (void)onnx_malformed(t, call, "an empty image");
            return false;
        }
    }
    return true;
}

void
onnx_grid_sample(struct tape *t, struct op_call *call)
{
    struct tensor *points = tape_check(t, tensor_contiguous(&t->heap, call->in[1])), *y;
    struct grid g;
    int64_t size[TENSOR_DIMS_MAX], places = 1, area = 1, channels;

    if (!points || !begin(&g, t, call, points))
        return;
    channels = size[1] = g.x->size[1];
    size[0] = g.x->size[0];
    for (int d = 0; d < g.dims; d++) {
        places *= size[d + 2] = points->size[d + 1];
        area *= g.x->size[d + 2];
    }
    y = tape_check(t, tensor_new(&t->heap, g.x->type, g.x->dims, size));
    for (int64_t i = 0; y && i < tensor_count(y); i++) {
        int64_t image = i / places, point = image / channels * places + i % places;
        double u[GRID_DIMS_MAX];

        for (int d = 0; d < g.dims; d++)
            u[d] = tensor_get(points, point * g.dims + d);
        tensor_set(y, i, sample(&g, image * area, u));
    }
    call->out[0] = y;
}

/* theta (n, d, d + 1), size (n, c, ...): the tuples of each place. */
void
onnx_affine_grid(struct tape *t, struct op_call *call)
{
    struct tensor *theta = tape_check(t, tensor_contiguous(&t->heap, call->in[0])), *y;
    int64_t size[TENSOR_DIMS_MAX], shape[TENSOR_DIMS_MAX];
    int n = onnx_ints(t, call, call->in[1], TENSOR_DIMS_MAX, size), dims = n - 2;
    bool corners = attr_int(call, "align_corners") == 1;

    if (!theta || n < 0)
        return;
    if (dims < 2 || dims > 3 || theta->dims != 3 || theta->size[0] != size[0] ||
        theta->size[1] != dims || theta->size[2] != dims + 1) {
        (void)onnx_malformed(t, call, "theta and size do not fit");
        return;
    }
    shape[0] = size[0];
    memcpy(shape + 1, size + 2, (size_t)dims * sizeof(size[0]));
    shape[dims + 1] = dims;
    y = tape_check(t, tensor_new(&t->heap, theta->type, dims + 2, shape));
    for (int64_t i = 0; y && i < tensor_count(y); i++) {
        int64_t rest = i / dims, row = i % dims, image;
        double u[GRID_DIMS_MAX], sum;

        for (int d = dims - 1; d >= 0; d--) {
            double at = (double)(rest % size[d + 2]), m = (double)size[d + 2];

            u[d] = corners ? (m == 1 ? 0 : 2 * at / (m - 1) - 1) : (2 * at + 1) / m - 1;
            rest /= size[d + 2];
        }
        image = rest;
        sum = tensor_get(theta, (image * dims + row) * (dims + 1) + dims);
        for (int d = 0; d < dims; d++) /* columns of theta are x, y, z */
            sum += tensor_get(theta, (image * dims + row) * (dims + 1) + d) *
                   u[dims - 1 - d];
        tensor_set(y, i, sum);
    }
    call->out[0] = y;
}
