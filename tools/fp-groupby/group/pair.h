/*
 * pair.h: one number a group from two columns: Pearson's correlation and its square.
 *
 * The recipe is nancorr of pandas 2.2.3 (pandas/_libs/algos.pyx): Welford's running
 * means and co-moments in row order, over the rows where both values are finite.
 */
#ifndef FPG_PAIR_H
#define FPG_PAIR_H

#include "group/groups.h"

#include <math.h>

enum pair { PAIR_CORR, PAIR_R2 };

bool pair_parse(const char *name, enum pair *out);
const char *pair_name(enum pair how);

/* A zeroed struct has seen no rows. */
struct pair_state {
    double n, mean_first, mean_second, first, second, both;
};

/* The second column leads in the product of both, which is not symmetric in its bits. */
static inline void
pair_add(struct pair_state *s, double first, double second)
{
    double d_first = first - s->mean_first;
    double d_second = second - s->mean_second;

    if (!isfinite(first) || !isfinite(second))
        return;
    s->n += 1;
    s->mean_first += 1 / s->n * d_first;
    s->mean_second += 1 / s->n * d_second;
    s->first += (first - s->mean_first) * d_first;
    s->second += (second - s->mean_second) * d_second;
    s->both += (second - s->mean_second) * d_first;
}

double pair_value(const struct pair_state *s, enum pair how);

/* The same for columns of numbers; others are refused. */
MUST_CHECK bool pair_column(struct arena *a, const struct groups *g,
                            const struct column *x, const struct column *y, enum pair how,
                            const struct column **out, struct error *err);

#endif
