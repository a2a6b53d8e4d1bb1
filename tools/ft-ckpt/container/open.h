/*
 * open.h: which format is this, and its reader.
 *
 * The content decides, never the name.
 */
#ifndef CKPT_CONTAINER_OPEN_H
#define CKPT_CONTAINER_OPEN_H

#include "model/checkpoint.h"

/*
 * Open a file, a folder (a distributed checkpoint) or standard input ("-").  Close
 * *c either way.  The path is in *err.
 */
MUST_CHECK bool checkpoint_open(struct checkpoint *c, const char *path,
                                const struct open_options *options, struct error *err);

/* The same over octets in memory that outlive *c: members, fuzzing. */
MUST_CHECK bool checkpoint_load(struct checkpoint *c, const uint8_t *data, uint64_t size,
                                const struct open_options *options, struct error *err);

#endif
