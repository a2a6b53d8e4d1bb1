/*
 * unique.c: Unique: the different elements, or slices along an axis, of a tensor.
 *
 * Slices are sorted by value, then by place; groups of equal ones are one result each.
 */
#define _GNU_SOURCE
#include "ops/onnx/kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct slices {
    const struct tensor *x; /* contiguous */
    int64_t n, inner, outer;
};

static int
compare_elements(const struct tensor *x, int64_t a, int64_t b)
{
    double u, v;

    if (x->type == TENSOR_I64)
        return (tensor_i64(x)[a] > tensor_i64(x)[b]) -
               (tensor_i64(x)[a] < tensor_i64(x)[b]);
    if (x->type == TENSOR_U64) {
        uint64_t p = ((const uint64_t *)tensor_data(x))[a];
        uint64_t q = ((const uint64_t *)tensor_data(x))[b];

        return (p > q) - (p < q);
    }
    u = tensor_get(x, a);
    v = tensor_get(x, b);
    if (isnan(u) || isnan(v))
        return isnan(u) && isnan(v) ? 0 : isnan(u) ? 1 : -1;
    return (u > v) - (u < v);
}

static int
compare_values(const struct slices *s, int64_t a, int64_t b)
{
    for (int64_t o = 0; o < s->outer; o++) {
        for (int64_t i = 0; i < s->inner; i++) {
            int c = compare_elements(s->x, (o * s->n + a) * s->inner + i,
                                     (o * s->n + b) * s->inner + i);

            if (c != 0)
                return c;
        }
    }
    return 0;
}

static int
compare_slices(const void *a, const void *b, void *context)
{
    int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;
    int c = compare_values(context, p, q);

    return c != 0 ? c : (p > q) - (p < q);
}

static int
compare_places(const void *a, const void *b, void *context)
{
    const int64_t *first = context;
    int64_t p = first[*(const int64_t *)a], q = first[*(const int64_t *)b];

    return (p > q) - (p < q);
}

/* first[g], count[g] of each group in order of value; group[i] of each slice. */
static int64_t
make_groups(const struct slices *s, int64_t *order, int64_t *first, int64_t *count,
            int64_t *group)
{
    int64_t groups = 0;
    struct slices copy = *s;

    for (int64_t i = 0; i < s->n; i++)
        order[i] = i;
    if (s->n > 0)
        qsort_r(order, (size_t)s->n, sizeof(*order), compare_slices, &copy);
    for (int64_t i = 0; i < s->n; i++) {
        if (i == 0 || compare_values(s, order[i - 1], order[i]) != 0) {
            first[groups] = order[i];
            count[groups++] = 0;
        }
        count[groups - 1]++;
        group[order[i]] = groups - 1;
    }
    return groups;
}

void
onnx_unique(struct tape *t, struct op_call *call)
{
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, call->in[0]));
    bool flat = !attr_given(call, "axis");
    int axis = flat ? 0 : onnx_axis(t, call, attr_int(call, "axis"), call->in[0]->dims);
    struct slices s = {.x = x, .n = 1, .inner = 1, .outer = 1};
    int64_t size[TENSOR_DIMS_MAX], groups, *order, *first, *count, *group, *rank;
    struct tensor *pick, *y[3];

    if (!x || axis < 0)
        return;
    memcpy(size, x->size, sizeof(size));
    for (int d = 0; d < x->dims; d++) {
        if (flat || d == axis)
            s.n *= x->size[d];
        else if (d < axis)
            s.outer *= x->size[d];
        else
            s.inner *= x->size[d];
    }
    order = heap_alloc(&t->heap, (size_t)(5 * s.n + 5) * sizeof(*order));
    if (!order) {
        (void)tape_check(t, NULL);
        return;
    }
    first = order + s.n + 1;
    count = first + s.n + 1;
    group = count + s.n + 1;
    rank = group + s.n + 1;
    groups = make_groups(&s, order, first, count, group);
    for (int64_t g = 0; g < groups; g++)
        order[g] = g;
    if (attr_int(call, "sorted") == 0 && groups > 0)
        qsort_r(order, (size_t)groups, sizeof(*order), compare_places, first);
    for (int64_t g = 0; g < groups; g++)
        rank[order[g]] = g;
    size[axis] = groups;
    pick = onnx_index(t, flat ? 1 : x->dims, size);
    y[0] = onnx_index(t, 1, &groups);
    y[1] = onnx_index(t, 1, &s.n);
    y[2] = onnx_index(t, 1, &groups);
    if (!pick || !y[0] || !y[1] || !y[2])
        return;
    for (int64_t i = 0; groups > 0 && i < tensor_count(pick); i++) {
        int64_t g = i / s.inner % groups, outer = i / s.inner / groups;

        tensor_i64(pick)[i] = (outer * s.n + first[order[g]]) * s.inner + i % s.inner;
    }
    for (int64_t g = 0; g < groups; g++) {
        tensor_i64(y[0])[g] = first[order[g]];
        tensor_i64(y[2])[g] = count[order[g]];
    }
    for (int64_t i = 0; i < s.n; i++)
        tensor_i64(y[1])[i] = rank[group[i]];
    call->out[0] = onnx_take(t, x, pick, NULL);
    for (size_t i = 1; i < call->out_count && i <= COUNT_OF(y); i++)
        call->out[i] = y[i - 1];
}
