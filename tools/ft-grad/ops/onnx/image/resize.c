/*
 * resize.c: resampling along one dimension after the other: each result is a weighted
 * sum of at most four elements.
 */
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { TAPS_MAX = 4 };

struct resize {
    struct tape *t;
    struct op_call *call;
    const char *mode, *transform, *nearest;
    double a, extrapolation;
    bool exclude;
    int dims;
    int64_t in[TENSOR_DIMS_MAX], out[TENSOR_DIMS_MAX];
    double scale[TENSOR_DIMS_MAX], roi[2][TENSOR_DIMS_MAX];
};

/* The coordinate in the input that result i of dimension d stands for. */
static double
original(const struct resize *r, int d, int64_t i)
{
    double x = (double)i, scale = r->scale[d], in = (double)r->in[d];
    double out = (double)r->out[d], from = r->roi[0][d], to = r->roi[1][d];
    const char *how = r->transform;

    if (strcmp(how, "asymmetric") == 0)
        return x / scale;
    if (strcmp(how, "align_corners") == 0)
        return out == 1 ? 0 : x * (in - 1) / (out - 1);
    if (strcmp(how, "pytorch_half_pixel") == 0)
        return out > 1 ? (x + 0.5) / scale - 0.5 : 0;
    if (strcmp(how, "tf_half_pixel_for_nn") == 0)
        return (x + 0.5) / scale;
    if (strcmp(how, "tf_crop_and_resize") == 0)
        return out > 1 ? from * (in - 1) + x * (to - from) * (in - 1) / (out - 1)
                       : 0.5 * (from + to) * (in - 1);
    if (strcmp(how, "half_pixel_symmetric") == 0) {
        double adjustment = out / (scale * in), center = in / 2;

        return center * (1 - adjustment) + (x + 0.5) / scale - 0.5;
    }
    return (x + 0.5) / scale - 0.5;
}

static int64_t
round_nearest(const struct resize *r, double x)
{
    if (strcmp(r->nearest, "floor") == 0)
        return (int64_t)floor(x);
    if (strcmp(r->nearest, "ceil") == 0)
        return (int64_t)ceil(x);
    if (strcmp(r->nearest, "round_prefer_ceil") == 0)
        return (int64_t)floor(x + 0.5);
    return (int64_t)ceil(x - 0.5);
}

/* The piecewise cubic of Keys. */
static double
cubic(double x, double a)
{
    x = fabs(x);
    if (x <= 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2)
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
    return 0;
}

/* Elements and weights of one result; how many. */
static int
taps(const struct resize *r, double x, int64_t n, int64_t *at, double *weight)
{
    int count = strcmp(r->mode, "nearest") == 0 ? 1
                : strcmp(r->mode, "cubic") == 0 ? 4
                                                : 2;
    int64_t first = (int64_t)floor(x) - (count == 4);
    double sum = 0;

    if (count == 1) {
        at[0] = round_nearest(r, x);
        weight[0] = 1;
    }
    for (int k = 0; count > 1 && k < count; k++) {
        double distance = x - (double)(first + k);

        at[k] = first + k;
        weight[k] = count == 4 ? cubic(distance, r->a) : 1 - fabs(distance);
        if (r->exclude && (at[k] < 0 || at[k] >= n))
            weight[k] = 0;
        sum += weight[k];
    }
    for (int k = 0; k < count; k++) {
        if (r->exclude && count > 1)
            weight[k] /= sum;
        at[k] = at[k] < 0 ? 0 : at[k] >= n ? n - 1 : at[k];
    }
    return count;
}

/* Tap k of every result along dimension d. */
static struct tensor *
pick(struct resize *r, struct tensor *x, int d, const int64_t *at, const int64_t *size)
{
    struct tensor *index = onnx_index(r->t, x->dims, size);
    int64_t inner = 1;

    for (int k = d + 1; k < x->dims; k++)
        inner *= x->size[k];
    for (int64_t i = 0; index && i < tensor_count(index); i++) {
        int64_t outer = i / inner / size[d];

        tensor_i64(index)[i] =
            (outer * x->size[d] + at[i / inner % size[d]]) * inner + i % inner;
    }
    return onnx_take(r->t, x, index, NULL);
}

