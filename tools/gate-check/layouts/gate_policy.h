/*
 * gate_policy.h: what a parity_gate.yaml demands, and counts judged by it.
 */
#ifndef GATE_LAYOUTS_GATE_POLICY_H
#define GATE_LAYOUTS_GATE_POLICY_H

#include "layouts/packet.h"

/* FrankenTorch's and our own demands; each project's file is read by its layout. */
struct gate_policy {
    bool valid; /* every number below was read */
    uint64_t minimum_cases;
    double strict_ratio, hardened_ratio;
    uint64_t critical_drift_budget;
    double hardened_divergence_percent;
    const struct json *allowlist; /* borrowed; array of categories, or NULL */
};

struct mode_counts_read {
    uint64_t total, passed, failed;
};

/* ZERO_EXECUTED, THRESHOLD_EXCEEDED for both modes; `file` is the report's. */
void gate_policy_apply(const struct packet *p, const struct gate_policy *policy,
                       const struct mode_counts_read counts[2], const char *file);

/* The loosest this project lets its own gates be: GATE_LOOSENED beyond. */
void gate_policy_floor(const struct packet *p, const struct gate_policy *policy,
                       const char *file);

#endif
