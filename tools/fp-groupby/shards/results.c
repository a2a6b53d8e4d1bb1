/* results.c: what cells.h promises of results and their bounds. */
#include "shards/cells.h"
#include "shards/layout.h"

/* What bins of variances tell of a group. */
struct moments {
    double n, squares;
    double m2; /* the sum of squares about the mean; infinite or NaN when special */
};

/* The sum of squares less sum^2 / n, in double-double; what is but its noise is 0. */
static struct moments
moments_of(const struct column *const in[], size_t i)
{
    const struct bins sums = layout_bins(in + 2, i);
    const struct bins squares = layout_bins(in + 2 + BIN_COLUMNS, i);
    struct moments m = {.n = (double)in[0]->i[i]};
    double low, squares_low;
    double sum = bins_value(&sums, &low);

    m.squares = bins_value(&squares, &squares_low);
    if (in[1]->f[i] != 0) {
        m.m2 = in[1]->f[i];
        return m;
    }

    double square = sum * sum;
    double square_low = fma(sum, sum, -square) + 2 * sum * low;
    double part = square / m.n;
    double part_low = (fma(-part, m.n, square) + square_low) / m.n;

    m.m2 = m.squares - part + (squares_low - part_low);
    if (!isfinite(square))
        m.m2 = (double)INFINITY;
    else if (m.m2 <= 0x1p-98 * m.squares)
        m.m2 = 0;
    return m;
}

static double
spread(const struct groupby_term *t, double n, double m2)
{
    double rest = n - (double)t->options.ddof;

    if (rest <= 0)
        return (double)NAN;
    if (t->how == AGGREGATE_VAR)
        return m2 / rest;
    return t->how == AGGREGATE_STD ? sqrt(m2 / rest) : sqrt(m2 / rest / n);
}

static double
sum_result(const struct column *const in[], size_t i, bool mean)
{
    const struct bins b = layout_bins(in + 3, i);
    double low, sum = bins_value(&b, &low);

    if (in[1]->f[i] != 0) /* an infinity, or NaN of two */
        sum = in[1]->f[i];
    return mean ? sum / (double)in[0]->i[i] : sum;
}

static struct column *
result(struct arena *a, const struct groupby_term *t, enum layout layout,
       const struct column *const in[], size_t n)
{
    bool real = layout == KEEP_SUM || layout == KEEP_SPREAD;
    struct column *out = column_new(a, real ? COLTYPE_FLOAT64 : in[0]->dtype, n);

    for (size_t i = 0; i < n; i++)
        if (layout == KEEP_SUM)
            out->f[i] = sum_result(in, i, t->how == AGGREGATE_MEAN);
        else if (layout == KEEP_SPREAD) {
            struct moments m = moments_of(in, i);

            out->f[i] = spread(t, m.n, m.m2);
        } else if (in[0]->dtype == COLTYPE_FLOAT64 &&
                   ((layout == KEEP_EXTREME && in[1]->i[i] == 0) ||
                    (layout == KEEP_POSITION && in[1]->i[i] < 0)))
            out->f[i] = (double)NAN;
        else
            out->i[i] = in[0]->i[i];
    out->name = t->name ? cell_str(t->name) : cell_str(t->column);
    return out;
}

struct frame *
cells_results(struct arena *a, const struct frame *cells, const struct plan *p)
{
    struct frame *f = frame_new(a, cells->n_rows, p->query.n_by + p->query.n_terms + 1);
    size_t column = p->query.n_by;

    for (size_t i = 0; i < p->query.n_by; i++)
        frame_add(f, cells->columns[i]);
    for (size_t i = 0; i < p->query.n_terms; i++) {
        const struct groupby_term *t = &p->query.terms[i];
        enum layout layout = layout_of(p, t);

        frame_add(f, result(a, t, layout, cells->columns + column, cells->n_rows));
        column += layout_width[layout];
    }
    frame_add(f, rows_numbers(cells));
    return f;
}

/*
 * 4 u of the magnitudes: Kahan's own 2 u, ours of u, and rounding of this product.  A
 * mean is rounded once more, perhaps to a subnormal number.
 */
static double
sum_bound(const struct column *const in[], size_t i, bool mean)
{
    double bound = 4 * 0x1p-53 * in[2]->f[i];

    if (!mean || bound == 0)
        return bound;
    return 2 * bound / (double)in[0]->i[i] + 0x1p-1074;
}

/*
 * The root of m2 is off by at most 2 n u of the root of the sum of squares in pandas'
 * recipe (Welford's), and by 16 u of it here; and squares may be subnormal.
 */
static double
spread_bound(const struct groupby_term *t, const struct moments *m)
{
    double rest = m->n - (double)t->options.ddof;
    double off = (2 * m->n + 16) * 0x1p-53 * sqrt(m->squares) + sqrt(m->n) * 0x1p-536;

    if (rest <= 0 || isnan(m->m2)) /* NaN on both ways */
        return 0;
    if (isinf(m->m2))
        return (double)INFINITY;
    if (t->how == AGGREGATE_VAR)
        return (2 * sqrt(m->m2) * off + off * off) / rest;
    return off / sqrt(t->how == AGGREGATE_STD ? rest : rest * m->n);
}

static double
bound_of(const struct groupby_term *t, enum layout layout,
         const struct column *const in[], size_t i)
{
    struct moments m;

    if (layout == KEEP_SUM)
        return sum_bound(in, i, t->how == AGGREGATE_MEAN);
    if (layout != KEEP_SPREAD)
        return 0;
    m = moments_of(in, i);
    return spread_bound(t, &m);
}

void
cells_bounds(const struct frame *cells, const struct plan *p, double *out)
{
    size_t column = p->query.n_by;

    for (size_t i = 0; i < p->query.n_terms; i++) {
        const struct groupby_term *t = &p->query.terms[i];
        enum layout layout = layout_of(p, t);

        out[i] = 0;
        for (size_t row = 0; row < cells->n_rows; row++)
            out[i] = fmax(out[i], bound_of(t, layout, cells->columns + column, row));
        column += layout_width[layout];
    }
}
