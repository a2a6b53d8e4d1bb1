/*
 * reduce.c: ONNX's reductions, over floats by the recorded operators of programs, over
 * integers in their own type; the places of extremes; running sums.
 */
#define _GNU_SOURCE
#include "ops/onnx/kernel.h"

#include "tensor/elementwise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is left out, by attribute or input `axes`: a mask. */
struct axes {
    uint32_t mask;
    bool keep;
    bool none; /* nothing to do: noop_with_empty_axes */
};

static bool
read_axes(struct tape *t, struct op_call *call, struct axes *a)
{
    const struct tensor *x = call->in[0];
    int64_t list[TENSOR_DIMS_MAX];
    bool by_input = operator_attr_kind(call->op, "axes") == 0;
    int n = by_input ? onnx_ints(t, call, onnx_in(call, 1), TENSOR_DIMS_MAX, list)
                     : onnx_attr_ints(t, call, "axes", TENSOR_DIMS_MAX, list);

    memset(a, 0, sizeof(*a));
    a->keep = attr_int(call, "keepdims") == 1;
    for (int i = 0; i < n; i++) {
        int axis = onnx_axis(t, call, list[i], x->dims);

        if (axis < 0)
            return false;
        if (a->mask >> axis & 1) {
            (void)onnx_malformed(t, call, "axis %d is given twice", axis);
            return false;
        }
        a->mask |= UINT32_C(1) << axis;
    }
    if (n == 0 && operator_attr_kind(call->op, "noop_with_empty_axes") != 0 &&
        attr_int(call, "noop_with_empty_axes") == 1)
        a->none = true;
    else if (n == 0)
        a->mask = (UINT32_C(1) << x->dims) - 1;
    return n >= 0;
}

/* How many elements go into one, and the shape of the result. */
static int64_t
reduced(const struct tensor *x, const struct axes *a, int *dims, int64_t *size)
{
    int64_t n = 1;

    *dims = 0;
    for (int d = 0; d < x->dims; d++) {
        if (a->mask >> d & 1)
            n *= x->size[d];
        if (!(a->mask >> d & 1) || a->keep)
            size[(*dims)++] = a->mask >> d & 1 ? 1 : x->size[d];
    }
    return n;
}

/* The same elements, those of one result in a row. */
static struct tensor *
rows(struct tape *t, struct tensor *x, uint32_t mask)
{
    int64_t order[TENSOR_DIMS_MAX];
    int n = 0;

    for (int d = 0; d < x->dims; d++) {
        if (!(mask >> d & 1))
            order[n++] = d;
    }
    for (int d = 0; d < x->dims; d++) {
        if (mask >> d & 1)
            order[n++] = d;
    }
    x = op_permute(t, x, x->dims, order);
    return x ? tape_check(t, tensor_contiguous(&t->heap, x)) : NULL;
}

enum reduction { SUM, MEAN, MAX, MIN, PROD, L1, L2, LOG_SUM, LOG_SUM_EXP, SUM_SQUARE };

/* One row of integers: folded by a pair operation, after a map. */
static struct tensor *
reduce_integers(struct tape *t, enum reduction what, struct tensor *x,
                const struct axes *a)
{
    static const enum onnx_binary pair[] = {
        [SUM] = ONNX_ADD,  [MEAN] = ONNX_ADD, [MAX] = ONNX_MAX,       [MIN] = ONNX_MIN,
        [PROD] = ONNX_MUL, [L1] = ONNX_ADD,   [SUM_SQUARE] = ONNX_ADD};
    int dims;
    int64_t size[TENSOR_DIMS_MAX], flat[2];
    int64_t n = reduced(x, a, &dims, size);
    struct tensor *from, *y = NULL;

    if (what == L1)
        x = onnx_int_unary(t, ONNX_ABS, x);
    if (what == SUM_SQUARE)
        x = onnx_int_binary(t, ONNX_MUL, x, x);
    from = x ? rows(t, x, a->mask) : NULL;
    flat[0] = shape_count(dims, size, NULL);
    flat[1] = n;
    from = op_reshape(t, from, 2, flat);
    for (int64_t i = 0; from && i < n; i++) {
        struct tensor *column = op_select(t, from, 1, i);

        y = y ? onnx_int_binary(t, pair[what], y, column) : column;
    }
    if (n == 0 && x)
        y = tape_check(t, tensor_full(&t->heap, x->type, 1, flat, what == PROD));
    if (what == MEAN && n > 0)
        y = onnx_int_binary(t, ONNX_DIV, y, onnx_scalar(t, x->type, (double)n));
    return op_reshape(t, y, dims, size);
}

