/*
 * describe.c: groupby.describe.
 *
 * pandas describes every group as a Series, so the mean and the deviation are those of
 * NumPy's pairwise sum over all rows of the group, missing ones as zero, and not
 * Kahan's and Welford's; quartiles are NumPy's, which interpolate from both ends.
 */
#include "group/summary.h"

#include <stdlib.h>

struct described {
    double *x;   /* every row; missing ones are 0 */
    bool *there; /* false: missing */
    double *sorted;
    int64_t *whole; /* the sorted integers; NULL for floats */
    enum coltype type;
    size_t n, count;
    bool single;
};

static double
rounded(const struct described *d, double x)
{
    return d->single ? (double)(float)x : x;
}

/* numpy/core/src/umath/loops_utils.h, pairwise_sum: blocks of 128, eight lanes. */
static double
pairwise(const double *x, size_t n, bool single)
{
    double lane[8];
    double sum = 0;
    size_t i = 8;

    if (n < 8) {
        sum = -0.0;
        for (i = 0; i < n; i++)
            sum = single ? (double)(float)(sum + x[i]) : sum + x[i];
        return sum;
    }
    if (n > 128) {
        size_t half = n / 2 - n / 2 % 8;

        sum = pairwise(x, half, single) + pairwise(x + half, n - half, single);
        return single ? (double)(float)sum : sum;
    }
    memcpy(lane, x, sizeof lane);
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            lane[k] = single ? (double)(float)(lane[k] + x[i + k]) : lane[k] + x[i + k];
    for (size_t step = 1; step < 8; step *= 2)
        for (size_t k = 0; k < 8; k += 2 * step)
            lane[k] = single ? (double)(float)(lane[k] + lane[k + step])
                             : lane[k] + lane[k + step];
    sum = lane[0];
    for (; i < n; i++)
        sum = single ? (double)(float)(sum + x[i]) : sum + x[i];
    return sum;
}

static double
described_mean(const struct described *d)
{
    if (d->count == 0)
        return (double)NAN;
    /* the sum begins with 0.0, and so has no negative zero */
    return rounded(d, (0.0 + pairwise(d->x, d->n, d->single)) / (double)d->count);
}

static double
described_std(const struct described *d)
{
    double mean = pairwise(d->x, d->n, false) / (double)d->count;
    double *squares = d->sorted + d->n; /* scratch behind the sorted values */

    if (d->count < 2)
        return (double)NAN;
    for (size_t i = 0; i < d->n; i++)
        squares[i] = d->there[i] ? (mean - d->x[i]) * (mean - d->x[i]) : 0;

    double variance = pairwise(squares, d->n, false) / (double)(d->count - 1);

    return rounded(d, sqrt(rounded(d, variance)));
}

/* numpy's _lerp: from the nearer end; only the step has the type of the values. */
static double
described_quantile(const struct described *d, double q)
{
    if (d->count == 0)
        return (double)NAN;
    if (d->count == 1)
        return d->sorted[0];

    double place = q * (double)(d->count - 1);
    size_t at = (size_t)place;
    double t = place - (double)at;
    double low = d->sorted[at];
    double high = d->sorted[at + 1 < d->count ? at + 1 : at];
    double step = rounded(d, high - low);

    /* integers are subtracted in their own type, which may overflow */
    if (d->whole && at + 1 < d->count && coltype_class(d->type) == CLASS_UINT)
        step = (double)coltype_wrap_u64(d->type, (uint64_t)d->whole[at + 1] -
                                                     (uint64_t)d->whole[at]);
    else if (d->whole && at + 1 < d->count)
        step = (double)coltype_wrap_i64(
            d->type, (int64_t)((uint64_t)d->whole[at + 1] - (uint64_t)d->whole[at]));

    if (t >= 0.5)
        return high - step * (1 - t);
    return low + step * t;
}

/*
 * Series.min() and max(): a value itself, so that a zero keeps its sign; of equal ones
 * the last, as np.minimum has it.
 */
static double
described_extreme(const struct described *d, bool largest)
{
    double out = (double)NAN;

    for (size_t i = 0; i < d->n; i++)
        if (d->there[i] && (isnan(out) || (largest ? d->x[i] >= out : d->x[i] <= out)))
            out = d->x[i];
    return out;
}

static int
compare_doubles(const void *x, const void *y)
{
    double a = *(const double *)x;
    double b = *(const double *)y;

    return a < b ? -1 : a > b;
}

static int
compare_signed(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x;
    int64_t b = *(const int64_t *)y;

    return a < b ? -1 : a > b;
}

static int
compare_unsigned(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x;
    uint64_t b = *(const uint64_t *)y;

    return a < b ? -1 : a > b;
}

