/*
 * choose.c: reductions that pick elements: the gradient goes to those only.
 *
 * Each finds index tensors; values and gradients follow by gather and scatter
 * (value_selecting_reduction_backward).  Order is torch's: NaN is the largest.
 */
#include "ops/index/std_sort.h"
#include "ops/operators.h"

#include "tensor/reduce.h"

#include "common/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* i: dim, 1 when the chosen dimension was dropped; extra: the operand's shape. */
static void
choose_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    const struct node_input *shape = n->extra;
    struct tensor *index = node_saved(t, n, 0), *g = grad[0], *zeros;

    if (!g || !index)
        return;
    if (n->i[1])
        g = op_unsqueeze(t, g, n->i[0]);
    zeros =
        tape_check(t, tensor_zeros(&t->heap, grad[0]->type, shape->dims, shape->size));
    out[0] = op_scatter_add(t, zeros, n->i[0], index, g);
}

/* The call's outputs: x[index] along dim, and index; drop removes dim (of size 1). */
static void
choose(struct tape *t, struct op_call *call, const char *name, int dim,
       struct tensor *index, bool drop)
{
    struct tensor *x = call->in[0];
    bool recording = t->recording;
    struct node_input *shape;
    struct tensor *y;
    struct node *n;

    t->recording = false;
    y = op_gather(t, x, dim, index);
    if (drop && y && x->dims > 0)
        y = tape_check(t, tensor_alias(&t->heap, op_squeeze(t, y, dim)));
    t->recording = recording;
    n = y ? tape_record(t, name, choose_backward, 1, x) : NULL;
    shape = n ? heap_alloc(&t->heap, sizeof(*shape)) : NULL;
    if (shape) {
        shape->dims = x->dims;
        memcpy(shape->size, x->size, sizeof(x->size));
        n->extra = shape;
        n->i[0] = dim;
        n->i[1] = drop && x->dims > 0;
    }
    node_save(t, n, index);
    call->out[0] = tape_output(t, n, y);
    call->out[1] = drop && x->dims > 0 ? op_squeeze(t, index, dim) : index;
}

