/*
 * cells.c: see cells.h.
 *
 * Knuth's two-sum gives the exact error of an addition; the pair (high, low) is then
 * renormalised, as in Dekker's and Kahan's double-double arithmetic.
 */
#include "shards/cells.h"

#include "common/mem.h"

/* What a term keeps, in so many columns. */
enum layout {
    KEEP_COUNT,    /* n */
    KEEP_INTEGER,  /* s: sum or product modulo 2^64 */
    KEEP_SUM,      /* high, low, special, magnitude, n */
    KEEP_PRODUCT,  /* p */
    KEEP_EXTREME,  /* value, n */
    KEEP_POSITION, /* value, row (-1: none) */
    KEEP_SPREAD,   /* n, sum and its low part, sum of squares and its low part */
    KEEP_NOTHING,  /* not possible */
};

static const size_t widths[] = {1, 1, 5, 1, 2, 2, 5, 0};
enum { WIDTH_MOST = 5 };

static bool
is_float(enum lattice_type t)
{
    return t == LATTICE_FLOAT || t == LATTICE_FLOAT_OF_INT;
}

static enum layout
layout_of(const struct plan *p, const struct groupby_term *t)
{
    enum lattice_type type = rows_type(p, t->column);
    bool number = type == LATTICE_INT || type == LATTICE_UINT || type == LATTICE_BOOL ||
                  is_float(type);

    if (t->other || t->top || t->options.min_count >= 0)
        return KEEP_NOTHING;
    if (t->how == AGGREGATE_SIZE || t->how == AGGREGATE_COUNT)
        return KEEP_COUNT;
    if (!number)
        return KEEP_NOTHING;
    switch (t->how) {
    case AGGREGATE_SUM: return is_float(type) ? KEEP_SUM : KEEP_INTEGER;
    case AGGREGATE_PROD: return is_float(type) ? KEEP_PRODUCT : KEEP_INTEGER;
    case AGGREGATE_MEAN: return KEEP_SUM;
    case AGGREGATE_MIN:
    case AGGREGATE_MAX: return KEEP_EXTREME;
    case AGGREGATE_FIRST:
    case AGGREGATE_LAST: return KEEP_POSITION;
    case AGGREGATE_STD:
    case AGGREGATE_VAR:
    case AGGREGATE_SEM: return KEEP_SPREAD;
    case AGGREGATE_COUNT:
    case AGGREGATE_SIZE:
    case AGGREGATE_MEDIAN:
    case AGGREGATE_QUANTILE:
    case AGGREGATE_NUNIQUE:
    case AGGREGATE_ANY:
    case AGGREGATE_ALL:
    case AGGREGATE_IDXMIN:
    case AGGREGATE_IDXMAX:
    case AGGREGATE_SKEW:
    case AGGREGATE_KURT:
    case AGGREGATE_COUNT_OF: break;
    }
    return KEEP_NOTHING;
}

bool
cells_allowed(const struct plan *p, struct error *err)
{
    for (size_t i = 0; i < p->query.n_terms; i++) {
        const struct groupby_term *t = &p->query.terms[i];

        if (layout_of(p, t) == KEEP_NOTHING)
            return error_set(err, ERR_UNSUPPORTED,
                             "%s of column '%s' cannot be merged from running values "
                             "(leave --fast away)",
                             t->other ? pair_name(t->pair) : aggregate_name(t->how),
                             t->column);
    }
    return true;
}

/* The types of a term's columns. */
static enum coltype
column_type(const struct plan *p, const struct groupby_term *t, enum layout layout,
            size_t i)
{
    enum coltype own = lattice_coltype(rows_type(p, t->column));

    switch (layout) {
    case KEEP_COUNT: return COLTYPE_INT64;
    case KEEP_INTEGER: return own == COLTYPE_UINT64 ? own : COLTYPE_INT64;
    case KEEP_SUM: return i < 4 ? COLTYPE_FLOAT64 : COLTYPE_INT64;
    case KEEP_EXTREME:
    case KEEP_POSITION: return i == 0 ? own : COLTYPE_INT64;
    case KEEP_PRODUCT:
    case KEEP_SPREAD:
    case KEEP_NOTHING: break;
    }
    return COLTYPE_FLOAT64;
}

