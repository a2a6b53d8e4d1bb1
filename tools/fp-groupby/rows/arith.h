/*
 * arith.h: element-wise arithmetic with NumPy's result types and alignment by label.
 */
#ifndef FPG_ARITH_H
#define FPG_ARITH_H

#include "table/frame.h"

enum arith {
    ARITH_ADD,
    ARITH_SUB,
    ARITH_MUL,
    ARITH_DIV,
    ARITH_FLOORDIV, /* the last three: of numbers only */
    ARITH_MOD,
    ARITH_POW,
};

bool arith_parse(const char *name, enum arith *out);

/* The sign an operator has in Python. */
const char *arith_sign(enum arith op);

/* Columns of equal length, row by row; the result has no name. */
MUST_CHECK bool arith_columns(struct arena *a, enum arith op, const struct column *left,
                              const struct column *right, const struct column **out,
                              struct error *err);

/* Two values of objects, as Python computes them; of a missing one NaN. */
MUST_CHECK bool arith_cells(struct arena *a, enum arith op, struct cell x, struct cell y,
                            struct cell *out, struct error *err);

/*
 * What pandas' own loop refuses, to divide booleans and to raise them, NumPy does;
 * methods of Series and methods with a fill value ask NumPy.
 */
void arith_bare(struct arena *a, enum arith op, const struct column **left,
                const struct column **right);

/*
 * Series.add and its kin: aligned on the index; fill stands in for a value that is
 * missing on one side only (NULL: none).  The name stays when both agree.
 */
MUST_CHECK bool arith_series(struct arena *a, enum arith op, const struct frame *left,
                             const struct frame *right, const struct cell *fill,
                             struct frame **out, struct error *err);

#endif
