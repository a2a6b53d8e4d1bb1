/*
 * kept.c: aggregates of all values of a group at once.
 *
 * The rows are sorted by group by counting, which keeps their order, and the groups
 * are then shared out among the threads.
 */
#include "fold/program.h"

#include "common/mem.h"
#include "common/pool.h"
#include "group/reduce.h"

#include <math.h>
#include <stdlib.h>

enum { GROUPS_A_TASK = 256 };

struct kept {
    const struct program_term *term;
    double *sorted;
    const size_t *offsets;
    size_t n_groups;
};

static int
compare_doubles(const void *x, const void *y)
{
    double a = *(const double *)x;
    double b = *(const double *)y;

    return a < b ? -1 : a > b;
}

double
program_statistic(const struct program_term *t, double *x, size_t n)
{
    size_t live = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            x[live++] = x[i];
    if (t->asked.how == AGGREGATE_MEDIAN)
        return reduce_median(x, live);
    qsort(x, live, sizeof *x, compare_doubles);
    return reduce_quantile(x, live, t->asked.options.q, t->asked.options.interpolation);
}

static void
some_groups(void *context, size_t task)
{
    const struct kept *k = context;
    size_t end = (task + 1) * GROUPS_A_TASK;

    for (size_t g = task * GROUPS_A_TASK; g < end && g < k->n_groups; g++)
        k->term->values[g] = program_statistic(k->term, k->sorted + k->offsets[g],
                                               k->offsets[g + 1] - k->offsets[g]);
}

/* Values of the rows as doubles, group by group; places is room for n_groups. */
static void
sort_by_group(const struct fold *f, const uint32_t *groups, const size_t *offsets,
              size_t *places, size_t n_groups, double *sorted)
{
    memcpy(places, offsets, n_groups * sizeof *places);
    for (size_t i = 0; i < f->n_kept; i++)
        sorted[places[groups[i]]++] =
            f->type == FIELD_INT ? (double)fold_i64(f)[i] : fold_f64(f)[i];
}

void
program_finish(struct program *p, const uint32_t *groups, size_t n_groups,
               unsigned threads)
{
    const int64_t *sizes = fold_i64(&p->folds[0]);
    bool any = false;

    for (size_t i = 0; i < p->n_terms; i++)
        any |= p->folds[p->terms[i].main].kind == FOLD_KEEP;
    if (!any)
        return;

    size_t *offsets = xcalloc(2 * n_groups + 2, sizeof *offsets);
    size_t *places = offsets + n_groups + 1;
    double *sorted = NULL;

    for (size_t g = 0; g < n_groups; g++)
        offsets[g + 1] = offsets[g] + (size_t)sizes[g];
    for (size_t i = 0; i < p->n_terms; i++) {
        struct program_term *t = &p->terms[i];
        const struct fold *f = &p->folds[t->main];
        struct kept kept = {t, NULL, offsets, n_groups};

        if (f->kind != FOLD_KEEP)
            continue;
        sorted = xrealloc(sorted, f->n_kept + 1, sizeof *sorted);
        kept.sorted = sorted;
        t->values = xcalloc(n_groups, sizeof *t->values);
        sort_by_group(f, groups, offsets, places, n_groups, sorted);
        pool_run(threads, n_groups / GROUPS_A_TASK + 1, some_groups, &kept);
    }
    free(sorted);
    free(offsets);
}
