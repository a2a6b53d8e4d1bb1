/*
 * query.h: DataFrame.query: rows for which an expression holds.
 *
 * Names are columns (`in backticks` when they are no words), levels of the index or
 * `index`.  Operators, from the weakest: or |, and &, not, comparisons (chained ones
 * too) and in / not in, + -, * / // %, + - ~ before a value, **.  Values are numbers,
 * text in quotes, True, False and lists.  Methods: isna, isnull, notna, notnull, isin,
 * between, abs, str.contains, str.startswith, str.endswith.
 */
#ifndef FPG_QUERY_H
#define FPG_QUERY_H

#include "table/frame.h"

MUST_CHECK bool query_rows(struct arena *a, const struct frame *f, const char *expression,
                           struct frame **out, struct error *err);

/* One bool a row. */
MUST_CHECK bool query_mask(struct arena *a, const struct frame *f, const char *expression,
                           bool **out, struct error *err);

#endif
