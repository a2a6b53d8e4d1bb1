/*
 * index.h: model.safetensors.index.json, which says which shard holds which tensor.
 *
 * Checked both ways: every tensor of the index is in its shard, and every tensor of
 * a shard is in the index.
 */
#ifndef CKPT_CONTAINER_INDEX_H
#define CKPT_CONTAINER_INDEX_H

#include "model/checkpoint.h"

bool index_is(const uint8_t *data, uint64_t size);
MUST_CHECK bool index_load(struct checkpoint *c, const struct open_options *options,
                           struct error *err);

#endif
