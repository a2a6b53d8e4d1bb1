/*
 * interpolate.c: images of another size: nearest, linear and cubic.
 *
 * Source coordinates are computed as ATen does (native/UpSample.h): from a given scale
 * when there is one, in the image's own precision.
 */
#define _XOPEN_SOURCE 700
#include "ops/nn/nn.h"
#include "ops/nn/resample.h"

#include "ops/operators.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum mode { NEAREST, NEAREST_EXACT, LINEAR, CUBIC, AREA };

struct request {
    enum mode mode;
    bool align_corners;
    bool single; /* coordinates in float */
    int spatial;
    int64_t size[PATCH_DIMS];
    double scale[PATCH_DIMS]; /* 0: from the sizes */
};

static double
rounded(const struct request *q, double x)
{
    return q->single ? (double)(float)x : x;
}

/* Source steps for each step of the output. */
static double
step_of(const struct request *q, int64_t in, int64_t out, double scale)
{
    if (q->align_corners)
        return out > 1 ? rounded(q, (double)(in - 1) / (double)(out - 1)) : 0;
    return rounded(q, scale > 0 ? 1 / scale : (double)in / (double)out);
}

/* torch looks at the lengths first in two dimensions, and only there. */
static int64_t
nearest(const struct request *q, const struct resample *r, double step, int64_t i)
{
    double x = rounded(q, step * (double)i);
    int64_t at;

    if (q->mode == NEAREST && q->spatial == 2 && r->out == r->in)
        return i;
    if (q->mode == NEAREST && q->spatial == 2 && r->out == 2 * r->in)
        return i >> 1;
    if (q->mode == NEAREST_EXACT) {
        x = rounded(q, rounded(q, step * rounded(q, (double)i + 0.5)) - 0.5);
        x = rounded(q, x + 0.5);
    }
    at = (int64_t)floorf((float)x);
    return at < r->in - 1 ? at : r->in - 1;
}

/* Weights of the cubic convolution with A = -0.75 at distances 1 + f, f, 1 - f, 2 - f. */
static void
cubic(double f, double out[4])
{
    const double a = -0.75;
    const double far[2] = {f + 1, 2 - f}, near[2] = {f, 1 - f};

    for (int k = 0; k < 2; k++) {
        double x = far[k], z = near[k];

        out[k == 0 ? 0 : 3] = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
        out[k == 0 ? 1 : 2] = ((a + 2) * z - (a + 3)) * z * z + 1;
    }
}

static void
set_taps(const struct request *q, struct resample *r, int64_t *at, double *weight,
         double scale)
{
    double step = step_of(q, r->in, r->out, scale);

    for (int64_t i = 0; i < r->out; i++) {
        double x = q->align_corners
                       ? rounded(q, step * (double)i)
                       : rounded(q, rounded(q, step * ((double)i + 0.5)) - 0.5);
        int64_t floor_x, *to = at + i * r->taps;
        double f;

        if (q->mode == NEAREST || q->mode == NEAREST_EXACT) {
            to[0] = nearest(q, r, step, i);
            continue;
        }
        if (q->mode == LINEAR && x < 0)
            x = 0;
        if (q->mode == LINEAR && r->in == r->out) /* copied */
            x = (double)i;
        floor_x = (int64_t)floor(x);
        if (floor_x > r->in - 1)
            floor_x = r->in - 1;
        f = rounded(q, x - (double)floor_x);
        if (q->mode == CUBIC) {
            cubic(f, weight + i * r->taps);
        } else {
            f = f < 0 ? 0 : f > 1 ? 1 : f;
            weight[2 * i] = rounded(q, 1 - f);
            weight[2 * i + 1] = f;
        }
        for (int k = 0; k < r->taps; k++) {
            int64_t place = floor_x + k - (q->mode == CUBIC ? 1 : 0);

            to[k] = place < 0 ? 0 : place > r->in - 1 ? r->in - 1 : place;
        }
    }
}

static struct tensor *
interpolate(struct tape *t, struct tensor *x, const struct request *q)
{
    static const char *const names[][3] = {
        {"UpsampleNearest1DBackward0", "UpsampleNearest2DBackward0",
         "UpsampleNearest3DBackward0"},
        {"UpsampleNearestExact1DBackward0", "UpsampleNearestExact2DBackward0",
         "UpsampleNearestExact3DBackward0"},
        {"UpsampleLinear1DBackward0", "UpsampleBilinear2DBackward0",
         "UpsampleTrilinear3DBackward0"},
        {"", "UpsampleBicubic2DBackward0", ""},
    };
    struct resample dims[PATCH_DIMS];

    for (int k = 0; k < q->spatial; k++) {
        /* The last dimension first: rows are short then. */
        int d = q->spatial - 1 - k, taps = q->mode <= NEAREST_EXACT ? 1
                                           : q->mode == LINEAR      ? 2
                                                                    : 4;
        size_t count = (size_t)q->size[d] * (size_t)taps;
        int64_t *at = heap_alloc(&t->heap, count * sizeof(*at) + 1);
        double *weight = heap_alloc(&t->heap, count * sizeof(*weight) + 1);

        if (!at || !weight)
            return tape_check(t, NULL);
        dims[k] = (struct resample){.dim = x->dims - q->spatial + d,
                                    .taps = taps,
                                    .in = x->size[x->dims - q->spatial + d],
                                    .out = q->size[d],
                                    .at = at,
                                    .weight = taps > 1 ? weight : NULL};
        set_taps(q, &dims[k], at, weight, q->scale[d]);
    }
    return op_resample(t, names[q->mode][q->spatial - 1], x, q->spatial, dims);
}