static size_t
width_of(const struct plan *p)
{
    size_t n = p->query.n_by + 1;

    for (size_t i = 0; i < p->query.n_terms; i++)
        n += widths[layout_of(p, &p->query.terms[i])];
    return n;
}

static double
number_at(const struct column *c, size_t row)
{
    return cell_to_f64(column_get(c, row));
}

/* Row `row` of a value as a cell of its own. */
static void
make_cell(struct column *const out[], enum layout layout, enum aggregate how,
          const struct column *values, size_t row, int64_t number)
{
    bool there = how == AGGREGATE_SIZE || !column_missing(values, row);
    double x = 0;

    switch (layout) {
    case KEEP_COUNT: out[0]->i[row] = there; break;
    case KEEP_INTEGER: out[0]->i[row] = values->i[row]; break;
    case KEEP_SUM:
        x = there ? number_at(values, row) : 0;
        out[0]->f[row] = isfinite(x) ? x : 0;
        out[2]->f[row] = isfinite(x) ? 0 : x;
        out[3]->f[row] = isfinite(x) ? fabs(x) : 0;
        out[4]->i[row] = there;
        break;
    case KEEP_PRODUCT: out[0]->f[row] = there ? values->f[row] : 1; break;
    case KEEP_EXTREME:
        out[0]->i[row] = values->i[row]; /* the bits, whatever the type */
        out[1]->i[row] = there;
        break;
    case KEEP_POSITION:
        out[0]->i[row] = values->i[row];
        out[1]->i[row] = there ? number : -1;
        break;
    case KEEP_SPREAD:
        x = there ? number_at(values, row) : 0;
        out[0]->f[row] = there;
        out[1]->f[row] = x;
        out[3]->f[row] = x * x;
        out[4]->f[row] = isfinite(x * x) ? fma(x, x, -x * x) : 0;
        break;
    case KEEP_NOTHING: break;
    }
}

static struct column *
unnamed(struct arena *a, enum coltype t, size_t n)
{
    struct column *c = column_new(a, t, n);

    c->name = cell_str("");
    return c;
}

/* A term's columns, all n long, into the frame; places it has no use for are empty. */
static void
add_columns(struct arena *a, struct frame *f, const struct plan *p,
            const struct groupby_term *t, size_t n, struct column *out[static WIDTH_MOST])
{
    enum layout layout = layout_of(p, t);

    for (size_t k = 0; k < WIDTH_MOST; k++) {
        bool used = k < widths[layout];

        out[k] =
            unnamed(a, used ? column_type(p, t, layout, k) : COLTYPE_INT64, used ? n : 0);
        if (used)
            frame_add(f, out[k]);
    }
}

struct frame *
cells_of_rows(struct arena *a, const struct frame *rows, const struct plan *p)
{
    const struct column *numbers = rows_numbers(rows);
    struct frame *f = frame_new(a, rows->n_rows, width_of(p));

    for (size_t i = 0; i < p->query.n_by; i++)
        frame_add(f, frame_column(rows, p->query.by[i]));
    for (size_t i = 0; i < p->query.n_terms; i++) {
        const struct groupby_term *t = &p->query.terms[i];
        const struct column *values = frame_column(rows, t->column);
        enum layout layout = layout_of(p, t);
        struct column *out[WIDTH_MOST];

        add_columns(a, f, p, t, rows->n_rows, out);
        for (size_t row = 0; row < rows->n_rows; row++)
            make_cell(out, layout, t->how, values, row, numbers->i[row]);
    }
    frame_add(f, numbers);
    return f;
}

/* (high, low) += (h, l) */
static void
add_pair(double *high, double *low, double h, double l)
{
    double sum = *high + h;
    double part = sum - *high;
    double rest = (*high - (sum - part)) + (h - part) + *low + l;

    *high = sum + rest;
    *low = isfinite(*high) ? rest - (*high - sum) : 0;
}

static bool
replaces(const struct column *c, size_t row, const struct column *best, size_t at,
         enum aggregate how)
{
    int order = cell_compare(column_get(c, row), column_get(best, at));

