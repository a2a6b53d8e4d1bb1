/*
 * spool.h: octets that come one after the other, as one mapping.
 *
 * They are written to a temporary file without a name, which is then mapped: memory
 * stays small whatever the size.
 */
#ifndef CKPT_ARCHIVE_SPOOL_H
#define CKPT_ARCHIVE_SPOOL_H

#include "common/file.h"

struct spool {
    int fd; /* -1: not open */
    uint64_t size, limit;
};

/* At most limit octets. */
MUST_CHECK bool spool_open(struct spool *s, uint64_t limit, struct error *err);

/* An inflate_sink; context is the spool. */
MUST_CHECK bool spool_write(void *context, const uint8_t *data, size_t size,
                            struct error *err);

/*
 * Close.  When ok, what was written takes the place of what *in held; returns ok.
 * For in->path nothing changes.
 */
MUST_CHECK bool spool_close(struct spool *s, bool ok, struct input *in,
                            struct error *err);

/* Map a whole open file. */
MUST_CHECK bool spool_map(struct input *in, int fd, uint64_t size, struct error *err);

#endif
