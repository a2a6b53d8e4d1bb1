/*
 * shards.h: one checkpoint as several safetensors files and an index.
 */
#ifndef CKPT_WRITE_SHARDS_H
#define CKPT_WRITE_SHARDS_H

#include "model/checkpoint.h"

/*
 * Write the tensors of c to folder as model-00001-of-0000N.safetensors, ..., each of
 * at most max_size octets of data (one tensor may be larger), and
 * model.safetensors.index.json last.  *count: shards written.
 */
MUST_CHECK bool shards_split(struct checkpoint *c, const char *folder, uint64_t max_size,
                             size_t *count, struct error *err);

#endif
