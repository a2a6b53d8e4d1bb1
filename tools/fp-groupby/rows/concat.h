/*
 * concat.h: pd.concat of Series and frames.
 */
#ifndef FPG_CONCAT_H
#define FPG_CONCAT_H

#include "table/frame.h"

struct concat_options {
    int axis;          /* 0: rows below each other; 1: columns side by side */
    bool inner;        /* only what all have */
    bool sort;         /* the other axis */
    bool ignore_index; /* number the result 0..n-1 */
    bool blocks;       /* columns of one type share a block, as in frames made of Series;
                          columns that were read have each their own */
};

/* Values below each other, with the type pandas gives Series (empty ones do not count).
 */
const struct column *concat_columns(struct arena *a, const struct column *const columns[],
                                    size_t n);

struct frame *concat_series(struct arena *a, struct frame *const series[], size_t n,
                            bool ignore_index);

MUST_CHECK bool concat_frames(struct arena *a, struct frame *const frames[], size_t n,
                              const struct concat_options *o, struct frame **out,
                              struct error *err);

#endif
