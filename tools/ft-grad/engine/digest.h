/*
 * digest.h: one digest of everything a program computed.
 */
#ifndef FTG_ENGINE_DIGEST_H
#define FTG_ENGINE_DIGEST_H

#include "engine/program.h"

#include "common/digest.h"

/* What one run left: the schedule's fingerprint and a digest of all tensors. */
struct run_digest {
    uint64_t fingerprint;
    char tensors[DIGEST_HEX_SIZE]; /* XXH3-128 of values, then gradients, in order */
};

/* Run the program forward and backward on a fresh tape with `threads`. */
bool run_digest_of(const struct program *p, enum torch_version version, unsigned threads,
                   struct run_digest *out, struct error *err);

#endif
