#include "layouts/frankenpandas_gate.h"

#include "common/diagnostic.h"
#include "evidence/field.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char rule[] = "evaluate_parity_gate";

/* --- Reading --- */

static bool
percent_field(const struct evidence *e, bool strict, const struct json *object,
              const char *key, double *out)
{
    const struct json *node = json_get(object, key);
    const char *text;

    if (strict || !node || json_type(node) != JSON_STRING)
        return field_f64(e, object, key, 0, strict ? 100 : HUGE_VAL, out);
    text = json_text(node);
    if (strcmp(text, ".nan") != 0 && strcmp(text, ".inf") != 0)
        return field_f64(e, object, key, 0, HUGE_VAL, out);
    *out = text[1] == 'n' ? (double)NAN : (double)INFINITY;
    return true;
}

static bool
read_allowlist(const struct evidence *e, const struct json *hardened, struct fp_gate *out)
{
    const struct json *list = json_get(hardened, "allowlisted_divergence_categories");

    if (!list || json_type(list) == JSON_NULL)
        return true;
    if (json_type(list) != JSON_ARRAY)
        return field_array(e, hardened, "allowlisted_divergence_categories", &list);
    out->empty_allowlist = json_first(list) == NULL;
    for (const struct json *n = json_first(list); n; n = json_next(n))
        if (json_type(n) != JSON_STRING) {
            char at[FIELD_AT_SIZE];

            (void)judge(e->judgement, REASON_TYPE_ERROR, rule, e->file,
                        field_at(e, n, NULL, at), "a category is a word");
            return false;
        }
    return true;
}

static bool
only(const struct evidence *e, bool strict, const struct json *object,
     const char *const keys[])
{
    return !strict || field_only(e, object, keys);
}

bool
fp_gate_read(const struct evidence *e, bool strict, struct fp_gate *out)
{
    static const char *const keys[] = {"packet_id", "strict", "hardened", "machine_check",
                                       NULL};
    static const char *const strict_keys[] = {"critical_drift_budget",
                                              "non_critical_drift_budget_percent", NULL};
    static const char *const hardened_keys[] = {
        "divergence_budget_percent", "allowlisted_divergence_categories", NULL};
    static const char *const check_keys[] = {"suite", "require_fixture_count_at_least",
                                             "require_failed", NULL};
    const struct json *root = json_root(e->doc), *s, *h, *check;
    bool ok;

    *out = (struct fp_gate){0};
    if (!field_object(e, root, "strict", &s) || !field_object(e, root, "hardened", &h) ||
        !field_object(e, root, "machine_check", &check))
        return false;
    ok = only(e, strict, root, keys) && only(e, strict, s, strict_keys) &&
         only(e, strict, h, hardened_keys) && only(e, strict, check, check_keys);
    ok = field_text(e, root, "packet_id", &out->packet_id) && ok;
    ok = field_u64(e, s, strict_keys[0], &out->critical_drift_budget) && ok;
    ok = percent_field(e, strict, s, strict_keys[1], &out->non_critical_percent) && ok;
    ok = percent_field(e, strict, h, hardened_keys[0], &out->divergence_percent) && ok;
    ok = read_allowlist(e, h, out) && ok;
    ok = field_text(e, check, "suite", &out->suite) && ok;
    ok = field_u64(e, check, check_keys[1], &out->minimum_fixtures) && ok;
    return field_u64(e, check, check_keys[2], &out->require_failed) && ok;
}

static bool
count_result(const struct evidence *e, const struct json *node, struct fp_report *out,
             uint64_t statuses[3])
{
    static const char *const words[] = {"pass", "fail", "retired"};
    const char *mode, *status;
    int m;

    if (json_type(node) != JSON_OBJECT) {
        (void)judge(e->judgement, REASON_TYPE_ERROR, rule, e->file, "/results",
                    "a result is an object");
        return false;
    }
    if (!field_text(e, node, "mode", &mode) || !field_text(e, node, "status", &status))
        return false;
    m = strcmp(mode, "hardened") == 0 ? MODE_HARDENED : MODE_STRICT;
    if (m == MODE_STRICT && strcmp(mode, "strict") != 0) {
        (void)judge(e->judgement, REASON_TYPE_ERROR, rule, e->file, "/results",
                    "mode '%s' is none of strict, hardened", mode);
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(status, words[i]) != 0)
            continue;
        statuses[i]++;
        out->total[m]++;
        out->failures[m] += i == 1;
        return true;
    }
    (void)judge(e->judgement, REASON_TYPE_ERROR, rule, e->file, "/results",
                "status '%s' is none of pass, fail, retired", status);
    return false;
}