static void
load_group(const struct groups *g, const struct column *values, size_t group,
           struct described *d)
{
    d->n = 0;
    d->count = 0;
    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++) {
        size_t row = (size_t)g->rows[i];

        d->there[d->n] = !column_missing(values, row);
        d->x[d->n] = d->there[d->n] ? cell_to_f64(column_get(values, row)) : 0;
        if (d->there[d->n])
            d->sorted[d->count++] = d->x[d->n];
        d->n++;
    }
    qsort(d->sorted, d->count, sizeof *d->sorted, compare_doubles);
    if (!d->whole)
        return;
    d->count = 0;
    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++)
        if (!column_missing(values, (size_t)g->rows[i]))
            d->whole[d->count++] = values->i[g->rows[i]];
    qsort(d->whole, d->count, sizeof *d->whole,
          coltype_class(d->type) == CLASS_UINT ? compare_unsigned : compare_signed);
}

static void
describe_numbers(struct arena *a, const struct groups *g, const struct column *values,
                 struct frame *out)
{
    static const char *const names[] = {"count", "mean", "std", "min",
                                        "25%",   "50%",  "75%", "max"};
    static const double quartiles[] = {0.25, 0.5, 0.75};
    struct described d = {.single = values->dtype == COLTYPE_FLOAT32,
                          .type = values->dtype};
    struct column *columns[8];
    enum coltype t = values->na ? COLTYPE_NULLABLE_FLOAT : COLTYPE_FLOAT64;

    d.x = arena_alloc(a, (g->n_rows + 1) * sizeof *d.x);
    d.there = arena_alloc(a, g->n_rows + 1);
    if (coltype_integer(values->dtype))
        d.whole = arena_alloc(a, (g->n_rows + 1) * sizeof *d.whole);
    d.sorted = arena_alloc(a, 2 * (g->n_rows + 1) * sizeof *d.sorted);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        columns[i] = column_new(a, t, g->n_groups);
        columns[i]->name = cell_str(names[i]);
        frame_add(out, columns[i]);
    }
    for (size_t k = 0; k < g->n_groups; k++) {
        load_group(g, values, k, &d);
        columns[0]->f[k] = (double)d.count;
        columns[1]->f[k] = described_mean(&d);
        columns[2]->f[k] = described_std(&d);
        columns[3]->f[k] = described_extreme(&d, false);
        columns[7]->f[k] = described_extreme(&d, true);
        for (size_t i = 0; i < COUNT_OF(quartiles); i++)
            columns[4 + i]->f[k] = described_quantile(&d, quartiles[i]);
        for (size_t i = 0; i < COUNT_OF(names) && values->na; i++)
            columns[i]->na[k] = (bool)isnan(columns[i]->f[k]);
    }
}

static void
describe_text(struct arena *a, const struct groups *g, const struct column *values,
              struct frame *out)
{
    static const char *const names[] = {"count", "unique", "top", "freq"};
    const struct count_options by_count = {.sort = true, .dropna = true};
    struct column *columns[4];

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        columns[i] = column_new(a, COLTYPE_OBJECT, g->n_groups);
        columns[i]->name = cell_str(names[i]);
        frame_add(out, columns[i]);
    }
    for (size_t k = 0; k < g->n_groups; k++) {
        const struct column *part =
            column_take(a, values, g->rows + g->offsets[k], group_size(g, k));
        const struct frame *counts = dedup_value_counts(a, part, &by_count);
        int64_t total = 0;

        for (size_t i = 0; i < counts->n_rows; i++)
            total += counts->columns[0]->i[i];
        columns[0]->cells[k] = cell_int(total);
        columns[1]->cells[k] = cell_int((int64_t)counts->n_rows);
        columns[2]->cells[k] = cell_nan();
        columns[3]->cells[k] = cell_nan();
        if (counts->n_rows > 0) {
            columns[2]->cells[k] = column_get(counts->index.levels[0], 0);
            columns[3]->cells[k] = cell_int(counts->columns[0]->i[0]);
        }
    }
}

bool
summary_describe(struct arena *a, const struct groups *g, const struct column *values,
                 struct frame **out, struct error *err)
{
    bool text =
        coltype_class(values->dtype) == CLASS_CELL || values->dtype == COLTYPE_BOOL;

    if (values->categories || coltype_class(values->dtype) == CLASS_TIME)
        return error_set(err, ERR_UNSUPPORTED, "describe of a %s column",
                         coltype_name(values->dtype));
    *out = frame_new(a, g->n_groups, 8);
    (*out)->index = g->labels;
    if (text)
        describe_text(a, g, values, *out);
    else
        describe_numbers(a, g, values, *out);
    return true;
}
