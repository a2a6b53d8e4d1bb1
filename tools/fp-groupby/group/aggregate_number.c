/*
 * aggregate_number.c: aggregates of bool, integer and floating columns.
 *
 * Integers are summed modulo 2^64 and the column is narrowed afterwards when every
 * group fits, as maybe_downcast_to_dtype does: the type depends on the values.
 */
#include "group/aggregate_impl.h"
#include "group/reduce.h"

#include <stdlib.h>

size_t
aggregate_gather(const struct aggregate_job *job, size_t group)
{
    const struct groups *g = job->g;
    const struct column *c = job->values;
    size_t n = 0;

    for (int64_t i = g->offsets[group]; i < g->offsets[group + 1]; i++) {
        size_t row = (size_t)g->rows[i];

        if (column_missing(c, row))
            continue;
        switch (coltype_class(c->dtype)) {
        case CLASS_FLOAT: job->buffer[n++] = c->f[row]; break;
        case CLASS_UINT: job->buffer[n++] = (double)c->u[row]; break;
        case CLASS_BOOL:
        case CLASS_INT:
        case CLASS_CODE:
        case CLASS_TIME: job->buffer[n++] = (double)c->i[row]; break;
        case CLASS_CELL: job->buffer[n++] = cell_to_f64(c->cells[row]); break;
        }
    }
    return n;
}

static int
compare_doubles(const void *x, const void *y)
{
    double a = *(const double *)x;
    double b = *(const double *)y;

    return a < b ? -1 : a > b;
}

static double
extreme(const double *x, size_t n, bool largest)
{
    double best = n > 0 ? x[0] : (double)NAN;

    for (size_t i = 1; i < n; i++)
        if (largest ? x[i] > best : x[i] < best)
            best = x[i];
    return best;
}

double
aggregate_statistic(const struct aggregate_job *job, double *x, size_t n, bool single)
{
    switch (job->how) {
    case AGGREGATE_SUM: return reduce_sum(x, n, single);
    case AGGREGATE_PROD: return reduce_product(x, n, single);
    case AGGREGATE_MEAN: return reduce_mean(x, n, single);
    case AGGREGATE_MIN: return extreme(x, n, false);
    case AGGREGATE_MAX: return extreme(x, n, true);
    case AGGREGATE_FIRST: return n > 0 ? x[0] : (double)NAN;
    case AGGREGATE_LAST: return n > 0 ? x[n - 1] : (double)NAN;
    case AGGREGATE_VAR: return reduce_variance(x, n, job->o->ddof, single);
    case AGGREGATE_STD: return sqrt(reduce_variance(x, n, job->o->ddof, false));
    case AGGREGATE_SEM: return reduce_sem(x, n, job->o->ddof);
    case AGGREGATE_MEDIAN: return reduce_median(x, n);
    case AGGREGATE_SKEW: return reduce_skew(x, n);
    case AGGREGATE_KURT: return reduce_kurtosis(x, n);
    case AGGREGATE_QUANTILE:
        qsort(x, n, sizeof *x, compare_doubles);
        return reduce_quantile(x, n, job->o->q, job->o->interpolation);
    case AGGREGATE_COUNT:
    case AGGREGATE_SIZE:
    case AGGREGATE_NUNIQUE:
    case AGGREGATE_ANY:
    case AGGREGATE_ALL:
    case AGGREGATE_IDXMIN:
    case AGGREGATE_IDXMAX:
    case AGGREGATE_COUNT_OF: break;
    }
    return (double)NAN;
}

static bool
less(const struct column *c, int64_t x, int64_t y)
{
    return coltype_class(c->dtype) == CLASS_UINT ? (uint64_t)x < (uint64_t)y : x < y;
}

static int64_t
step(const struct aggregate_job *job, int64_t so_far, int64_t x)
{
    enum aggregate how = job->how;

    if (how == AGGREGATE_SUM)
        return (int64_t)((uint64_t)so_far + (uint64_t)x);
    if (how == AGGREGATE_PROD)
        return (int64_t)((uint64_t)so_far * (uint64_t)x);
    if (how == AGGREGATE_MIN)
        return less(job->values, x, so_far) ? x : so_far;
    if (how == AGGREGATE_MAX)
        return less(job->values, so_far, x) ? x : so_far;
    return how == AGGREGATE_LAST ? x : so_far;
}

void
aggregate_integers(const struct aggregate_job *job, int64_t *result, bool *empty)
{
    const struct groups *g = job->g;
    bool folds = job->how == AGGREGATE_SUM || job->how == AGGREGATE_PROD;
    int64_t start = job->how == AGGREGATE_PROD;

    for (size_t k = 0; k < g->n_groups; k++) {
        int64_t so_far = start;
        size_t count = 0;

        for (int64_t i = g->offsets[k]; i < g->offsets[k + 1]; i++) {
            size_t row = (size_t)g->rows[i];

            if (column_missing(job->values, row))
                continue;
            if (count++ == 0 && !folds)
                so_far = job->values->i[row];
            else
                so_far = step(job, so_far, job->values->i[row]);
        }
        result[k] = so_far;
        empty[k] = count < aggregate_cutoff(job);
    }
}

