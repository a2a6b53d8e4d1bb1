/*
 * digest.h: one digest of everything a run computed.
 */
#ifndef FTG_ENGINE_TRACE_DIGEST_H
#define FTG_ENGINE_TRACE_DIGEST_H

#include "engine/session.h"

#include "common/digest.h"

/* What one run left: the schedule's fingerprint and a digest of all tensors. */
struct run_digest {
    uint64_t fingerprint;
    char tensors[DIGEST_HEX_SIZE]; /* XXH3-128 of values, then gradients, in order */
};

/* Run the session and digest what it made; false with the tape's error in *err. */
MUST_CHECK bool run_digest_of(struct session *s, struct run_digest *out,
                              struct error *err);

#endif
