/*
 * bundle.h: one artifact with its sidecar and decode proof, of any of the three layouts.
 */
#ifndef GATE_LAYOUTS_BUNDLE_H
#define GATE_LAYOUTS_BUNDLE_H

#include "evidence/judgement.h"

/*
 * manifest: FILE.raptorq.json; the proof is FILE.decode_proof.json beside it.
 * artifact: the content, or NULL for the file the manifest names beside itself.
 */
void bundle_judge(struct judgement *j, const char *manifest, const char *artifact);

#endif
