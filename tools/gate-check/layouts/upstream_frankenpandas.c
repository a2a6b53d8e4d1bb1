/*
 * FrankenPandas: evaluate_parity_gate, --require-green, and rule T5 of
 * verify_packet_sidecar_integrity, in upstream's order and words.
 */
#include "evidence/field.h"
#include "layouts/frankenpandas_gate.h"
#include "layouts/upstream.h"

#include <inttypes.h>
#include <string.h>

static const char rule[] = "verify_packet_sidecar_integrity";

static void
integrity(const struct packet *p, const char *file, const char *message)
{
    (void)judge(p->j, REASON_UPSTREAM, rule, file, "", "%s: %s", p->id, message);
}

static const char *
text_of(const struct json *object, const char *key)
{
    const struct json *node = object ? json_get(object, key) : NULL;

    return node && json_type(node) == JSON_STRING ? json_text(node) : "";
}

static uint64_t
number_of(const struct json *object, const char *key)
{
    const struct json *node = object ? json_get(object, key) : NULL;
    uint64_t value;

    return node && json_to_u64(node, &value) ? value : 0;
}

static bool
has_proof(const struct json *list, const char *hash)
{
    for (const struct json *n = list ? json_first(list) : NULL; n; n = json_next(n))
        if (strcmp(text_of(n, "proof_hash"), hash) == 0)
            return true;
    return false;
}

static void
check_proofs(const struct packet *p, const struct json *sidecar, const struct json *proof,
             const char *file)
{
    const struct json *envelope = json_get(sidecar, "decode_proofs");
    const struct json *list = json_get(proof, "decode_proofs");
    size_t count = list ? json_count(list) : 0;

    if (strcmp(text_of(proof, "status"), "recovered") != 0 || count == 0 ||
        strcmp(text_of(proof, "packet_id"), p->id) != 0) {
        integrity(p, file,
                  judgement_text(p->j, "decode proof invalid (status=%s, proofs=%zu)",
                                 text_of(proof, "status"), count));
        return;
    }
    if (!envelope || json_count(envelope) == 0)
        integrity(
            p, file,
            "sidecar envelope has no decode proofs to pair against artifact (Rule T5)");
    for (const struct json *n = json_first(list); n; n = json_next(n))
        if (strncmp(text_of(n, "proof_hash"), "sha256:", 7) != 0) {
            integrity(p, file,
                      "decode proof artifact hash missing sha256: prefix (Rule T5)");
            break;
        }
    for (const struct json *n = json_first(list); n; n = json_next(n))
        if (!has_proof(envelope, text_of(n, "proof_hash"))) {
            integrity(
                p, file,
                "decode proof artifact hash mismatch vs sidecar envelope (Rule T5)");
            break;
        }
}

static bool
check_envelope(const struct packet *p, const struct json *root, const char *file)
{
    const struct json *raptorq = json_get(root, "raptorq");
    uint64_t k = number_of(raptorq, "k"), repair = number_of(raptorq, "repair_symbols");
    const char *want = judgement_text(p->j, "%s/parity_report", p->id);
    bool ok = true;

    if (strcmp(text_of(root, "artifact_id"), want) != 0) {
        integrity(p, file,
                  judgement_text(p->j,
                                 "sidecar artifact_id mismatch (expected %s, found %s)",
                                 want, text_of(root, "artifact_id")));
        return false;
    }
    if (k != number_of(root, "source_packets")) {
        ok = false;
        integrity(p, file,
                  judgement_text(p->j,
                                 "envelope.raptorq.k (%" PRIu64
                                 ") does not match source_packets (%" PRIu64 ")",
                                 k, number_of(root, "source_packets")));
    }
    if (repair != number_of(root, "repair_packets")) {
        ok = false;
        integrity(p, file,
                  judgement_text(p->j,
                                 "envelope.raptorq.repair_symbols (%" PRIu64
                                 ") does not match repair_packets (%" PRIu64 ")",
                                 repair, number_of(root, "repair_packets")));
    }
    return ok;
}

static void
check_sidecar(const struct packet *p, const struct evidence *report,
              const struct json *root, const char *file)
{
    const struct json *scrub = json_get(root, "scrub_report");
    const struct json *verified = scrub ? json_get(scrub, "source_hash_verified") : NULL;
    const char *claimed = text_of(root, "source_hash");
    char actual[DIGEST_HEX_SIZE];

    digest_hex(DIGEST_SHA256, report->input.data, report->input.size, actual);
    if (strncmp(claimed, "sha256:", 7) == 0)
        claimed += 7;
    if (strcmp(claimed, actual) != 0)
        integrity(p, file,
                  judgement_text(p->j, "source_hash mismatch (expected %s, got %s)",
                                 claimed, actual));
    if (strcmp(text_of(scrub, "status"), "ok") != 0 || !verified ||
        !json_is_true(verified) || number_of(scrub, "invalid_packets") > 0)
        integrity(p, file,
                  judgement_text(
                      p->j, "scrub report not ok (status=%s, invalid=%" PRIu64 ")",
                      text_of(scrub, "status"), number_of(scrub, "invalid_packets")));
}

static void
check_integrity(const struct packet *p, const struct evidence *report)
{
    struct evidence sidecar =
        packet_evidence(p, packet_file(p, "parity_report.raptorq.json"));
    struct evidence proof =
        packet_evidence(p, packet_file(p, "parity_report.decode_proof.json"));
    bool has_sidecar = evidence_exists(p->root, sidecar.file);
    bool has_decode = evidence_exists(p->root, proof.file);

    if (!has_sidecar)
        integrity(p, sidecar.file, "missing parity_report.raptorq.json (Rule T5)");
    if (!has_decode)
        integrity(p, proof.file, "missing parity_report.decode_proof.json (Rule T5)");
    if (has_sidecar && has_decode && evidence_json(&sidecar) && evidence_json(&proof) &&
        check_envelope(p, json_root(sidecar.doc), sidecar.file)) {
        check_sidecar(p, report, json_root(sidecar.doc), sidecar.file);
        check_proofs(p, json_root(sidecar.doc), json_root(proof.doc), proof.file);
    }
    evidence_close(&proof);
    evidence_close(&sidecar);
}

void
upstream_frankenpandas(const struct packet *p)
{
    struct evidence gate_file = packet_evidence(p, packet_file(p, "parity_gate.yaml"));
    struct evidence report = packet_evidence(p, packet_file(p, "parity_report.json"));
    struct fp_gate gate;
    struct fp_report r;

    if (!evidence_exists(p->root, report.file)) {
        integrity(p, report.file, "missing parity_report.json");
    } else if (evidence_json(&report) && fp_report_read(&report, false, &r)) {
        for (int mode = 0; mode < 2; mode++)
            p->j->modes[mode] =
                (struct mode_tally){true, r.total[mode], r.failures[mode]};
        /* Without a gate upstream writes a permissive one from the report and goes on. */
        if (evidence_exists(p->root, gate_file.file) && evidence_yaml(&gate_file) &&
            fp_gate_read(&gate_file, false, &gate))
            fp_gate_evaluate(p->j, &gate, &r, false, gate_file.file, report.file);
        if (r.failed > 0 || r.fixture_count == 0)
            (void)judge(p->j, REASON_UPSTREAM, "require-green", report.file, "",
                        "packet is not green");
        /* Sidecars are looked at only when nothing failed before. */
        if (p->j->worst < SEVERITY_ERROR)
            check_integrity(p, &report);
    }
    evidence_close(&report);
    evidence_close(&gate_file);
    p->j->upstream = p->j->worst < SEVERITY_ERROR ? "green" : "red";
}
