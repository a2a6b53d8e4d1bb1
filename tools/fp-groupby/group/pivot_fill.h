/* pivot_fill.h: the type of a pivot's columns when a value fills what is absent. */
#ifndef FPG_PIVOT_FILL_H
#define FPG_PIVOT_FILL_H

#include "table/frame.h"

/*
 * The type that holds `values` and `fill` (pandas' maybe_promote).  `gaps`: some pair of
 * a row and a column is not among the values.  False: a TypeError, ValueError or KeyError
 * of pandas.
 */
MUST_CHECK bool pivot_fill_type(struct arena *a, const struct column *values,
                                struct cell fill, bool gaps, enum coltype *out,
                                struct error *err);

#endif
