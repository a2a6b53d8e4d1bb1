/* summary.c: combinations of aggregates. */
#include "group/summary.h"

#include "table/key_table.h"
#include "table/order.h"

bool
summary_ohlc(struct arena *a, const struct groups *g, const struct column *values,
             struct frame **out, struct error *err)
{
    static const struct {
        const char *name;
        enum aggregate how;
    } parts[] = {{"open", AGGREGATE_FIRST},
                 {"high", AGGREGATE_MAX},
                 {"low", AGGREGATE_MIN},
                 {"close", AGGREGATE_LAST}};

    if (!coltype_numeric(values->dtype) && !coltype_nullable(values->dtype))
        return raise_error(err, "DataError", "No numeric types to aggregate");
    *out = frame_new(a, g->n_groups, COUNT_OF(parts));
    (*out)->index = g->labels;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        const struct column *c;

        if (!aggregate(a, g, values, NULL, parts[i].how, &aggregate_defaults, &c, err))
            return false;
        frame_add(*out, column_named(a, c, cell_str(parts[i].name)));
    }
    return true;
}

struct frame *
summary_value_counts(struct arena *a, const struct groups *g, const struct column *values,
                     const struct count_options *o)
{
    const struct column *uniques;
    int64_t *codes = dedup_factorize(a, values, true, o->dropna, &uniques);
    struct key_codes parts[2] = {
        {.n_rows = g->n_rows, .codes = g->ids, .n_keys = g->n_groups},
        {.n_rows = g->n_rows, .codes = codes, .n_keys = uniques->size}};
    struct key_codes pairs;

    key_combine(a, parts, 2, &pairs);

    struct column *group = column_new(a, COLTYPE_INT64, pairs.n_keys);
    struct column *value = column_new(a, COLTYPE_INT64, pairs.n_keys);
    struct column *count = column_new(a, COLTYPE_INT64, pairs.n_keys);
    const struct column *by[] = {group, count, value};
    const struct column *by_value[] = {group, value};
    const bool ascending[] = {true, o->ascending, true};
    int64_t *total = arena_alloc(a, (g->n_groups + 1) * sizeof *total);

    for (size_t i = 0; i < pairs.n_keys; i++) {
        group->i[i] = g->ids[pairs.first[i]];
        value->i[i] = codes[pairs.first[i]];
    }
    for (size_t i = 0; i < g->n_rows; i++)
        if (pairs.codes[i] >= 0) {
            count->i[pairs.codes[i]]++;
            total[g->ids[i]]++;
        }

    int64_t *order = !g->options.sort ? o->sort ? order_by(a, by + 1, 1, ascending + 1)
                                                : order_identity(a, pairs.n_keys)
                     : o->sort ? order_by(a, by, 3, ascending)
                                      : order_by(a, by_value, 2, NULL);
    struct column *result = column_new(a,
                                       !o->normalize ? COLTYPE_INT64
                                       : values->na  ? COLTYPE_NULLABLE_FLOAT
                                                     : COLTYPE_FLOAT64,
                                       pairs.n_keys);
    int64_t *label = arena_alloc(a, (pairs.n_keys + 1) * sizeof *label);
    int64_t *what = arena_alloc(a, (pairs.n_keys + 1) * sizeof *what);

    for (size_t i = 0; i < pairs.n_keys; i++) {
        int64_t at = order[i];

        label[i] = group->i[at];
        what[i] = value->i[at];
        if (o->normalize)
            result->f[i] = (double)count->i[at] / (double)total[group->i[at]];
        else
            result->i[i] = count->i[at];
    }
    result->name = cell_str(o->normalize ? "proportion" : "count");

    struct index keys = index_take(a, &g->labels, label, pairs.n_keys);
    struct index index = {.n_levels = keys.n_levels + 1};

    index.levels = arena_alloc(a, index.n_levels * sizeof(struct column *));
    memcpy(index.levels, keys.levels, keys.n_levels * sizeof(struct column *));
    index.levels[keys.n_levels] =
        column_named(a, column_take(a, uniques, what, pairs.n_keys), values->name);
    return series_new(a, &index, result);
}

bool
summary_quantiles(struct arena *a, const struct groups *g, const struct column *values,
                  const double *q, size_t n, enum interpolation interpolation,
                  struct frame **out, struct error *err)
{
    const struct column **parts = arena_alloc(a, (n + 1) * sizeof *parts);
    struct column *result;
    struct column *level = column_new(a, COLTYPE_FLOAT64, g->n_groups * n);
    int64_t *label = arena_alloc(a, (g->n_groups * n + 1) * sizeof *label);
    enum coltype t = values->dtype;

    for (size_t i = 0; i < n; i++) {
        struct aggregate_options o = aggregate_defaults;

        o.q = q[i];
        o.interpolation = interpolation;
        if (!aggregate(a, g, values, NULL, AGGREGATE_QUANTILE, &o, &parts[i], err))
            return false;
        t = i == 0 || parts[i]->dtype == t ? parts[i]->dtype : COLTYPE_FLOAT64;
    }
    result = column_new(a, n ? t : COLTYPE_FLOAT64, g->n_groups * n);
    result->name = values->name;
    for (size_t k = 0; k < g->n_groups; k++)
        for (size_t i = 0; i < n; i++) {
            column_set(result, k * n + i, column_get(parts[i], k));
            level->f[k * n + i] = q[i];
            label[k * n + i] = (int64_t)k;
        }