static struct tensor *
reduce_reals(struct tape *t, enum reduction what, struct tensor *x, const struct axes *a)
{
    uint32_t mask = a->mask;

    switch (what) {
    case SUM: return op_sum_dims(t, x, mask, a->keep);
    case MEAN: return op_mean_dims(t, x, mask, a->keep);
    case MAX: return op_amax(t, x, mask, a->keep, true);
    case MIN: return op_amax(t, x, mask, a->keep, false);
    case L1: return op_sum_dims(t, op_abs(t, x), mask, a->keep);
    case L2: return op_norm(t, x, 2, mask, a->keep);
    case LOG_SUM: return op_log(t, op_sum_dims(t, x, mask, a->keep));
    case LOG_SUM_EXP: return op_logsumexp(t, x, mask, a->keep);
    case SUM_SQUARE: return op_sum_dims(t, op_mul(t, x, x), mask, a->keep);
    case PROD: break;
    }
    return NULL;
}

/* The product, one dimension after the other, the last first. */
static struct tensor *
product(struct tape *t, struct op_call *call, struct tensor *x, const struct axes *a)
{
    for (int d = x->dims - 1; x && d >= 0; d--) {
        const struct onnx_number attrs[] = {{"dim", d}, {"keepdim", a->keep}};

        if (a->mask >> d & 1)
            x = onnx_call(t, call, "prod_dim", &x, 1, attrs, 2);
    }
    return x;
}

/* Integers by way of float64, then towards zero; what has no such result is refused. */
static struct tensor *
reduce_by_reals(struct tape *t, struct op_call *call, enum reduction what,
                const struct axes *a)
{
    struct tensor *x = onnx_convert(t, call->in[0], TENSOR_F64);
    struct tensor *y = x ? reduce_reals(t, what, x, a) : NULL;

    y = y ? tape_check(t, tensor_contiguous(&t->heap, y)) : NULL;
    for (int64_t i = 0; y && i < tensor_count(y); i++) {
        if (fabs(tensor_f64(y)[i]) < 1 << 23)
            continue;
        return onnx_unsupported(t, call,
                                "a result of %g from integers (supported: "
                                "below 2^23)",
                                tensor_f64(y)[i]);
    }
    return y;
}

/* Over no elements at all. */
static struct tensor *
empty(struct tape *t, struct op_call *call, enum reduction what, const struct axes *a)
{
    static const double value[] = {[SUM] = 0,
                                   [MEAN] = (double)NAN,
                                   [MAX] = -(double)INFINITY,
                                   [MIN] = (double)INFINITY,
                                   [PROD] = 1,
                                   [L1] = 0,
                                   [L2] = 0,
                                   [LOG_SUM] = -(double)INFINITY,
                                   [LOG_SUM_EXP] = -(double)INFINITY,
                                   [SUM_SQUARE] = 0};
    int dims;
    int64_t size[TENSOR_DIMS_MAX];

    (void)reduced(call->in[0], a, &dims, size);
    return tape_check(t,
                      tensor_full(&t->heap, call->in[0]->type, dims, size, value[what]));
}

