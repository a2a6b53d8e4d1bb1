/*
 * inflate.h: deflate data to memory or to a sink, through zlib.
 */
#ifndef CKPT_ARCHIVE_INFLATE_H
#define CKPT_ARCHIVE_INFLATE_H

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

/* What data is; in a mapping of a file, whose pages are given back behind the reader. */
enum { INFLATE_RAW = 0, INFLATE_GZIP = 1, INFLATE_MAPPED = 2 };

/* Deflate data, or a gzip file of one member, to its very end, chunk by chunk. */
MUST_CHECK bool inflate_all(const uint8_t *data, uint64_t size, unsigned kind,
                            inflate_sink *sink, void *context, struct error *err);

/* What size octets may grow to: 64 MiB always, and beyond that a hundred times. */
uint64_t inflate_limit(uint64_t size);

#endif
