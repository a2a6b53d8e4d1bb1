/*
 * aggregate_object.c: aggregates of text and mixed columns.
 *
 * pandas asks Python for most of them, group by group: the values are added one by one,
 * and what comes out are objects.
 */
#include "group/aggregate_impl.h"
#include "group/reduce.h"
#include "group/series.h"
#include "rows/arith.h"

#include "common/buf.h"

static bool
fails(const struct aggregate_job *job, struct error *err)
{
    return raise_error(err, "TypeError", "agg function failed [how->%s,dtype->%s]",
                       aggregate_name(job->how), coltype_name(job->values->dtype));
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

/* Python's sum or product, first to last; missing values are skipped, or are `neutral`.
 */
static bool
fold(const struct aggregate_job *job, size_t group, enum arith op,
     const struct cell *neutral, struct cell *out, struct error *err)
{
    const struct groups *g = job->g;
    bool any = false;

    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++) {
        struct cell v = job->values->cells[g->rows[i]];

        if (cell_missing(v)) {
            if (!neutral)
                continue;
            v = *neutral;
        }
        if (!any)
            *out = v;
        else if (!arith_cells(job->a, op, *out, v, out, err))
            return false;
        any = true;
    }
    return true;
}

/* Text is joined in row order; numbers are added as Python adds them. */
static bool
object_sum(const struct aggregate_job *job, size_t group, struct cell *out,
           struct error *err)
{
    const struct groups *g = job->g;
    struct buf joined = {0};
    size_t texts = 0;
    size_t others = 0;

    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++) {
        struct cell v = job->values->cells[g->rows[i]];

        if (cell_missing(v))
            continue;
        if (v.kind == CELL_STR)
            buf_put(&joined, v.s, v.size);
        texts += v.kind == CELL_STR;
        others += v.kind != CELL_STR;
    }
    if (texts > 0)
        *out = cell_str_n(arena_strndup(job->a, buf_string(&joined), joined.size),
                          joined.size);
    buf_clear(&joined);
    if (texts > 0)
        return others == 0 || fails(job, err);
    *out = job->values->dtype == COLTYPE_STRING ? cell_str("0") : cell_int(0);
    return fold(job, group, ARITH_ADD, NULL, out, err);
}

static bool
object_mean(const struct aggregate_job *job, size_t group, struct cell *out,
            struct error *err)
{
    const struct cell zero = cell_int(0);
    size_t missing;
    size_t count = count_present(job, group, &missing);

    *out = cell_nan();
    if (count == 0)
        return true;
    if (!fold(job, group, ARITH_ADD, &zero, out, err))
        return false;
    if (!cell_numeric(*out))
        return fails(job, err);
    *out = cell_float(cell_to_f64(*out) / (double)count);
    return true;
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

static bool
object_product(const struct aggregate_job *job, size_t group, struct cell *out,
               struct error *err)
{
    const struct cell one = cell_int(1);

    *out = one;
    return fold(job, group, ARITH_MUL, &one, out, err);
}

/* Booleans beside floats, without an integer, are to pandas a mixture that is no number.
 */
static bool
check_numbers(const struct aggregate_job *job, size_t group, struct error *err)
{
    const struct groups *g = job->g;
    bool truth = false;
    bool whole = false;
    bool real = false;

    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++) {
        struct cell v = job->values->cells[g->rows[i]];

        if (cell_missing(v))
            continue;
        if (!cell_numeric(v))
            return fails(job, err);
        truth |= v.kind == CELL_BOOL;
        real |= v.kind == CELL_FLOAT;
        whole |= v.kind == CELL_INT || v.kind == CELL_UINT;
    }
    return job->how != AGGREGATE_MEDIAN || !truth || !real || whole || fails(job, err);
}

static bool
object_statistic(const struct aggregate_job *job, struct series *s, size_t group,
                 struct cell *out, struct error *err)
{
    if (!check_numbers(job, group, err))
        return false;
    if (job->how == AGGREGATE_VAR) {
        series_load(s, job->g, group);
        *out = cell_float(series_variance(s, job->o->ddof));
    } else /* numpy's mean of the values in the middle begins with 0.0 */
        *out = cell_float(0.0 + reduce_median(job->buffer, aggregate_gather(job, group)));
    return true;
}

