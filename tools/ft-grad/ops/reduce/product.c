/*
 * product.c: products, running sums and products, the trace.
 *
 * Products with zeros need care: with one zero in a line only that place has a
 * gradient, the product of the others; it is found by exclusive running products from
 * both sides (prod_safe_zeros_backward), which are recorded like anything else.
 */
#include "ops/operators.h"

#include "tensor/elementwise.h"
#include "tensor/reduce.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static void
cumsum_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    uint32_t mask = UINT32_C(1) << n->i[0];

    if (!grad[0])
        return;
    out[0] = grad[0]->dims == 0
                 ? grad[0]
                 : op_flip(t, op_cumsum(t, op_flip(t, grad[0], mask), n->i[0]), mask);
}

struct tensor *
op_cumsum(struct tape *t, struct tensor *x, int64_t dim)
{
    int at = x ? op_dim(t, dim, x->dims) : -1;
    struct tensor *y = at >= 0 ? tape_check(t, scan_sum(&t->heap, x, at)) : NULL;
    struct node *n = y ? tape_record(t, "CumsumBackward0", cumsum_backward, 1, x) : NULL;

    if (n)
        n->i[0] = at;
    return tape_output(t, n, y);
}

/* 1, x0, x0 x1, ...: the product of everything before each place. */
static struct tensor *
exclusive(struct tape *t, struct tensor *x, int64_t dim)
{
    struct tensor *ones, *head;
    int64_t size[TENSOR_DIMS_MAX];

    if (!x)
        return NULL;
    memcpy(size, x->size, sizeof(size));
    size[dim] = 1;
    ones = tape_check(t, tensor_full(&t->heap, x->type, x->dims, size, 1));
    head = op_slice(t, x, dim, 0, x->size[dim] - 1, 1);
    return ones && head
               ? op_cumprod(t, op_cat(t, (struct tensor *[]){ones, head}, 2, dim), dim)
               : NULL;
}

static struct tensor *
product_of_others(struct tape *t, struct tensor *g, struct tensor *x, int64_t dim)
{
    uint32_t mask = UINT32_C(1) << dim;

    if (x->dims == 0 || x->size[dim] <= 1)
        return op_mul(t, g, op_full_like(t, x, 1));
    return op_mul(t, g,
                  op_mul(t, exclusive(t, x, dim),
                         op_flip(t, exclusive(t, op_flip(t, x, mask), dim), mask)));
}

static int64_t
zeros_in(struct tape *t, struct tensor *x)
{
    struct tensor *flat = tape_check(t, tensor_contiguous(&t->heap, x));
    int64_t zeros = 0;

    for (int64_t i = 0; flat && i < tensor_count(flat); i++)
        zeros += tensor_get(flat, i) == 0;
    return zeros;
}

/* i: dim (-1: everything), whether the dimension was dropped. */
static void
prod_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *y = node_saved(t, n, 1), *g = grad[0];
    int64_t dim = n->i[0];

    if (!g || !x || !y)
        return;
    if (tensor_count(x) == 0) {
        out[0] = op_zeros_like(t, x);
        return;
    }
    if (dim >= 0 && n->i[1] && x->dims > 0) {
        g = op_unsqueeze(t, g, dim);
        y = op_unsqueeze(t, y, dim);
    }
    if (dim < 0 && x->dims == 0) {
        out[0] = g;
    } else if (zeros_in(t, x) == 0) {
        out[0] = op_mul(t, g, op_div(t, y, x));
    } else if (dim < 0 && !t->recording && zeros_in(t, x) > 1) {
        out[0] = op_zeros_like(t, x);
    } else if (dim < 0) {
        struct tensor *flat = op_reshape(t, x, 1, (int64_t[]){-1});

        flat = flat ? product_of_others(t, g, flat, 0) : NULL;
        out[0] = op_reshape(t, flat, x->dims, x->size);
    } else {
        out[0] = product_of_others(t, g, x, dim);
    }
}

