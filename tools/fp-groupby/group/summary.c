/* summary.c: combinations of aggregates. */
#include "group/summary.h"

#include "group/groupby.h"

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

/*
 * Where rows find their group's result.  When it is spread over a product pandas does not
 * find those again of which a key is missing.
 */
static const int64_t *
found_results(struct arena *a, const struct groups *g)
{
    int64_t *where;
    int64_t *at;

    if (!g->spread)
        return g->ids;
    where = arena_alloc(a, (g->n_groups + 1) * sizeof *where);
    at = arena_alloc(a, (g->n_rows + 1) * sizeof *at);
    for (size_t i = 0; i < g->n_spread; i++) {
        bool found = g->spread[i] >= 0;

        for (size_t k = 0; found && k < g->spread_labels.n_levels; k++)
            found = !column_missing(g->spread_labels.levels[k], i);
        if (g->spread[i] >= 0)
            where[g->spread[i]] = found ? (int64_t)i : -1;
    }
    for (size_t i = 0; i < g->n_rows; i++)
        at[i] = g->ids[i] < 0 ? -1 : where[g->ids[i]];
    return at;
}

bool
summary_transform(struct arena *a, const struct groups *g, const struct column *values,
                  const struct index *index, enum aggregate how,
                  const struct column **out, struct error *err)
{
    struct aggregate_options options = aggregate_defaults;
    const struct column *result;

    options.unobserved = true;
    if (!aggregate(a, g, values, index, how, &options, &result, err))
        return false;
    if (how == AGGREGATE_SIZE && values)
        result = aggregate_size_of(a, result, values);
    if (g->spread)
        result = groupby_spread(a, g, result, aggregate_spreads_zero(how));
    *out = column_named(a, column_take(a, result, found_results(a, g), g->n_rows),
                        values ? values->name : cell_none());
    return groups_check(g, err);
}
