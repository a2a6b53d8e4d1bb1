#include "layouts/gate_policy.h"

#include "common/diagnostic.h"

#include <inttypes.h>

static const char rule[] = "gate";

static void
apply_ratio(const struct packet *p, enum mode mode, double ratio,
            const struct mode_counts_read *c, const char *file)
{
    struct reason *r;

    if (c->total == 0) {
        (void)judge(p->j, REASON_ZERO_EXECUTED, rule, file, "",
                    "no case was executed in %s mode", mode_name(mode));
        return;
    }
    if ((double)c->passed / (double)c->total >= ratio)
        return;
    r = judge(p->j, REASON_THRESHOLD_EXCEEDED, rule, file, "",
              "%s: %" PRIu64 " of %" PRIu64 " cases passed, required ratio %g",
              mode_name(mode), c->passed, c->total, ratio);
    reason_values(p->j, r, judgement_text(p->j, "%g", ratio),
                  judgement_text(p->j, "%.6g", (double)c->passed / (double)c->total));
}

void
gate_policy_apply(const struct packet *p, const struct gate_policy *policy,
                  const struct mode_counts_read counts[2], const char *file)
{
    const struct mode_counts_read *s = &counts[MODE_STRICT], *h = &counts[MODE_HARDENED];
    double percent = h->total ? 100.0 * (double)h->failed / (double)h->total : 0;

    apply_ratio(p, MODE_STRICT, policy->strict_ratio, s, file);
    apply_ratio(p, MODE_HARDENED, policy->hardened_ratio, h, file);
    if (s->failed > policy->critical_drift_budget)
        reason_numbers(p->j,
                       judge(p->j, REASON_THRESHOLD_EXCEEDED, rule, file, "",
                             "strict_failed=%" PRIu64
                             " exceeds critical_drift_budget=%" PRIu64,
                             s->failed, policy->critical_drift_budget),
                       policy->critical_drift_budget, s->failed);
    if (percent > policy->hardened_divergence_percent)
        (void)judge(p->j, REASON_THRESHOLD_EXCEEDED, rule, file, "",
                    "hardened divergence %.3f%% exceeds %.3f%%", percent,
                    policy->hardened_divergence_percent);
    if (s->total + h->total < policy->minimum_cases)
        reason_numbers(p->j,
                       judge(p->j, REASON_THRESHOLD_EXCEEDED, rule, file, "",
                             "fewer checks than the gate's minimum"),
                       policy->minimum_cases, s->total + h->total);
}

void
gate_policy_floor(const struct packet *p, const struct gate_policy *policy,
                  const char *file)
{
    if (policy->strict_ratio < 1.0)
        (void)judge(p->j, REASON_GATE_LOOSENED, rule, file,
                    "/strict/required_cases_passed_ratio",
                    "strict mode must pass whole: %g is below 1.0", policy->strict_ratio);
    if (policy->critical_drift_budget > 0)
        (void)judge(p->j, REASON_GATE_LOOSENED, rule, file,
                    "/strict/critical_drift_budget",
                    "strict mode has no budget: %" PRIu64 " is above 0",
                    policy->critical_drift_budget);
    if (policy->hardened_ratio < 1.0 && policy->hardened_divergence_percent <= 0)
        (void)judge(p->j, REASON_GATE_LOOSENED, rule, file,
                    "/hardened/required_cases_passed_ratio",
                    "hardened mode has no divergence budget: %g is below 1.0",
                    policy->hardened_ratio);
}