/* The narrowest of the input's own type and its 64-bit kin that holds every group. */
static enum coltype
narrowed(enum coltype t, const int64_t *result, size_t n)
{
    bool is_unsigned = coltype_class(t) == CLASS_UINT;

    for (size_t i = 0; i < n; i++)
        if (is_unsigned ? coltype_wrap_u64(t, (uint64_t)result[i]) != (uint64_t)result[i]
                        : coltype_wrap_i64(t, result[i]) != result[i])
            return is_unsigned ? COLTYPE_UINT64 : COLTYPE_INT64;
    return t;
}

static struct column *
integer_column(const struct aggregate_job *job, const int64_t *result, const bool *empty)
{
    size_t n = job->g->n_groups;
    enum coltype t = job->values->dtype;
    bool folds = job->how == AGGREGATE_SUM || job->how == AGGREGATE_PROD;
    bool holes = false;

    for (size_t i = 0; i < n; i++)
        holes |= empty[i];

    if (t == COLTYPE_BOOL && folds)
        t = COLTYPE_INT64;

    bool is_unsigned = coltype_class(t) == CLASS_UINT;
    struct column *out = column_new(job->a,
                                    holes   ? COLTYPE_FLOAT64
                                    : folds ? narrowed(t, result, n)
                                            : t,
                                    n);

    for (size_t i = 0; i < n; i++)
        if (!holes)
            out->i[i] = result[i];
        else if (empty[i])
            out->f[i] = (double)NAN;
        else
            out->f[i] = is_unsigned ? (double)(uint64_t)result[i] : (double)result[i];
    return out;
}

static bool
casts_to_integer(double x, enum coltype to)
{
    if (isnan(x) || isinf(x))
        return false;
    if (to == COLTYPE_BOOL)
        return fabs((x != 0 ? 1.0 : 0.0) - x) <= 1e-8;
    return x > -0x1p63 && x < 0x1p63 && fabs(trunc(x) - x) <= 1e-8;
}

static bool
casts_to_single(double x)
{
    float y = (float)x;

    if (isnan(x))
        return true;
    if (isinf(x) || isinf(y))
        return (double)y == x;
    return fabs((double)y - x) <= 5e-4;
}

struct column *
aggregate_cast_back(struct arena *a, struct column *result, enum coltype to)
{
    for (size_t i = 0; i < result->size; i++)
        if (to == COLTYPE_FLOAT32 ? !casts_to_single(result->f[i])
                                  : !casts_to_integer(result->f[i], to))
            return result;

    struct column *out = column_new(a, to, result->size);

    for (size_t i = 0; i < result->size; i++)
        column_set(out, i,
                   to == COLTYPE_FLOAT32 ? cell_float(result->f[i])
                                         : cell_float(trunc(result->f[i])));
    return out;
}

/* NaN of a category that does not occur is what NumPy makes of it. */
static struct column *
whole_quantiles(struct arena *a, const struct column *real)
{
    struct column *out = column_cast(a, real, COLTYPE_INT64);

    for (size_t i = 0; i < real->size; i++)
        if (isnan(real->f[i]))
            out->i[i] = INT64_MIN;
    return out;
}

/* Which type the statistic is computed in and may be cast back to. */
static struct column *
float_result_type(const struct aggregate_job *job, struct column *result)
{
    enum coltype t = job->values->dtype;
    enum aggregate how = job->how;
    bool back = how == AGGREGATE_STD || how == AGGREGATE_SEM || how == AGGREGATE_SKEW ||
                how == AGGREGATE_MEDIAN;

    if (t == COLTYPE_FLOAT32 && back)
        return aggregate_cast_back(job->a, result, t);
    if (!coltype_floating(t) && how == AGGREGATE_SKEW)
        return aggregate_cast_back(job->a, result, t);
    if (coltype_integer(t) && how == AGGREGATE_QUANTILE &&
        job->o->interpolation != INTERPOLATE_LINEAR &&
        job->o->interpolation != INTERPOLATE_MIDPOINT)
        return whole_quantiles(job->a, result);
    return result;
}

struct column *
aggregate_numbers(const struct aggregate_job *job)
{
    enum coltype t = job->values->dtype;
    enum aggregate how = job->how;
    size_t n = job->g->n_groups;
    bool exact = how == AGGREGATE_SUM || how == AGGREGATE_PROD || how == AGGREGATE_MIN ||
                 how == AGGREGATE_MAX || how == AGGREGATE_FIRST || how == AGGREGATE_LAST;

    if (exact && !coltype_floating(t)) {
        int64_t *result = arena_alloc(job->a, (n + 1) * sizeof *result);
        bool *empty = arena_alloc(job->a, n + 1);

        aggregate_integers(job, result, empty);
        return integer_column(job, result, empty);
    }

    bool own = exact || how == AGGREGATE_MEAN || how == AGGREGATE_VAR;
    bool single = t == COLTYPE_FLOAT32 && own;
    struct column *out = column_new(job->a, single ? t : COLTYPE_FLOAT64, n);

    for (size_t i = 0; i < n; i++) {
        size_t count = aggregate_gather(job, i);

        if (exact && count < aggregate_cutoff(job))
            out->f[i] = (double)NAN;
        else
            out->f[i] = aggregate_statistic(job, job->buffer, count, single);
    }
    return float_result_type(job, out);
}
