/*
 * unwrap.h: standard input, and files that are compressed as a whole, as plain octets.
 *
 * A checkpoint is read here and there, so a stream is first copied to a temporary file
 * without a name, which is then mapped: memory stays small whatever the size.  What
 * compressed data grows to is bounded by its own size.
 */
#ifndef CKPT_ARCHIVE_UNWRAP_H
#define CKPT_ARCHIVE_UNWRAP_H

#include "common/file.h"

/* The whole of a file or, for "-", of standard input. */
MUST_CHECK bool unwrap_open(struct input *in, const char *path, struct error *err);

/*
 * When in holds gzip or zstd data: replace it by its content and set *name to "gzip" or
 * "zstd"; otherwise leave both as they are.
 */
MUST_CHECK bool unwrap(struct input *in, const char **name, struct error *err);

#endif
