/*
 * filter.c: rows of the groups of which an aggregate reaches a number.
 *
 * pandas calls a function for each group, which asks the Series, whose means and sums are
 * not quite those of SeriesGroupBy, and compares with `>=` of Python.
 */
#include "group/filter.h"

#include "group/series.h"

/* The statistic as Series has it; false: it is that of the aggregate. */
static bool
series_statistic(const struct series *s, enum aggregate how, double *out)
{
    enum coltype t = s->values->dtype;
    bool real = coltype_class(t) == CLASS_FLOAT;

    if (coltype_class(t) > CLASS_FLOAT || (s->values->na && s->count == 0))
        return false;
    if (how == AGGREGATE_MEAN)
        *out = series_mean(s);
    else if (how == AGGREGATE_VAR && s->count > 1)
        *out = series_variance(s, 1);
    else if (how == AGGREGATE_STD && s->count > 1)
        *out = series_std(s, 1);
    else if (how == AGGREGATE_SUM && real)
        *out = series_sum(s);
    else
        return false;
    return true;
}

static bool
reaches(struct cell v, double least, bool *out, struct error *err)
{
    if (v.kind == CELL_NA)
        return raise_error(err, "TypeError", "boolean value of NA is ambiguous");
    if (v.kind == CELL_STR || v.kind == CELL_TIME || v.kind == CELL_SPAN ||
        v.kind == CELL_NAT)
        return raise_unordered(err, ">=", v, cell_float(least));
    *out = !cell_missing(v) && cell_to_f64(v) >= least;
    return true;
}

/* It looks the rows of a group up by its labels; NaN and no category are not found. */
static bool
is_found(const struct groups *g, size_t group)
{
    for (size_t i = 0; i < g->labels.n_levels; i++) {
        const struct column *labels = g->labels.levels[i];

        if ((coltype_floating(labels->dtype) || labels->categories) &&
            column_missing(labels, group))
            return false;
    }
    return true;
}

bool
group_filter(struct arena *a, const struct frame *f, const struct groups *g,
             const struct column *values, enum aggregate how, double least,
             struct frame **out, struct error *err)
{
    bool *keep = arena_alloc(a, f->n_rows + 1);
    const struct column *result;
    struct series s;

    series_init(a, g, values, &s);
    if (g->n_groups > 0 &&
        !aggregate(a, g, values, NULL, how, &aggregate_defaults, &result, err))
        return false;
    for (size_t k = 0; k < g->n_groups; k++) {
        struct cell v = column_get(result, k);
        double own;
        bool passes = false;

        series_load(&s, g, k);
        if (series_statistic(&s, how, &own))
            v = cell_float(own);
        if (!reaches(v, least, &passes, err))
            return false;
        for (int64_t i = g->offsets[k]; i < g->offsets[k + 1]; i++)
            keep[g->rows[i]] = passes && is_found(g, k);
    }
    *out = frame_filter(a, f, keep);
    return true;
}
