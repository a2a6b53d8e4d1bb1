/*
 * upstream.h: the verdicts of upstream's own validators, with their own words.
 *
 * These say what upstream says, holes included; only `strict` is a judgement.
 */
#ifndef GATE_LAYOUTS_UPSTREAM_H
#define GATE_LAYOUTS_UPSTREAM_H

#include "layouts/packet.h"

/* validate_phase2c_artifacts: READY or NOT_READY. */
void upstream_frankentorch(const struct packet *p);

/* evaluate_parity_gate, --require-green and verify_packet_sidecar_integrity: green or
 * red. */
void upstream_frankenpandas(const struct packet *p);

#endif
