/* describe_impl.h: what the parts of describe share. */
#ifndef FPG_DESCRIBE_IMPL_H
#define FPG_DESCRIBE_IMPL_H

#include "group/summary.h"

/* The columns count, unique, top and freq. */
void describe_values(struct arena *a, const struct groups *g, const struct column *values,
                     struct frame *out);

#endif
