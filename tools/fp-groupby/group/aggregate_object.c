/*
 * aggregate_object.c: aggregates of text and mixed columns, categories, dates and
 * nullable columns.
 */
#include "group/aggregate_impl.h"
#include "group/reduce.h"

#include "common/buf.h"

static bool
fails(const struct aggregate_job *job, struct error *err)
{
    return raise_error(err, "TypeError", "agg function failed [how->%s,dtype->%s]",
                       aggregate_name(job->how), coltype_name(job->values->dtype));
}

/* std, sem and skew convert first: the first text of the column is named. */
static bool
not_a_float(const struct aggregate_job *job, struct error *err)
{
    for (size_t i = 0; i < job->values->size; i++)
        if (job->values->cells[i].kind == CELL_STR)
            return raise_error(err, "ValueError", "could not convert string to float: %s",
                               cell_repr(job->a, job->values->cells[i]));
    return fails(job, err);
}

static bool
holds_text(const struct column *c)
{
    for (size_t i = 0; i < c->size; i++)
        if (c->cells[i].kind == CELL_STR)
            return true;
    return false;
}

/* Text is joined in row order; numbers are added as Python adds them. */
static bool
object_sum(const struct aggregate_job *job, size_t group, struct cell *out,
           struct error *err)
{
    const struct groups *g = job->g;
    struct buf joined = {0};
    struct cell only = cell_int(0);
    size_t count = 0;
    double sum = 0;
    bool text = false;
    bool number = false;
    bool real = false;

    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++) {
        struct cell v = job->values->cells[g->rows[i]];

        if (cell_missing(v))
            continue;
        only = v;
        count++;
        if (v.kind == CELL_STR)
            buf_put(&joined, v.s, v.size);
        else
            sum += cell_to_f64(v);
        text |= v.kind == CELL_STR;
        number |= v.kind != CELL_STR;
        real |= v.kind == CELL_FLOAT;
    }
    if (text)
        *out = cell_str_n(arena_strndup(job->a, buf_string(&joined), joined.size),
                          joined.size);
    else if (count == 1)
        *out = only; /* nothing was added */
    else
        *out = real ? cell_float(sum) : cell_int((int64_t)sum);
    buf_clear(&joined);
    return !(text && number) || fails(job, err);
}

static size_t
count_present(const struct aggregate_job *job, size_t group, size_t *missing)
{
    const struct groups *g = job->g;
    size_t n = 0;

    *missing = 0;
    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++)
        if (column_missing(job->values, (size_t)g->rows[i]))
            ++*missing;
        else
            n++;
    return n;
}

static bool
object_extreme(const struct aggregate_job *job, size_t group, struct cell *out,
               struct error *err)
{
    const struct groups *g = job->g;
    size_t missing;
    bool any = false;

    *out = cell_nan();
    (void)count_present(job, group, &missing); /* infinity to Python: no text is that */
    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++) {
        struct cell v = job->values->cells[g->rows[i]];
        int order = any ? cell_compare(v, *out) : 0;

        if (cell_missing(v))
            continue;
        if ((any && cell_numeric(v) != cell_numeric(*out)) ||
            (missing > 0 && !cell_numeric(v)))
            return fails(job, err);
        if (!any || (job->how == AGGREGATE_MIN ? order < 0 : order > 0))
            *out = v;
        any = true;
    }
    return true;
}

static bool
object_edge(const struct aggregate_job *job, size_t group, struct cell *out)
{
    const struct groups *g = job->g;
    bool first = job->how == AGGREGATE_FIRST;

    *out = cell_none();
    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++) {
        struct cell v = job->values->cells[g->rows[i]];

        if (cell_missing(v) || (first && !cell_missing(*out)))
            continue;
        *out = v;
    }
    return true;
}

/* "a" alone is its own product; two texts cannot be multiplied. */
static bool
object_product(const struct aggregate_job *job, size_t group, struct cell *out,
               struct error *err)
{
    const struct groups *g = job->g;
    size_t missing;

    if (count_present(job, group, &missing) > 1)
        return fails(job, err);
    *out = cell_int(1);
    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++)
        if (!cell_missing(job->values->cells[g->rows[i]]))
            *out = job->values->cells[g->rows[i]];
    return true;
}

static bool
is_vacant(const struct aggregate_job *job, size_t group)
{
    size_t missing;

    return count_present(job, group, &missing) == 0;
}

static bool
object_value(const struct aggregate_job *job, size_t group, struct cell *out,
             struct error *err)
{
    enum aggregate how = job->how;

    if (how == AGGREGATE_SUM)
        return object_sum(job, group, out, err);
    if (how == AGGREGATE_MIN || how == AGGREGATE_MAX)
        return object_extreme(job, group, out, err);
    if (how == AGGREGATE_FIRST || how == AGGREGATE_LAST)
        return object_edge(job, group, out);
    if (how == AGGREGATE_PROD)
        return object_product(job, group, out, err);
    *out = cell_nan();
    return is_vacant(job, group) || fails(job, err);
}

bool
aggregate_objects(const struct aggregate_job *job, struct column **out, struct error *err)
{
    enum aggregate how = job->how;
    size_t n = job->g->n_groups;
    bool converts = how == AGGREGATE_STD || how == AGGREGATE_SEM || how == AGGREGATE_SKEW;

    if (how == AGGREGATE_QUANTILE)
        return raise_error(err, "TypeError",
                           "'quantile' cannot be performed against 'object' dtypes!");
    if (converts && holds_text(job->values))
        return not_a_float(job, err);
    *out = column_new(job->a,
                      how == AGGREGATE_STD || how == AGGREGATE_SEM ? COLTYPE_FLOAT64
                                                                   : job->values->dtype,
                      n);
    for (size_t i = 0; i < n; i++) {
        size_t missing;
        size_t present = count_present(job, i, &missing);
        struct cell v = cell_none();
        bool edge = how == AGGREGATE_FIRST || how == AGGREGATE_LAST;

        if (!object_value(job, i, &v, err))
            return false;
        if ((how == AGGREGATE_SUM || edge) && job->o->min_count > 0 &&
            present < (size_t)job->o->min_count)
            v = cell_none(); /* pandas asks Python for the others, which counts nothing */
        column_set(*out, i, v);
    }
    return true;
}

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
        size_t need = exact ? aggregate_cutoff(job) : 1;
        double x = aggregate_statistic(job, job->buffer, count, false);

        (*out)->f[i] = x;
        (*out)->na[i] = count < need || (isnan(x) && !exact);
    }
    if (t == COLTYPE_NULLABLE_INT && how == AGGREGATE_QUANTILE &&
        job->o->interpolation != INTERPOLATE_LINEAR &&
        job->o->interpolation != INTERPOLATE_MIDPOINT)
        *out = column_cast(job->a, *out, t);
    return true;
}