static struct tensor *
resize_dimension(struct resize *r, struct tensor *x, int d)
{
    struct tape *t = r->t;
    int64_t n = r->out[d], size[TENSOR_DIMS_MAX], wide[TENSOR_DIMS_MAX];
    int64_t *at = heap_alloc(&t->heap, (size_t)(n + 1) * TAPS_MAX * sizeof(*at));
    struct tensor *weight[TAPS_MAX], *y = NULL, *outside;
    bool any_outside = false;
    int count = 1;

    for (int k = 0; k < x->dims; k++) {
        size[k] = k == d ? n : x->size[k];
        wide[k] = k == d ? n : 1;
    }
    outside = tape_check(t, tensor_zeros(&t->heap, TENSOR_BOOL, x->dims, wide));
    for (int k = 0; k < TAPS_MAX; k++)
        weight[k] =
            tape_check(t, tensor_new(&t->heap, tensor_is_real(x) ? x->type : TENSOR_F64,
                                     x->dims, wide));
    if (!at || t->failed)
        return tape_check(t, NULL);
    for (int64_t i = 0; i < n; i++) {
        double from = original(r, d, i), w[TAPS_MAX];
        int64_t places[TAPS_MAX];

        if (!(fabs(from) < 1e15))
            return onnx_malformed(t, r->call, "a coordinate of %g", from);
        count = taps(r, from, r->in[d], places, w);
        for (int k = 0; k < count; k++) {
            at[k * n + i] = places[k];
            tensor_set(weight[k], i, w[k]);
        }
        if (strcmp(r->transform, "tf_crop_and_resize") == 0 &&
            (from < 0 || from > (double)(r->in[d] - 1)))
            tensor_bool(outside)[i] = any_outside = true;
    }
    for (int k = 0; k < count; k++) {
        struct tensor *part = pick(r, x, d, at + k * n, size);

        if (count > 1)
            part = op_mul(t, part, weight[k]);
        y = y ? op_add(t, y, part) : part;
    }
    return any_outside ? op_masked_fill(t, y, outside, r->extrapolation) : y;
}

static void
run(struct resize *r)
{
    struct tensor *x = r->call->in[0];
    bool nearest = strcmp(r->mode, "nearest") == 0;

    if (!nearest && !tensor_is_real(x)) {
        (void)onnx_unsupported(r->t, r->call, "mode %s of integers (supported: nearest)",
                               r->mode);
        return;
    }
    for (int d = 0; d < x->dims; d++) {
        if (r->out[d] < 0 || r->out[d] > INT32_MAX ||
            (x->size[d] == 0 && r->out[d] > 0)) {
            (void)onnx_malformed(r->t, r->call, "size %" PRId64 " of dimension %d",
                                 r->out[d], d);
            return;
        }
    }
    for (int d = 0; x && d < r->dims; d++) {
        bool crop = strcmp(r->transform, "tf_crop_and_resize") == 0;

        if (r->out[d] != r->in[d] || r->scale[d] != 1 ||
            (crop && (r->roi[0][d] != 0 || r->roi[1][d] != 1)))
            x = resize_dimension(r, x, d);
    }
    r->call->out[0] = x;
}

/* n numbers of a float tensor. */
static bool
reals(struct resize *r, const struct tensor *x, int n, double *out)
{
    struct tensor *flat =
        tape_check(r->t, tensor_contiguous(&r->t->heap, (struct tensor *)(uintptr_t)x));

    if (!flat || flat->dims != 1 || flat->size[0] != n) {
        (void)onnx_malformed(r->t, r->call, "%d numbers are wanted", n);
        return false;
    }
    for (int i = 0; i < n; i++)
        out[i] = tensor_get(flat, i);
    return true;
}

