/*
 * where.h: values that stay where a condition holds, and others elsewhere.
 */
#ifndef FPG_WHERE_H
#define FPG_WHERE_H

#include "table/frame.h"

/* Can the value be stored in a column without a change of its type?  The error pandas
 * raises for categories, text, times and nullable types; others make room. */
MUST_CHECK bool where_fits(struct arena *a, const struct column *c, struct cell value,
                           struct error *err);

/*
 * The column with `other` where keep is false (other NULL: missing).  The type is
 * promoted when other does not fit; categories and nullable types raise TypeError then.
 */
MUST_CHECK bool where_column(struct arena *a, const struct column *c, const bool *keep,
                             const struct cell *other, const struct column **out,
                             struct error *err);

/*
 * Series.where, or with invert Series.mask: the condition is lined up with s; a label it
 * lacks is false, inverted or not.
 */
MUST_CHECK bool where_series(struct arena *a, const struct frame *s,
                             const struct frame *condition, bool invert,
                             const struct cell *other, struct frame **out,
                             struct error *err);

#endif
