/* series.c: see series.h; the recipes are pandas/core/nanops.py and masked_reductions.py.
 */
#include "group/series.h"

/* NumPy sums what it has to convert by so many values. */
enum { CONVERTED = 8192 };

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

/* Where a piece of the sum ends that begins at row i: nullable columns skip rows. */
static size_t
piece_end(const struct series *s, size_t i, bool converted)
{
    size_t end = i;
    size_t last =
        converted && s->n - i % CONVERTED > i ? i - i % CONVERTED + CONVERTED : s->n;

    if (last > s->n)
        last = s->n;
    if (!s->values->na)
        return last;
    while (end < last && s->there[end])
        end++;
    return end;
}

/* The sum begins with 0.0, and so has no negative zero. */
static double
numpy_sum(const struct series *s, const double *x, bool single, bool converted)
{
    double sum = 0.0;

    for (size_t i = 0; i < s->n;) {
        size_t end = piece_end(s, i, converted);

        if (end > i)
            sum = column_round(single ? COLTYPE_FLOAT32 : COLTYPE_FLOAT64,
                               sum + pairwise(x + i, end - i, single));
        i = end > i ? end : i + 1;
    }
    return sum;
}

static bool
is_single(const struct series *s)
{
    return s->values->dtype == COLTYPE_FLOAT32;
}

static bool
is_double(const struct series *s)
{
    return coltype_class(s->values->dtype) == CLASS_FLOAT && !is_single(s);
}

void
series_init(struct arena *a, const struct groups *g, const struct column *values,
            struct series *out)
{
    *out = (struct series){.values = values};
    out->x = arena_alloc(a, (g->n_rows + 1) * sizeof *out->x);
    out->there = arena_alloc(a, g->n_rows + 1);
    out->squares = arena_alloc(a, (g->n_rows + 1) * sizeof *out->squares);
}

static double
number_at(const struct column *c, size_t row)
{
    if (coltype_class(c->dtype) == CLASS_TIME)
        return (double)c->i[row];
    return cell_to_f64(column_get(c, row));
}

void
series_load(struct series *s, const struct groups *g, size_t group)
{
    s->n = 0;
    s->count = 0;
    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++) {
        size_t row = (size_t)g->rows[i];
        bool there = !column_missing(s->values, row);

        s->there[s->n] = there;
        s->x[s->n++] = there ? number_at(s->values, row) : 0;
        s->count += there;
    }
}

double
series_sum(const struct series *s)
{
    return numpy_sum(s, s->x, is_single(s), !is_single(s) && !is_double(s));
}

double
series_mean(const struct series *s)
{
    if (s->count == 0)
        return (double)NAN;
    return column_round(s->values->dtype, series_sum(s) / (double)s->count);
}

double
series_variance(const struct series *s, int64_t ddof)
{
    double mean = numpy_sum(s, s->x, false, !is_double(s)) / (double)s->count;
    bool objects = coltype_class(s->values->dtype) == CLASS_CELL;

    if ((int64_t)s->count <= ddof)
        return (double)NAN;
    for (size_t i = 0; i < s->n; i++) {
        double d = mean - s->x[i];

        /* Python's power of single numbers may miss the last bit */
        s->squares[i] = !s->there[i] ? 0 : objects ? pow(d, 2) : d * d;
    }
    return column_round(s->values->dtype, numpy_sum(s, s->squares, false, false) /
                                              (double)((int64_t)s->count - ddof));
}

double
series_std(const struct series *s, int64_t ddof)
{
    return column_round(s->values->dtype, sqrt(series_variance(s, ddof)));
}
