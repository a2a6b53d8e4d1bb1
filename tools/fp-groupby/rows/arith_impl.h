/* arith_impl.h: what the parts of arith share. */
#ifndef FPG_ARITH_IMPL_H
#define FPG_ARITH_IMPL_H

#include "rows/arith.h"

/* FLOORDIV, MOD and POW of numeric columns that are not nullable. */
MUST_CHECK bool arith_divide(struct arena *a, enum arith op, const struct column *left,
                             const struct column *right, const struct column **out,
                             struct error *err);

/*
 * FLOORDIV and MOD of integers as NumPy has them: by zero gives 0, where pandas' own
 * operators make a float of it.
 */
const struct column *arith_divide_raw(struct arena *a, enum arith op,
                                      const struct column *left,
                                      const struct column *right);

/* One of the columns is nullable, and the types have a common one. */
MUST_CHECK bool arith_nullable(struct arena *a, enum arith op, const struct column *left,
                               const struct column *right, const struct column **out,
                               struct error *err);

/* One of the columns is of times or spans. */
MUST_CHECK bool arith_times(struct arena *a, enum arith op, const struct column *left,
                            const struct column *right, const struct column **out,
                            struct error *err);

/*
 * fill where one of the columns has a value and the other has none; as in pandas it must
 * fit the type of a column as soon as anything is missing there.
 */
MUST_CHECK bool arith_fill(struct arena *a, const struct column **left,
                           const struct column **right, struct cell fill,
                           struct error *err);

#endif
