/*
 * aggregate.h: one value a group, with pandas' types and bits.
 *
 * Rows are taken in row order.  Floating sums are Kahan's, variances Welford's, each
 * step rounded to the column's own type; docs/fp-groupby.md has the recipes.
 */
#ifndef FPG_AGGREGATE_H
#define FPG_AGGREGATE_H

#include "group/groups.h"

enum aggregate {
#define AGGREGATE(constant, name) AGGREGATE_##constant,
#include "group/aggregate.def"
#undef AGGREGATE
    AGGREGATE_COUNT_OF
};

enum interpolation {
    INTERPOLATE_LINEAR,
    INTERPOLATE_LOWER,
    INTERPOLATE_HIGHER,
    INTERPOLATE_MIDPOINT,
    INTERPOLATE_NEAREST,
};

struct aggregate_options {
    int64_t min_count; /* fewer values than this give a missing result; -1: default */
    int64_t ddof;
    bool nunique_dropna; /* missing values do not count */
    bool unobserved;     /* idxmin, idxmax: categories that do not occur are no error */
    double q;
    enum interpolation interpolation;
};

extern const struct aggregate_options aggregate_defaults; /* ddof 1, q 0.5 */

bool aggregate_parse(const char *name, enum aggregate *out);
const char *aggregate_name(enum aggregate how);

/*
 * The aggregate of `values` (unused for size) over the groups, not yet spread.  index
 * gives the labels that idxmin and idxmax answer with; NULL: positions.
 */
MUST_CHECK bool aggregate(struct arena *a, const struct groups *g,
                          const struct column *values, const struct index *index,
                          enum aggregate how, const struct aggregate_options *options,
                          const struct column **out, struct error *err);

/* The size asked of a column: of a nullable one it is Int64. */
const struct column *aggregate_size_of(struct arena *a, const struct column *size,
                                       const struct column *values);

/* What a group that does not exist gets when the result is spread: 0, or missing. */
bool aggregate_spreads_zero(enum aggregate how);

#endif
