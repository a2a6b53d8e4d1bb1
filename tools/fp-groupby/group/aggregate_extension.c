/* aggregate_extension.c: aggregates of categories, dates and nullable columns. */
#include "group/aggregate_impl.h"

bool
aggregate_check_ordered(const struct aggregate_job *job, struct error *err)
{
    return !job->values->categories || job->values->ordered ||
           raise_error(err, "TypeError", "Cannot perform %s with non-ordered Categorical",
                       aggregate_name(job->how));
}

bool
aggregate_categories(const struct aggregate_job *job, struct column **out,
                     struct error *err)
{
    enum aggregate how = job->how;
    size_t n = job->g->n_groups;
    bool extreme = how == AGGREGATE_MIN || how == AGGREGATE_MAX;

    if (extreme && !aggregate_check_ordered(job, err))
        return false;
    if (!extreme && how != AGGREGATE_FIRST && how != AGGREGATE_LAST)
        return raise_error(err, "TypeError",
                           "category dtype does not support aggregation '%s'",
                           aggregate_name(how));

    int64_t *result = arena_alloc(job->a, (n + 1) * sizeof *result);
    bool *empty = arena_alloc(job->a, n + 1);

    aggregate_integers(job, result, empty);
    *out = column_like(job->a, job->values, n);
    for (size_t i = 0; i < n; i++)
        (*out)->i[i] = empty[i] ? -1 : result[i];
    return true;
}

/* The median of pandas takes NaT for the number that stands for it, the least. */
static size_t
gather_ticks(const struct aggregate_job *job, size_t group)
{
    const struct groups *g = job->g;
    size_t n = 0;

    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++)
        job->buffer[n++] = (double)job->values->i[g->rows[i]];
    return n;
}

bool
aggregate_times(const struct aggregate_job *job, struct column **out, struct error *err)
{
    enum aggregate how = job->how;
    size_t n = job->g->n_groups;
    bool is_time = coltype_is_time(job->values->dtype);
    bool sum = how == AGGREGATE_SUM;
    bool statistic = how == AGGREGATE_MEAN || how == AGGREGATE_MEDIAN ||
                     how == AGGREGATE_STD || how == AGGREGATE_SEM ||
                     how == AGGREGATE_QUANTILE;
    bool exact = how == AGGREGATE_MIN || how == AGGREGATE_MAX || how == AGGREGATE_FIRST ||
                 how == AGGREGATE_LAST || (sum && !is_time);

    if (!statistic && !exact)
        return raise_error(err, "TypeError", "%s type does not support %s operations",
                           is_time ? "datetime64" : "timedelta64", aggregate_name(how));
    *out = column_new(job->a,
                      how == AGGREGATE_STD || how == AGGREGATE_SEM ? COLTYPE_SPAN
                                                                   : job->values->dtype,
                      n);
    if (exact) {
        bool *empty = arena_alloc(job->a, n + 1);

        aggregate_integers(job, (*out)->i, empty);
        for (size_t i = 0; i < n; i++)
            if (empty[i])
                (*out)->i[i] = INT64_MIN;
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        size_t count =
            how == AGGREGATE_MEDIAN ? gather_ticks(job, i) : aggregate_gather(job, i);
        double x = aggregate_statistic(job, job->buffer, count, false);

        (*out)->i[i] = isnan(x) ? INT64_MIN : (int64_t)x;
    }
    return true;
}

/* How many values a statistic needs; with them it may be NaN, which is not <NA>. */
static int64_t
values_needed(const struct aggregate_job *job)
{
    enum aggregate how = job->how;

    if (how == AGGREGATE_VAR || how == AGGREGATE_STD || how == AGGREGATE_SEM)
        return job->o->ddof + 1;
    return how == AGGREGATE_SKEW ? 3 : 1;
}

bool
aggregate_nullables(const struct aggregate_job *job, struct column **out,
                    struct error *err)
{
    enum aggregate how = job->how;
    size_t n = job->g->n_groups;
    enum coltype t = job->values->dtype;
    bool exact = how == AGGREGATE_SUM || how == AGGREGATE_PROD || how == AGGREGATE_MIN ||
                 how == AGGREGATE_MAX || how == AGGREGATE_FIRST || how == AGGREGATE_LAST;
    bool folds = how == AGGREGATE_SUM || how == AGGREGATE_PROD;

    (void)err;
    if (t == COLTYPE_NULLABLE_BOOL && folds)
        t = COLTYPE_NULLABLE_INT;
    if (exact && t != COLTYPE_NULLABLE_FLOAT) {
        *out = column_new(job->a, t, n);
        aggregate_integers(job, (*out)->i, (bool *)(*out)->na);
        return true;
    }
    *out = column_new(job->a,
                      how == AGGREGATE_SKEW && n == 0 ? t : COLTYPE_NULLABLE_FLOAT, n);
    for (size_t i = 0; i < n; i++) {
        size_t count = aggregate_gather(job, i);
        int64_t need = exact ? (int64_t)aggregate_cutoff(job) : values_needed(job);
        double x = aggregate_statistic(job, job->buffer, count, false);

        (*out)->f[i] = x;
        (*out)->na[i] = (int64_t)count < need;
    }
    if (t != COLTYPE_NULLABLE_FLOAT && how == AGGREGATE_QUANTILE &&
        job->o->interpolation != INTERPOLATE_LINEAR &&
        job->o->interpolation != INTERPOLATE_MIDPOINT)
        *out = column_cast(job->a, *out, t);
    return true;
}