    return how == AGGREGATE_MIN ? order < 0 : order > 0;
}

/* Cell `row` of `in` joins cell `at` of `out`, which is earlier, or new. */
static void
join_cell(struct column *const out[], size_t at, const struct column *const in[],
          size_t row, enum layout layout, enum aggregate how)
{
    bool take;

    switch (layout) {
    case KEEP_COUNT: out[0]->i[at] += in[0]->i[row]; break;
    case KEEP_INTEGER:
        out[0]->u[at] = how == AGGREGATE_SUM ? out[0]->u[at] + in[0]->u[row]
                                             : out[0]->u[at] * in[0]->u[row];
        break;
    case KEEP_SUM:
        add_pair(&out[0]->f[at], &out[1]->f[at], in[0]->f[row], in[1]->f[row]);
        out[2]->f[at] += in[2]->f[row];
        out[3]->f[at] += in[3]->f[row];
        out[4]->i[at] += in[4]->i[row];
        break;
    case KEEP_PRODUCT: out[0]->f[at] *= in[0]->f[row]; break;
    case KEEP_EXTREME:
        take = in[1]->i[row] > 0 &&
               (out[1]->i[at] == 0 || replaces(in[0], row, out[0], at, how));
        if (take)
            out[0]->i[at] = in[0]->i[row];
        out[1]->i[at] += in[1]->i[row];
        break;
    case KEEP_POSITION:
        take = in[1]->i[row] >= 0 &&
               (out[1]->i[at] < 0 ||
                (how == AGGREGATE_FIRST) == (in[1]->i[row] < out[1]->i[at]));
        if (take) {
            out[0]->i[at] = in[0]->i[row];
            out[1]->i[at] = in[1]->i[row];
        }
        break;
    case KEEP_SPREAD:
        out[0]->f[at] += in[0]->f[row];
        add_pair(&out[1]->f[at], &out[2]->f[at], in[1]->f[row], in[2]->f[row]);
        add_pair(&out[3]->f[at], &out[4]->f[at], in[3]->f[row], in[4]->f[row]);
        break;
    case KEEP_NOTHING: break;
    }
}

/* The cell that joins with anything to give that. */
static void
start_cells(struct column *const out[], enum layout layout, enum aggregate how)
{
    for (size_t i = 0; i < out[0]->size; i++) {
        if (layout == KEEP_INTEGER)
            out[0]->i[i] = how == AGGREGATE_PROD;
        else if (layout == KEEP_PRODUCT)
            out[0]->f[i] = 1;
        else if (layout == KEEP_POSITION)
            out[1]->i[i] = -1;
    }
}

struct frame *
cells_join(struct arena *a, const struct frame *cells, const struct plan *p)
{
    const struct group_options options = {.dropna = p->query.group.dropna};
    const struct column *numbers = rows_numbers(cells);
    size_t n_by = p->query.n_by;
    struct groups g;

    groups_make(a, cells->columns, n_by, &options, &g);

    struct frame *f = frame_new(a, g.n_groups, cells->n_columns);
    struct column *first = column_like(a, numbers, g.n_groups);
    int64_t *positions = arena_alloc(a, (g.n_groups + 1) * sizeof *positions);
    size_t column = n_by;

    for (size_t k = 0; k < g.n_groups; k++) {
        positions[k] = g.rows[g.offsets[k]];
        for (int64_t i = g.offsets[k]; i < g.offsets[k + 1]; i++)
            if (numbers->i[g.rows[i]] < numbers->i[positions[k]])
                positions[k] = g.rows[i];
        first->i[k] = numbers->i[positions[k]];
    }
    for (size_t i = 0; i < n_by; i++)
        frame_add(f, column_take(a, cells->columns[i], positions, g.n_groups));
    for (size_t i = 0; i < p->query.n_terms; i++) {
        const struct groupby_term *t = &p->query.terms[i];
        enum layout layout = layout_of(p, t);
        const struct column *const *in = cells->columns + column;
        struct column *out[WIDTH_MOST];

        add_columns(a, f, p, t, g.n_groups, out);
        start_cells(out, layout, t->how);
        for (size_t k = 0; k < g.n_groups; k++)
            for (int64_t r = g.offsets[k]; r < g.offsets[k + 1]; r++)
                join_cell(out, k, in, (size_t)g.rows[r], layout, t->how);
        column += widths[layout];
    }
    frame_add(f, first);
    return f;
}

