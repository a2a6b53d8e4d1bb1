/* order.h: the groups of a coder sorted by their keys. */
#ifndef FPG_ENGINE_ORDER_H
#define FPG_ENGINE_ORDER_H

#include "fold/coder.h"

/* Groups 1.. in ascending order of their keys, missing last: n_groups - 1; free(). */
uint32_t *coder_sorted(const struct coder *c);

/*
 * The codes of all keys become ranks: values in ascending order from 1, missing last.
 * By key what each code has become, to be freed with it; nothing can be coded any more.
 */
uint32_t **coder_rank(struct coder *c, unsigned threads);

#endif
