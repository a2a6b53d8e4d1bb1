/*
 * pickled.h: a file that is one pickle and nothing else.
 */
#ifndef CKPT_CONTAINER_PICKLED_H
#define CKPT_CONTAINER_PICKLED_H

#include "model/checkpoint.h"

/* Does it begin like a pickle of protocol 2 or later, or run as an older one? */
bool pickled_is(const uint8_t *data, uint64_t size);

MUST_CHECK bool pickled_load(struct checkpoint *c, const struct open_options *options,
                             struct error *err);

#endif
