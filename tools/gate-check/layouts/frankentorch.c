/*
 * FrankenTorch's packets, judged by what their own files claim and by what upstream
 * never looks at: the numbers of the gate, the digests, the references.
 */
#include "evidence/field.h"
#include "layouts/frankentorch_companions.h"
#include "layouts/frankentorch_durability.h"
#include "layouts/gate_policy.h"
#include "layouts/upstream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char rule[] = "packet";

struct ft_gate {
    struct evidence e;
    struct gate_policy policy;
    const char *suite; /* borrowed from e.doc; NULL when unread */
};

/* A path some file of the packet refers to, from the top of the project. */
static void
check_reference(const struct packet *p, const struct evidence *e, const struct json *node)
{
    char real[4096], at[FIELD_AT_SIZE];
    struct reason *r;

    (void)field_at(e, node, NULL, at);
    if (json_type(node) != JSON_STRING) {
        (void)judge(p->j, REASON_TYPE_ERROR, rule, e->file, at, "a path is a string");
        return;
    }
    if (evidence_resolve(p->j, p->root, json_text(node), REASON_REFERENCE_MISSING, real))
        return;
    r = p->j->last_reason;
    r->message = judgement_text(p->j, "%s, which %s:%s names", r->message, e->file, at);
}

static bool
read_gate_modes(const struct evidence *e, struct gate_policy *out)
{
    static const char *const strict_keys[] = {"required_cases_passed_ratio",
                                              "critical_drift_budget", NULL};
    static const char *const hardened_keys[] = {"required_cases_passed_ratio",
                                                "divergence_budget_ratio", NULL};
    const struct json *root = json_root(e->doc), *strict, *hardened;
    double divergence = 0;
    bool ok;

    if (!field_object(e, root, "strict", &strict) ||
        !field_object(e, root, "hardened", &hardened))
        return false;
    ok = field_only(e, strict, strict_keys);
    ok = field_only(e, hardened, hardened_keys) && ok;
    ok = field_f64(e, strict, strict_keys[0], 0, 1, &out->strict_ratio) && ok;
    ok = field_u64(e, strict, strict_keys[1], &out->critical_drift_budget) && ok;
    ok = field_f64(e, hardened, hardened_keys[0], 0, 1, &out->hardened_ratio) && ok;
    ok = field_f64(e, hardened, hardened_keys[1], 0, 1, &divergence) && ok;
    out->hardened_divergence_percent = 100 * divergence;
    return ok;
}

static bool
check_gate_lists(const struct packet *p, const struct evidence *e)
{
    static const char *const check_keys[] = {"command", NULL};
    const struct json *root = json_root(e->doc), *checks, *artifacts;
    const char *command;
    bool ok = true;

    if (!field_array(e, root, "checks", &checks) ||
        !field_array(e, root, "artifacts", &artifacts))
        return false;
    if (!json_first(checks))
        (void)judge(p->j, REASON_ZERO_EXECUTED, rule, e->file, "/checks",
                    "a gate without a check shows nothing");
    for (const struct json *c = json_first(checks); c; c = json_next(c)) {
        ok = field_only(e, c, check_keys) && ok;
        ok = field_text(e, c, "command", &command) && ok;
    }
    for (const struct json *a = json_first(artifacts); a; a = json_next(a))
        check_reference(p, e, a);
    return ok;
}

/* All eight of the project's gates ask for everything; less is a loosened gate. */
static void
check_gate_floor(const struct packet *p, const struct ft_gate *g)
{
    gate_policy_floor(p, &g->policy, g->e.file);
    if (g->policy.hardened_divergence_percent > 0)
        (void)judge(p->j, REASON_GATE_LOOSENED, rule, g->e.file,
                    "/hardened/divergence_budget_ratio",
                    "this project's gates allow none");
}

