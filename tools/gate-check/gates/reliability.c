/*
 * The budgets of FrankenTorch's check_reliability_budgets, with its budget ids, its
 * messages and, on request, its report to the byte (but for the time stamp).
 */
#include "common/json_out.h"
#include "common/mem.h"
#include "evidence/field.h"
#include "evidence/text_set.h"
#include "gates/e2e_log.h"
#include "gates/gates.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char rule[] = "reliability budget";

struct violation {
    const char *id, *category, *message, *packet, *hint; /* arena or static */
    const char **scenarios;                              /* owned */
    size_t scenario_count;
};

struct reliability {
    struct judgement *j;
    struct evidence policy;
    const char *e2e;
    struct e2e_log log;
    struct violation *violations; /* owned */
    size_t violation_count;
};

/* --- Judging --- */

static const char *
hint(const struct reliability *r, const char *key)
{
    const struct json *hints = json_get(json_root(r->policy.doc), "remediation_hints");
    const struct json *text = hints ? json_get(hints, key) : NULL;

    return text && json_type(text) == JSON_STRING ? json_text(text)
                                                  : "No remediation hint configured";
}

static struct violation *
violate(struct reliability *r, enum reason_class class, const struct violation *v)
{
    r->violations =
        xrealloc(r->violations, r->violation_count + 1, sizeof *r->violations);
    r->violations[r->violation_count] = *v;
    (void)judge(r->j, class, rule, r->e2e, v->id, "%s", v->message);
    return &r->violations[r->violation_count++];
}

static void
take_set(struct violation *v, const struct text_set *s)
{
    v->scenarios = xcalloc(s->count + 1, sizeof *v->scenarios);
    if (s->count > 0)
        memcpy(v->scenarios, s->items, s->count * sizeof *s->items);
    v->scenario_count = s->count;
}

struct packet_metrics {
    size_t total, passed;
    struct text_set suites, scenarios;
};

static void
metrics_of(const struct reliability *r, const char *packet, struct packet_metrics *m)
{
    size_t first, end;

    *m = (struct packet_metrics){0};
    e2e_log_packet(&r->log, packet, &first, &end);
    for (size_t i = first; i < end; i++) {
        m->total++;
        m->passed += r->log.entries[i].passed;
        text_set_add(&m->suites, r->log.entries[i].suite);
        text_set_add(&m->scenarios, r->log.entries[i].scenario);
    }
    text_set_finish(&m->suites);
    text_set_finish(&m->scenarios);
}

static void
metrics_clear(struct packet_metrics *m)
{
    text_set_clear(&m->suites);
    text_set_clear(&m->scenarios);
}

static void
check_suites(struct reliability *r, const char *id, const struct json *required,
             const struct packet_metrics *m)
{
    for (const struct json *n = json_first(required); n; n = json_next(n)) {
        const char *suite = json_type(n) == JSON_STRING ? json_text(n) : "";
        struct violation v = {
            .id = judgement_text(r->j, "required_suite:%s:%s", id, suite),
            .category = "required_suite",
            .message =
                judgement_text(r->j, "packet %s missing required suite %s", id, suite),
            .packet = id,
            .hint = hint(r, "required_suite")};

        if (!text_set_has(&m->suites, suite))
            take_set(violate(r, REASON_COVERAGE_FLOOR, &v), &m->scenarios);
    }
}

