/*
 * inflate.h: raw deflate data to memory, through zlib.
 */
#ifndef CKPT_CONTAINER_INFLATE_H
#define CKPT_CONTAINER_INFLATE_H

#include "common/buf.h"
#include "common/error.h"

#include <stdint.h>

/*
 * The first `want` octets of the `total` that data inflates to.  When all are
 * wanted, the stream must end exactly there and use all of its input.
 */
MUST_CHECK bool inflate_prefix(const uint8_t *data, uint64_t size, uint64_t total,
                               uint64_t want, struct buf *out, struct error *err);

/* Takes the next octets; false, with *err set, ends it all. */
typedef bool inflate_sink(void *context, const uint8_t *data, size_t size,
                          struct error *err);

/* A gzip file of one member, to its very end, chunk by chunk. */
MUST_CHECK bool inflate_gzip(const uint8_t *data, uint64_t size, inflate_sink *sink,
                             void *context, struct error *err);

#endif
