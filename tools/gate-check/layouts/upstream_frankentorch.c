/*
 * FrankenTorch's validate_phase2c_artifacts, rule by rule.  It never parses the gate,
 * never counts and never hashes: a gate it cannot read as UTF-8 even counts as there.
 */
#include "layouts/upstream.h"

#include "common/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char rule[] = "validate_phase2c_artifacts";

enum { MANIFEST, GATE, REPORT, SIDECAR, PROOF, ANCHORS, CONTRACT, RISK, FILES };

/* In upstream's order of reporting. */
static const struct {
    int index;
    const char *name;
} required[FILES] = {{ANCHORS, "legacy_anchor_map.md"},
                     {CONTRACT, "contract_table.md"},
                     {MANIFEST, "fixture_manifest.json"},
                     {GATE, "parity_gate.yaml"},
                     {RISK, "risk_note.md"},
                     {REPORT, "parity_report.json"},
                     {SIDECAR, "parity_report.raptorq.json"},
                     {PROOF, "parity_report.decode_proof.json"}};

struct upstream {
    const struct packet *p;
    char *text[FILES]; /* arena; NULL when absent or not UTF-8 */
};

static void
error(const struct upstream *u, const char *name, const char *message)
{
    (void)judge(u->p->j, REASON_UPSTREAM, rule, packet_file(u->p, name), "", "%s",
                message);
}

static bool
is_utf8(const uint8_t *p, size_t size)
{
    while (size > 0) {
        size_t n = utf8_length(p, size);

        if (n == 0)
            return false;
        p += n;
        size -= n;
    }
    return true;
}

/* The file as Rust's read_to_string() gives it. */
static char *
read_text(const struct upstream *u, const char *name)
{
    struct evidence e = packet_evidence(u->p, packet_file(u->p, name));
    char *text = NULL;

    if (evidence_open(&e, EVIDENCE_JSON_MAX) && is_utf8(e.input.data, e.input.size))
        text =
            arena_strndup(&u->p->j->arena, e.input.data ? (const char *)e.input.data : "",
                          e.input.size);
    evidence_close(&e);
    return text;
}

static void
read_files(struct upstream *u)
{
    for (int i = 0; i < FILES; i++) {
        const char *name = required[i].name;

        if (!evidence_exists(u->p->root, packet_file(u->p, name)))
            error(u, name,
                  judgement_text(u->p->j, "missing required artifact file '%s'", name));
        else
            u->text[required[i].index] = read_text(u, name);
    }
}

static void
check_markdown(const struct upstream *u, int index, const char *name)
{
    const char *text = u->text[index];

    if (!text)
        return;
    if (text[strspn(text, " \t\r\n\v\f")] == '\0')
        error(u, name, judgement_text(u->p->j, "'%s' is empty", name));
    if (!strstr(text, u->p->id))
        error(u, name,
              judgement_text(u->p->j, "'%s' does not contain packet id '%s'", name,
                             u->p->id));
}

/* serde_json refuses a number that no double holds. */
static bool
overflows(const struct json *node)
{
    double value;

    if (json_type(node) == JSON_NUMBER)
        return !json_to_f64(node, &value) || !isfinite(value);
    if (json_type(node) != JSON_OBJECT && json_type(node) != JSON_ARRAY)
        return false;
    for (const struct json *n = json_first(node); n; n = json_next(n))
        if (overflows(n))
            return true;
    return false;
}

/* The parsed file; NULL after saying so.  serde_json keeps the last of equal keys. */
static struct json_doc *
parse(const struct upstream *u, int index, const char *name)
{
    struct json_doc *doc = NULL;
    struct error err = {0};

    if (u->text[index] &&
        json_parse(&doc, u->text[index], strlen(u->text[index]), NULL, &err)) {
        if (!overflows(json_root(doc)))
            return doc;
        json_free(doc);
    }
    /* A duplicate key is not an error to upstream, which reads on. */
    if (u->text[index] && strcmp(err.subclass, "duplicate_key") == 0)
        return NULL;
    error(u, name, judgement_text(u->p->j, "%s is missing or invalid json", name));
    return NULL;
}

static void
check_keys(const struct upstream *u, const struct json_doc *doc, const char *name,
           const char *const keys[])
{
    for (const char *const *key = keys; *key; key++)
        if (!json_get(json_root(doc), *key))
            error(u, name,
                  judgement_text(u->p->j, "%s missing mandatory field '%s'", name, *key));
}