static void
reduce(struct tape *t, struct op_call *call, enum reduction what)
{
    struct tensor *x = call->in[0];
    struct axes a;
    int dims;
    int64_t size[TENSOR_DIMS_MAX];

    if (!read_axes(t, call, &a))
        return;
    if (a.none && what > PROD) {
        (void)onnx_unsupported(t, call,
                               "noop_with_empty_axes is 1 and there are no axes");
        return;
    }
    if (a.none) {
        call->out[0] = x;
        return;
    }
    if (x->type == TENSOR_BOOL &&
        reduced(x, &a, &dims, size) > 0) { /* max is or, min is and */
        x = onnx_convert(t, x, TENSOR_U8);
        call->out[0] = onnx_convert(t, reduce_integers(t, what, x, &a), TENSOR_BOOL);
    } else if (!tensor_is_real(x) && (what == MAX || what == MIN) &&
               reduced(x, &a, &dims, size) == 0) {
        (void)onnx_unsupported(t, call, "the extreme of no integers");
    } else if (!tensor_is_real(x) &&
               (what == L2 || what == LOG_SUM || what == LOG_SUM_EXP)) {
        call->out[0] = reduce_by_reals(t, call, what, &a);
    } else if (!tensor_is_real(x)) {
        call->out[0] = reduce_integers(t, what, x, &a);
    } else if (reduced(x, &a, &dims, size) == 0) {
        call->out[0] = empty(t, call, what, &a);
    } else {
        call->out[0] =
            what == PROD ? product(t, call, x, &a) : reduce_reals(t, what, x, &a);
    }
}

#define REDUCTION(name, what)                                                            \
    void onnx_reduce_##name(struct tape *t, struct op_call *call)                        \
    {                                                                                    \
        reduce(t, call, what);                                                           \
    }
REDUCTION(sum, SUM)
REDUCTION(mean, MEAN)
REDUCTION(max, MAX)
REDUCTION(min, MIN)
REDUCTION(prod, PROD)
REDUCTION(l1, L1)
REDUCTION(l2, L2)
REDUCTION(log_sum, LOG_SUM)
REDUCTION(log_sum_exp, LOG_SUM_EXP)
REDUCTION(sum_square, SUM_SQUARE)

/* Is a better than b?  NaN is best of all, as in numpy. */
static bool
better(const struct tensor *x, int64_t a, int64_t b, bool largest)
{
    double u, v;

    if (x->type == TENSOR_I64) {
        int64_t p = tensor_i64(x)[a], q = tensor_i64(x)[b];

        return largest ? p > q : p < q;
    }
    if (x->type == TENSOR_U64) {
        uint64_t p = ((const uint64_t *)tensor_data(x))[a];
        uint64_t q = ((const uint64_t *)tensor_data(x))[b];

        return largest ? p > q : p < q;
    }
    u = tensor_get(x, a);
    v = tensor_get(x, b);
    if (isnan(u) || isnan(v))
        return isnan(u) && !isnan(v);
    return largest ? u > v : u < v;
}

static void
arg_extreme(struct tape *t, struct op_call *call, bool largest)
{
    struct tensor *x = call->in[0], *from, *y;
    int axis = onnx_axis(t, call, attr_int(call, "axis"), x->dims), dims;
    bool last = operator_attr_kind(call->op, "select_last_index") != 0 &&
                attr_int(call, "select_last_index") == 1;
    struct axes a = {.keep = attr_int(call, "keepdims") == 1};
    int64_t size[TENSOR_DIMS_MAX], n;

    if (axis < 0)
        return;
    a.mask = UINT32_C(1) << axis;
    n = reduced(x, &a, &dims, size);
    if (n == 0) {
        (void)onnx_malformed(t, call, "axis %d has no elements", axis);
        return;
    }
    from = rows(t, x, a.mask);
    y = onnx_index(t, dims, size);
    for (int64_t i = 0; from && y && i < tensor_count(y); i++) {
        int64_t best = i * n;

        for (int64_t k = i * n + 1; k < (i + 1) * n; k++) {
            if (better(from, k, best, largest) ||
                (last && !better(from, best, k, largest)))
                best = k;
        }
        tensor_i64(y)[i] = best - i * n;
    }
    call->out[0] = y;
}

void
onnx_arg_max(struct tape *t, struct op_call *call)
{
    arg_extreme(t, call, true);
}

void
onnx_arg_min(struct tape *t, struct op_call *call)
{
    arg_extreme(t, call, false);
}

/* Running sum of integers along dim, in place on a copy. */
static struct tensor *
sum_integers(struct tape *t, struct tensor *x, int dim)
{
    struct tensor *before = NULL;
    struct tensor *parts = tape_check(t, tensor_copy(&t->heap, x));

    for (int64_t i = 0; parts && i < x->size[dim]; i++) {
        struct tensor *at = op_select(t, parts, dim, i);

        if (before)
            tensor_copy_into(at, onnx_int_binary(t, ONNX_ADD, before, at));
        before = at;
    }
    return parts;
}

