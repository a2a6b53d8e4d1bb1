/*
 * scatter.c: values written or combined into places that an index names.
 */
#include "ops/operators.h"

#include "tensor/elementwise.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum combine { COMBINE_SUM, COMBINE_PROD, COMBINE_MEAN, COMBINE_AMAX, COMBINE_AMIN };

/* Flat places of one scatter: of element i of the index in x, and in the source. */
struct places {
    const struct tensor *x, *src, *index;
    int dim;
};

static void
place_of(const struct places *p, int64_t i, int64_t *to, int64_t *from)
{
    int64_t rest = i, step = 1, src_step = 1;

    *to = *from = 0;
    for (int d = p->index->dims - 1; d >= 0; d--) {
        int64_t c = rest % p->index->size[d];

        rest /= p->index->size[d];
        *to += (d == p->dim ? tensor_i64(p->index)[i] : c) * step;
        *from += c * src_step;
        step *= p->x->size[d];
        src_step *= p->src->size[d];
    }
}

static bool
check_places(struct tape *t, const char *what, const struct places *p)
{
    bool same = p->index->dims == p->x->dims && p->index->dims == p->src->dims;
    int64_t size = p->x->dims > 0 ? p->x->size[p->dim] : 1;

    if (!same)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Index tensor must have the same number of dimensions as %s "
                         "tensor",
                         p->index->dims == p->x->dims ? "src" : "self") != NULL;
    for (int d = 0; d < p->x->dims; d++) {
        char a[SHAPE_TEXT], b[SHAPE_TEXT], c[SHAPE_TEXT];

        if (p->index->size[d] <= p->src->size[d] &&
            (d == p->dim || p->index->size[d] <= p->x->size[d]))
            continue;
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Expected index %s to be no larger than self %s apart from "
                         "dimension %d and to be no larger size than src %s",
                         shape_text(p->index->dims, p->index->size, a),
                         shape_text(p->x->dims, p->x->size, b), p->dim,
                         shape_text(p->src->dims, p->src->size, c)) != NULL;
    }
    for (int64_t i = 0; i < tensor_count(p->index); i++) {
        int64_t at = tensor_i64(p->index)[i];

        if (at < 0 || at >= size)
            return tape_fail(t, ERR_BOUNDS, "RuntimeError",
                             "index %" PRId64 " is out of bounds for dimension %d with "
                             "size %" PRId64,
                             at, p->dim, size) != NULL;
    }
    (void)what;
    return true;
}

static double
combined(enum combine how, double a, double b)
{
    switch (how) {
    case COMBINE_PROD: return a * b;
    case COMBINE_AMAX: return isnan(a) || a > b ? a : b;
    case COMBINE_AMIN: return isnan(a) || a < b ? a : b;
    case COMBINE_SUM:
    case COMBINE_MEAN: break;
    }
    return a + b;
}

/* x combined with src, not recorded. */
static struct tensor *
combine_into(struct tape *t, const struct places *p, enum combine how, bool include_self)
{
    static const double start[] = {0, 1, 0, -HUGE_VAL, HUGE_VAL};
    int64_t n = tensor_count(p->index), to, from;
    struct tensor *src = tensor_contiguous(&t->heap, tensor_alias(&t->heap, p->src));
    struct tensor *y = tape_check(t, tensor_copy(&t->heap, p->x));
    struct tensor *count = tape_check(
        t, tensor_full(&t->heap, TENSOR_I64, p->x->dims, p->x->size, include_self));

    if (!tape_check(t, src) || !y || !count)
        return NULL;
    for (int64_t i = 0; !include_self && i < n; i++) {
        place_of(p, i, &to, &from);
        tensor_set(y, to, start[how]);
    }
    for (int64_t i = 0; i < n; i++) {
        place_of(p, i, &to, &from);
        tensor_set(y, to, combined(how, tensor_get(y, to), tensor_get(src, from)));
        tensor_i64(count)[to]++;
    }
    for (int64_t i = 0; how == COMBINE_MEAN && i < tensor_count(y); i++) {
        if (tensor_i64(count)[i] > 1)
            tensor_set(y, i, tensor_get(y, i) / (double)tensor_i64(count)[i]);
    }
    return y;
}

/* 1 where both are equal, in their type. */
static struct tensor *
equal_ones(struct tape *t, struct tensor *a, struct tensor *b)
{
    return op_cast(t, mask_compare(t, COMPARE_eq, a, b), a->type);
}

static struct tensor *reduce(struct tape *t, struct tensor *x, int dim,
                             struct tensor *index, struct tensor *src, enum combine how,
                             bool include_self);

/* x with zeros replaced by ones, and the mask of those zeros. */
static struct tensor *
without_zeros(struct tape *t, struct tensor *x, struct tensor **zero)
{
    *zero = mask_compare_scalar(t, COMPARE_eq, x, 0);
    return op_masked_fill(t, x, *zero, 1);
}

struct combination {
    struct tensor *g, *x, *index, *src, *y;
    int dim;
    bool include_self;
};