static void
check_floor(struct reliability *r, const struct json *floor)
{
    const struct evidence *e = &r->policy;
    const char *id = json_key(floor);
    const struct json *suites;
    struct packet_metrics m;
    uint64_t minimum;
    double ratio, actual;

    if (!field_u64(e, floor, "min_scenarios", &minimum) ||
        !field_f64(e, floor, "min_pass_ratio", 0, 1, &ratio) ||
        !field_array(e, floor, "required_suites", &suites))
        return;
    metrics_of(r, id, &m);
    actual = m.total ? (double)m.passed / (double)m.total : 0;
    if (m.total == 0) {
        (void)violate(
            r, REASON_COVERAGE_FLOOR,
            &(struct violation){
                .id = judgement_text(r->j, "coverage_floor:%s:missing_packet", id),
                .category = "coverage_floor",
                .message =
                    judgement_text(r->j, "missing packet %s in e2e forensic logs", id),
                .packet = id,
                .hint = hint(r, "coverage_floor")});
        return;
    }
    if (m.total < minimum) {
        struct violation v = {
            .id = judgement_text(r->j, "coverage_floor:%s:scenario_count", id),
            .category = "coverage_floor",
            .message =
                judgement_text(r->j, "packet %s has %zu scenarios, below floor %" PRIu64,
                               id, m.total, minimum),
            .packet = id,
            .hint = hint(r, "coverage_floor")};

        take_set(violate(r, REASON_COVERAGE_FLOOR, &v), &m.scenarios);
    }
    if (actual < ratio) {
        struct violation v = {
            .id = judgement_text(r->j, "pass_ratio:%s", id),
            .category = "pass_ratio",
            .message = judgement_text(r->j, "packet %s pass ratio %.3f below floor %.3f",
                                      id, actual, ratio),
            .packet = id,
            .hint = hint(r, "pass_ratio")};

        take_set(violate(r, REASON_THRESHOLD_EXCEEDED, &v), &m.scenarios);
    }
    check_suites(r, id, suites, &m);
    metrics_clear(&m);
}

static void
check_global(struct reliability *r, uint64_t max_failed, uint64_t max_flaky,
             uint64_t max_unknown)
{
    if (r->log.failed > max_failed) {
        struct violation v = {
            .id = "global:max_failed_entries",
            .category = "global_failure_ceiling",
            .message = judgement_text(r->j, "failed entries %zu exceed budget %" PRIu64,
                                      r->log.failed, max_failed),
            .hint = hint(r, "pass_ratio")};
        struct violation *kept = violate(r, REASON_THRESHOLD_EXCEEDED, &v);

        kept->scenarios = xcalloc(r->log.failed, sizeof *kept->scenarios);
        for (size_t i = 0; i < r->log.count; i++)
            if (!r->log.entries[i].passed)
                kept->scenarios[kept->scenario_count++] = r->log.entries[i].scenario;
    }
    if (r->log.flaky.count > max_flaky) {
        struct violation v = {
            .id = "flake_budget:max_flake_suspects",
            .category = "flake_budget",
            .message = judgement_text(r->j, "flake suspects %zu exceed budget %" PRIu64,
                                      r->log.flaky.count, max_flaky),
            .hint = hint(r, "flake_budget")};

        take_set(violate(r, REASON_FLAKE_BUDGET, &v), &r->log.flaky);
    }
    if (r->log.unknown.count > max_unknown)
        (void)violate(r, REASON_UNKNOWN_REASON_CODE,
                      &(struct violation){
                          .id = "global:max_unknown_reason_codes",
                          .category = "reason_taxonomy",
                          .message = judgement_text(
                              r->j, "unknown reason codes %zu exceed budget %" PRIu64,
                              r->log.unknown.count, max_unknown),
                          .hint = hint(r, "unknown_reason")});
}

static int
by_key(const void *a, const void *b)
{
    return strcmp(json_key(*(const struct json *const *)a),
                  json_key(*(const struct json *const *)b));
}

/* Members of an object in byte order of their keys, as upstream's maps are. */
static const struct json **
sorted_members(const struct json *object, size_t *count)
{
    const struct json **list = xcalloc(json_count(object) + 1, sizeof *list);

    *count = 0;
    for (const struct json *n = json_first(object); n; n = json_next(n))
        list[(*count)++] = n;
    if (*count > 1)
        qsort(list, *count, sizeof *list, by_key);
    return list;
}

static void
evaluate(struct reliability *r)
{
    const struct evidence *e = &r->policy;
    const struct json *root = json_root(e->doc), *floors, *flake, *global, **list;
    uint64_t max_flaky, max_failed, max_unknown;
    size_t count;

    if (!field_object(e, root, "coverage_floors", &floors) ||
        !field_object(e, root, "flake_budget", &flake) ||
        !field_object(e, root, "global_budgets", &global) ||
        !field_u64(e, flake, "max_flake_suspects", &max_flaky) ||
        !field_u64(e, global, "max_failed_entries", &max_failed) ||
        !field_u64(e, global, "max_unknown_reason_codes", &max_unknown))
        return;
    if (!json_first(floors))
        (void)judge(r->j, REASON_ZERO_EXECUTED, rule, e->file, "/coverage_floors",
                    "a policy without floors lets everything pass");
    list = sorted_members(floors, &count);
    for (size_t i = 0; i < count; i++)
        check_floor(r, list[i]);
    free(list);
    check_global(r, max_failed, max_flaky, max_unknown);
}