static bool
object_value(const struct aggregate_job *job, struct series *s, size_t group,
             struct cell *out, struct error *err)
{
    enum aggregate how = job->how;

    if (how == AGGREGATE_SUM)
        return object_sum(job, group, out, err);
    if (how == AGGREGATE_MEAN)
        return object_mean(job, group, out, err);
    if (how == AGGREGATE_MIN || how == AGGREGATE_MAX)
        return object_extreme(job, group, out, err);
    if (how == AGGREGATE_FIRST || how == AGGREGATE_LAST)
        return object_edge(job, group, out);
    if (how == AGGREGATE_PROD)
        return object_product(job, group, out, err);
    if (how == AGGREGATE_VAR || how == AGGREGATE_MEDIAN)
        return object_statistic(job, s, group, out, err);
    return fails(job, err);
}

/* What Python answered becomes floats where floats are among nothing but numbers. */
static void
unify_numbers(struct column *c)
{
    bool real = false;

    for (size_t i = 0; i < c->size; i++) {
        if (!cell_numeric(c->cells[i]) || c->cells[i].kind == CELL_BOOL)
            return;
        real |= c->cells[i].kind == CELL_FLOAT;
    }
    for (size_t i = 0; real && i < c->size; i++)
        c->cells[i] = cell_float(cell_to_f64(c->cells[i]));
}

/* std, sem and skew convert the whole column first; the first that cannot be is named. */
static bool
as_floats(const struct aggregate_job *job, struct column *out, struct error *err)
{
    bool strings = job->values->dtype == COLTYPE_STRING;

    for (size_t i = 0; i < out->size; i++) {
        struct cell v = job->values->cells[i];

        if (strings && v.kind == CELL_NA)
            v = cell_none();
        if (v.kind == CELL_STR)
            return raise_error(err, "ValueError", "could not convert string to float: %s",
                               cell_repr(job->a, v));
        if (!cell_numeric(v) && v.kind != CELL_NONE)
            return raise_error(err, "TypeError",
                               "float() argument must be a string or a real number, not "
                               "'%s'",
                               cell_type_name(v));
        out->f[i] = v.kind == CELL_NONE ? (double)NAN : cell_to_f64(v);
    }
    return true;
}

static bool
float_statistics(const struct aggregate_job *job, struct column **out, struct error *err)
{
    struct column *values = column_new(job->a, COLTYPE_FLOAT64, job->values->size);
    struct aggregate_job floats = *job;

    if (!as_floats(job, values, err))
        return false;
    floats.values = values;
    *out = aggregate_numbers(&floats);
    if (job->how == AGGREGATE_SKEW || job->values->dtype == COLTYPE_STRING)
        *out = column_cast(job->a, *out, job->values->dtype);
    return true;
}

bool
aggregate_objects(const struct aggregate_job *job, struct column **out, struct error *err)
{
    enum aggregate how = job->how;
    size_t n = job->g->n_groups;
    bool edge = how == AGGREGATE_FIRST || how == AGGREGATE_LAST;
    struct series s = {0};

    if (how == AGGREGATE_QUANTILE)
        return raise_error(err, "TypeError",
                           "'quantile' cannot be performed against 'object' dtypes!");
    if (how == AGGREGATE_STD || how == AGGREGATE_SEM || how == AGGREGATE_SKEW)
        return float_statistics(job, out, err);
    if (how == AGGREGATE_VAR)
        series_init(job->a, job->g, job->values, &s);
    *out = column_new(job->a, job->values->dtype, n);
    for (size_t i = 0; i < n; i++) {
        size_t missing;
        size_t present = count_present(job, i, &missing);
        struct cell v = cell_none();

        if (!object_value(job, &s, i, &v, err))
            return false;
        if ((how == AGGREGATE_SUM || edge) && job->o->min_count > 0 &&
            present < (size_t)job->o->min_count)
            v = cell_none(); /* pandas asks Python for the others, which counts nothing */
        column_set(*out, i, v);
    }
    if (how != AGGREGATE_SUM && !edge)
        unify_numbers(*out);
    return true;
}
