/*
 * PtychoPINN's runtime guardrail: a hard limit, a warning, a floor under which the
 * run cannot have done its work, an expected band; three slow runs in a row alert.
 */
#include "evidence/field.h"
#include "evidence/json_lines.h"
#include "gates/gates.h"
#include "gates/junit.h"

#include <math.h>
#include <string.h>

static const char rule[] = "runtime guardrail";
enum { RUNS_IN_A_ROW = 3 };

struct guardrail {
    double max, warn, expected, tolerance, min;
    const struct json *owners; /* trigger -> owner, or NULL */
};

struct measured {
    const char *file;
    bool known;
    double seconds;
};

/* Who answers: the guardrail's own matrix, else the project's. */
static const char *
owner_of(const struct guardrail *g, const char *trigger)
{
    const struct json *owner = g->owners ? json_get(g->owners, trigger) : NULL;

    if (owner && json_type(owner) == JSON_STRING)
        return json_text(owner);
    return strncmp(trigger, "RT-", 3) == 0 || strcmp(trigger, "FAIL-001") == 0
               ? "TEST-PYTORCH-001"
               : "INTEGRATE-PYTORCH-001";
}

static bool
read_guardrail(const struct evidence *e, struct guardrail *out)
{
    static const char *const keys[] = {
        "max_s", "warn_s", "expected_s", "expected_tolerance_s",
        "min_s", "owners", "selector",   NULL};
    const struct json *root = json_root(e->doc);
    bool ok = field_only(e, root, keys);

    *out = (struct guardrail){.owners = json_get(root, "owners")};
    ok = field_f64(e, root, "max_s", 0, 1e9, &out->max) && ok;
    ok = field_f64(e, root, "warn_s", 0, 1e9, &out->warn) && ok;
    ok = field_f64(e, root, "expected_s", 0, 1e9, &out->expected) && ok;
    ok = field_f64(e, root, "expected_tolerance_s", 0, 1e9, &out->tolerance) && ok;
    ok = field_f64(e, root, "min_s", 0, 1e9, &out->min) && ok;
    if (ok && !(out->min <= out->expected && out->expected <= out->warn &&
                out->warn <= out->max)) {
        (void)judge(e->judgement, REASON_GATE_LOOSENED, rule, e->file, "",
                    "min <= expected <= warn <= max does not hold");
        return false;
    }
    return ok;
}

static void
read_junit(struct judgement *j, const char *file, const struct guardrail *g,
           struct measured *out)
{
    struct evidence e = {.judgement = j, .file = file};
    struct error err = {0};
    struct junit report = {0};

    out->file = file;
    if (evidence_text(&e)) {
        if (!junit_parse(&report, (const char *)e.input.data, e.input.size, &err)) {
            evidence_fault(j, rule, file, &err);
        } else if (report.count == 0 || report.skipped == report.count) {
            (void)judge(j, REASON_ZERO_EXECUTED, rule, file, "", "no test was executed");
        } else {
            for (size_t i = 0; i < report.count; i++)
                if (report.cases[i].failed)
                    (void)judge(j, REASON_TESTS_FAILED, rule, file, report.cases[i].name,
                                "failed (FAIL-001, owner %s)", owner_of(g, "FAIL-001"));
                else if (report.cases[i].time_s < 0 && !report.cases[i].skipped)
                    (void)judge(j, REASON_METRIC_MISSING, rule, file,
                                report.cases[i].name, "no time was recorded");
            out->known = report.time_s > 0;
            out->seconds = report.time_s;
        }
    }
    junit_clear(&report);
    evidence_close(&e);
}

static void
read_measurement(struct judgement *j, const char *file, const struct guardrail *g,
                 struct measured *out)
{
    struct evidence e = {.judgement = j, .file = file};
    const char *outcome, *selector;

    out->file = file;
    if (evidence_json(&e)) {
        const struct json *root = json_root(e.doc);

        if (!field_text(&e, root, "selector", &selector))
            selector = "";
        if (field_text(&e, root, "outcome", &outcome) && strcmp(outcome, "passed") != 0 &&
            strcmp(outcome, "pass") != 0)
            (void)judge(j, REASON_TESTS_FAILED, rule, file, selector,
                        "outcome %s (FAIL-001, owner %s)", outcome,
                        owner_of(g, "FAIL-001"));
        out->known = field_f64(&e, root, "duration_s", 0, 1e9, &out->seconds);
    }
    evidence_close(&e);
}

/* How many runs at the end of the history were over the warning. */
static size_t
slow_runs(struct judgement *j, const char *file, double warn)
{
    struct json_lines lines;
    size_t in_a_row = 0;

    if (json_lines_open(&lines, j, NULL, file))
        while (json_lines_next(&lines)) {
            double seconds;

            if (field_f64(&lines.file, json_root(lines.file.doc), "duration_s", 0, 1e9,
                          &seconds))
                in_a_row = seconds > warn ? in_a_row + 1 : 0;
        }
    json_lines_close(&lines);
    return in_a_row;
}

static void
judge_time(struct judgement *j, const struct measured *m, const struct guardrail *g,
           const char *history)
{
    double s = m->seconds;

    if (s > g->max) {
        (void)judge(j, REASON_RUNTIME_EXCEEDED, rule, m->file, "",
                    "%.2f s is over the limit of %g s (RT-001, owner %s)", s, g->max,
                    owner_of(g, "RT-001"));
    } else if (s < g->min) {
        (void)judge(
            j, REASON_INCOMPLETE_RUN, rule, m->file, "",
            "%.2f s is under %g s: the run cannot have done its work (RT-003, owner %s)",
            s, g->min, owner_of(g, "RT-003"));
    } else if (s > g->warn) {
        size_t before = history ? slow_runs(j, history, g->warn) : 0;
        struct reason *r = judge(j, REASON_SLOW, rule, m->file, "",
                                 "%.2f s is over %g s, %zu in a row (RT-002, owner %s)",
                                 s, g->warn, before + 1, owner_of(g, "RT-002"));

        if (before + 1 >= RUNS_IN_A_ROW)
            reason_severity(j, r, SEVERITY_FAIL);
    } else if (fabs(s - g->expected) > g->tolerance) {
        (void)judge(j, REASON_OUTSIDE_EXPECTED, rule, m->file, "",
                    "%.2f s is not within %g +- %g s", s, g->expected, g->tolerance);
    }
}

void
gate_runtime(struct judgement *j, const char *guardrail,
             const struct runtime_options *options)
{
    struct evidence e = {.judgement = j, .file = guardrail};
    struct measured junit = {0}, measurement = {0};
    struct guardrail g;

    if (evidence_json(&e) && read_guardrail(&e, &g)) {
        if (options->junit)
            read_junit(j, options->junit, &g, &junit);
        if (options->measurement)
            read_measurement(j, options->measurement, &g, &measurement);
        if (junit.known && measurement.known &&
            fabs(junit.seconds - measurement.seconds) > 0.01 * junit.seconds + 0.01)
            (void)judge(j, REASON_COUNT_INCONSISTENT, rule, measurement.file,
                        "/duration_s", "%.2f s here, %.2f s in %s", measurement.seconds,
                        junit.seconds, junit.file);
        if (junit.known || measurement.known)
            judge_time(j, junit.known ? &junit : &measurement, &g, options->history);
        else if (j->worst < SEVERITY_ERROR)
            (void)judge(j, REASON_METRIC_MISSING, rule, guardrail, "",
                        "nothing was measured");
    }
    evidence_close(&e);
}
