/*
 * lockstep_report.h: lockstep-parity/1 against the fixtures and the corpus it speaks of.
 */
#ifndef GATE_LAYOUTS_LOCKSTEP_REPORT_H
#define GATE_LAYOUTS_LOCKSTEP_REPORT_H

#include "layouts/gate_policy.h"

/*
 * Re-hash the fixtures the manifest and the report name, pair every check with one
 * result and recount (LS-GATE-011).  allowlist: categories a hardened mismatch must be
 * of, or NULL. False: the counts cannot be used.
 */
MUST_CHECK bool lockstep_report(const struct packet *p, const struct evidence *report,
                                const struct json *allowlist,
                                struct mode_counts_read counts[2]);

#endif
