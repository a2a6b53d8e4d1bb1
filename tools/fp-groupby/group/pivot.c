/*
 * pivot.c: the groups of two keys laid out as rows and columns.
 *
 * As pandas has it, categories that do not occur take part until pairs without a value
 * are dropped, and what an aggregate says of them counts as a value.
 */
#include "group/pivot.h"

#include "common/num.h"
#include "group/groupby.h"
#include "group/pivot_fill.h"
#include "table/order.h"

/* The cell of every (row group, column group), and which of them exist. */
struct grid {
    size_t n_rows, n_columns;
    const struct column *values; /* one a pair */
    int64_t *pair;               /* n_rows * n_columns; -1: none */
    bool gaps;                   /* some pair of a kept row and column does not exist */
    enum coltype type;           /* of what is filled */
};

static bool
exists(const struct grid *g, int64_t row, int64_t column)
{
    return g->pair[(size_t)row * g->n_columns + (size_t)column] >= 0;
}

/* Rows (or columns) of the grid that hold a pair. */
static size_t
used_lines(struct arena *a, const struct grid *g, bool columns, int64_t **out)
{
    size_t lines = columns ? g->n_columns : g->n_rows;
    size_t across = columns ? g->n_rows : g->n_columns;
    size_t n = 0;

    *out = arena_alloc(a, (lines + 1) * sizeof **out);
    for (size_t i = 0; i < lines; i++) {
        bool used = false;

        for (size_t k = 0; k < across && !used; k++)
            used = columns ? exists(g, (int64_t)k, (int64_t)i)
                           : exists(g, (int64_t)i, (int64_t)k);
        if (used)
            (*out)[n++] = (int64_t)i;
    }
    return n;
}

/*
 * A missing label moves to the front or the end of the lines, or leaves: returns how many
 * lines there are then.
 */
enum place { FIRST, LAST, NOWHERE };

static size_t
move_missing(const struct column *labels, enum place place, int64_t *lines, size_t n)
{
    size_t at = 0;
    int64_t line;

    while (at < n && !column_missing(labels, (size_t)lines[at]))
        at++;
    if (at == n)
        return n;
    line = lines[at];
    memmove(lines + at, lines + at + 1, (n - 1 - at) * sizeof *lines);
    if (place == NOWHERE)
        return n - 1;
    if (place == FIRST)
        memmove(lines + 1, lines, (n - 1) * sizeof *lines);
    lines[place == FIRST ? 0 : n - 1] = line;
    return n;
}

/*
 * sort_index(axis=1): what is missing comes last.  The levels of a product do not hold
 * it, and categories whose codes ascend stay as they are.
 */
static size_t
sort_columns(struct arena *a, const struct column *labels, bool product,
             enum aggregate how, int64_t *lines, size_t n)
{
    const struct column *kept = column_take(a, labels, lines, n);
    const int64_t *order = order_by(a, &kept, 1, NULL);
    int64_t *sorted = arena_alloc(a, (n + 1) * sizeof *sorted);

    for (size_t i = 0; i < n; i++)
        sorted[i] = lines[order[i]];
    memcpy(lines, sorted, n * sizeof *lines);
    return move_missing(labels,
                        product && how != AGGREGATE_SIZE ? NOWHERE
                        : product && labels->categories  ? FIRST
                                                         : LAST,
                        lines, n);
}

/* Sizes are a Series, whose labels sort_index compares one by one. */
static bool
check_labels(const struct column *labels, const int64_t *lines, size_t n,
             struct error *err)
{
    struct cell text = cell_none();
    struct cell other = cell_none();

    for (size_t i = 0; i < n && labels->dtype == COLTYPE_OBJECT; i++) {
        struct cell label = labels->cells[lines[i]];

        if (label.kind == CELL_STR)
            text = label;
        else if (!cell_missing(label))
            other = label;
    }
    return cell_missing(text) || cell_missing(other) ||
           raise_unordered(err, "<", text, other);
}

/* Where every pair exists, columns without a missing value keep their type. */
static const struct column *
fill_column(struct arena *a, const struct grid *g, const int64_t *from, size_t n,
            struct cell fill)
{
    const struct column *values = g->values;
    bool filled = g->gaps;
    struct column *out;

    for (size_t i = 0; i < n && !filled; i++)
        filled = column_missing(values, (size_t)from[i]);
    out = !filled || g->type == values->dtype ? column_like(a, values, n)
                                              : column_new(a, g->type, n);
    for (size_t i = 0; i < n; i++) {
        bool none = from[i] < 0 || column_missing(values, (size_t)from[i]);

        column_set(out, i, none ? fill : column_get(values, (size_t)from[i]));
    }
    return out->dtype == COLTYPE_OBJECT ? column_infer(a, out->cells, n) : out;
}

