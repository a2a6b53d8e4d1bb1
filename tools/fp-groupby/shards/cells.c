/* cells.c: see cells.h. */
#include "shards/cells.h"

#include "common/mem.h"
#include "shards/layout.h"

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
    if (p->rows > BINS_NUMBERS)
        return error_set(err, ERR_LIMIT,
                         "more than 2^34 rows for running values (leave --fast away)");
    return true;
}

static double
number_at(const struct column *c, size_t row)
{
    return cell_to_f64(column_get(c, row));
}

static void
store_bins(struct column *const out[], size_t row, const struct bins *b)
{
    out[0]->i[row] = b->top;
    for (size_t k = 0; k < BINS; k++)
        out[1 + k]->i[row] = b->at[k];
}

static void
store_number(struct column *const out[], size_t row, double x, double rest)
{
    struct bins b = {0};

    bins_add(&b, x);
    bins_add(&b, rest);
    store_bins(out, row, &b);
}

static void
join_bins(struct column *const out[], size_t at, const struct column *const in[],
          size_t row)
{
    const struct bins more = layout_bins(in, row);
    struct bins b = layout_bins((const struct column *const *)out, at);

    bins_join(&b, &more);
    store_bins(out, at, &b);
}

/* A number that takes part in variances: infinities, and squares beyond all doubles, are
 * only marked: NaN for the first, else infinite. */
static void
make_spread(struct column *const out[], size_t row, double x)
{
    double square = x * x;

    if (!isfinite(x))
        out[1]->f[row] = (double)NAN;
    else if (!isfinite(square))
        out[1]->f[row] = (double)INFINITY;
    if (!isfinite(square))
        return;
    store_number(out + 2, row, x, 0);
    store_number(out + 2 + BIN_COLUMNS, row, square, fma(x, x, -square));
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
        out[0]->i[row] = there;
        out[1]->f[row] = isfinite(x) ? 0 : x;
        out[2]->f[row] = isfinite(x) ? fabs(x) : 0;
        store_number(out + 3, row, isfinite(x) ? x : 0, 0);
        break;
    case KEEP_EXTREME:
        out[0]->i[row] = values->i[row]; /* the bits, whatever the type */
        out[1]->i[row] = there;
        break;
    case KEEP_POSITION:
        out[0]->i[row] = values->i[row];
        out[1]->i[row] = there ? number : -1;
        break;
    case KEEP_SPREAD:
        out[0]->i[row] = there;
        make_spread(out, row, there ? number_at(values, row) : 0);
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
            const struct groupby_term *t, size_t n,
            struct column *out[static LAYOUT_WIDTH_MOST])
{
    enum layout layout = layout_of(p, t);

    for (size_t k = 0; k < LAYOUT_WIDTH_MOST; k++) {
        bool used = k < layout_width[layout];

        out[k] = unnamed(a, used ? layout_column_type(p, t, layout, k) : COLTYPE_INT64,
                         used ? n : 0);
        if (used)
            frame_add(f, out[k]);
    }
}

struct frame *
cells_of_rows(struct arena *a, const struct frame *rows, const struct plan *p)
{
    const struct column *numbers = rows_numbers(rows);
    struct frame *f = frame_new(a, rows->n_rows, layout_frame_width(p));

    for (size_t i = 0; i < p->query.n_by; i++)
        frame_add(f, frame_column(rows, p->query.by[i]));
    for (size_t i = 0; i < p->query.n_terms; i++) {
        const struct groupby_term *t = &p->query.terms[i];
        const struct column *values = frame_column(rows, t->column);
        enum layout layout = layout_of(p, t);
        struct column *out[LAYOUT_WIDTH_MOST];

        add_columns(a, f, p, t, rows->n_rows, out);
        for (size_t row = 0; row < rows->n_rows; row++)
            make_cell(out, layout, t->how, values, row, numbers->i[row]);
    }
    frame_add(f, numbers);
    return f;
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
    case KEEP_COUNT: out[0]->u[at] += in[0]->u[row]; break;
    case KEEP_INTEGER:
        out[0]->u[at] = how == AGGREGATE_SUM ? out[0]->u[at] + in[0]->u[row]
                                             : out[0]->u[at] * in[0]->u[row];
        break;
    case KEEP_SUM:
        out[0]->u[at] += in[0]->u[row];
        out[1]->f[at] += in[1]->f[row];
        out[2]->f[at] += in[2]->f[row];
        join_bins(out + 3, at, in + 3, row);
        break;
    case KEEP_EXTREME:
        take = in[1]->i[row] > 0 &&
               (out[1]->i[at] == 0 || replaces(in[0], row, out[0], at, how));
        if (take)
            out[0]->i[at] = in[0]->i[row];
        out[1]->u[at] += in[1]->u[row];
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
        out[0]->u[at] += in[0]->u[row];
        out[1]->f[at] += in[1]->f[row];
        join_bins(out + 2, at, in + 2, row);
        join_bins(out + 2 + BIN_COLUMNS, at, in + 2 + BIN_COLUMNS, row);
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
        struct column *out[LAYOUT_WIDTH_MOST];

        add_columns(a, f, p, t, g.n_groups, out);
        start_cells(out, layout, t->how);
        for (size_t k = 0; k < g.n_groups; k++)
            for (int64_t r = g.offsets[k]; r < g.offsets[k + 1]; r++)
                join_cell(out, k, in, (size_t)g.rows[r], layout, t->how);
        column += layout_width[layout];
    }
    frame_add(f, first);
    return f;
}

/* Are the places of the bins at columns[at] such that there are? */
static bool
places_exist(const struct frame *cells, size_t at)
{
    const struct column *tops = cells->columns[at];

    for (size_t i = 0; i < tops->size; i++)
        if (tops->i[i] < 0 || tops->i[i] >= BINS_PLACES)
            return false;
    return true;
}

static bool
check_term(const struct frame *cells, const struct plan *p, const struct groupby_term *t,
           size_t at)
{
    enum layout layout = layout_of(p, t);

    for (size_t k = 0; k < layout_width[layout]; k++)
        if (cells->columns[at + k]->dtype != layout_column_type(p, t, layout, k))
            return false;
    if (layout == KEEP_SUM)
        return places_exist(cells, at + 3);
    return layout != KEEP_SPREAD ||
           (places_exist(cells, at + 2) && places_exist(cells, at + 2 + BIN_COLUMNS));
}

bool
cells_check(const struct frame *cells, const struct plan *p, struct error *err)
{
    size_t column = p->query.n_by;
    bool ok = cells->n_columns == layout_frame_width(p) &&
              rows_numbers(cells)->dtype == COLTYPE_INT64;

    for (size_t i = 0; ok && i < p->query.n_by; i++)
        ok = cells->columns[i]->dtype == lattice_coltype(rows_type(p, p->query.by[i]));
    for (size_t i = 0; ok && i < p->query.n_terms; i++) {
        const struct groupby_term *t = &p->query.terms[i];

        ok = check_term(cells, p, t, column);
        column += layout_width[layout_of(p, t)];
    }
    return ok || error_set(err, ERR_MALFORMED, "columns that are not those of the query");
}