static struct tensor *
product(struct tape *t, struct tensor *x, int64_t dim, bool keep)
{
    uint32_t mask = dim < 0 ? op_all_dims(x) : x->dims > 0 ? UINT32_C(1) << dim : 0;
    struct tensor *y = tape_check(t, reduce_prod(&t->heap, x, mask, keep));
    struct node *n = y ? tape_record(t, dim < 0 ? "ProdBackward0" : "ProdBackward1",
                                     prod_backward, 1, x)
                       : NULL;

    if (n) {
        n->i[0] = dim;
        n->i[1] = !keep;
    }
    node_save(t, n, x);
    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

struct tensor *
op_prod(struct tape *t, struct tensor *x)
{
    return x ? product(t, x, -1, false) : NULL;
}

/* Sums from each place to the last. */
static struct tensor *
reversed_cumsum(struct tape *t, struct tensor *x, int64_t dim)
{
    uint32_t mask = UINT32_C(1) << dim;

    return op_flip(t, op_cumsum(t, op_flip(t, x, mask), dim), mask);
}

/*
 * Before the first zero of a line: the sum of y g from there on, over x.  At it: the
 * product of what is before, times the sum up to the next zero of g times the product
 * of what is between.  Behind it: nothing.  Not to be differentiated again.
 */
static struct tensor *
cumprod_among_zeros(struct tape *t, struct tensor *g, struct tensor *x, struct tensor *y,
                    int64_t dim)
{
    uint32_t line = UINT32_C(1) << dim;
    struct tensor *zero = mask_compare_scalar(t, COMPARE_eq, x, 0);
    struct tensor *count = op_cumsum(t, op_cast(t, zero, x->type), dim);
    struct tensor *behind = mask_compare_scalar(t, COMPARE_gt, count, 0);
    struct tensor *elsewhere = mask_not(t, mask_compare_scalar(t, COMPARE_eq, count, 1));
    struct tensor *first = mask_and(t, zero, mask_not(t, elsewhere));
    struct tensor *head, *after;

    head = op_masked_fill(t, op_mul(t, y, g), behind, 0);
    head = op_masked_fill(t, op_div(t, reversed_cumsum(t, head, dim), x), behind, 0);
    after = op_masked_fill(t, x, mask_or(t, elsewhere, zero), 1);
    after = op_mul(t, op_cumprod(t, after, dim), op_masked_fill(t, g, elsewhere, 0));
    after = op_sum_dims(t, after, line, true);
    return op_where(t, first, op_mul(t, after, exclusive(t, x, dim)), head);
}

/* The sum, over place k and those behind it, of g times the product of all but x[k]. */
static struct tensor *
cumprod_place(struct tape *t, struct tensor *g, struct tensor *x, int64_t dim, int64_t k)
{
    int64_t size = x->size[dim];
    struct tensor *before = NULL, *others = NULL;

    if (k > 0)
        before = others = product(t, op_slice(t, x, dim, 0, k, 1), dim, true);
    else
        before = op_full_like(t, op_slice(t, x, dim, 0, 1, 1), 1);
    if (k + 1 < size) {
        others = op_cumprod(t, op_slice(t, x, dim, k + 1, size - k - 1, 1), dim);
        others = op_cat(
            t, (struct tensor *[]){before, k > 0 ? op_mul(t, before, others) : others}, 2,
            dim);
    }
    return op_sum_dims(t, op_mul(t, op_slice(t, g, dim, k, size - k, 1), others),
                       UINT32_C(1) << dim, true);
}

/* torch: cumprod_backward */
static struct tensor *
cumprod_gradient(struct tape *t, struct tensor *g, struct tensor *x, struct tensor *y,
                 int64_t dim)
{
    size_t size = (size_t)x->size[dim];
    struct tensor **parts;

    if (size == 1)
        return g;
    if (zeros_in(t, x) == 0)
        return op_div(t, reversed_cumsum(t, op_mul(t, y, g), dim), x);
    if (!t->recording)
        return cumprod_among_zeros(t, g, x, y, dim);
    parts = heap_alloc(&t->heap, size * sizeof(struct tensor *));
    for (size_t k = 0; parts && k < size; k++)
        parts[k] = cumprod_place(t, g, x, dim, (int64_t)k);
    return parts ? op_cat(t, parts, size, dim) : tape_check(t, NULL);
}

static void
cumprod_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                 struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *y = node_saved(t, n, 1);

    if (!grad[0] || !x || !y)
        return;
    out[0] = x->dims == 0 || tensor_count(x) == 0
                 ? grad[0]
                 : cumprod_gradient(t, grad[0], x, y, n->i[0]);
}

