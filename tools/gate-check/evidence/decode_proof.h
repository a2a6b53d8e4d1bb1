/*
 * decode_proof.h: lockstep-decode-proof/1, derived again from what it must prove
 * (LS-GATE-013).
 */
#ifndef GATE_EVIDENCE_DECODE_PROOF_H
#define GATE_EVIDENCE_DECODE_PROOF_H

#include "evidence/sidecar.h"

/* digests are those of `artifact`; s is the sidecar's HEAD, NULL when it is unusable. */
void decode_proof_judge(const struct evidence *e, const char *artifact_name,
                        const struct input *artifact,
                        const struct source_digests *digests, const struct sidecar *s);

#endif
