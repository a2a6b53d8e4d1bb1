/* filter.h: rows of groups that satisfy a condition. */
#ifndef FPG_FILTER_H
#define FPG_FILTER_H

#include "group/aggregate.h"
#include "rows/dedup.h"

/* The rows of groups whose aggregate is >= least. */
MUST_CHECK bool group_filter(struct arena *a, const struct frame *f,
                             const struct groups *g, const struct column *values,
                             enum aggregate how, double least, struct frame **out,
                             struct error *err);

#endif
