/* arith_frame.h: DataFrame.add and its kin. */
#ifndef FPG_ARITH_FRAME_H
#define FPG_ARITH_FRAME_H

#include "rows/arith.h"

/*
 * Rows are lined up by label, columns by name (their sorted union, where they differ).
 * fill stands in for a value that is missing on one side only; NULL: none.
 */
MUST_CHECK bool arith_frames(struct arena *a, enum arith op, const struct frame *left,
                             const struct frame *right, const struct cell *fill,
                             struct frame **out, struct error *err);

#endif