static const char *
word(const struct op_call *call, const char *name, const char *fallback)
{
    return operator_attr_kind(call->op, name) != 0 ? attr_text(call, name) : fallback;
}

/* A size of the result from a product that may be too large. */
static bool
size_of(struct resize *r, int d, double product)
{
    if (!(product >= 0 && product <= INT32_MAX)) {
        (void)onnx_malformed(r->t, r->call, "size %g of dimension %d", product, d);
        return false;
    }
    r->out[d] = (int64_t)floor(product);
    return true;
}

/* Sizes given, by a policy about their proportions. */
static bool
apply_policy(struct resize *r, const int *axes, int n, const int64_t *sizes)
{
    const char *policy = word(r->call, "keep_aspect_ratio_policy", "stretch");
    bool larger = strcmp(policy, "not_smaller") == 0,
         stretch = strcmp(policy, "stretch") == 0;
    double common = 0;

    for (int i = 0; i < n; i++) {
        double scale = (double)sizes[i] / (double)r->in[axes[i]];

        common = i == 0 || (larger ? scale > common : scale < common) ? scale : common;
    }
    for (int i = 0; i < n; i++) {
        int d = axes[i];

        r->out[d] = sizes[i];
        r->scale[d] = stretch ? (double)sizes[i] / (double)r->in[d] : common;
        if (!stretch && !size_of(r, d, common * (double)r->in[d] + 0.5))
            return false;
    }
    return true;
}

static bool
read_sizes(struct resize *r, const int *axes, int n)
{
    struct op_call *call = r->call;
    size_t first = onnx_operator_of(call)->since >= 11 ? 2 : 1;
    struct tensor *scales = onnx_in(call, first), *given = onnx_in(call, first + 1);
    double list[TENSOR_DIMS_MAX];
    int64_t sizes[TENSOR_DIMS_MAX];

    if (scales && tensor_count(scales) == 0 && given)
        scales = NULL;
    if ((scales != NULL) == (given != NULL)) {
        (void)onnx_malformed(r->t, call, "either scales or sizes are wanted");
        return false;
    }
    if (given) {
        if (onnx_ints(r->t, call, given, TENSOR_DIMS_MAX, sizes) != n) {
            (void)onnx_malformed(r->t, call, "%d sizes are wanted", n);
            return false;
        }
        for (int i = 0; i < n; i++) {
            if (sizes[i] < 1 || sizes[i] > INT32_MAX || r->in[axes[i]] == 0) {
                (void)onnx_malformed(r->t, call, "size %" PRId64 " of dimension %d",
                                     sizes[i], axes[i]);
                return false;
            }
        }
        return apply_policy(r, axes, n, sizes);
    }
    if (!reals(r, scales, n, list))
        return false;
    for (int i = 0; i < n; i++) {
        if (!(list[i] > 0) || list[i] > 1e9) {
            (void)onnx_malformed(r->t, call, "a scale of %g", list[i]);
            return false;
        }
        r->scale[axes[i]] = list[i];
        if (!size_of(r, axes[i], list[i] * (double)r->in[axes[i]]))
            return false;
        /* ONNX's tests take the fraction along, ONNX Runtime the size. */
        if (strcmp(r->transform, "align_corners") == 0 &&
            fabs(list[i] * (double)r->in[axes[i]] - (double)r->out[axes[i]]) > 1e-4) {
            (void)onnx_unsupported(r->t, call,
                                   "align_corners with a scale of %g, %g elements of "
                                   "dimension %d (supported: whole ones, or sizes)",
                                   list[i], list[i] * (double)r->in[axes[i]], axes[i]);
            return false;
        }
    }
    return true;
}

static void
begin(struct resize *r, struct tape *t, struct op_call *call)
{
    const struct tensor *x = call->in[0];

    for (size_t i = 1; i < call->in_count; i++) {
        if (t->recording && tape_tracks(call->in[i]))
            (void)tape_fail(t, ERR_UNSUPPORTED, "unsupported_backward",
                            "%s: %s has no derivative by input %zu", call->label,
                            call->op->name, i);
    }

    memset(r, 0, sizeof(*r));
    r->t = t;
    r->call = call;
    r->dims = x->dims;
    for (int d = 0; d < x->dims; d++) {
        r->in[d] = r->out[d] = x->size[d];
        r->scale[d] = r->roi[1][d] = 1;
    }
}

