/*
 * extreme_label.c: idxmin and idxmax: the labels of the rows that hold the extremes.
 *
 * A category that does not occur has no such row and is an error, but pandas counts a
 * missing key among the categories that occur.  Then as many may seem to occur as there
 * are, and the group of the other one gets the label of the first row; or more of them,
 * over which pandas stumbles.
 */
#include "group/aggregate_impl.h"

static size_t
occurring_groups(const struct groups *g)
{
    size_t n = 0;

    if (g->spread)
        return g->n_groups;
    for (size_t k = 0; k < g->n_groups; k++)
        n += group_size(g, k) > 0;
    return n + g->dropped;
}

static bool
check_observed(const struct aggregate_job *job, struct error *err)
{
    const struct groups *g = job->g;
    bool category = g->n_keys == 1 && g->keys[0]->categories && !g->options.observed;
    size_t all = g->spread ? g->n_spread : g->n_groups;

    if (!g->spread && !category)
        return true;
    if (occurring_groups(g) > all)
        return raise_error(err, "AssertionError",
                           "every category occurs, and a missing key beside them");
    return job->o->unobserved || occurring_groups(g) == all ||
           raise_error(err, "ValueError",
                       "Can't get %s of an empty group due to unobserved "
                       "categories. Specify observed=True in groupby instead.",
                       aggregate_name(job->how));
}

/* Categories are compared by their places. */
static struct cell
comparable_value(const struct column *c, size_t row)
{
    if (!c->categories)
        return column_get(c, row);
    return c->i[row] < 0 ? cell_none() : cell_int(c->i[row]);
}

/* Row by row, as pandas goes: it decides which values meet that cannot be compared. */
static bool
find_rows(const struct aggregate_job *job, int64_t *at, struct error *err)
{
    const struct groups *g = job->g;
    bool largest = job->how == AGGREGATE_IDXMAX;

    for (size_t k = 0; k < g->n_groups; k++)
        at[k] = group_size(g, k) == 0 && g->n_rows > 0 ? 0 : -1;
    for (size_t row = 0; row < g->n_rows; row++) {
        struct cell v = comparable_value(job->values, row);
        int64_t *best = g->ids[row] < 0 ? NULL : &at[g->ids[row]];

        if (!best || cell_missing(v))
            continue;
        if (*best < 0) {
            *best = (int64_t)row;
            continue;
        }

        struct cell so_far = comparable_value(job->values, (size_t)*best);

        if (!cell_comparable(v, so_far))
            return raise_unordered(err, largest ? ">" : "<", v, so_far);
        if (largest ? cell_compare(v, so_far) > 0 : cell_compare(v, so_far) < 0)
            *best = (int64_t)row;
    }
    return true;
}

bool
aggregate_extreme_labels(const struct aggregate_job *job, const struct index *index,
                         const struct column **out, struct error *err)
{
    const struct groups *g = job->g;
    int64_t *at = arena_alloc(job->a, (g->n_groups + 1) * sizeof *at);
    struct index positions = index_range(job->a, g->n_rows);
    const struct column *labels = index ? index->levels[0] : positions.levels[0];

    if (!check_observed(job, err) || !aggregate_check_ordered(job, err) ||
        !find_rows(job, at, err))
        return false;
    *out = column_named(job->a, column_take(job->a, labels, at, g->n_groups),
                        job->values->name);
    return true;
}
