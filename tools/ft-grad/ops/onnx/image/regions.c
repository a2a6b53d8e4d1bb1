/*
 * regions.c: boxes in images: RoiAlign and NonMaxSuppression.
 */
#define _GNU_SOURCE
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct align {
    const struct tensor *x; /* contiguous (n, c, h, w) */
    int64_t height, width;  /* of the result */
    int64_t ratio;          /* samples along each side of a bin; 0: by size */
    double scale, offset;
    bool max;
};

/* Bilinear; `combine` takes the largest weighted corner instead of their sum. */
static double
bilinear(const struct align *a, int64_t base, double y, double x)
{
    int64_t h = a->x->size[2], w = a->x->size[3], y0, x0, y1, x1;
    double ly, lx, v[4];

    if (y < -1 || y > (double)h || x < -1 || x > (double)w)
        return 0;
    y = y <= 0 ? 0 : y;
    x = x <= 0 ? 0 : x;
    y0 = (int64_t)y;
    x0 = (int64_t)x;
    if (y0 >= h - 1) {
        y0 = h - 1;
        y = (double)y0;
    }
    if (x0 >= w - 1) {
        x0 = w - 1;
        x = (double)x0;
    }
    y1 = y0 + 1 < h ? y0 + 1 : y0;
    x1 = x0 + 1 < w ? x0 + 1 : x0;
    ly = y - (double)y0;
    lx = x - (double)x0;
    v[0] = (1 - ly) * (1 - lx) * tensor_get(a->x, base + y0 * w + x0);
    v[1] = (1 - ly) * lx * tensor_get(a->x, base + y0 * w + x1);
    v[2] = ly * (1 - lx) * tensor_get(a->x, base + y1 * w + x0);
    v[3] = ly * lx * tensor_get(a->x, base + y1 * w + x1);
    if (a->max)
        return fmax(fmax(v[0], v[1]), fmax(v[2], v[3]));
    return v[0] + v[1] + v[2] + v[3];
}

/* One bin of one region in one channel. */
static double
bin(const struct align *a, int64_t base, const double *box, int64_t row, int64_t column)
{
    double top = box[1] * a->scale - a->offset, left = box[0] * a->scale - a->offset;
    double height = box[3] * a->scale - a->offset - top;
    double width = box[2] * a->scale - a->offset - left, result = 0;
    int64_t rows, columns;

    if (a->offset == 0) { /* output_half_pixel: regions have an element at least */
        height = height > 1 ? height : 1;
        width = width > 1 ? width : 1;
    }
    height /= (double)a->height;
    width /= (double)a->width;
    rows = a->ratio > 0 ? a->ratio : (int64_t)ceil(height);
    columns = a->ratio > 0 ? a->ratio : (int64_t)ceil(width);
    for (int64_t i = 0; i < rows; i++) {
        double y = top + ((double)row + ((double)i + 0.5) / (double)rows) * height;

        for (int64_t k = 0; k < columns; k++) {
            double x =
                left + ((double)column + ((double)k + 0.5) / (double)columns) * width;
            double value = bilinear(a, base, y, x);

            if (a->max)
                result = (i == 0 && k == 0) || value > result ? value : result;
            else
                result += value;
        }
    }
    if (a->max)
        return result;
    return result / (double)(rows * columns > 1 ? rows * columns : 1);
}

void
onnx_roi_align(struct tape *t, struct op_call *call)
{
    struct align a = {.height = attr_int(call, "output_height"),
                      .width = attr_int(call, "output_width"),
                      .ratio = attr_int(call, "sampling_ratio"),
                      .scale = onnx_real(call, "spatial_scale"),
                      .max = strcmp(attr_text(call, "mode"), "max") == 0};
    struct tensor *rois = tape_check(t, tensor_contiguous(&t->heap, call->in[1])), *y;
    const struct tensor *batch = call->in[2];
    bool half =
        operator_attr_kind(call->op, "coordinate_transformation_mode") != 0 &&
        strcmp(attr_text(call, "coordinate_transformation_mode"), "half_pixel") == 0;

    a.offset = half ? 0.5 : 0;
    a.x = tape_check(t, tensor_contiguous(&t->heap, call->in[0]));
    if (!rois || !a.x)
        return;
    if (a.x->dims != 4 || rois->dims != 2 || rois->size[1] != 4 || batch->dims != 1 ||
        batch->size[0] != rois->size[0] || a.height < 1 || a.width < 1 || a.ratio < 0 ||
        a.ratio > 1024 || a.height > 65536 || a.width > 65536 || tensor_count(a.x) == 0) {
        (void)onnx_malformed(t, call, "images, regions and attributes do not fit");
        return;
    }
    {
        const int64_t size[4] = {rois->size[0], a.x->size[1], a.height, a.width};
        int64_t area = a.x->size[2] * a.x->size[3];

        y = tape_check(t, tensor_new(&t->heap, a.x->type, 4, size));
        for (int64_t i = 0; y && i < tensor_count(y); i++) {
            int64_t column = i % a.width, row = i / a.width % a.height;
            int64_t c = i / a.width / a.height % size[1],
                    roi = i / a.width / a.height / size[1];
            int64_t image = onnx_int_at(batch, roi);
            double box[4];

            for (int k = 0; k < 4; k++)
                box[k] = tensor_get(rois, roi * 4 + k);
            if (image < 0 || image >= a.x->size[0] || !(fabs(a.scale) < 1e3) ||
                !(a.ratio > 0 || fabs(a.scale) * (fabs(box[2] - box[0]) + 1) *
                                         (fabs(box[3] - box[1]) + 1) <
                                     1e7) ||
                !(fabs(box[0]) + fabs(box[1]) + fabs(box[2]) + fabs(box[3]) < 1e6)) {
                (void)onnx_malformed(t, call, "region %" PRId64 " lies outside", roi);
                return;
            }
            tensor_set(y, i, bin(&a, (image * size[1] + c) * area, box, row, column));
        }
    }
    call->out[0] = y;
}

