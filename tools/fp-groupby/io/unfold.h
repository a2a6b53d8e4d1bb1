/*
 * unfold.h: compressed octets, streamed to plain ones.
 */
#ifndef FPG_IO_UNFOLD_H
#define FPG_IO_UNFOLD_H

#include "common/file.h"

/* Do they begin like gzip, zstd, xz, bzip2 or lz4 data? */
bool unfold_looks(const uint8_t *data, size_t size);

/*
 * Append what they unfold to to a file, of which *room octets may be used yet; more is
 * ERR_LIMIT.
 */
MUST_CHECK bool unfold(const uint8_t *data, size_t size, int fd, uint64_t *room,
                       struct error *err);

/* Append the first `most` octets of what they unfold to, or all if there are fewer. */
MUST_CHECK bool unfold_start(const uint8_t *data, size_t size, int fd, uint64_t most,
                             struct error *err);

/* Append octets as they are. */
MUST_CHECK bool unfold_copy(const uint8_t *data, size_t size, int fd, uint64_t *room,
                            struct error *err);

#endif
