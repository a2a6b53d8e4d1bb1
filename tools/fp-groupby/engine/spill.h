/*
 * spill.h: a group-by whose groups do not fit in memory.
 *
 * The columns that are needed are dealt out, by a hash of the keys, to temporary files;
 * each is grouped by itself, with the types that the whole file has; and the results,
 * each in the order that is wanted, are merged.  The bytes are those of the way in
 * memory: a group's rows keep their order, and lie in one file.
 */
#ifndef FPG_SPILL_H
#define FPG_SPILL_H

#include "engine/stream.h"

#include <stdio.h>

/* As stream_groupby() and stream_write_csv() together, with options->memory a bound. */
MUST_CHECK bool spill_groupby(const char *path, const struct groupby *q,
                              const struct stream_options *options, FILE *out,
                              const char **declined, struct error *err);

#endif
