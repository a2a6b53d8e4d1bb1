/*
 * promote.h: the type in which columns meet, categories included.
 */
#ifndef FPG_PROMOTE_H
#define FPG_PROMOTE_H

#include "table/column.h"

/* One type?  Categories: the same values, in the same order when one has an order. */
bool promote_same(struct arena *a, const struct column *x, const struct column *y);

/* The same set of categories, in whatever order; linear in their number. */
bool promote_same_set(struct arena *a, const struct column *x, const struct column *y);

/*
 * find_common_type of n > 0 columns: categories count as what they are made of, unless
 * all are the same; whole numbers that must hold a missing category are float64.
 */
enum coltype promote_type(struct arena *a, const struct column *const columns[],
                          size_t n);

/*
 * The codes of a column's values among categories, -1 for missing ones and those that
 * are none of them; linear in rows and categories.
 */
void promote_codes(struct arena *a, const struct column *c,
                   const struct column *categories, int64_t *out);

/* c in that type; for COLTYPE_CATEGORY with the categories of `like`. */
const struct column *promote_cast(struct arena *a, const struct column *c, enum coltype t,
                                  const struct column *like);

#endif