static const struct column *
grid_column(struct arena *a, const struct grid *g, const int64_t *rows, size_t n,
            size_t column, const struct cell *fill)
{
    int64_t *from = arena_alloc(a, (n + 1) * sizeof *from);
    struct column *out;

    for (size_t i = 0; i < n; i++)
        from[i] = g->pair[(size_t)rows[i] * g->n_columns + column];
    if (!fill) {
        from[n] = -1; /* one block: a gap anywhere promotes every column */
        out = column_take(a, g->values, from, n + g->gaps);
        out->size = n;
        return out;
    }
    return fill_column(a, g, from, n, *fill);
}

/* A column's name; a float32 has fewer digits than the same number as a double. */
static struct cell
name_of(struct arena *a, const struct column *labels, size_t at)
{
    struct cell label = column_get(labels, at);
    char text[NUM_F64_SIZE];

    if (labels->dtype != COLTYPE_FLOAT32 || !isfinite(label.f))
        return label;
    return cell_str(arena_strndup(a, text, num_format_f32((float)label.f, text)));
}

/* Where the pairs lie; one without a value is none when those are dropped. */
static void
lay_pairs(struct arena *a, const struct groups *rows, const struct groups *columns,
          const struct groups *both, bool dropna, struct grid *grid)
{
    grid->pair = arena_alloc(a, (grid->n_rows * grid->n_columns + 1) * sizeof(int64_t));
    for (size_t i = 0; i < grid->n_rows * grid->n_columns; i++)
        grid->pair[i] = both->spread ? (int64_t)i : -1;
    for (size_t i = 0; !both->spread && i < both->n_groups; i++) {
        int64_t row = both->rows[both->offsets[i]];

        grid->pair[(size_t)rows->ids[row] * grid->n_columns + (size_t)columns->ids[row]] =
            (int64_t)i;
    }
    for (size_t i = 0; dropna && i < grid->n_rows * grid->n_columns; i++)
        if (grid->pair[i] >= 0 && column_missing(grid->values, (size_t)grid->pair[i]))
            grid->pair[i] = -1;
}

bool
pivot(struct arena *a, const struct frame *f, const struct pivot_options *o,
      struct frame **out, struct error *err)
{
    const struct group_options by = {
        .sort = true, .dropna = o->dropna, .observed = o->observed};
    const struct column *keys[2];
    const struct column *values;
    struct groups rows, columns, both;
    int64_t *kept_rows, *kept_columns;

    if (!frame_want(f, o->index, &keys[0], err) ||
        !frame_want(f, o->columns, &keys[1], err) ||
        !frame_want(f, o->values, &values, err) || !order_check(keys, 2, err))
        return false;
    groups_make(a, &keys[0], 1, &by, &rows);
    groups_make(a, &keys[1], 1, &by, &columns);
    groups_make(a, keys, 2, &by, &both);

    struct grid grid = {.n_rows = rows.n_groups, .n_columns = columns.n_groups};

    if (!groups_check(&both, err) || !aggregate(a, &both, values, NULL, o->how,
                                                &aggregate_defaults, &grid.values, err))
        return false;
    if (both.spread)
        grid.values =
            groupby_spread(a, &both, grid.values, aggregate_spreads_zero(o->how));
    lay_pairs(a, &rows, &columns, &both, o->dropna, &grid);

    size_t n_rows = used_lines(a, &grid, false, &kept_rows);
    size_t n_columns = used_lines(a, &grid, true, &kept_columns);

    if (o->how == AGGREGATE_SIZE &&
        !check_labels(columns.labels.levels[0], kept_columns, n_columns, err))
        return false;
    for (size_t i = 0; i < n_rows; i++)
        for (size_t k = 0; k < n_columns; k++)
            grid.gaps |= !exists(&grid, kept_rows[i], kept_columns[k]);
    if (o->fill_value &&
        !pivot_fill_type(a, grid.values, *o->fill_value, grid.gaps, &grid.type, err))
        return false;
    if (both.spread)
        n_rows = move_missing(rows.labels.levels[0], FIRST, kept_rows, n_rows);
    n_columns = sort_columns(a, columns.labels.levels[0], both.spread, o->how,
                             kept_columns, n_columns);
    *out = frame_new(a, n_rows, n_columns);
    (*out)->index = index_take(a, &rows.labels, kept_rows, n_rows);
    for (size_t i = 0; i < n_columns; i++) {
        size_t at = (size_t)kept_columns[i];

        frame_add(
            *out,
            column_named(a, grid_column(a, &grid, kept_rows, n_rows, at, o->fill_value),
                         name_of(a, columns.labels.levels[0], at)));
    }
    return true;
}