static bool
read_axes(struct resize *r, int *axes, int *n)
{
    int64_t list[TENSOR_DIMS_MAX];
    bool given =
        operator_attr_kind(r->call->op, "axes") != 0 && attr_given(r->call, "axes");
    uint32_t seen = 0;

    *n = given ? onnx_attr_ints(r->t, r->call, "axes", TENSOR_DIMS_MAX, list) : r->dims;
    for (int i = 0; i < *n; i++) {
        axes[i] = given ? onnx_axis(r->t, r->call, list[i], r->dims) : i;
        if (axes[i] < 0)
            return false;
        if (seen >> axes[i] & 1) {
            (void)onnx_malformed(r->t, r->call, "axis %d is given twice", axes[i]);
            return false;
        }
        seen |= UINT32_C(1) << axes[i];
    }
    return *n >= 0;
}

void
onnx_resize(struct tape *t, struct op_call *call)
{
    struct resize r;
    int axes[TENSOR_DIMS_MAX], n;
    bool old = onnx_operator_of(call)->since < 11;

    begin(&r, t, call);
    r.mode = attr_text(call, "mode");
    r.transform =
        word(call, "coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
    r.nearest = word(call, "nearest_mode", "floor");
    r.a = old ? -0.75 : onnx_real(call, "cubic_coeff_a");
    if (!(fabs(r.a) <= 16)) {
        (void)onnx_unsupported(
            t, call, "attribute 'cubic_coeff_a' is %g (supported: -16 to 16)", r.a);
        return;
    }
    r.exclude = !old && attr_int(call, "exclude_outside") == 1;
    if (r.exclude && strcmp(r.mode, "cubic") != 0) {
        (void)onnx_unsupported(t, call,
                               "attribute 'exclude_outside' is 1 with mode %s "
                               "(supported: cubic)",
                               r.mode);
        return;
    }
    r.extrapolation = old ? 0 : onnx_real(call, "extrapolation_value");
    if (!read_axes(&r, axes, &n) || !read_sizes(&r, axes, n))
        return;
    if (strcmp(r.transform, "tf_crop_and_resize") == 0) {
        double roi[2 * TENSOR_DIMS_MAX];

        if (!onnx_in(call, 1) || !reals(&r, call->in[1], 2 * n, roi)) {
            (void)onnx_malformed(t, call,
                                 "tf_crop_and_resize needs a region of interest");
            return;
        }
        for (int i = 0; i < n; i++) {
            r.roi[0][axes[i]] = roi[i];
            r.roi[1][axes[i]] = roi[n + i];
        }
    }
    run(&r);
}

void
onnx_upsample(struct tape *t, struct op_call *call)
{
    struct resize r;
    const struct op_attr *given = attr_list(call, "scales");
    int axes[TENSOR_DIMS_MAX];

    begin(&r, t, call);
    for (int d = 0; d < r.dims; d++)
        axes[d] = d;
    r.mode = attr_text(call, "mode");
    r.transform = "asymmetric";
    r.nearest = "floor";
    if (!given) {
        if (!read_sizes(&r, axes, r.dims))
            return;
    } else if (given->count != (size_t)r.dims) {
        (void)onnx_malformed(t, call, "%zu scales for %d dimensions", given->count,
                             r.dims);
        return;
    }
    for (int d = 0; given && d < r.dims; d++) {
        r.scale[d] = given->reals[d];
        if (!(r.scale[d] >= 1) || r.scale[d] > 1e9) {
            (void)onnx_malformed(t, call, "a scale of %g", r.scale[d]);
            return;
        }
        if (!size_of(&r, d, r.scale[d] * (double)r.in[d]))
            return;
    }
    run(&r);
}
