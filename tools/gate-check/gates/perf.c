/*
 * Volta's double pass: medians of two independent probes against a baseline; only
 * when both are over the threshold is it a regression.  What upstream skips (a
 * missing baseline, metric or a median of nothing) fails here.
 */
#include "evidence/field.h"
#include "gates/gates.h"

#include <math.h>
#include <string.h>

static const char rule[] = "perf";

/* {"metrics": {...}}, also one level down in "probe". */
static const struct json *
metrics_of(const struct evidence *e)
{
    const struct json *root = json_root(e->doc), *probe = json_get(root, "probe"),
                      *metrics;

    if (!field_object(e, probe ? probe : root, "metrics", &metrics))
        return NULL;
    if (!json_first(metrics))
        (void)judge(e->judgement, REASON_ZERO_EXECUTED, rule, e->file, "/metrics",
                    "nothing was measured");
    return metrics;
}

static bool
median_of(const struct evidence *e, const struct json *metric, double *out)
{
    if (!field_f64(e, metric, "median", 0, HUGE_VAL, out))
        return false;
    if (*out > 0)
        return true;
    (void)judge(e->judgement, REASON_RANGE_ERROR, rule, e->file, json_key(metric),
                "a median of 0 measures nothing");
    return false;
}

/* What a probe says of itself: both must have measured the same thing. */
static void
check_probe(const struct evidence *base, const struct evidence *pass)
{
    static const char *const keys[] = {"dim", "version"};
    const struct json *was = json_root(base->doc), *is = json_root(pass->doc);

    was = json_get(was, "probe") ? json_get(was, "probe") : was;
    is = json_get(is, "probe") ? json_get(is, "probe") : is;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        uint64_t want, have;

        if (json_get(was, keys[i]) && json_get(is, keys[i]) &&
            field_u64(base, was, keys[i], &want) && field_u64(pass, is, keys[i], &have) &&
            want != have)
            reason_numbers(pass->judgement,
                           judge(pass->judgement, REASON_IDENTITY_MISMATCH, rule,
                                 pass->file, keys[i],
                                 "another probe than the baseline's"),
                           have, want);
    }
}

/* The pass may say it too, but not otherwise. */
static bool
same_direction(const struct evidence *pass, const struct json *metric, bool lower)
{
    bool own = lower;

    if (json_get(metric, "lower_is_better") &&
        !field_bool(pass, metric, "lower_is_better", &own))
        return false;
    if (own != lower)
        (void)judge(pass->judgement, REASON_RESULT_CONTRADICTION, rule, pass->file,
                    json_key(metric), "better means the opposite in the baseline");
    return own == lower;
}

/* Percent worse than the baseline; below 0 is better. */
static double
worse_percent(double baseline, double now, bool lower_is_better)
{
    return lower_is_better ? 100 * (now - baseline) / baseline
                           : 100 * (baseline - now) / baseline;
}

/* Reasons for every regressed metric of a pass, as notes; true when there is one. */
static bool
pass_regresses(const struct evidence *base, const struct json *metrics,
               const struct evidence *pass, double threshold)
{
    const struct json *measured = metrics_of(pass);
    bool regressed = false;

    if (!measured)
        return false;
    for (const struct json *m = json_first(metrics); m; m = json_next(m)) {
        const struct json *now = json_get(measured, json_key(m));
        double was, is, percent;
        bool lower;

        if (!now) {
            (void)judge(pass->judgement, REASON_METRIC_MISSING, rule, pass->file,
                        json_key(m), "a metric of the baseline was not measured");
            continue;
        }
        if (!field_bool(base, m, "lower_is_better", &lower) ||
            !same_direction(pass, now, lower) || !median_of(base, m, &was) ||
            !median_of(pass, now, &is))
            continue;
        percent = worse_percent(was, is, lower);
        if (percent > threshold) {
            struct judgement *j = pass->judgement;
            struct reason *r = judge(
                j, REASON_PERF_REGRESSION, rule, pass->file, json_key(m),
                "%.2f %% worse than the baseline, threshold %g %%", percent, threshold);

            reason_severity(j, r, SEVERITY_NOTE);
            reason_values(j, r, judgement_text(j, "%g", was),
                          judgement_text(j, "%g", is));
            regressed = true;
        }
    }
    for (const struct json *m = json_first(measured); m; m = json_next(m))
        if (!json_get(metrics, json_key(m)))
            (void)judge(pass->judgement, REASON_METRIC_MISSING, rule, base->file,
                        json_key(m), "a measured metric has no baseline");
    return regressed;
}

void
gate_perf(struct judgement *j, const char *baseline, const char *pass1, const char *pass2,
          double threshold_percent)
{
    struct evidence base = {.judgement = j, .file = baseline};
    struct evidence one = {.judgement = j, .file = pass1};
    struct evidence two = {.judgement = j, .file = pass2};
    const struct json *metrics;
    bool first, second;
    bool readable = evidence_json(&base);

    readable = evidence_json(&one) && readable;
    readable = evidence_json(&two) && readable;
    if (readable && (metrics = metrics_of(&base))) {
        check_probe(&base, &one);
        check_probe(&base, &two);
        first = pass_regresses(&base, metrics, &one, threshold_percent);
        second = pass_regresses(&base, metrics, &two, threshold_percent);
        if (first && second)
            (void)judge(j, REASON_PERF_REGRESSION, rule, baseline, "",
                        "both passes are over the threshold of %g %%", threshold_percent);
        if (one.input.size == two.input.size && strcmp(pass1, pass2) == 0)
            (void)judge(j, REASON_COUNT_INCONSISTENT, rule, pass2, "",
                        "the two passes are one file: they are not independent");
    }
    evidence_close(&base);
    evidence_close(&one);
    evidence_close(&two);
}
