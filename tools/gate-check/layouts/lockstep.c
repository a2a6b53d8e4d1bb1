/*
 * Our own packets (docs/FORMATS.md): everything re-hashed, recounted and paired.
 */
#include "evidence/durability.h"
#include "evidence/field.h"
#include "evidence/signature.h"
#include "layouts/gate_policy.h"
#include "layouts/lockstep_report.h"

#include <math.h>
#include <string.h>

static const char rule[] = "packet";

static bool
read_modes(const struct evidence *e, struct gate_policy *out)
{
    static const char *const strict_keys[] = {"required_cases_passed_ratio",
                                              "critical_drift_budget", NULL};
    static const char *const hardened_keys[] = {
        "required_cases_passed_ratio", "divergence_budget_percent",
        "allowlisted_divergence_categories", NULL};
    const struct json *root = json_root(e->doc), *strict, *hardened;
    bool ok = true;

    if (!field_object(e, root, "strict", &strict) ||
        !field_object(e, root, "hardened", &hardened))
        return false;
    ok = field_only(e, strict, strict_keys) && ok;
    ok = field_only(e, hardened, hardened_keys) && ok;
    ok = field_f64(e, strict, strict_keys[0], 0, 1, &out->strict_ratio) && ok;
    ok = field_u64(e, strict, strict_keys[1], &out->critical_drift_budget) && ok;
    ok = field_f64(e, hardened, hardened_keys[0], 0, 1, &out->hardened_ratio) && ok;
    ok = field_f64(e, hardened, hardened_keys[1], 0, 100,
                   &out->hardened_divergence_percent) &&
         ok;
    return ok;
}

/* null is no allowlist; an empty one would excuse nothing while looking like one. */
static bool
read_allowlist(const struct evidence *e, struct gate_policy *out)
{
    static const char at[] = "/hardened/allowlisted_divergence_categories";
    const struct json *list = json_get(json_get(json_root(e->doc), "hardened"),
                                       "allowlisted_divergence_categories");

    if (!list || json_type(list) == JSON_NULL)
        return true;
    if (json_type(list) != JSON_ARRAY) {
        (void)judge(e->judgement, REASON_TYPE_ERROR, rule, e->file, at,
                    "expected a list of categories or null, got %s",
                    json_type_name(json_type(list)));
        return false;
    }
    if (!json_first(list)) {
        (void)judge(e->judgement, REASON_ALLOWLIST_VIOLATION, rule, e->file, at,
                    "hardened allowlist categories must not be empty");
        return false;
    }
    out->allowlist = list;
    return true;
}

static void
read_gate(const struct packet *p, struct evidence *e, struct gate_policy *out)
{
    static const char *const keys[] = {"schema", "packet_id",        "tool",
                                       "oracle", "release_blocking", "minimum_cases",
                                       "strict", "hardened",         NULL};
    const char *text;
    bool blocking, ok = true;
    const struct json *root;

    if (!evidence_yaml(e) || !field_schema(e, "lockstep-gate/1"))
        return;
    root = json_root(e->doc);
    ok = field_only(e, root, keys) && ok;
    ok = field_is(e, root, "packet_id", p->id, REASON_IDENTITY_MISMATCH) && ok;
    ok = field_text(e, root, "tool", &text) && ok;
    ok = field_text(e, root, "oracle", &text) && ok;
    ok = field_bool(e, root, "release_blocking", &blocking) && ok;
    ok = field_u64(e, root, "minimum_cases", &out->minimum_cases) && ok;
    ok = read_modes(e, out) && ok;
    ok = read_allowlist(e, out) && ok;
    out->valid = ok;
    if (ok && out->minimum_cases == 0)
        (void)judge(p->j, REASON_GATE_LOOSENED, rule, e->file, "/minimum_cases",
                    "a gate that needs no case lets everything pass");
    if (ok)
        gate_policy_floor(p, out, e->file);
}

/* The parity_gate_result.json of an earlier judgement must not say otherwise. */
static void
check_stored_result(const struct packet *p)
{
    static const char name[] = "parity_gate_result.json";
    struct evidence e = packet_evidence(p, packet_file(p, name));
    const char *key = p->options->signature_key, *stored;

    /* Absent it is missed only by who wants it signed. */
    if (p->options->replacing_result || (!key && !evidence_exists(p->root, e.file)))
        return;
    if (evidence_json(&e) && field_schema(&e, "lockstep-gate-result/1") &&
        field_text(&e, json_root(e.doc), "verdict", &stored)) {
        const char *now = verdict_name(judgement_verdict(p->j));

        if (strcmp(stored, now) != 0)
            reason_values(p->j,
                          judge(p->j, REASON_RESULT_CONTRADICTION, rule, e.file,
                                "/verdict", "the stored verdict is not what is so now"),
                          stored, now);
        if (key)
            signature_judge(&e, key);
    }
    evidence_close(&e);
}

/* With no report to follow them from, the other files are still looked for. */
static void
check_presence(const struct packet *p)
{
    static const char *const names[] = {
        "fixture_manifest.json", "parity_mismatch_corpus.json", "parity_report.json.rq",
        "parity_report.raptorq.json", "parity_report.decode_proof.json"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[4096];

        /* Judged as missing when it is. */
        if (!evidence_resolve(p->j, p->root, packet_file(p, names[i]),
                              REASON_EVIDENCE_MISSING, path))
            continue;
    }
}

static void
check_report(const struct packet *p, const struct gate_policy *policy)
{
    struct evidence report = packet_evidence(p, packet_file(p, "parity_report.json"));
    struct mode_counts_read counts[2] = {{0}};

    if (!evidence_json(&report)) {
        /* Unreadable as JSON or not, its octets are bound by the sidecar. */
        if (report.input.data)
            durability_judge(&report, p->folder, "parity_report.raptorq.json",
                             "parity_report.decode_proof.json");
        else
            check_presence(p);
        evidence_close(&report);
        return;
    }
    digest_hex(DIGEST_BLAKE2B, report.input.data, report.input.size,
               p->j->report_blake2b);
    if (lockstep_report(p, &report, policy->allowlist, counts)) {
        for (int mode = 0; mode < 2; mode++)
            p->j->modes[mode] =
                (struct mode_tally){true, counts[mode].total, counts[mode].failed};
        if (policy->valid)
            gate_policy_apply(p, policy, counts, report.file);
    }
    durability_judge(&report, p->folder, "parity_report.raptorq.json",
                     "parity_report.decode_proof.json");
    evidence_close(&report);
}

void
lockstep_judge(const struct packet *p)
{
    struct evidence gate = packet_evidence(p, packet_file(p, "parity_gate.yaml"));
    struct gate_policy policy = {0};

    packet_prose(p, "contract_table.md");
    packet_prose(p, "legacy_anchor_map.md");
    packet_prose(p, "risk_note.md");
    read_gate(p, &gate, &policy);
    check_report(p, &policy);
    check_stored_result(p);
    evidence_close(&gate);
}
