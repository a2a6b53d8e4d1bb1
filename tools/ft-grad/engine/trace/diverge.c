/*
 * diverge.c: the traces side by side; distances in units of the last place.
 */
#include "engine/trace/diverge.h"

#include "common/bytes.h"

#include <math.h>
#include <string.h>

static bool
same_place(const struct trace_record *a, const struct trace_record *b)
{
    return a->step == b->step && strcmp(a->pass, b->pass) == 0 &&
           strcmp(a->node, b->node) == 0 && a->output == b->output &&
           a->defined == b->defined &&
           (!a->defined ||
            (a->type == b->type && a->dims == b->dims &&
             memcmp(a->size, b->size, (size_t)a->dims * sizeof(a->size[0])) == 0));
}

/* Consecutive values have consecutive keys; -0 and 0 lie side by side. */
static int64_t
order_key(uint64_t bits, unsigned width)
{
    uint64_t sign = UINT64_C(1) << (width - 1);

    return bits & sign ? -(int64_t)(bits & (sign - 1)) - 1 : (int64_t)bits;
}

static uint64_t
distance(const struct trace_record *a, const struct trace_record *b, int64_t i,
         double value[static 2])
{
    size_t width = tensor_type_size(a->type), at = (size_t)i * width;
    uint64_t x = 0, y = 0;
    int64_t kx, ky;

    memcpy(&x, a->data + at, width);
    memcpy(&y, b->data + at, width);
    if (!dtype_to_f64(tensor_type_dtype(a->type), a->data + at, 1, &value[0]) ||
        !dtype_to_f64(tensor_type_dtype(b->type), b->data + at, 1, &value[1]))
        return x == y ? 0 : UINT64_MAX;
    if (x == y)
        return 0;
    if (isnan(value[0]) || isnan(value[1]))
        return UINT64_MAX;
    if (dtype_kind(tensor_type_dtype(a->type)) != DTYPE_KIND_FLOAT)
        return (uint64_t)fabs(value[0] - value[1]);
    kx = order_key(x, (unsigned)width * 8);
    ky = order_key(y, (unsigned)width * 8);
    return kx > ky ? (uint64_t)kx - (uint64_t)ky : (uint64_t)ky - (uint64_t)kx;
}

static void
measure(struct divergence_report *out)
{
    const struct trace_record *a = &out->a, *b = &out->b;
    int64_t n = shape_count(a->dims, a->size, NULL);

    out->known = a->data && b->data;
    out->element = -1;
    for (int64_t i = 0; out->known && i < n; i++) {
        double value[2];
        uint64_t ulp = distance(a, b, i, value);

        if (ulp == 0)
            continue;
        if (out->differing++ == 0) {
            out->element = i;
            memcpy(out->value, value, sizeof(value));
        }
        if (ulp > out->ulp)
            out->ulp = ulp;
    }
}

bool
diverge_find(struct trace_reader *a, struct trace_reader *b,
             struct divergence_report *out, struct error *err)
{
    memset(out, 0, sizeof(*out));
    for (;; out->record++) {
        bool more_a, more_b;

        if (!trace_read_next(a, &out->a, &more_a, err) ||
            !trace_read_next(b, &out->b, &more_b, err))
            return false;
        out->ended[0] = !more_a;
        out->ended[1] = !more_b;
        if (!more_a && !more_b)
            return true;
        if (more_a != more_b) {
            out->kind = DIVERGE_END;
            return true;
        }
        if (!same_place(&out->a, &out->b)) {
            out->kind = DIVERGE_RECORD;
            return true;
        }
        if (out->a.defined && strcmp(out->a.digest, out->b.digest) != 0) {
            out->kind = DIVERGE_VALUE;
            measure(out);
            return true;
        }
    }
}
