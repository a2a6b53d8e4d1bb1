/* pivot.h: DataFrame.pivot_table of one column by the groups of two others. */
#ifndef FPG_PIVOT_H
#define FPG_PIVOT_H

#include "group/aggregate.h"

struct pivot_options {
    const char *index;
    const char *columns;
    const char *values;
    enum aggregate how;
    const struct cell *fill_value; /* NULL: missing */
    bool dropna;   /* pairs without a value vanish, and rows with a missing key */
    bool observed; /* only categories that occur */
};

MUST_CHECK bool pivot(struct arena *a, const struct frame *f,
                      const struct pivot_options *o, struct frame **out,
                      struct error *err);

#endif