/* --- Upstream's report --- */

static void
write_texts(struct json_out *j, const char *key, const char *const *items, size_t count)
{
    json_array(j, key);
    for (size_t i = 0; i < count; i++)
        json_string(j, NULL, items[i]);
    json_end(j);
}

static void
write_metrics(const struct reliability *r, struct json_out *out)
{
    json_object(out, "packet_metrics");
    for (size_t i = 0; i < r->log.packets.count; i++) {
        struct packet_metrics m;

        metrics_of(r, r->log.packets.items[i], &m);
        json_object(out, r->log.packets.items[i]);
        json_u64(out, "total_entries", m.total);
        json_u64(out, "passed_entries", m.passed);
        json_f64(out, "pass_ratio", (double)m.passed / (double)m.total);
        write_texts(out, "suites_present", m.suites.items, m.suites.count);
        write_texts(out, "scenario_ids", m.scenarios.items, m.scenarios.count);
        json_end(out);
        metrics_clear(&m);
    }
    json_end(out);
}

static void
write_violation(const struct reliability *r, const struct violation *v,
                struct json_out *out)
{
    const struct json *refs = json_get(json_root(r->policy.doc), "artifact_refs"), **list;
    size_t count;

    json_object(out, NULL);
    json_string(out, "budget_id", v->id);
    json_string(out, "category", v->category);
    json_string(out, "message", v->message);
    if (v->packet)
        json_string(out, "packet_id", v->packet);
    else
        json_null(out, "packet_id");
    write_texts(out, "scenario_ids", v->scenarios, v->scenario_count);
    json_array(out, "artifact_refs");
    list = refs ? sorted_members(refs, &count) : NULL;
    for (size_t i = 0; list && i < count; i++)
        json_node(out, NULL, list[i]);
    free(list);
    json_end(out);
    json_string(out, "remediation_hint", v->hint);
    json_end(out);
}

static void
write_report(const struct reliability *r, FILE *stream)
{
    struct json_out out;

    json_start(&out, stream, JSON_PRETTY);
    json_object(&out, NULL);
    json_string(&out, "schema_version", "ft-reliability-gate-report-v1");
    json_string(&out, "policy_path", r->policy.file);
    json_string(&out, "e2e_path", r->e2e);
    /* Of a log or a policy that could not be read whole nothing is known to pass. */
    json_string(&out, "status", r->j->worst < SEVERITY_ERROR ? "pass" : "fail");
    json_object(&out, "summary");
    json_u64(&out, "total_entries", r->log.count);
    json_u64(&out, "failed_entries", r->log.failed);
    json_u64(&out, "flake_suspect_count", r->log.flaky.count);
    json_u64(&out, "unknown_reason_code_count", r->log.unknown.count);
    write_metrics(r, &out);
    json_end(&out);
    json_array(&out, "violations");
    for (size_t i = 0; i < r->violation_count; i++)
        write_violation(r, &r->violations[i], &out);
    json_end(&out);
    json_end(&out);
}

void
gate_reliability(struct judgement *j, const char *policy, const char *e2e, FILE *report)
{
    struct reliability r = {
        .j = j, .policy = {.judgement = j, .file = policy}, .e2e = e2e};

    if (evidence_json(&r.policy)) {
        (void)field_is(&r.policy, json_root(r.policy.doc), "schema_version",
                       "ft-reliability-budget-policy-v1", REASON_UNSUPPORTED);
        e2e_log_read(&r.log, j, e2e);
        /* A log that cannot be read whole cannot be judged. */
        if (j->worst < SEVERITY_ERROR)
            evaluate(&r);
        if (report)
            write_report(&r, report);
    }
    for (size_t i = 0; i < r.violation_count; i++)
        free(r.violations[i].scenarios);
    free(r.violations);
    e2e_log_clear(&r.log);
    evidence_close(&r.policy);
}