struct candidate {
    float score;
    int64_t box;
};

static int
by_score(const void *a, const void *b)
{
    const struct candidate *p = a, *q = b;

    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    return (p->box > q->box) - (p->box < q->box);
}

/* Corners of a box, ordered. */
static void
corners(const float *box, bool center, float *out)
{
    if (center) {
        out[0] = box[1] - box[3] / 2;
        out[1] = box[0] - box[2] / 2;
        out[2] = box[1] + box[3] / 2;
        out[3] = box[0] + box[2] / 2;
        return;
    }
    out[0] = fminf(box[0], box[2]);
    out[1] = fminf(box[1], box[3]);
    out[2] = fmaxf(box[0], box[2]);
    out[3] = fmaxf(box[1], box[3]);
}

/* Do the boxes overlap by more than the threshold? */
static bool
overlap(const float *p, const float *q, bool center, float threshold)
{
    float a[4], b[4], height, width, common, both;

    corners(p, center, a);
    corners(q, center, b);
    height = fminf(a[2], b[2]) - fmaxf(a[0], b[0]);
    width = fminf(a[3], b[3]) - fmaxf(a[1], b[1]);
    if (height <= 0 || width <= 0)
        return false;
    common = height * width;
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common;
    return both > 0 && common / both > threshold;
}

struct suppression {
    const float *boxes, *scores; /* of one batch and class */
    int64_t count, limit;
    float overlap, least;
    bool has_least, center;
};

/* The boxes that remain, best first; candidates holds them at its start. */
static int64_t
suppress(const struct suppression *s, struct candidate *candidates)
{
    int64_t n = 0, kept = 0;

    for (int64_t b = 0; b < s->count; b++) {
        if (!s->has_least || s->scores[b] > s->least)
            candidates[n++] = (struct candidate){s->scores[b], b};
    }
    if (n > 0)
        qsort(candidates, (size_t)n, sizeof(*candidates), by_score);
    for (int64_t i = 0; i < n && kept < s->limit; i++) {
        bool free = true;

        for (int64_t k = 0; free && k < kept; k++)
            free = !overlap(s->boxes + 4 * candidates[i].box,
                            s->boxes + 4 * candidates[k].box, s->center, s->overlap);
        if (free)
            candidates[kept++] = candidates[i];
    }
    return kept;
}

/* The first number of an optional input. */
static double
number(struct tape *t, struct op_call *call, size_t i, double fallback)
{
    struct tensor *x = onnx_in(call, i);

    x = x && tensor_count(x) > 0 ? tape_check(t, tensor_contiguous(&t->heap, x)) : NULL;
    return x ? tensor_get(x, 0) : fallback;
}

void
onnx_non_max_suppression(struct tape *t, struct op_call *call)
{
    struct tensor *boxes = tape_check(t, tensor_contiguous(&t->heap, call->in[0]));
    struct tensor *scores = tape_check(t, tensor_contiguous(&t->heap, call->in[1])), *y;
    struct suppression s = {.has_least = onnx_in(call, 4) != NULL,
                            .center = attr_int(call, "center_point_box") == 1};
    struct candidate *candidates;
    int64_t *found, n = 0, size[2] = {0, 3}, classes;

    if (!boxes || !scores)
        return;
    if (boxes->dims != 3 || boxes->size[2] != 4 || scores->dims != 3 ||
        scores->size[0] != boxes->size[0] || scores->size[2] != boxes->size[1]) {
        (void)onnx_malformed(t, call, "boxes and scores do not fit");
        return;
    }
    s.limit = (int64_t)fmin(fmax(number(t, call, 2, 0), 0), 1e15);
    s.overlap = (float)number(t, call, 3, 0);
    s.least = (float)number(t, call, 4, 0);
    if (!(s.overlap >= 0 && s.overlap <= 1)) {
        (void)onnx_malformed(t, call, "iou_threshold is %g (supported: 0 to 1)",
                             (double)s.overlap);
        return;
    }
    s.count = boxes->size[1];
    classes = scores->size[1];
    candidates = heap_alloc(&t->heap, (size_t)(s.count + 1) * sizeof(*candidates));
    found = heap_alloc(&t->heap, (size_t)(3 * tensor_count(scores) + 3) * sizeof(*found));
    if (!candidates || !found) {
        (void)tape_check(t, NULL);
        return;
    }
    for (int64_t i = 0; i < boxes->size[0] * classes; i++) {
        int64_t kept;

        s.boxes = tensor_f32(boxes) + i / classes * s.count * 4;
        s.scores = tensor_f32(scores) + i * s.count;
        kept = suppress(&s, candidates);
        for (int64_t k = 0; k < kept; k++) {
            found[3 * n] = i / classes;
            found[3 * n + 1] = i % classes;
            found[3 * n++ + 2] = candidates[k].box;
        }
    }
    size[0] = n;
    y = onnx_index(t, 2, size);
    if (y && n > 0)
        memcpy(tensor_i64(y), found, (size_t)(3 * n) * sizeof(*found));
    call->out[0] = y;
}
