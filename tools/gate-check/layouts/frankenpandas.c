/*
 * FrankenPandas' packets: upstream's own eight rules, and all that upstream leaves
 * out: sums, pairing with the fixtures, the stored verdict, the sidecar's octets.
 */
#include "common/diagnostic.h"
#include "common/mem.h"
#include "evidence/field.h"
#include "layouts/fixture_index.h"
#include "layouts/frankenpandas_durability.h"
#include "layouts/frankenpandas_gate.h"
#include "layouts/upstream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char rule[] = "packet";

/* No gate of this project asks for less than these. */
static void
check_floor(const struct packet *p, const struct fp_gate *g, const char *file)
{
    if (g->critical_drift_budget > 0 || g->require_failed > 0)
        (void)judge(p->j, REASON_GATE_LOOSENED, rule, file, "/strict",
                    "this project's gates allow no failed case");
    if (g->non_critical_percent > 0.1 || g->divergence_percent > 1.0)
        (void)judge(p->j, REASON_GATE_LOOSENED, rule, file, "/hardened",
                    "budgets of %g %% and %g %% are above this project's 0.1 %% and 1 %%",
                    g->non_critical_percent, g->divergence_percent);
    if (g->minimum_fixtures == 0)
        (void)judge(p->j, REASON_GATE_LOOSENED, rule, file,
                    "/machine_check/require_fixture_count_at_least",
                    "a gate that needs no fixture lets everything pass");
}

/* Each result belongs to the packet, comes once and has its fixture. */
static void
check_result(const struct packet *p, const struct evidence *e, const struct json *node,
             struct fixture_index *index)
{
    static const char *const keys[] = {"packet_id",      "case_id",          "mode",
                                       "operation",      "status",           "mismatch",
                                       "mismatch_class", "replay_key",       "trace_id",
                                       "elapsed_us",     "evidence_records", NULL};
    const char *case_id, *mode, *operation;
    struct indexed_fixture *f;
    char at[FIELD_AT_SIZE];

    (void)field_only(e, node, keys);
    (void)field_is(e, node, "packet_id", p->id, REASON_IDENTITY_MISMATCH);
    if (!field_text(e, node, "case_id", &case_id) ||
        !field_text(e, node, "mode", &mode) ||
        !field_text(e, node, "operation", &operation) || !index)
        return;
    if (strcmp(mode, "strict") != 0 && strcmp(mode, "hardened") != 0) {
        (void)judge(p->j, REASON_TYPE_ERROR, rule, e->file, field_at(e, node, "mode", at),
                    "'%s' is no mode", mode);
        return;
    }
    f = fixture_index_find(index, p->id, case_id,
                           mode[0] == 'h' ? MODE_HARDENED : MODE_STRICT);
    if (!f)
        (void)judge(p->j, REASON_REFERENCE_MISSING, rule, e->file,
                    field_at(e, node, NULL, at), "no fixture for case '%s' in %s mode",
                    case_id, mode);
    else if (f->seen)
        (void)judge(p->j, REASON_DUPLICATE_ID, rule, e->file, field_at(e, node, NULL, at),
                    "case '%s' counts twice in %s mode", case_id, mode);
    else
        f->seen = true;
    if (f && strcmp(f->operation, operation) != 0)
        reason_values(p->j,
                      judge(p->j, REASON_IDENTITY_MISMATCH, rule, e->file,
                            field_at(e, node, "operation", at),
                            "the fixture of case '%s' is of another operation", case_id),
                      operation, f->operation);
}

static void
check_results(const struct packet *p, const struct evidence *e)
{
    struct fixture_index *index = p->options->fixtures;
    size_t first, end;

    for (const struct json *n = json_first(json_get(json_root(e->doc), "results")); n;
         n = json_next(n))
        check_result(p, e, n, index);
    if (!index)
        return;
    fixture_index_packet(index, p->id, &first, &end);
    for (size_t i = first; i < end; i++)
        if (!index->items[i].seen)
            (void)judge(p->j, REASON_COUNT_INCONSISTENT, rule, e->file, "/results",
                        "no result for fixture '%s' in %s mode", index->items[i].case_id,
                        mode_name(index->items[i].mode));
}

static void
check_manifest(const struct packet *p)
{
    static const char *const keys[] = {"packet_id", "fixtures", NULL};
    static const char *const fixture_keys[] = {"id", "path", "class", NULL};
    struct evidence e = packet_evidence(p, packet_file(p, "fixture_manifest.json"));
    const struct json *fixtures;

    /* Thirty packets of 445 have one. */
    if (!evidence_exists(p->root, e.file))
        return;
    if (evidence_json(&e)) {
        (void)field_only(&e, json_root(e.doc), keys);
        (void)field_is(&e, json_root(e.doc), "packet_id", p->id,
                       REASON_IDENTITY_MISMATCH);
        if (!field_array(&e, json_root(e.doc), "fixtures", &fixtures))
            fixtures = NULL;
        for (const struct json *n = fixtures ? json_first(fixtures) : NULL; n;
             n = json_next(n)) {
            const char *path, *text;
            char real[4096];

            (void)field_only(&e, n, fixture_keys);
            if (!field_text(&e, n, "id", &text) || !field_text(&e, n, "class", &text) ||
                !field_text(&e, n, "path", &path) ||
                !evidence_resolve(p->j, p->root, path, REASON_REFERENCE_MISSING, real))
                continue;
        }
    }
    evidence_close(&e);
}

