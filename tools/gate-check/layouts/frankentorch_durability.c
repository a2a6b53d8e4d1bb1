/*
 * FrankenTorch stores digests of its symbols' content, never the symbols, so nothing
 * can be recovered here; what can be checked is that sidecar and proof are of these
 * very octets.
 */
#include "layouts/frankentorch_durability.h"

#include "evidence/field.h"
#include "layouts/det64.h"

#include <inttypes.h>
#include <string.h>

static const char rule[] = "durability";
static const char probe[] = "\n#ft-raptorq-corruption-probe";

struct ft_bundle {
    const struct packet *p;
    const struct input *content; /* NULL: unreadable */
    const char *content_file;
    const char *id; /* what artifact_id must be */
    char actual[DET64_TEXT_SIZE];
    char tampered[DET64_TEXT_SIZE]; /* of the content and the probe */
    struct evidence sidecar, proof;
    const char *claimed; /* the sidecar's source_hash; NULL when unread */
    const char *type;    /* its artifact_type; likewise */
    uint64_t k;
};

/* Repair symbols follow the source's, and are as large. */
static void
check_repair_manifest(const struct ft_bundle *b, const struct json *manifest,
                      uint64_t size)
{
    const struct evidence *e = &b->sidecar;
    uint64_t esi, degree, bytes, next = b->k;
    char at[FIELD_AT_SIZE];

    for (const struct json *n = json_first(manifest); n; n = json_next(n), next++)
        if (field_u64(e, n, "esi", &esi) && field_u64(e, n, "degree", &degree) &&
            field_u64(e, n, "bytes", &bytes) &&
            (esi != next || degree == 0 || bytes != size))
            (void)judge(b->p->j, REASON_COUNT_INCONSISTENT, rule, e->file,
                        field_at(e, n, NULL, at),
                        "repair symbol %" PRIu64 " of %" PRIu64 " octets belongs here",
                        next, size);
}

static void
check_symbols(struct ft_bundle *b)
{
    const struct evidence *e = &b->sidecar;
    const struct json *raptorq, *manifest;
    uint64_t version, size, constraints, repair, number;

    if (!field_object(e, json_root(e->doc), "raptorq", &raptorq) ||
        !field_u64(e, raptorq, "schema_version", &version) ||
        !field_u64(e, raptorq, "symbol_size", &size) ||
        !field_u64(e, raptorq, "k", &b->k) ||
        !field_u64(e, raptorq, "constraints", &constraints) ||
        !field_u64(e, raptorq, "repair_symbols", &repair) ||
        !field_u64(e, raptorq, "seed", &number) ||
        !field_u64(e, raptorq, "object_id_high", &number) ||
        !field_u64(e, raptorq, "object_id_low", &number) ||
        !field_array(e, raptorq, "repair_manifest", &manifest))
        return;
    check_repair_manifest(b, manifest, size);
    if (version != 1)
        (void)judge(b->p->j, REASON_UNSUPPORTED, rule, e->file, "/raptorq/schema_version",
                    "schema_version %" PRIu64 " is not 1", version);
    if (json_count(manifest) != repair)
        reason_numbers(b->p->j,
                       judge(b->p->j, REASON_COUNT_INCONSISTENT, rule, e->file,
                             "/raptorq/repair_manifest", "not one entry a repair symbol"),
                       repair, json_count(manifest));
    if (size == 0 || b->k == 0)
        (void)judge(b->p->j, REASON_RANGE_ERROR, rule, e->file, "/raptorq",
                    "symbols of no octets, or none at all");
    else if (b->content && b->claimed && strcmp(b->claimed, b->actual) == 0 &&
             b->k != (b->content->size + size - 1) / size)
        reason_numbers(b->p->j,
                       judge(b->p->j, REASON_COUNT_INCONSISTENT, rule, e->file,
                             "/raptorq/k", "k symbols do not hold the content"),
                       b->k, (b->content->size + size - 1) / size);
}

static void
check_scrub(const struct ft_bundle *b)
{
    const struct evidence *e = &b->sidecar;
    const struct json *scrub, *detected;
    uint64_t when;

    if (!field_object(e, json_root(e->doc), "scrub", &scrub) ||
        !field_u64(e, scrub, "last_ok_unix_ms", &when))
        return;
    (void)field_is(e, scrub, "status", "ok", REASON_SCRUB_FAILED);
    detected = json_get(scrub, "corruption_probe_detected");
    if (detected && !(json_type(detected) == JSON_BOOL && json_is_true(detected)))
        (void)judge(b->p->j, REASON_SCRUB_FAILED, rule, e->file,
                    "/scrub/corruption_probe_detected",
                    "the corruption probe went unnoticed");
}

/* Where the packet is named, it is this one. */
static void
check_packet_id(const struct ft_bundle *b, const struct evidence *e)
{
    const struct json *id = json_get(json_root(e->doc), "packet_id");

    if (b->p->id && id && json_type(id) != JSON_NULL)
        (void)field_is(e, json_root(e->doc), "packet_id", b->p->id,
                       REASON_IDENTITY_MISMATCH);
}

