/*
 * combine.h: Series.combine_first.
 */
#ifndef FPG_COMBINE_H
#define FPG_COMBINE_H

#include "table/frame.h"

/* left's values, and right's where left has none. */
MUST_CHECK bool combine_first(struct arena *a, const struct frame *left,
                              const struct frame *right, struct frame **out,
                              struct error *err);

#endif