/* A stored verdict gives reasons when, and only when, it is not a pass. */
static void
check_stored_reasons(const struct packet *p, const struct evidence *e, bool stored)
{
    const struct json *reasons;
    char at[FIELD_AT_SIZE];

    if (!field_array(e, json_root(e->doc), "reasons", &reasons))
        return;
    if (stored != !json_first(reasons))
        (void)judge(p->j, REASON_RESULT_CONTRADICTION, rule, e->file, "/reasons",
                    stored ? "a pass with reasons against it"
                           : "a verdict against it without a reason");
    for (const struct json *n = json_first(reasons); n; n = json_next(n))
        if (json_type(n) != JSON_STRING)
            (void)judge(p->j, REASON_TYPE_ERROR, rule, e->file, field_at(e, n, NULL, at),
                        "a reason is a sentence");
}

/* The stored parity_gate_result.json must say what the evidence says. */
static void
check_stored(const struct packet *p, const struct fp_report *r, bool passes)
{
    static const char *const names[] = {"fixture_count", "strict_total", "strict_failed",
                                        "hardened_total", "hardened_failed"};
    const uint64_t want[] = {r->fixture_count, r->total[0], r->failures[0], r->total[1],
                             r->failures[1]};
    struct evidence e = packet_evidence(p, packet_file(p, "parity_gate_result.json"));
    bool stored;

    if (!evidence_exists(p->root, e.file))
        return;
    if (evidence_json(&e)) {
        const struct json *root = json_root(e.doc);

        (void)field_is(&e, root, "packet_id", p->id, REASON_IDENTITY_MISMATCH);
        if (!field_bool(&e, root, "pass", &stored))
            stored = passes;
        check_stored_reasons(p, &e, stored);
        if (stored != passes)
            reason_values(p->j,
                          judge(p->j, REASON_RESULT_CONTRADICTION, rule, e.file, "/pass",
                                "the stored verdict is not what the report gives"),
                          stored ? "true" : "false", passes ? "true" : "false");
        for (size_t i = 0; i < COUNT_OF(names); i++) {
            uint64_t value;

            if (field_u64(&e, root, names[i], &value) && value != want[i])
                reason_numbers(p->j,
                               judge(p->j, REASON_RESULT_CONTRADICTION, rule, e.file,
                                     names[i], "is not what the report gives"),
                               value, want[i]);
        }
    }
    evidence_close(&e);
}

static void
check_corpus(const struct packet *p, const struct fp_report *r)
{
    struct evidence e = packet_evidence(p, packet_file(p, "parity_mismatch_corpus.json"));
    const struct json *list;
    uint64_t count;

    if (!evidence_exists(p->root, e.file))
        return;
    if (evidence_json(&e)) {
        (void)field_is(&e, json_root(e.doc), "packet_id", p->id,
                       REASON_IDENTITY_MISMATCH);
        if (field_u64(&e, json_root(e.doc), "mismatch_count", &count) &&
            field_array(&e, json_root(e.doc), "mismatches", &list) &&
            (count != r->failed || json_count(list) != count))
            reason_numbers(p->j,
                           judge(p->j, REASON_COUNT_INCONSISTENT, rule, e.file,
                                 "/mismatch_count", "not the number of failed cases"),
                           count, r->failed);
    }
    evidence_close(&e);
}

static void
check_report(const struct packet *p, struct evidence *e, const struct evidence *gate_file,
             const struct fp_gate *gate)
{
    struct fp_report r;
    size_t before;

    (void)field_is(e, json_root(e->doc), "packet_id", p->id, REASON_IDENTITY_MISMATCH);
    if (!fp_report_read(e, true, &r))
        return;
    for (int mode = 0; mode < 2; mode++)
        p->j->modes[mode] = (struct mode_tally){true, r.total[mode], r.failures[mode]};
    before = p->j->reason_count;
    if (gate) {
        fp_gate_evaluate(p->j, gate, &r, true, gate_file->file, e->file);
        check_stored(p, &r, p->j->reason_count == before);
    }
    check_results(p, e);
    check_corpus(p, &r);
}

static void
judge_strictly(const struct packet *p)
{
    struct evidence gate_file = packet_evidence(p, packet_file(p, "parity_gate.yaml"));
    struct evidence report = packet_evidence(p, packet_file(p, "parity_report.json"));
    struct fp_gate gate;
    bool has_gate, readable;

    has_gate = evidence_yaml(&gate_file) && fp_gate_read(&gate_file, true, &gate);
    if (has_gate) {
        (void)field_is(&gate_file, json_root(gate_file.doc), "packet_id", p->id,
                       REASON_IDENTITY_MISMATCH);
        check_floor(p, &gate, gate_file.file);
    }
    readable = evidence_json(&report);
    if (readable)
        check_report(p, &report, &gate_file, has_gate ? &gate : NULL);
    frankenpandas_durability(p, readable ? &report : NULL);
    check_manifest(p);
    evidence_close(&report);
    evidence_close(&gate_file);
}

void
frankenpandas_judge(const struct packet *p)
{
    if (p->options->profile == PROFILE_FP)
        upstream_frankenpandas(p);
    else
        judge_strictly(p);
}
