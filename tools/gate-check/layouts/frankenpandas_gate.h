/*
 * frankenpandas_gate.h: FrankenPandas' gate and report, and evaluate_parity_gate().
 */
#ifndef GATE_LAYOUTS_FRANKENPANDAS_GATE_H
#define GATE_LAYOUTS_FRANKENPANDAS_GATE_H

#include "layouts/packet.h"

struct fp_gate {
    const char *packet_id, *suite; /* borrowed */
    uint64_t critical_drift_budget, minimum_fixtures, require_failed;
    double non_critical_percent, divergence_percent;
    bool empty_allowlist;
};

struct fp_report {
    const char *packet_id, *suite; /* borrowed */
    uint64_t fixture_count, passed, failed, retired;
    uint64_t total[2], failures[2]; /* by enum mode, counted from the results */
};

/*
 * Read strictly (every doubt a reason, false) or as upstream's serde does: unknown
 * keys ignored, .nan and .inf taken, absent `retired` 0.
 */
MUST_CHECK bool fp_gate_read(const struct evidence *e, bool strict, struct fp_gate *out);
MUST_CHECK bool fp_report_read(const struct evidence *e, bool strict,
                               struct fp_report *out);

/* Upstream's eight rules with upstream's words; `file` is where reasons point. */
void fp_gate_evaluate(struct judgement *j, const struct fp_gate *gate,
                      const struct fp_report *report, bool strict, const char *gate_file,
                      const char *report_file);

#endif
