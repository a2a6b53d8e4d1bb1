/*
 * manifest.h: the digests of a checkpoint as a record (lockstep-digests/1), which
 * `hash --json` writes, `verify --manifest` compares and `sign` signs.
 */
#ifndef CKPT_JUDGE_MANIFEST_H
#define CKPT_JUDGE_MANIFEST_H

#include "tensors/digests.h"

#include <stdio.h>

#define MANIFEST_SCHEMA "lockstep-digests/1"

/* One JSON object; it names no file, so that it fits the content in any format. */
void manifest_write(const struct checkpoint *c, const struct digests *d, FILE *out);

/* Compare every digest and the root; what differs is ERR_MISMATCH. */
MUST_CHECK bool manifest_check(struct checkpoint *c, const char *path, unsigned threads,
                               struct error *err);

#endif