    struct index keys = index_take(a, &g->labels, label, g->n_groups * n);
    struct index index = {.n_levels = keys.n_levels + 1};

    index.levels = arena_alloc(a, index.n_levels * sizeof(struct column *));
    memcpy(index.levels, keys.levels, keys.n_levels * sizeof(struct column *));
    index.levels[keys.n_levels] = level;
    *out = series_new(a, &index, result);
    return true;
}

bool
summary_transform(struct arena *a, const struct groups *g, const struct column *values,
                  enum aggregate how, const struct column **out, struct error *err)
{
    const struct column *result;

    if (!aggregate(a, g, values, NULL, how, &aggregate_defaults, &result, err))
        return false;
    *out = column_named(a, column_take(a, result, g->ids, g->n_rows), values->name);
    return true;
}

/* The cell of every (row group, column group), and which of them exist. */
struct grid {
    size_t n_rows, n_columns;
    const struct column *values; /* one a pair that occurs */
    int64_t *pair;               /* n_rows * n_columns; -1: none */
    bool gaps;                   /* some pair of a kept row does not occur */
};

/* Rows (or columns) of the grid that hold a pair the aggregate gave a value for. */
static size_t
used_lines(struct arena *a, const struct grid *g, bool columns, bool with_value,
           int64_t **out)
{
    size_t lines = columns ? g->n_columns : g->n_rows;
    size_t across = columns ? g->n_rows : g->n_columns;
    size_t n = 0;

    *out = arena_alloc(a, (lines + 1) * sizeof **out);
    for (size_t i = 0; i < lines; i++) {
        bool used = false;

        for (size_t k = 0; k < across; k++) {
            int64_t pair =
                columns ? g->pair[k * g->n_columns + i] : g->pair[i * g->n_columns + k];

            used |=
                pair >= 0 && (!with_value || !column_missing(g->values, (size_t)pair));
        }
        if (used)
            (*out)[n++] = (int64_t)i;
    }
    return n;
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
    out = column_like(a, g->values, n);
    for (size_t i = 0; i < n; i++) {
        bool none = from[i] < 0 || column_missing(g->values, (size_t)from[i]);

        column_set(out, i, none ? *fill : column_get(g->values, (size_t)from[i]));
    }
    return out;
}

bool
summary_pivot(struct arena *a, const struct frame *f, const struct pivot_options *o,
              struct frame **out, struct error *err)
{
    const struct group_options by = {.sort = true, .dropna = true, .observed = true};
    const struct column *keys[2];
    const struct column *values;
    struct groups rows;
    struct groups columns;
    struct groups both;
    struct grid grid;
    int64_t *kept_rows;
    int64_t *kept_columns;
    int64_t *occurring;

    if (!frame_want(f, o->index, &keys[0], err) ||
        !frame_want(f, o->columns, &keys[1], err) ||
        !frame_want(f, o->values, &values, err))
        return false;
    groups_make(a, &keys[0], 1, &by, &rows);
    groups_make(a, &keys[1], 1, &by, &columns);
    groups_make(a, keys, 2, &by, &both);
    grid = (struct grid){.n_rows = rows.n_groups, .n_columns = columns.n_groups};
    if (!aggregate(a, &both, values, NULL, o->how, &aggregate_defaults, &grid.values,
                   err))
        return false;
    grid.pair = arena_alloc(a, (grid.n_rows * grid.n_columns + 1) * sizeof(int64_t));
    for (size_t i = 0; i < grid.n_rows * grid.n_columns; i++)
        grid.pair[i] = -1;
    for (size_t i = 0; i < both.n_groups; i++) {
        int64_t row = both.rows[both.offsets[i]];

        grid.pair[(size_t)rows.ids[row] * grid.n_columns + (size_t)columns.ids[row]] =
            (int64_t)i;
    }

    size_t n_rows = used_lines(a, &grid, false, o->dropna, &kept_rows);
    size_t n_columns = used_lines(a, &grid, true, false, &occurring);

    for (size_t i = 0; i < n_rows; i++)
        for (size_t k = 0; k < n_columns; k++)
            grid.gaps |=
                grid.pair[(size_t)kept_rows[i] * grid.n_columns + (size_t)occurring[k]] <
                0;
    n_columns = used_lines(a, &grid, true, o->dropna, &kept_columns);
    *out = frame_new(a, n_rows, n_columns);
    (*out)->index = index_take(a, &rows.labels, kept_rows, n_rows);
    for (size_t i = 0; i < n_columns; i++) {
        size_t column = (size_t)kept_columns[i];

        frame_add(*out,
                  column_named(
                      a, grid_column(a, &grid, kept_rows, n_rows, column, o->fill_value),
                      column_get(columns.labels.levels[0], column)));
    }
    return true;
}
