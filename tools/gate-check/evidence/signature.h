/*
 * signature.h: a signed result, and what it binds (LS-GATE-030).
 */
#ifndef GATE_EVIDENCE_SIGNATURE_H
#define GATE_EVIDENCE_SIGNATURE_H

#include "evidence/evidence.h"

/*
 * FILE.minisig beside a result must verify under `key` (a public key or its file),
 * and every input the result lists must still have the digest it had when judged.
 * `result` is open and parsed; its folder's inputs are relative to its root.
 */
void signature_judge(const struct evidence *result, const char *key);

#endif