/* Of a product: the others' product, one zero allowed. */
static void
product_gradients(struct tape *t, const struct combination *c, struct tensor **out)
{
    struct tensor *zero, *x = without_zeros(t, c->x, &zero), *src, *zeros, *single, *all;
    struct tensor *one,
        *y = reduce(t, x, c->dim, c->index, c->src, COMBINE_PROD, c->include_self);

    out[0] = op_div(t, op_mul(t, c->g, y), x);
    src = without_zeros(t, c->src, &zero);
    zeros = op_scatter_add(t, op_zeros_like(t, c->x), c->dim, c->index,
                           op_cast(t, zero, c->src->type));
    zeros = op_gather(t, zeros, c->dim, c->index);
    single = mask_and(t, zero, mask_compare_scalar(t, COMPARE_eq, zeros, 1));
    all = reduce(t, c->x, c->dim, c->index, src, COMBINE_PROD, c->include_self);
    one = op_gather(t, op_mul(t, c->g, all), c->dim, c->index);
    all = op_div(t, op_gather(t, op_mul(t, c->g, c->y), c->dim, c->index), src);
    out[1] = op_where(t, single, one, all);
}

static void
mean_gradients(struct tape *t, const struct combination *c, struct tensor **out)
{
    struct tensor *n = op_full_like(t, c->g, c->include_self);

    n = op_scatter_add(t, n, c->dim, c->index, op_full_like(t, c->src, 1));
    n = op_masked_fill(t, n, mask_compare_scalar(t, COMPARE_eq, n, 0), 1);
    out[0] = op_div(t, c->g, n);
    out[1] = op_div(t, op_gather(t, c->g, c->dim, c->index),
                    op_gather(t, n, c->dim, c->index));
}

/* Shared evenly by all that are the extreme. */
static void
extreme_gradients(struct tape *t, const struct combination *c, struct tensor **out)
{
    struct tensor *value = op_gather(t, c->y, c->dim, c->index), *n, *self, *src;

    if (!value)
        return;
    self = equal_ones(t, c->x, c->y);
    src = equal_ones(t, c->src, value);
    n = op_div(t, c->g, op_scatter_add(t, self, c->dim, c->index, src));
    out[0] = op_mul(t, self, n);
    out[1] = op_mul(t, src, op_gather(t, n, c->dim, c->index));
}

/* Saved: x, index, src, y.  i: dim, how, include_self. */
static void
reduce_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    struct combination c = {.g = grad[0],
                            .x = node_saved(t, n, 0),
                            .index = node_saved(t, n, 1),
                            .src = node_saved(t, n, 2),
                            .y = node_saved(t, n, 3),
                            .dim = (int)n->i[0],
                            .include_self = n->i[2] != 0};
    struct tensor *hit;

    if (!c.g || !c.x || !c.index || !c.src || !c.y)
        return;
    if (!tensor_same_shape(c.index, c.src)) {
        (void)tape_fail(t, ERR_UNSUPPORTED, "unsupported",
                        "scatter_reduce: no derivative where the source is larger than "
                        "the index");
        return;
    }
    switch ((enum combine)n->i[1]) {
    case COMBINE_SUM:
        out[0] = c.g;
        out[1] = op_gather(t, c.g, c.dim, c.index);
        break;
    case COMBINE_PROD: product_gradients(t, &c, out); break;
    case COMBINE_MEAN: mean_gradients(t, &c, out); break;
    case COMBINE_AMAX:
    case COMBINE_AMIN: extreme_gradients(t, &c, out); break;
    }
    if (c.include_self || !out[0])
        return;
    hit = op_scatter_add(t, op_zeros_like(t, c.x), c.dim, c.index,
                         op_full_like(t, c.src, 1));
    hit = hit ? mask_compare_scalar(t, COMPARE_gt, op_detach(t, hit), 0) : NULL;
    out[0] = op_masked_fill(t, out[0], hit, 0);
}

static struct tensor *
reduce(struct tape *t, struct tensor *x, int dim, struct tensor *index,
       struct tensor *src, enum combine how, bool include_self)
{
    struct places p = {.x = x, .src = src, .index = index, .dim = dim};
    struct tensor *y = x && src && index ? combine_into(t, &p, how, include_self) : NULL;
    struct node *n =
        y ? tape_record(t, "ScatterReduceBackward0", reduce_backward, 2, x, src) : NULL;

