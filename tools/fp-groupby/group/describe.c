/*
 * describe.c: groupby.describe of numbers and times.
 *
 * pandas describes every group as a Series; quartiles are NumPy's, which interpolate
 * from both ends.
 */
#include "group/describe_impl.h"
#include "group/series.h"

#include <stdlib.h>

struct described {
    struct series s;
    double *sorted;
    int64_t *whole; /* the sorted integers; NULL for floats */
    enum coltype type;
};

/* numpy's _lerp: from the nearer end; only the step has the type of the values. */
static double
described_quantile(const struct described *d, double q)
{
    if (d->s.count == 0)
        return (double)NAN;
    if (d->s.count == 1) /* numpy goes back from the end: no way from infinity */
        return d->sorted[0] - (d->sorted[0] - d->sorted[0]);

    double place = q * (double)(d->s.count - 1);
    size_t at = (size_t)place;
    double t = place - (double)at;
    double low = d->sorted[at];
    double high = d->sorted[at + 1 < d->s.count ? at + 1 : at];
    double step = column_round(d->type, high - low);

    /* integers are subtracted in their own type, which may overflow */
    if (d->whole && at + 1 < d->s.count && coltype_class(d->type) == CLASS_UINT)
        step = (double)coltype_wrap_u64(d->type, (uint64_t)d->whole[at + 1] -
                                                     (uint64_t)d->whole[at]);
    else if (d->whole && at + 1 < d->s.count)
        step = (double)coltype_wrap_i64(
            d->type, (int64_t)((uint64_t)d->whole[at + 1] - (uint64_t)d->whole[at]));

    double out = t >= 0.5 ? high - step * (1 - t) : low + step * t;

    /* back in the type of the values where some of them had to be left out */
    return d->s.count < d->s.n ? column_round(d->type, out) : out;
}

/*
 * Series.min() and max(): a value itself, so that a zero keeps its sign; of equal ones
 * the last, as np.minimum has it.
 */
static double
described_extreme(const struct described *d, bool largest)
{
    double out = (double)NAN;

    for (size_t i = 0; i < d->s.n; i++)
        if (d->s.there[i] &&
            (isnan(out) || (largest ? d->s.x[i] >= out : d->s.x[i] <= out)))
            out = d->s.x[i];
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
load_group(const struct groups *g, size_t group, struct described *d)
{
    const struct column *values = d->s.values;
    size_t n = 0;

    series_load(&d->s, g, group);
    for (size_t i = 0; i < d->s.n; i++)
        if (d->s.there[i])
            d->sorted[n++] = d->s.x[i];
    qsort(d->sorted, n, sizeof *d->sorted, compare_doubles);
    if (!d->whole)
        return;
    n = 0;
    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++)
        if (!column_missing(values, (size_t)g->rows[i]))
            d->whole[n++] = values->i[g->rows[i]];
    qsort(d->whole, n, sizeof *d->whole,
          coltype_class(d->type) == CLASS_UINT ? compare_unsigned : compare_signed);
}

enum statistic { COUNT, MEAN, STD, MIN, QUARTILE, MAX = QUARTILE + 3, STATISTICS };

static const char *const names[STATISTICS] = {"count", "mean", "std", "min",
                                              "25%",   "50%",  "75%", "max"};

static void
describe_group(const struct described *d, double out[static STATISTICS])
{
    out[COUNT] = (double)d->s.count;
    out[MEAN] = series_mean(&d->s);
    out[STD] = series_std(&d->s, 1);
    out[MIN] = described_extreme(d, false);
    for (int i = 0; i < 3; i++)
        out[QUARTILE + i] = described_quantile(d, 0.25 * (i + 1));
    out[MAX] = described_extreme(d, true);
}

static struct described
make_described(struct arena *a, const struct groups *g, const struct column *values)
{
    struct described d = {.type = values->dtype};

    series_init(a, g, values, &d.s);
    d.sorted = arena_alloc(a, (g->n_rows + 1) * sizeof *d.sorted);
    if (coltype_class(d.type) == CLASS_TIME || d.type == COLTYPE_NULLABLE_INT)
        d.type = COLTYPE_INT64;
    if (coltype_integer(d.type))
        d.whole = arena_alloc(a, (g->n_rows + 1) * sizeof *d.whole);
    return d;
}

static void
describe_numbers(struct arena *a, const struct groups *g, const struct column *values,
                 struct frame *out)
{
    struct described d = make_described(a, g, values);
    struct column *columns[STATISTICS];
    enum coltype t = values->na ? COLTYPE_NULLABLE_FLOAT : COLTYPE_FLOAT64;

    for (int i = 0; i < STATISTICS; i++) {
        columns[i] = column_new(a, t, g->n_groups);
        columns[i]->name = cell_str(names[i]);
        frame_add(out, columns[i]);
    }
    for (size_t k = 0; k < g->n_groups; k++) {
        double statistics[STATISTICS];

        load_group(g, k, &d);
        describe_group(&d, statistics);
        for (int i = 0; i < STATISTICS; i++) {
            columns[i]->f[k] = statistics[i];
            if (values->na)
                columns[i]->na[k] = (bool)isnan(statistics[i]);
        }
    }
}

/* Objects all: a count beside times, which have a deviation when they are differences. */
static void
describe_times(struct arena *a, const struct groups *g, const struct column *values,
               struct frame *out)
{
    struct described d = make_described(a, g, values);
    struct column *columns[STATISTICS];

    columns[COUNT] = column_new(a, COLTYPE_INT64, g->n_groups);
    for (int i = MEAN; i < STATISTICS; i++)
        columns[i] = column_like(a, values, g->n_groups);
    for (size_t k = 0; k < g->n_groups; k++) {
        double statistics[STATISTICS];

        load_group(g, k, &d);
        describe_group(&d, statistics);
        columns[COUNT]->i[k] = (int64_t)d.s.count;
        for (int i = MEAN; i < STATISTICS; i++)
            columns[i]->i[k] = isnan(statistics[i]) ? INT64_MIN : (int64_t)statistics[i];
        if (d.s.count > 0) {
            columns[MIN]->i[k] = d.whole[0];
            columns[MAX]->i[k] = d.whole[d.s.count - 1];
        }
    }
    for (int i = 0; i < STATISTICS; i++)
        if (i != STD || values->dtype == COLTYPE_SPAN)
            frame_add(out, column_named(a, column_cast(a, columns[i], COLTYPE_OBJECT),
                                        cell_str(names[i])));
}

struct frame *
summary_describe(struct arena *a, const struct groups *g, const struct column *values)
{
    struct frame *out = frame_new(a, g->n_groups, STATISTICS);

    out->index = g->labels;
    switch (coltype_class(values->dtype)) {
    case CLASS_CELL:
    case CLASS_CODE:
    case CLASS_BOOL: describe_values(a, g, values, out); break;
    case CLASS_TIME: describe_times(a, g, values, out); break;
    case CLASS_INT:
    case CLASS_UINT:
    case CLASS_FLOAT: describe_numbers(a, g, values, out); break;
    }
    return out;
}
