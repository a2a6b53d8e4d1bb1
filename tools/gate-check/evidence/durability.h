/*
 * durability.h: an artifact with its sidecar, manifest and decode proof.
 *
 * The manifest (lockstep-sidecar/1), the sidecar and the proof
 * (lockstep-decode-proof/1) are each checked against the artifact's octets and
 * against one another; nothing they say is believed that can be computed.
 */
#ifndef GATE_EVIDENCE_DURABILITY_H
#define GATE_EVIDENCE_DURABILITY_H

#include "evidence/evidence.h"

/*
 * `artifact` is open and `folder` is where it lies, "" or ending in '/'.  The names
 * are relative to the folder.  proof_name NULL: no proof is demanded.
 */
void durability_judge(const struct evidence *artifact, const char *folder,
                      const char *manifest_name, const char *proof_name);

#endif
