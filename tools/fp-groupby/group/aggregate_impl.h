/* aggregate_impl.h: what the parts of aggregate share. */
#ifndef FPG_AGGREGATE_IMPL_H
#define FPG_AGGREGATE_IMPL_H

#include "group/aggregate.h"

struct aggregate_job {
    struct arena *a;
    const struct groups *g;
    const struct column *values;
    enum aggregate how;
    const struct aggregate_options *o;
    double *buffer; /* as long as the largest group */
};

/* Non-missing values of a group as doubles, into job->buffer; returns how many. */
size_t aggregate_gather(const struct aggregate_job *job, size_t group);

/* How many values a group must have to get a result. */
static inline size_t
aggregate_cutoff(const struct aggregate_job *job)
{
    int64_t least = job->how == AGGREGATE_SUM || job->how == AGGREGATE_PROD ? 0 : 1;

    return (size_t)(job->o->min_count > least ? job->o->min_count : least);
}

/* A floating statistic of one group's values in the buffer. */
double aggregate_statistic(const struct aggregate_job *job, double *x, size_t n,
                           bool single);

/* bool, integers and floats. */
struct column *aggregate_numbers(const struct aggregate_job *job);

/* sum, prod, min, max, first, last of 64-bit slots; empty[g] where too few values. */
void aggregate_integers(const struct aggregate_job *job, int64_t *result, bool *empty);

MUST_CHECK bool aggregate_objects(const struct aggregate_job *job, struct column **out,
                                  struct error *err);
MUST_CHECK bool aggregate_categories(const struct aggregate_job *job, struct column **out,
                                     struct error *err);
MUST_CHECK bool aggregate_times(const struct aggregate_job *job, struct column **out,
                                struct error *err);
MUST_CHECK bool aggregate_nullables(const struct aggregate_job *job, struct column **out,
                                    struct error *err);

MUST_CHECK bool aggregate_extreme_labels(const struct aggregate_job *job,
                                         const struct index *index,
                                         const struct column **out, struct error *err);

/* TypeError for categories without an order. */
MUST_CHECK bool aggregate_check_ordered(const struct aggregate_job *job,
                                        struct error *err);

/* Float column as float32, or as integers, when no value changes (np.allclose). */
struct column *aggregate_cast_back(struct arena *a, struct column *result,
                                   enum coltype to);

#endif