struct tensor *
op_cumprod(struct tape *t, struct tensor *x, int64_t dim)
{
    int at = x ? op_dim(t, dim, x->dims) : -1;
    struct tensor *y = at >= 0 ? tape_check(t, scan_prod(&t->heap, x, at)) : NULL;
    struct node *n =
        y ? tape_record(t, "CumprodBackward0", cumprod_backward, 1, x) : NULL;

    if (n)
        n->i[0] = at;
    node_save(t, n, x);
    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

RUN(prod, call->out[0] = op_prod(t, call->in[0]))

void
run_prod_dim(struct tape *t, struct op_call *call)
{
    int dim = op_dim(t, attr_int(call, "dim"), call->in[0]->dims);

    if (dim >= 0)
        call->out[0] = product(t, call->in[0], dim, attr_bool(call, "keepdim"));
}

RUN(cumsum, call->out[0] = op_cumsum(t, call->in[0], attr_int(call, "dim")))
RUN(cumprod, call->out[0] = op_cumprod(t, call->in[0], attr_int(call, "dim")))

/* Running log(sum(exp)), not recorded. */
static struct tensor *
log_sums(struct tape *t, struct tensor *x, int dim)
{
    struct tensor *from = tape_check(t, tensor_contiguous(&t->heap, x));
    struct tensor *y = from ? tape_check(t, tensor_like(&t->heap, from)) : NULL;
    int64_t n = x->dims > 0 ? x->size[dim] : 1, inner = 1, count = tensor_count(x);

    for (int d = dim + 1; d < x->dims; d++)
        inner *= x->size[d];
    for (int64_t i = 0; y && i < count; i++) {
        double value = tensor_get(from, i), top, low;
        double sum = i / inner % n > 0 ? tensor_get(y, i - inner) : -(double)INFINITY;

        low = isnan(sum) || sum < value ? sum : value;
        top = isnan(sum) || sum > value ? sum : value;
        tensor_set(y, i, low == top && isinf(low) ? value : top + log1p(exp(low - top)));
    }
    return y;
}

static struct tensor *logcumsumexp(struct tape *t, struct tensor *x, int dim);

/* exp(x + log of the sums, from behind, of |g| exp(-y)) where g compares with 0. */
static struct tensor *
signed_part(struct tape *t, struct node *n, struct tensor *g, int compare)
{
    struct tensor *x = node_saved(t, n, 0), *y = node_saved(t, n, 1), *z;
    double lowest = g->type == TENSOR_F32 ? -(double)FLT_MAX : -DBL_MAX;
    uint32_t mask = x && x->dims > 0 ? UINT32_C(1) << n->i[0] : 0;

    z = op_where(t, mask_compare_scalar(t, compare, g, 0), op_log(t, op_abs(t, g)),
                 tape_check(t, tensor_scalar(&t->heap, g->type, lowest)));
    z = op_flip(t, op_sub(t, z, y), mask);
    z = op_flip(t, z ? logcumsumexp(t, z, (int)n->i[0]) : NULL, mask);
    return op_exp(t, op_add(t, z, x));
}

static void
log_sums_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                  struct tensor **out)
{
    if (grad[0])
        out[0] = op_sub(t, signed_part(t, n, grad[0], COMPARE_gt),
                        signed_part(t, n, grad[0], COMPARE_lt));
}

static struct tensor *
logcumsumexp(struct tape *t, struct tensor *x, int dim)
{
    struct tensor *y = log_sums(t, x, dim);
    struct node *n =
        y ? tape_record(t, "LogcumsumexpBackward0", log_sums_backward, 1, x) : NULL;

    if (n)
        n->i[0] = dim;
    node_save(t, n, x);
    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

void
run_logcumsumexp(struct tape *t, struct op_call *call)
{
    int dim = op_dim(t, attr_int(call, "dim"), call->in[0]->dims);

    if (dim >= 0)
        call->out[0] = logcumsumexp(t, call->in[0], dim);
}

/* Every (columns + 1)th element as in torch, also below the square of a tall matrix. */
static void
trace_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    const int64_t *size = n->i;
    struct tensor *eye;

    if (!grad[0])
        return;
    eye = tape_check(t, tensor_zeros(&t->heap, grad[0]->type, 2, size));
    for (int64_t i = 0; eye && i < size[0] * size[1]; i += size[1] + 1)
        tensor_set(eye, i, 1);
    out[0] = op_mul(t, eye, grad[0]);
}

void
run_trace(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], diagonal = *x, *y;
    struct node *n;

    if (x->dims != 2) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "trace: expected a matrix, but got tensor with dim %d", x->dims);
        return;
    }
    diagonal.dims = 1;
    diagonal.size[0] = x->size[0] < x->size[1] ? x->size[0] : x->size[1];
    diagonal.stride[0] = x->stride[0] + x->stride[1];
    y = tape_check(t, reduce_sum(&t->heap, &diagonal, 1, false));
    n = y ? tape_record(t, "TraceBackward0", trace_backward, 1, x) : NULL;
    if (n) {
        n->i[0] = x->size[0];
        n->i[1] = x->size[1];
    }
    call->out[0] = tape_output(t, n, y);
}
