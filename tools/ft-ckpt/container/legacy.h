/*
 * legacy.h: what torch.save wrote before 1.6: pickles in a row, then raw storages.
 */
#ifndef CKPT_CONTAINER_LEGACY_H
#define CKPT_CONTAINER_LEGACY_H

#include "model/checkpoint.h"

/* Does it begin with the pickled magic number, in any protocol? */
bool legacy_is(const uint8_t *data, uint64_t size);

MUST_CHECK bool legacy_load(struct checkpoint *c, const struct open_options *options,
                            struct error *err);

#endif