static void
read_gate(const struct packet *p, struct ft_gate *g)
{
    static const char *const keys[] = {"packet_id", "suite",    "release_blocking",
                                       "strict",    "hardened", "checks",
                                       "artifacts", NULL};
    const struct json *root;
    bool blocking, ok;

    g->e = packet_evidence(p, packet_file(p, "parity_gate.yaml"));
    if (!evidence_yaml(&g->e))
        return;
    root = json_root(g->e.doc);
    if (json_type(root) != JSON_OBJECT) {
        (void)judge(p->j, REASON_TYPE_ERROR, rule, g->e.file, "", "a gate is a mapping");
        return;
    }
    ok = field_only(&g->e, root, keys);
    ok = field_is(&g->e, root, "packet_id", p->id, REASON_IDENTITY_MISMATCH) && ok;
    ok = field_text(&g->e, root, "suite", &g->suite) && ok;
    ok = field_bool(&g->e, root, "release_blocking", &blocking) && ok;
    ok = read_gate_modes(&g->e, &g->policy) && ok;
    ok = check_gate_lists(p, &g->e) && ok;
    g->policy.valid = ok;
    if (ok)
        check_gate_floor(p, g);
}

/* A list of words that is not empty. */
static void
check_words(const struct evidence *e, const struct json *object, const char *key)
{
    const struct json *list;
    char at[FIELD_AT_SIZE];

    if (!field_array(e, object, key, &list))
        return;
    if (!json_first(list))
        (void)judge(e->judgement, REASON_ZERO_EXECUTED, rule, e->file,
                    field_at(e, list, NULL, at), "nothing is listed");
    for (const struct json *n = json_first(list); n; n = json_next(n))
        if (json_type(n) != JSON_STRING)
            (void)judge(e->judgement, REASON_TYPE_ERROR, rule, e->file,
                        field_at(e, n, NULL, at), "a word is wanted");
}

static void
check_fixture(const struct packet *p, const struct evidence *e, const struct json *node)
{
    const char *text;

    if (json_type(node) != JSON_OBJECT) {
        (void)judge(p->j, REASON_TYPE_ERROR, rule, e->file, "/fixtures",
                    "a fixture is an object");
        return;
    }
    if (field_text(e, node, "id", &text) && field_text(e, node, "file", &text))
        check_reference(p, e, json_get(node, "file"));
    if (!field_text(e, node, "oracle_family", &text) ||
        (json_get(node, "case_name") && !field_text(e, node, "case_name", &text)))
        return;
    check_words(e, node, "assertions");
}

/* Both modes, each once: a packet that leaves one out was not judged in it. */
static void
check_modes(const struct packet *p, const struct evidence *e)
{
    static const char *const wanted[] = {"strict", "hardened"};
    const struct json *modes, *m;

    if (!field_array(e, json_root(e->doc), "modes", &modes))
        return;
    m = json_first(modes);
    for (size_t i = 0; i < COUNT_OF(wanted); i++, m = m ? json_next(m) : NULL)
        if (!m || json_type(m) != JSON_STRING || strcmp(json_text(m), wanted[i]) != 0) {
            (void)judge(p->j, REASON_GATE_LOOSENED, rule, e->file, "/modes",
                        "modes are strict and hardened");
            return;
        }
    if (m)
        (void)judge(p->j, REASON_UNKNOWN_KEY, rule, e->file, "/modes",
                    "a mode that nobody knows");
}

static void
check_manifest(const struct packet *p)
{
    struct evidence e = packet_evidence(p, packet_file(p, "fixture_manifest.json"));
    const struct json *fixtures, *root;

    if (evidence_json(&e)) {
        root = json_root(e.doc);
        (void)field_is(&e, root, "packet_id", p->id, REASON_IDENTITY_MISMATCH);
        (void)field_is(&e, root, "status", "active", REASON_STATUS_NOT_GREEN);
        check_modes(p, &e);
        if (field_array(&e, root, "fixtures", &fixtures)) {
            if (!json_first(fixtures))
                (void)judge(p->j, REASON_ZERO_EXECUTED, rule, e.file, "/fixtures",
                            "a packet without fixtures");
            for (const struct json *f = json_first(fixtures); f; f = json_next(f))
                check_fixture(p, &e, f);
        }
    }
    evidence_close(&e);
}

static bool
read_counts(const struct packet *p, const struct evidence *e, const char *mode,
            struct mode_counts_read *out)
{
    static const char *const keys[] = {"cases_total", "cases_passed", NULL};
    const struct json *node;
    bool ok;

