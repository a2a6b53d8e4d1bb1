/* order.h: the groups of a coder sorted by their keys. */
#ifndef FPG_ENGINE_ORDER_H
#define FPG_ENGINE_ORDER_H

#include "engine/coder.h"

/* Groups 1.. in ascending order of their keys, missing last: n_groups - 1; free(). */
uint32_t *coder_sorted(const struct coder *c);

#endif