/* The report's own sums; upstream believes them. */
static void
check_sums(const struct evidence *e, const struct fp_report *r,
           const uint64_t statuses[3])
{
    const uint64_t claimed[] = {r->passed, r->failed, r->retired};
    static const char *const names[] = {"/passed", "/failed", "/retired"};
    uint64_t results = r->total[0] + r->total[1];

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (claimed[i] != statuses[i])
            reason_numbers(e->judgement,
                           judge(e->judgement, REASON_COUNT_INCONSISTENT, rule, e->file,
                                 names[i], "not what the results add up to"),
                           claimed[i], statuses[i]);
    if (r->fixture_count != results)
        reason_numbers(e->judgement,
                       judge(e->judgement, REASON_COUNT_INCONSISTENT, rule, e->file,
                             "/fixture_count", "not the number of results"),
                       r->fixture_count, results);
    if (statuses[0] + statuses[1] == 0)
        (void)judge(e->judgement, REASON_ZERO_EXECUTED, rule, e->file, "/results",
                    "no case was executed");
}

bool
fp_report_read(const struct evidence *e, bool strict, struct fp_report *out)
{
    static const char *const keys[] = {"suite",   "packet_id", "oracle_present",
                                       "passed",  "failed",    "fixture_count",
                                       "retired", "results",   NULL};
    const struct json *root = json_root(e->doc), *results;
    uint64_t statuses[3] = {0};
    bool present, ok;

    *out = (struct fp_report){0};
    if (!field_array(e, root, "results", &results))
        return false;
    ok = only(e, strict, root, keys);
    ok = field_text(e, root, "suite", &out->suite) && ok;
    ok = field_text(e, root, "packet_id", &out->packet_id) && ok;
    ok = field_bool(e, root, "oracle_present", &present) && ok;
    ok = field_u64(e, root, "fixture_count", &out->fixture_count) && ok;
    ok = field_u64(e, root, "passed", &out->passed) && ok;
    ok = field_u64(e, root, "failed", &out->failed) && ok;
    if (json_get(root, "retired"))
        ok = field_u64(e, root, "retired", &out->retired) && ok;
    for (const struct json *n = json_first(results); n; n = json_next(n))
        ok = count_result(e, n, out, statuses) && ok;
    if (ok && strict)
        check_sums(e, out, statuses);
    return ok;
}

/* --- Judging --- */

static double
percent(uint64_t failed, uint64_t total)
{
    return total ? 100.0 * (double)failed / (double)total : 0;
}

static void
evaluate_numbers(struct judgement *j, const struct fp_gate *g, const struct fp_report *r,
                 enum reason_class class, const char *file)
{
    double strict = percent(r->failures[0], r->total[0]);
    double hardened = percent(r->failures[1], r->total[1]);

    if (r->fixture_count < g->minimum_fixtures)
        (void)judge(j, class, rule, file, "/fixture_count",
                    "fixture_count=%" PRIu64 " below required %" PRIu64, r->fixture_count,
                    g->minimum_fixtures);
    if (r->failed != g->require_failed)
        (void)judge(j, class, rule, file, "/failed",
                    "failed=%" PRIu64 " but gate requires %" PRIu64, r->failed,
                    g->require_failed);
    if (r->failures[0] > g->critical_drift_budget)
        (void)judge(j, class, rule, file, "/results",
                    "strict_failed=%" PRIu64 " exceeds critical_drift_budget=%" PRIu64,
                    r->failures[0], g->critical_drift_budget);
    if (strict > g->non_critical_percent)
        (void)judge(j, class, rule, file, "/results",
                    "strict failure percent %.3f%% exceeds %.3f%%", strict,
                    g->non_critical_percent);
    if (hardened > g->divergence_percent)
        (void)judge(j, class, rule, file, "/results",
                    "hardened failure percent %.3f%% exceeds %.3f%%", hardened,
                    g->divergence_percent);
}

void
fp_gate_evaluate(struct judgement *j, const struct fp_gate *g, const struct fp_report *r,
                 bool strict, const char *gate_file, const char *report_file)
{
    if (strcmp(g->packet_id, r->packet_id) != 0)
        (void)judge(j, strict ? REASON_IDENTITY_MISMATCH : REASON_UPSTREAM, rule,
                    gate_file, "/packet_id",
                    "packet_id mismatch between gate (%s) and report (%s)", g->packet_id,
                    r->packet_id);
    if (strcmp(g->suite, "phase2c_packets") != 0 &&
        strncmp(r->suite, g->suite, strlen(g->suite)) != 0)
        (void)judge(j, strict ? REASON_SUITE_MISMATCH : REASON_UPSTREAM, rule, gate_file,
                    "/machine_check/suite", "suite mismatch: gate=%s, report=%s",
                    g->suite, r->suite);
    evaluate_numbers(j, g, r, strict ? REASON_THRESHOLD_EXCEEDED : REASON_UPSTREAM,
                     report_file);
    if (g->empty_allowlist)
        (void)judge(j, strict ? REASON_ALLOWLIST_VIOLATION : REASON_UPSTREAM, rule,
                    gate_file, "/hardened/allowlisted_divergence_categories",
                    "hardened allowlist categories must not be empty");
}