    if (!field_object(e, json_root(e->doc), mode, &node))
        return false;
    ok = field_only(e, node, keys);
    ok = field_u64(e, node, "cases_total", &out->total) && ok;
    ok = field_u64(e, node, "cases_passed", &out->passed) && ok;
    if (!ok)
        return false;
    if (out->passed > out->total) {
        (void)judge(p->j, REASON_COUNT_INCONSISTENT, rule, e->file, mode,
                    "%" PRIu64 " of %" PRIu64 " cases passed", out->passed, out->total);
        return false;
    }
    out->failed = out->total - out->passed;
    return true;
}

static void
check_summaries(const struct packet *p, const struct evidence *e)
{
    const struct json *root = json_root(e->doc);
    const struct json *e2e = json_get(root, "e2e_summary");
    const struct json *drift = json_get(root, "differential_summary");
    uint64_t total, passed, allowed, blocking, failed;

    if (e2e && field_u64(e, e2e, "failed_entries", &failed) && failed > 0)
        (void)judge(p->j, REASON_THRESHOLD_EXCEEDED, rule, e->file,
                    "/e2e_summary/failed_entries",
                    "%" PRIu64 " end-to-end entries failed", failed);
    if (!drift || !field_u64(e, drift, "total_checks", &total) ||
        !field_u64(e, drift, "pass_checks", &passed) ||
        !field_u64(e, drift, "allowlisted_checks", &allowed) ||
        !field_u64(e, drift, "blocking_checks", &blocking))
        return;
    if (blocking > 0)
        (void)judge(p->j, REASON_THRESHOLD_EXCEEDED, rule, e->file,
                    "/differential_summary/blocking_checks",
                    "%" PRIu64 " blocking drifts", blocking);
    if (passed > total || allowed > total - passed ||
        blocking != total - passed - allowed)
        (void)judge(p->j, REASON_COUNT_INCONSISTENT, rule, e->file,
                    "/differential_summary", "the checks do not add up to %" PRIu64,
                    total);
}

static void
check_report(const struct packet *p, const struct ft_gate *g, const struct evidence *e)
{
    static const char *const keys[] = {
        "packet_id", "suite",          "strict",      "hardened",
        "status",    "generated_from", "e2e_summary", "differential_summary",
        NULL};
    const struct json *root = json_root(e->doc);
    struct mode_counts_read counts[2] = {{0}};
    const char *text;
    bool counted;

    if (json_type(root) != JSON_OBJECT) {
        (void)judge(p->j, REASON_TYPE_ERROR, rule, e->file, "", "a report is an object");
        return;
    }
    (void)field_only(e, root, keys);
    (void)field_is(e, root, "packet_id", p->id, REASON_IDENTITY_MISMATCH);
    if (g->suite)
        (void)field_is(e, root, "suite", g->suite, REASON_SUITE_MISMATCH);
    counted = read_counts(p, e, "strict", &counts[0]);
    counted = read_counts(p, e, "hardened", &counts[1]) && counted;
    for (int mode = 0; mode < 2 && counted; mode++)
        p->j->modes[mode] =
            (struct mode_tally){true, counts[mode].total, counts[mode].failed};
    if (counted && g->policy.valid)
        gate_policy_apply(p, &g->policy, counts, e->file);
    (void)field_is(e, root, "status", "parity_green", REASON_STATUS_NOT_GREEN);
    if (field_text(e, root, "generated_from", &text))
        check_summaries(p, e);
}

static void
judge_strictly(const struct packet *p)
{
    struct evidence report = packet_evidence(p, packet_file(p, "parity_report.json"));
    struct ft_gate gate = {0};
    bool readable;

    packet_prose(p, "contract_table.md");
    packet_prose(p, "legacy_anchor_map.md");
    packet_prose(p, "risk_note.md");
    check_manifest(p);
    read_gate(p, &gate);
    readable = evidence_json(&report);
    if (readable)
        check_report(p, &gate, &report);
    /* What cannot be read as a report has no durability to judge. */
    frankentorch_durability(p, readable ? &report.input : NULL);
    frankentorch_companions(p);
    evidence_close(&report);
    evidence_close(&gate.e);
}

void
frankentorch_judge(const struct packet *p)
{
    if (p->options->profile == PROFILE_FT)
        upstream_frankentorch(p);
    else
        judge_strictly(p);
}