bool
cells_check(const struct frame *cells, const struct plan *p, struct error *err)
{
    size_t column = p->query.n_by;
    bool ok =
        cells->n_columns == width_of(p) && rows_numbers(cells)->dtype == COLTYPE_INT64;

    for (size_t i = 0; ok && i < p->query.n_by; i++)
        ok = cells->columns[i]->dtype == lattice_coltype(rows_type(p, p->query.by[i]));
    for (size_t i = 0; ok && i < p->query.n_terms; i++) {
        const struct groupby_term *t = &p->query.terms[i];
        enum layout layout = layout_of(p, t);

        for (size_t k = 0; ok && k < widths[layout]; k++)
            ok = cells->columns[column++]->dtype == column_type(p, t, layout, k);
    }
    return ok || error_set(err, ERR_MALFORMED, "columns that are not those of the query");
}

/* The sum of squares less sum^2 / n, in double-double; what is but its noise is 0. */
static double
squares_about_mean(const struct column *const in[], size_t i)
{
    double n = in[0]->f[i], sum = in[1]->f[i], low = in[2]->f[i];
    double squares = in[3]->f[i];
    double square = sum * sum;
    double square_low = fma(sum, sum, -square) + 2 * sum * low;
    double part = square / n;
    double part_low = (fma(-part, n, square) + square_low) / n;
    double m2 = squares - part + (in[4]->f[i] - part_low);

    if (!isfinite(squares)) /* a square too large, or of an infinity */
        return isfinite(sum) ? (double)INFINITY : (double)NAN;
    return m2 <= 0x1p-98 * squares ? 0 : m2;
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

static struct column *
result(struct arena *a, const struct groupby_term *t, enum layout layout,
       const struct column *const in[], size_t n)
{
    bool real = layout == KEEP_SUM || layout == KEEP_SPREAD;
    struct column *out = column_new(a, real ? COLTYPE_FLOAT64 : in[0]->dtype, n);

    for (size_t i = 0; i < n; i++)
        if (layout == KEEP_SUM) {
            double special = in[2]->f[i];
            double sum = in[0]->f[i] + in[1]->f[i];

            if (special != 0) /* an infinity, or NaN of two */
                sum = special;
            out->f[i] = t->how == AGGREGATE_MEAN ? sum / (double)in[4]->i[i] : sum;
        } else if (layout == KEEP_SPREAD)
            out->f[i] = spread(t, in[0]->f[i], squares_about_mean(in, i));
        else if (in[0]->dtype == COLTYPE_FLOAT64 &&
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
        column += widths[layout];
    }
    frame_add(f, rows_numbers(cells));
    return f;
}

/* 4 u of the magnitudes: Kahan's own 2 u, ours of u, and rounding of this product. */
static double
sum_bound(const struct column *const in[], bool mean, size_t n)
{
    double most = 0;

    for (size_t i = 0; i < n; i++) {
        double bound = 4 * 0x1p-53 * in[3]->f[i];

        if (mean)
            bound = in[4]->i[i] ? 2 * bound / (double)in[4]->i[i] : 0;
        if (bound > most)
            most = bound;
    }
    return most;
}

void
cells_bounds(const struct frame *cells, const struct plan *p, double *out)
{
    size_t column = p->query.n_by;

    for (size_t i = 0; i < p->query.n_terms; i++) {
        const struct groupby_term *t = &p->query.terms[i];
        enum layout layout = layout_of(p, t);

        out[i] = layout == KEEP_SPREAD || layout == KEEP_PRODUCT ? (double)NAN : 0;
        if (layout == KEEP_SUM)
            out[i] = sum_bound(cells->columns + column, t->how == AGGREGATE_MEAN,
                               cells->n_rows);
        column += widths[layout];
    }
}