static void
check_sidecar(struct ft_bundle *b)
{
    static const char *const keys[] = {"artifact_id", "artifact_type", "notes",
                                       "packet_id",   "raptorq",       "scrub",
                                       "source_hash", "source_path",   NULL};
    const struct evidence *e = &b->sidecar;
    const struct json *root;

    if (!evidence_json(&b->sidecar))
        return;
    root = json_root(e->doc);
    (void)field_only(e, root, keys);
    if (b->id)
        (void)field_is(e, root, "artifact_id", b->id, REASON_IDENTITY_MISMATCH);
    check_packet_id(b, e);
    if (!field_text(e, root, "artifact_type", &b->type) ||
        !field_text(e, root, "source_hash", &b->claimed))
        b->claimed = NULL;
    if (b->claimed && b->content && strcmp(b->claimed, b->actual) != 0)
        reason_values(b->p->j,
                      judge(b->p->j, REASON_HASH_MISMATCH, rule, b->content_file, "",
                            "is not what its sidecar %s was made from (/source_hash)",
                            e->file),
                      b->claimed, b->actual);
    check_symbols(b);
    check_scrub(b);
}

static void
check_proof_content(const struct ft_bundle *b, const struct json *proof)
{
    const struct evidence *e = &b->proof;
    const char *source;
    uint64_t recovered, version;

    if (!field_u64(e, proof, "schema_version", &version) ||
        !field_text(e, proof, "source_hash", &source) ||
        !field_u64(e, proof, "recovered_bytes", &recovered) || !b->content)
        return;
    if (version != 1)
        (void)judge(b->p->j, REASON_UNSUPPORTED, rule, e->file,
                    "/decode_proof/schema_version", "schema_version %" PRIu64 " is not 1",
                    version);
    if (strcmp(source, b->actual) != 0) {
        /* The same stale digest in both files is one fault, not two. */
        bool stale = b->claimed && strcmp(b->claimed, source) == 0;

        reason_values(b->p->j,
                      judge(b->p->j, stale ? REASON_HASH_MISMATCH : REASON_PROOF_INVALID,
                            rule, e->file, "/decode_proof/source_hash",
                            "proves other content than %s", b->content_file),
                      source, b->actual);
        return;
    }
    if (recovered != b->content->size)
        reason_numbers(b->p->j,
                       judge(b->p->j, REASON_PROOF_INVALID, rule, e->file,
                             "/decode_proof/recovered_bytes", "not the size of %s",
                             b->content_file),
                       recovered, b->content->size);
}

static void
check_proof_hash(const struct ft_bundle *b, const struct json *proof)
{
    const struct evidence *e = &b->proof;
    char text[DET64_TEXT_SIZE];
    uint64_t hash, received;

    if (!field_u64(e, proof, "proof_hash", &hash) ||
        !field_u64(e, proof, "received_symbol_count", &received))
        return;
    det64_text(hash, text);
    (void)field_is(e, proof, "proof_hash_hex", text, REASON_PROOF_INVALID);
    if (b->k > 0 && received < b->k)
        reason_numbers(b->p->j,
                       judge(b->p->j, REASON_PROOF_INVALID, rule, e->file,
                             "/decode_proof/received_symbol_count",
                             "fewer symbols than the source has"),
                       received, b->k);
}

static void
check_probe(const struct ft_bundle *b, const struct json *root)
{
    const struct evidence *e = &b->proof;
    const struct json *node = json_get(root, "corruption_probe");
    const struct json *proof = json_get(root, "decode_proof");
    const struct json *source = proof ? json_get(proof, "source_hash") : NULL;

    if (!node)
        return;
    (void)field_is(e, node, "status", "hash_mismatch_detected", REASON_PROOF_INVALID);
    /* What a stale proof tampered with is gone. */
    if (b->content && source && json_type(source) == JSON_STRING &&
        strcmp(json_text(source), b->actual) == 0)
        (void)field_is(e, node, "tampered_source_hash", b->tampered,
                       REASON_PROOF_INVALID);
}

static void
check_proof(struct ft_bundle *b)
{
    static const char *const keys[] = {
        "artifact_id",  "artifact_type", "packet_id", "status", "corruption_probe",
        "decode_proof", "decode_events", "notes",     NULL};
    const struct evidence *e = &b->proof;
    const struct json *root, *proof, *type;

    if (!evidence_json(&b->proof))
        return;
    root = json_root(e->doc);
    (void)field_only(e, root, keys);
    if (b->id)
        (void)field_is(e, root, "artifact_id", b->id, REASON_IDENTITY_MISMATCH);
    check_packet_id(b, e);
    type = json_get(root, "artifact_type");
    if (type && json_type(type) != JSON_NULL && b->type)
        (void)field_is(e, root, "artifact_type", b->type, REASON_PROOF_UNPAIRED);
    (void)field_is(e, root, "status", "decode_verified", REASON_PROOF_INVALID);
    if (field_object(e, root, "decode_proof", &proof)) {
        check_proof_content(b, proof);
        check_proof_hash(b, proof);
    }
    check_probe(b, root);
}

void
frankentorch_bundle(const struct packet *p, const struct input *content,
                    const char *content_file, const char *id, const char *sidecar_file,
                    const char *proof_file)
{
    struct ft_bundle b = {
        .p = p, .content = content, .content_file = content_file, .id = id};

    if (content) {
        uint64_t state = det64_step(DET64_SEED, content->data, content->size);

        det64_text(det64_finish(state), b.actual);
        state = det64_step(state, probe, sizeof probe - 1);
        det64_text(det64_finish(state), b.tampered);
    }
    b.sidecar = packet_evidence(p, sidecar_file);
    b.proof = packet_evidence(p, proof_file);
    check_sidecar(&b);
    check_proof(&b);
    evidence_close(&b.sidecar);
    evidence_close(&b.proof);
}

void
frankentorch_durability(const struct packet *p, const struct input *report)
{
    frankentorch_bundle(p, report, packet_file(p, "parity_report.json"),
                        judgement_text(p->j, "%s-parity-report", p->id),
                        packet_file(p, "parity_report.raptorq.json"),
                        packet_file(p, "parity_report.decode_proof.json"));
}