static const char *
text_of(const struct json_doc *doc, const char *key)
{
    const struct json *node = json_get(json_root(doc), key);

    return node && json_type(node) == JSON_STRING ? json_text(node) : "";
}

static void
check_packet_id(const struct upstream *u, int index, const char *name,
                const char *const keys[])
{
    struct json_doc *doc = parse(u, index, name);

    if (!doc)
        return;
    check_keys(u, doc, name, keys);
    if (strcmp(text_of(doc, "packet_id"), u->p->id) != 0)
        error(u, name,
              judgement_text(u->p->j, "%s packet_id does not match directory '%s'", name,
                             u->p->id));
    json_free(doc);
}

static void
check_artifact_id(const struct upstream *u, const struct json_doc *doc, const char *name)
{
    if (strncmp(text_of(doc, "artifact_id"), u->p->id, strlen(u->p->id)) != 0)
        error(u, name,
              judgement_text(u->p->j, "%s artifact_id must start with '%s'", name,
                             u->p->id));
}

static void
check_json(const struct upstream *u)
{
    static const char *const manifest[] = {"packet_id", "fixtures", "modes", "status",
                                           NULL};
    static const char *const report[] = {
        "packet_id", "suite", "strict", "hardened", "status", "generated_from", NULL};
    static const char *const sidecar[] = {"artifact_id", "artifact_type", "source_hash",
                                          "raptorq",     "scrub",         NULL};
    static const char sidecar_name[] = "parity_report.raptorq.json";
    static const char proof_name[] = "parity_report.decode_proof.json";
    struct json_doc *doc;

    check_packet_id(u, MANIFEST, "fixture_manifest.json", manifest);
    check_packet_id(u, REPORT, "parity_report.json", report);
    doc = parse(u, SIDECAR, sidecar_name);
    if (doc) {
        check_keys(u, doc, sidecar_name, sidecar);
        check_artifact_id(u, doc, sidecar_name);
    }
    json_free(doc);
    doc = parse(u, PROOF, proof_name);
    if (doc) {
        check_artifact_id(u, doc, proof_name);
        if (!json_get(json_root(doc), "decode_proof") &&
            !json_get(json_root(doc), "decode_events"))
            error(u, proof_name,
                  "parity_report.decode_proof.json must contain either 'decode_proof' or "
                  "'decode_events'");
    }
    json_free(doc);
}

/* Some line, blanks at both ends aside, is exactly "packet_id: ID". */
static bool
has_packet_line(const char *text, const char *id)
{
    static const char blank[] = " \t\r\v\f";
    char want[256];
    int n = snprintf(want, sizeof want, "packet_id: %s", id);

    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        line += strspn(line, blank);
        if (strncmp(line, want, (size_t)n) == 0) {
            const char *rest = line + n;

            rest += strspn(rest, blank);
            if (*rest == '\n' || *rest == '\0')
                return true;
        }
    }
    return false;
}

static void
check_gate(const struct upstream *u)
{
    static const char *const sections[] = {
        "strict:", "hardened:", "checks:", "artifacts:"};
    static const char name[] = "parity_gate.yaml";
    const char *text = u->text[GATE];

    if (!text)
        return;
    if (!has_packet_line(text, u->p->id))
        error(u, name,
              judgement_text(u->p->j,
                             "parity_gate.yaml missing exact 'packet_id: %s' line",
                             u->p->id));
    for (size_t i = 0; i < COUNT_OF(sections); i++)
        if (!strstr(text, sections[i]))
            error(u, name,
                  judgement_text(u->p->j,
                                 "parity_gate.yaml missing required section '%s'",
                                 sections[i]));
    if (!strstr(text, "required_cases_passed_ratio: 1.0"))
        reason_severity(u->p->j,
                        judge(u->p->j, REASON_UPSTREAM, rule, packet_file(u->p, name), "",
                              "parity_gate.yaml does not enforce "
                              "required_cases_passed_ratio: 1.0"),
                        SEVERITY_WARN);
}

void
upstream_frankentorch(const struct packet *p)
{
    struct upstream u = {.p = p};

    read_files(&u);
    check_markdown(&u, ANCHORS, "legacy_anchor_map.md");
    check_markdown(&u, CONTRACT, "contract_table.md");
    check_markdown(&u, RISK, "risk_note.md");
    check_json(&u);
    check_gate(&u);
    p->j->upstream = p->j->worst == SEVERITY_FAIL ? "NOT_READY" : "READY";
}