void
onnx_cum_sum(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *zero;
    int64_t axis = 0;
    bool reverse = attr_int(call, "reverse") == 1;
    int dim = -1;

    if (onnx_int(t, call, 1, &axis))
        dim = onnx_axis(t, call, axis, x->dims);
    if (dim < 0)
        return;
    if (reverse)
        x = op_flip(t, x, UINT32_C(1) << dim);
    if (attr_int(call, "exclusive") == 1 && x && x->size[dim] > 0) {
        int64_t size[TENSOR_DIMS_MAX];

        memcpy(size, x->size, sizeof(size));
        size[dim] = 1;
        zero = tape_check(t, tensor_zeros(&t->heap, x->type, x->dims, size));
        x = op_slice(t, x, dim, 0, x->size[dim] - 1, 1);
        x = op_cat(t, (struct tensor *[]){zero, x}, 2, dim);
    }
    if (!x)
        return;
    x = tensor_is_real(x) ? op_cumsum(t, x, dim) : sum_integers(t, x, dim);
    call->out[0] = reverse ? op_flip(t, x, UINT32_C(1) << dim) : x;
}

struct row {
    const struct tensor *x;
    int64_t begin;
    bool largest;
};

static int
compare_places(const void *a, const void *b, void *context)
{
    const struct row *row = context;
    int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;

    if (better(row->x, row->begin + p, row->begin + q, row->largest))
        return -1;
    if (better(row->x, row->begin + q, row->begin + p, row->largest))
        return 1;
    return (p > q) - (p < q);
}

/* The first k places of a row in order of value, ties by place; order has room for n. */
static void
select_top(const struct tensor *x, int64_t begin, int64_t n, int64_t k, bool largest,
           int64_t *order)
{
    struct row row = {x, begin, largest};

    if (k > 32) {
        for (int64_t i = 0; i < n; i++)
            order[i] = i;
        qsort_r(order, (size_t)n, sizeof(*order), compare_places, &row);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t at = i < k ? i : k;

        while (at > 0 && better(x, begin + i, begin + order[at - 1], largest)) {
            if (at < k)
                order[at] = order[at - 1];
            at--;
        }
        if (at < k)
            order[at] = i;
    }
}

void
onnx_top_k(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *from, *index, *at;
    bool by_input = operator_attr_kind(call->op, "k") == 0;
    bool largest =
        operator_attr_kind(call->op, "largest") == 0 || attr_int(call, "largest") == 1;
    int axis = onnx_axis(t, call, attr_int(call, "axis"), x->dims);
    int64_t k = 0, n, size[TENSOR_DIMS_MAX], step[TENSOR_DIMS_MAX];
    int64_t *order;

    if (!onnx_refuse_nan(t, call, x))
        return;
    if (by_input && onnx_ints(t, call, call->in[1], 1, &k) != 1)
        k = -1;
    if (!by_input)
        k = attr_int(call, "k");
    if (axis < 0 || k < 0 || k > x->size[axis]) {
        (void)onnx_malformed(t, call, "k must be between 0 and the size of the axis");
        return;
    }
    n = x->size[axis];
    memcpy(size, x->size, sizeof(size));
    size[axis] = k;
    from = rows(t, x, UINT32_C(1) << axis);
    index = onnx_index(t, x->dims, size);
    at = onnx_index(t, x->dims, size);
    order = heap_alloc(&t->heap, (size_t)(n + 1) * sizeof(*order));
    if (!from || !index || !at || !order)
        return;
    onnx_steps(x->dims, x->size, step);
    for (int64_t row = 0; k > 0 && row < tensor_count(x) / n; row++) {
        int64_t inner = step[axis], outer = row / inner;

        select_top(from, row * n, n, k, largest, order);
        for (int64_t i = 0; i < k; i++) {
            int64_t to = outer * k * inner + i * inner + row % inner;

            tensor_i64(index)[to] = order[i];
            tensor_i64(at)[to] = outer * n * inner + order[i] * inner + row % inner;
        }
    }
    call->out[0] = onnx_take(t, x, at, NULL);
    if (call->out_count > 1)
        call->out[1] = index;
}