/* NaN above everything, equal values by position: a total order, so stable. */
static int
ascending(const void *pa, const void *pb)
{
    const struct keyed *a = pa, *b = pb;
    int nan_a = isnan(a->value) != 0, nan_b = isnan(b->value) != 0;

    if (nan_a != nan_b)
        return nan_a - nan_b;
    if (!nan_a && a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static int
descending(const void *pa, const void *pb)
{
    const struct keyed *a = pa, *b = pb;
    int nan_a = isnan(a->value) != 0, nan_b = isnan(b->value) != 0;

    if (nan_a != nan_b)
        return nan_b - nan_a;
    if (!nan_a && a->value != b->value)
        return a->value > b->value ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* For each line along dim: `fill` writes `count` indices from the line's n values. */
typedef void fill_line(struct keyed *line, int64_t n, int64_t count, int64_t parameter,
                       int64_t *out);

static struct tensor *
index_lines(struct tape *t, struct tensor *x, int dim, int64_t count, fill_line *fill,
            int64_t parameter)
{
    int64_t size[TENSOR_DIMS_MAX], inner = 1, n = x->dims > 0 ? x->size[dim] : 1, lines;
    struct tensor *from = tape_check(t, tensor_contiguous(&t->heap, x)), *index;
    struct keyed *line;
    int64_t *chosen;

    memcpy(size, x->size, sizeof(size));
    if (x->dims > 0)
        size[dim] = count;
    index = tape_check(t, tensor_new(&t->heap, TENSOR_I64, x->dims, size));
    line = xcalloc((size_t)n + 1, sizeof(*line));
    chosen = xcalloc((size_t)count + 1, sizeof(*chosen));
    for (int d = dim + 1; d < x->dims; d++)
        inner *= x->size[d];
    lines = n > 0 ? tensor_count(x) / n : 0;
    for (int64_t l = 0; from && index && l < lines; l++) {
        int64_t outer = l / inner, within = l % inner;

        for (int64_t k = 0; k < n; k++)
            line[k] =
                (struct keyed){tensor_get(from, (outer * n + k) * inner + within), k};
        fill(line, n, count, parameter, chosen);
        for (int64_t k = 0; k < count; k++)
            tensor_i64(index)[(outer * count + k) * inner + within] = chosen[k];
    }
    free(line);
    free(chosen);
    return index;
}

static void
fill_sorted(struct keyed *line, int64_t n, int64_t count, int64_t largest_first,
            int64_t *out)
{
    qsort(line, (size_t)n, sizeof(*line), largest_first ? descending : ascending);
    for (int64_t k = 0; k < count; k++)
        out[k] = line[k].index;
}

/* Torch's orders, equal ones in any order: NaN is the largest of all. */
static bool
smaller(const struct keyed *a, const struct keyed *b)
{
    return (isnan(b->value) && !isnan(a->value)) || a->value < b->value;
}

static bool
larger(const struct keyed *a, const struct keyed *b)
{
    return (isnan(a->value) && !isnan(b->value)) || a->value > b->value;
}

static bool
less(const struct keyed *a, const struct keyed *b)
{
    return a->value < b->value;
}

/* topk_impl_loop: few of many by a heap, else selected and then sorted. */
static void
fill_top(struct keyed *line, int64_t n, int64_t k, int64_t largest, int64_t *out)
{
    keyed_before *before = largest ? larger : smaller;

    if (k > 0 && k <= n / 64) {
        std_partial_sort(line, line + k, line + n, before);
    } else if (k > 0) {
        std_nth_element(line, line + k - 1, line + n, before);
        std_sort(line, line + k - 1, before);
    }
    for (int64_t i = 0; i < k; i++)
        out[i] = line[i].index;
}

static void
exchange(struct keyed *line, int64_t i, int64_t j)
{
    struct keyed keep = line[i];

    line[i] = line[j];
    line[j] = keep;
}

/* A step of quick select in line[left..right]: where its pivot is, and what follows. */
static int64_t
split_line(struct keyed *line, int64_t left, int64_t right, int64_t *behind)
{
    int64_t i = left + 1, j = right;

    exchange(line, left + (right - left) / 2, left + 1);
    if (larger(&line[left + 1], &line[right]))
        exchange(line, left + 1, right);
    if (larger(&line[left], &line[right]))
        exchange(line, left, right);
    if (larger(&line[left + 1], &line[left]))
        exchange(line, left + 1, left);
    for (;;) {
        do
            i++;
        while (larger(&line[left], &line[i]));
        do
            j--;
        while (larger(&line[j], &line[left]));
        if (j < i)
            break;
        exchange(line, i, j);
    }
    exchange(line, left, j);
    *behind = i;
    return j;
}

/* quick_select_template of ATen. */
static void
fill_kth(struct keyed *line, int64_t n, int64_t count, int64_t k, int64_t *out)
{
    int64_t left = 0, right = n - 1;

    (void)count;
    while (right > left + 1) {
        int64_t behind, at = split_line(line, left, right, &behind);

        if (at <= k - 1)
            left = behind;
        if (at >= k - 1)
            right = at - 1;
    }
    if (right == left + 1 && larger(&line[left], &line[right]))
        exchange(line, left, right);
    out[0] = line[k - 1].index;
}

static bool
less_or_earlier(const struct keyed *a, const struct keyed *b)
{
    return a->value < b->value || (a->value == b->value && a->index < b->index);
}

/* The lower middle one; a NaN wins. */
static void
fill_median(struct keyed *line, int64_t n, int64_t count, int64_t parameter, int64_t *out)
{
    (void)count;
    (void)parameter;
    for (int64_t k = 0; k < n; k++) {
        if (isnan(line[k].value)) {
            out[0] = k;
            return;
        }
    }
    std_nth_element(line, line + (n - 1) / 2, line + n, less_or_earlier);
    out[0] = line[(n - 1) / 2].index;
}

/* The most frequent value, the smallest of several; a NaN equals nothing. */
static void
fill_mode(struct keyed *line, int64_t n, int64_t count, int64_t parameter, int64_t *out)
{
    int64_t best = 0;

    (void)count;
    (void)parameter;
    std_sort(line, line + n, less);
    for (int64_t i = 0; i < n;) {
        int64_t end = i + 1;

        while (end < n && line[end].value == line[i].value)
            end++;
        if (end - i > best) {
            best = end - i;
            out[0] = line[end - 1].index;
        }
        i = end;
    }
}

/* Positions of the running extreme; later equal ones replace it. */
static void
fill_running(struct keyed *line, int64_t n, int64_t count, int64_t largest, int64_t *out)
{
    int64_t best = 0;

    (void)count;
    for (int64_t k = 0; k < n; k++) {
        double v = line[k].value, b = line[best].value;

        if (isnan(v) || (!isnan(b) && (largest ? v >= b : v <= b)))
            best = k;
        out[k] = best;
    }
}

static int
line_dim(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int dim = op_dim(t, attr_int(call, "dim"), x->dims);

    if (dim >= 0 && x->dims > 0 && x->size[dim] == 0) {
        const char *name = call->op->name, *end = strstr(name, "_dim");

        (void)tape_fail(t, ERR_MALFORMED, "IndexError",
                        "%.*s(): Expected reduction dim %d to have non-zero size.",
                        (int)(end ? (size_t)(end - name) : strlen(name)), name, dim);
        return -1;
    }
    return dim;
}

static void
run_extreme_dim(struct tape *t, struct op_call *call, const char *name, bool largest)
{
    struct tensor *x = call->in[0], *index = NULL;
    int dim = line_dim(t, call);

    if (dim >= 0 &&
        tape_check(t, reduce_extreme_dim(&t->heap, x, dim, true, largest, &index)))
        choose(t, call, name, dim, index, !attr_bool(call, "keepdim"));
}

RUN(max_dim, run_extreme_dim(t, call, "MaxBackward0", true))
RUN(min_dim, run_extreme_dim(t, call, "MinBackward0", false))

static void
run_one(struct tape *t, struct op_call *call, const char *name, fill_line *fill,
        int64_t parameter)
{
    struct tensor *x = call->in[0];
    int dim = line_dim(t, call);
    struct tensor *index = dim >= 0 ? index_lines(t, x, dim, 1, fill, parameter) : NULL;

    if (index)
        choose(t, call, name, dim, index, !attr_bool(call, "keepdim"));
}

RUN(median_dim, run_one(t, call, "MedianBackward1", fill_median, 0))
RUN(mode, run_one(t, call, "ModeBackward0", fill_mode, 0))

static bool
check_k(struct tape *t, struct op_call *call, int dim, int64_t least)
{
    const struct tensor *x = call->in[0];
    int64_t k = attr_int(call, "k"), n = x->dims > 0 ? x->size[dim] : 1;

    if (k >= least && k <= n)
        return true;
    (void)tape_fail(t, ERR_BOUNDS, "RuntimeError",
                    least > 0
                        ? "kthvalue(): selected number k out of range for dimension %d"
                        : "selected index k out of range",
                    dim);
    return false;
}

void
run_kthvalue(struct tape *t, struct op_call *call)
{
    int dim = line_dim(t, call);

    if (dim >= 0 && check_k(t, call, dim, 1))
        run_one(t, call, "KthvalueBackward0", fill_kth, attr_int(call, "k"));
}

static void
run_lines(struct tape *t, struct op_call *call, const char *name, fill_line *fill,
          int64_t count, int64_t parameter)
{
    struct tensor *x = call->in[0];
    int dim = op_dim(t, attr_int(call, "dim"), x->dims);
    struct tensor *index = dim >= 0 ? index_lines(t, x, dim,
                                                  count >= 0    ? count
                                                  : x->dims > 0 ? x->size[dim]
                                                                : 1,
                                                  fill, parameter)
                                    : NULL;

    if (index)
        choose(t, call, name, dim, index, false);
}

RUN(sort_values,
    run_lines(t, call, "SortBackward1", fill_sorted, -1, attr_bool(call, "descending")))
RUN(sort, run_sort_values(t, call))

void
run_argsort(struct tape *t, struct op_call *call)
{
    run_sort_values(t, call);
    call->out[0] = call->out[1];
}

RUN(topk, run_topk_values(t, call))

void
run_topk_values(struct tape *t, struct op_call *call)
{
    int dim = op_dim(t, attr_int(call, "dim"), call->in[0]->dims);

    if (dim >= 0 && check_k(t, call, dim, 0))
        run_lines(t, call, "TopkBackward0", fill_top, attr_int(call, "k"),
                  attr_bool(call, "largest"));
}

RUN(cummax, run_lines(t, call, "CummaxBackward0", fill_running, -1, 1))
RUN(cummin, run_lines(t, call, "CumminBackward0", fill_running, -1, 0))
