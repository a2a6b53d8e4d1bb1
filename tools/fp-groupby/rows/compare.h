/*
 * compare.h: columns of truth values: comparisons, and, or, not, membership.
 *
 * Missing values compare unequal to everything; in nullable columns the answer is
 * <NA>, and and/or follow Kleene.
 */
#ifndef FPG_COMPARE_H
#define FPG_COMPARE_H

#include "table/frame.h"

enum compare {
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_EQUAL,
    COMPARE_NOT_EQUAL,
    COMPARE_GREATER_EQUAL,
    COMPARE_GREATER,
};

/* Columns of equal length; right may be a column of one value, which is repeated. */
MUST_CHECK bool compare_columns(struct arena *a, enum compare op,
                                const struct column *left, const struct column *right,
                                const struct column **out, struct error *err);

/* Is each value of c among values? */
struct column *compare_isin(struct arena *a, const struct column *c,
                            const struct column *values);

MUST_CHECK bool compare_and(struct arena *a, const struct column *left,
                            const struct column *right, const struct column **out,
                            struct error *err);
MUST_CHECK bool compare_or(struct arena *a, const struct column *left,
                           const struct column *right, const struct column **out,
                           struct error *err);
MUST_CHECK bool compare_not(struct arena *a, const struct column *c,
                            const struct column **out, struct error *err);

#endif
