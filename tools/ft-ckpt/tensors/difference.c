/* difference.c: see difference.h. */
#include "tensors/difference.h"

#include "common/bytes.h"
#include "common/mem.h"
#include "model/names.h"
#include "tensors/digests.h"
#include "tensors/stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 1024 };

const char *
difference_name(enum difference_kind k)
{
    static const char *const names[] = {
        [DIFFERENCE_EQUAL] = "equal",    [DIFFERENCE_CLOSE] = "close",
        [DIFFERENCE_VALUES] = "changed", [DIFFERENCE_KIND] = "retyped",
        [DIFFERENCE_ADDED] = "added",    [DIFFERENCE_REMOVED] = "removed",
    };

    return names[k];
}

/* The bits of a float as an integer that counts representable numbers. */
static int64_t
ordinal(const uint8_t *p, size_t size)
{
    uint64_t bits = size == 1   ? p[0]
                    : size == 2 ? get_le16(p)
                    : size == 4 ? get_le32(p)
                                : get_le64(p);
    uint64_t sign = UINT64_C(1) << (8 * size - 1);

    return bits & sign ? -(int64_t)(bits & (sign - 1)) : (int64_t)bits;
}

static uint64_t
distance(int64_t x, int64_t y)
{
    return x > y ? (uint64_t)x - (uint64_t)y : (uint64_t)y - (uint64_t)x;
}

static void
compare_values(struct difference *d, const uint8_t *a, const uint8_t *b, size_t n,
               size_t size)
{
    enum dtype type = d->a->dtype;
    bool complex = dtype_kind(type) == DTYPE_KIND_COMPLEX;
    size_t unit = complex ? size / 2 : size, k = complex ? 2 * n : n;
    double x[2 * BATCH], y[2 * BATCH];

    if (!dtype_to_f64(type, a, n, x) || !dtype_to_f64(type, b, n, y))
        return;
    for (size_t i = 0; i < k; i++) {
        double gap = fabs(x[i] - y[i]);
        uint64_t ulp;

        if (memcmp(a + i * unit, b + i * unit, unit) == 0)
            continue;
        d->count++;
        if (isnan(gap)) /* NaN against a number, or infinities of one sign */
            gap = isnan(x[i]) != isnan(y[i]) ? (double)INFINITY : 0.0;
        d->max_abs = gap > d->max_abs ? gap : d->max_abs;
        if (!d->has_ulp)
            continue;
        ulp = isnan(x[i]) || isnan(y[i])
                  ? UINT64_MAX
                  : distance(ordinal(a + i * unit, unit), ordinal(b + i * unit, unit));
        d->max_ulp = ulp > d->max_ulp ? ulp : d->max_ulp;
    }
}

/* Chunks of both streams are cut alike: STREAM_CHUNK, or whole elements below it. */
static void
compare_chunk(struct difference *d, const uint8_t *a, const uint8_t *b, size_t size)
{
    size_t element = d->a->element_size;

    if (memcmp(a, b, size) == 0)
        return;
    if (element == 0 || dtype_kind(d->a->dtype) == DTYPE_KIND_OPAQUE) {
        for (size_t i = 0; i < size; i++)
            d->count += a[i] != b[i];
        return;
    }
    for (size_t at = 0; at < size; at += BATCH * element) {
        size_t n = (size - at) / element < BATCH ? (size - at) / element : BATCH;

        if (memcmp(a + at, b + at, n * element) != 0)
            compare_values(d, a + at, b + at, n, element);
    }
}

static bool
compare_data(struct difference *d, struct checkpoint *a, struct checkpoint *b,
             struct error *err)
{
    struct stream s = {0}, t = {0};
    const uint8_t *p = NULL, *q = NULL;
    size_t n = 0, m = 0;
    bool ok = stream_begin(&s, a, d->a, err) && stream_begin(&t, b, d->b, err);

    while (ok) {
        size_t step;

        if (n == 0)
            (void)stream_next(&s, &p, &n);
        if (m == 0)
            (void)stream_next(&t, &q, &m);
        step = n < m ? n : m;
        if (step == 0)
            break;
        compare_chunk(d, p, q, step);
        p += step;
        q += step;
        n -= step;
        m -= step;
    }
    stream_end(&s);
    stream_end(&t);
    return ok;
}

static bool
same_kind(const struct tensor *a, const struct tensor *b)
{
    if (a->composite || b->composite || a->rank != b->rank ||
        strcmp(digests_dtype(a), digests_dtype(b)) != 0)
        return false;
    return a->rank == 0 || memcmp(a->shape, b->shape, a->rank * sizeof *a->shape) == 0;
}

static bool
compare(struct difference *d, struct checkpoint *a, struct checkpoint *b,
        double tolerance, struct error *err)
{
    enum dtype_kind kind = dtype_kind(d->a->dtype);

    if (!same_kind(d->a, d->b) || stream_is_empty(d->a) != stream_is_empty(d->b)) {
        d->kind = d->a->composite && d->b->composite ? DIFFERENCE_EQUAL : DIFFERENCE_KIND;
        return true;
    }
    d->has_ulp = kind == DTYPE_KIND_FLOAT || kind == DTYPE_KIND_COMPLEX;
    if (!compare_data(d, a, b, err))
        return false;
    if (d->count > 0)
        d->kind = d->max_abs <= tolerance && tolerance > 0 ? DIFFERENCE_CLOSE
                                                           : DIFFERENCE_VALUES;
    return true;
}

bool
differences_make(struct differences *d, struct checkpoint *a, struct checkpoint *b,
                 double tolerance, struct error *err)
{
    struct names names = {0};
    bool *used = xcalloc(b->tensor_count + 1, sizeof *used);
    bool ok = true;

    *d = (struct differences){0};
    d->items = xcalloc(a->tensor_count + b->tensor_count + 1, sizeof *d->items);
    for (size_t i = 0; i < b->tensor_count; i++)
        (void)names_add(&names, b->tensors[i].name, b->tensors[i].name_size, i);
    for (size_t i = 0; ok && i < a->tensor_count; i++) {
        struct difference *item = &d->items[d->count++];
        size_t k = names_find(&names, a->tensors[i].name, a->tensors[i].name_size);

        *item = (struct difference){.kind = DIFFERENCE_REMOVED, .a = &a->tensors[i]};
        if (k == (size_t)NAMES_ABSENT || used[k])
            continue;
        used[k] = true;
        item->kind = DIFFERENCE_EQUAL;
        item->b = &b->tensors[k];
        ok = compare(item, a, b, tolerance, err);
    }
    for (size_t i = 0; i < b->tensor_count; i++)
        if (!used[i])
            d->items[d->count++] =
                (struct difference){.kind = DIFFERENCE_ADDED, .b = &b->tensors[i]};
    for (size_t i = 0; i < d->count; i++)
        d->different += d->items[i].kind > DIFFERENCE_CLOSE;
    names_clear(&names);
    free(used);
    return ok;
}

void
differences_clear(struct differences *d)
{
    free(d->items);
    *d = (struct differences){0};
}
