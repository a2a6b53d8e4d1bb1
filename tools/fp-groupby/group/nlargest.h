/*
 * nlargest.h: the n largest or smallest values of each group, each in a row of its own.
 */
#ifndef FPG_NLARGEST_H
#define FPG_NLARGEST_H

#include "group/groupby.h"

/*
 * q's one term says which column and how many.  Inside a group values descend, of equal
 * ones the earlier row comes first, and missing ones come last, as nlargest() has it.
 */
MUST_CHECK bool nlargest_frame(struct arena *a, const struct frame *f,
                               const struct groupby *q, struct frame **out,
                               struct error *err);

#endif