/* The mode by its word; false when it does not go with the dimensions. */
static bool
read_mode(struct tape *t, const struct op_call *call, struct request *q)
{
    static const struct {
        const char *name;
        enum mode mode;
        int spatial; /* 0: any */
    } modes[] = {
        {"nearest", NEAREST, 0},  {"nearest-exact", NEAREST_EXACT, 0},
        {"linear", LINEAR, 1},    {"bilinear", LINEAR, 2},
        {"trilinear", LINEAR, 3}, {"bicubic", CUBIC, 2},
        {"area", AREA, 0},
    };
    const char *mode = attr_text(call, "mode");

    for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
        if (strcmp(mode, modes[i].name) != 0)
            continue;
        q->mode = modes[i].mode;
        if (modes[i].spatial != 0 && modes[i].spatial != q->spatial)
            return tape_fail(t, ERR_MALFORMED, "NotImplementedError",
                             "Got %dD input, but %s mode needs %dD input", q->spatial + 2,
                             mode, modes[i].spatial + 2) != NULL;
        return true;
    }
    return tape_fail(t, ERR_UNSUPPORTED, "NotImplementedError",
                     "Input Error: Only 3D, 4D and 5D input Tensors supported (got %dD) "
                     "for the modes: nearest | linear | bilinear | bicubic | trilinear | "
                     "area | nearest-exact (got %s)",
                     q->spatial + 2, mode) != NULL;
}

static bool
read_sizes(struct tape *t, const struct op_call *call, struct request *q)
{
    bool by_size = attr_given(call, "size"), by_scale = attr_given(call, "scale_factor");
    const struct tensor *x = call->in[0];

    if (by_size == by_scale)
        return tape_fail(t, ERR_MALFORMED, "ValueError",
                         by_size
                             ? "only one of size or scale_factor should be defined"
                             : "either size or scale_factor should be defined") != NULL;
    if (by_size) {
        attr_ints(t, call, "size", q->spatial, q->size);
    } else {
        const struct op_attr *scale = attr_list(call, "scale_factor");

        if (scale->count != 1 && scale->count != (size_t)q->spatial)
            return tape_fail(t, ERR_MALFORMED, "ValueError",
                             "Input and scale_factor must have the same number of "
                             "spatial dimensions, but got input with spatial dimensions "
                             "of %d and scale_factor of %zu numbers.",
                             q->spatial, scale->count) != NULL;
        for (int d = 0; d < q->spatial; d++) {
            q->scale[d] = scale->reals[scale->count == 1 ? 0 : d];
            if (q->scale[d] > 0 && q->scale[d] < 1e6)
                q->size[d] = (int64_t)floor((double)x->size[d + 2] * q->scale[d]);
        }
    }
    for (int d = 0; d < q->spatial && !t->failed; d++) {
        if (q->size[d] <= 0 || q->size[d] > 1 << 24 || x->size[d + 2] <= 0)
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "Input and output sizes should be greater than 0, but got "
                             "input %" PRId64 " and output %" PRId64,
                             x->size[d + 2], q->size[d]) != NULL;
    }
    return !t->failed;
}

void
run_interpolate(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    struct request q = {.spatial = x->dims - 2, .single = x->type == TENSOR_F32};

    if (q.spatial < 1 || q.spatial > 3) {
        (void)tape_fail(t, ERR_MALFORMED, "NotImplementedError",
                        "Input Error: Only 3D, 4D and 5D input Tensors supported (got "
                        "%dD)",
                        x->dims);
        return;
    }
    if (!read_mode(t, call, &q) || !read_sizes(t, call, &q))
        return;
    if (attr_given(call, "align_corners")) {
        q.align_corners = attr_bool(call, "align_corners");
        if (q.mode != LINEAR && q.mode != CUBIC) {
            (void)tape_fail(t, ERR_MALFORMED, "ValueError",
                            "align_corners option can only be set with the "
                            "interpolating modes: linear | bilinear | bicubic | "
                            "trilinear");
            return;
        }
    }
    call->out[0] = q.mode == AREA ? op_adaptive_avg_pool(t, x, q.spatial, q.size)
                                  : interpolate(t, x, &q);
}
