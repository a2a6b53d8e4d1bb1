/* folded.h: the text of a compressed file, in a temporary one. */
#ifndef FPG_SHARDS_FOLDED_H
#define FPG_SHARDS_FOLDED_H

#include "shards/source.h"

/* The first octets of its text, `most` or all, into f->fd; loaded when these are all. */
MUST_CHECK bool folded_head(struct shard_file *f, uint64_t most, struct error *err);

/* All of it. */
MUST_CHECK bool folded_load(struct shard_file *f, uint64_t *room, struct error *err);

#endif