    if (n) {
        n->i[0] = dim;
        n->i[1] = how;
        n->i[2] = include_self;
    }
    node_save(t, n, x);
    node_save(t, n, index);
    node_save(t, n, src);
    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

void
run_scatter_reduce(struct tape *t, struct op_call *call)
{
    static const char *const names[] = {"sum", "prod", "mean", "amax", "amin"};
    struct tensor *x = call->in[0], *src = call->in[1];
    struct tensor *index = attr_index(t, call, "index");
    struct places p = {.x = x, .src = src, .index = index};
    const char *name = attr_text(call, "reduce");
    int how = 0;

    p.dim = op_dim(t, attr_int(call, "dim"), x->dims);
    while (how < 5 && strcmp(names[how], name) != 0)
        how++;
    if (how == 5)
        (void)tape_fail(t, ERR_UNSUPPORTED, "RuntimeError",
                        "reduce argument must be either sum, prod, mean, amax or amin, "
                        "got %s",
                        name);
    if (p.dim < 0 || !index || t->failed || x->type != src->type ||
        !check_places(t, "scatter", &p))
        return;
    call->out[0] = reduce(t, x, p.dim, index, src, (enum combine)how,
                          attr_bool(call, "include_self"));
}

/* The mask of rows that an index names, with size 1 in the other dimensions. */
static struct tensor *
row_mask(struct tape *t, const struct tensor *x, int dim, const struct tensor *index)
{
    int64_t size[TENSOR_DIMS_MAX];
    struct tensor *mask;

    for (int d = 0; d < x->dims; d++)
        size[d] = d == dim ? x->size[d] : 1;
    mask = tape_check(t, tensor_zeros(&t->heap, TENSOR_BOOL, x->dims, size));
    for (int64_t i = 0; mask && i < tensor_count(index); i++)
        tensor_bool(mask)[tensor_i64(index)[i]] = 1;
    return mask;
}

/* Rows by number, negative ones from the back. */
static struct tensor *
row_index(struct tape *t, const struct op_call *call, int dim)
{
    struct tensor *index = attr_index(t, call, "index");
    const struct tensor *x = call->in[0];

    for (int64_t i = 0; index && i < tensor_count(index); i++) {
        int64_t *at = &tensor_i64(index)[i];

        if (x->dims == 0 || *at < -x->size[dim] || *at >= x->size[dim])
            return tape_fail(t, ERR_BOUNDS, "IndexError",
                             "index %" PRId64 " is out of bounds for dimension %d with "
                             "size %" PRId64,
                             *at, dim, x->dims > 0 ? x->size[dim] : 1);
        *at += *at < 0 ? x->size[dim] : 0;
    }
    return index;
}

void
run_index_fill(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *index, *mask;
    int dim = op_dim(t, attr_int(call, "dim"), x->dims);

    index = dim < 0 ? NULL : row_index(t, call, dim);
    mask = index ? row_mask(t, x, dim, index) : NULL;
    call->out[0] = op_fill_as(t, "IndexFillBackward0", x, mask, attr_real(call, "value"));
}

/* Saved: index, mask of its rows. */
static void
copy_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    if (!grad[0])
        return;
    out[0] = op_masked_fill(t, grad[0], node_saved(t, n, 1), 0);
    if (node_wants(n, 1))
        out[1] = op_index_select(t, grad[0], n->i[0], node_saved(t, n, 0));
}

/* Rows of x replaced by those of src; of equal indices the last one stays. */
void
run_index_copy(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *src = call->in[1], *y, *mask, *index;
    int dim = op_dim(t, attr_int(call, "dim"), x->dims);
    int64_t rows;
    struct node *n;

    index = dim < 0 ? NULL : row_index(t, call, dim);
    if (!index)
        return;
    rows = tensor_count(index);
    for (int d = 0; d < x->dims; d++) {
        if (src->type != x->type || src->dims != x->dims ||
            src->size[d] != (d == dim ? rows : x->size[d])) {
            (void)tape_fail(t, ERR_MALFORMED, "IndexError",
                            "index_copy_(): the source does not have one row for each "
                            "index");
            return;
        }
    }
    y = tape_check(t, tensor_copy(&t->heap, x));
    mask = row_mask(t, x, dim, index);
    for (int64_t r = 0; y && r < rows; r++) {
        struct tensor from = *src, to = *y;

        from.offset += r * from.stride[dim];
        to.offset += tensor_i64(index)[r] * to.stride[dim];
        from.size[dim] = to.size[dim] = 1;
        tensor_copy_into(&to, &from);
    }
    n = y ? tape_record(t, "IndexCopyBackward0", copy_backward, 2, x, src) : NULL;
    if (n)
        n->i[0] = dim;
    node_save(t, n, index);
    node_save(t, n, mask);
    call->out[0] = tape_output(t, n, y);
}

/* x and index stretched to one shape apart from dim, then gathered. */
void
run_take_along_dim(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *index = attr_index(t, call, "index");
    int64_t size[TENSOR_DIMS_MAX], own, along;
    int dim = op_dim(t, attr_int(call, "dim"), x->dims);

    if (dim < 0 || !index)
        return;
    if (x->dims != index->dims || x->dims == 0) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "torch.take_along_dim(): input and indices should have the same "
                        "number of dimensions, but got %d dimensions for input, and %d "
                        "dimensions for indices",
                        x->dims, index->dims);
        return;
    }
    own = x->size[dim];
    along = index->size[dim];
    for (int d = 0; d < x->dims; d++)
        size[d] = x->size[d] == 1 ? index->size[d] : x->size[d];
    size[dim] = own;
    x = op_expand(t, x, x->dims, size);
    size[dim] = along;
    index = op_expand(t, index, index->dims, size);
    index = index ? tape_check(t, tensor_contiguous(&t->heap, index)) : NULL;
    for (int64_t i = 0; index && i < tensor_count(index); i++)
        tensor_i64(index)[i] += tensor_i64(index)[i] < 0 ? own : 0;
    call->out[0] = op_gather(t, x, dim, index);
}
