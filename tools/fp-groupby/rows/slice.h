/* slice.h: rows by a range of labels or positions. */
#ifndef FPG_SLICE_H
#define FPG_SLICE_H

#include "table/frame.h"

/* One end of a range may be left open. */
struct slice {
    struct cell start, stop; /* CELL_NONE: open */
    int64_t step;            /* not 0 */
};

/* df.iloc[start:stop:step]; ends beyond the rows are cut off. */
struct frame *slice_positions(struct arena *a, const struct frame *f,
                              const struct slice *s);

/* df.loc[start:stop]: both ends included. */
MUST_CHECK bool slice_labels(struct arena *a, const struct frame *f,
                             const struct slice *s, struct frame **out,
                             struct error *err);

#endif
