/*
 * Every stored packet is hashed, the source packets are put together again as their
 * object transmission information says and compared with the content, and each
 * proof hash is derived from that.
 */
#include "layouts/frankenpandas_durability.h"

#include "common/buf.h"
#include "common/bytes.h"
#include "common/mem.h"
#include "compare/value.h"
#include "evidence/field.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char rule[] = "sidecar";
enum { PROOFS_MAX = 1000, OTI = 12, PAYLOAD_ID = 4, SHA_TEXT = 7 + 64 + 1 };

struct fp_bundle {
    const struct packet *p;
    const struct input *content;
    const struct fp_bundle_files *files;
    struct evidence sidecar, proof;
    char actual[SHA_TEXT]; /* "sha256:..." of the content */
    const char *artifact_id;
    uint64_t source_packets, repair_packets;
    /* Object transmission information */
    uint64_t F;
    uint32_t T, Z, N;
    struct buf payload; /* the source packets together */
    bool whole;         /* payload is complete */
    bool hash_holds;    /* source_hash is that of the content */
};

static void
sha_text(const void *data, size_t size, char out[static SHA_TEXT])
{
    memcpy(out, "sha256:", 7);
    digest_hex(DIGEST_SHA256, data, size, out + 7);
}

static void
fault(const struct fp_bundle *b, enum reason_class class, const char *at,
      const char *what)
{
    (void)judge(b->p->j, class, rule, b->sidecar.file, at, "%s", what);
}

static bool
same_count(const struct fp_bundle *b, const struct json *object, const char *key,
           uint64_t want)
{
    uint64_t value;
    char at[FIELD_AT_SIZE];

    if (!field_u64(&b->sidecar, object, key, &value))
        return false;
    if (value != want)
        reason_numbers(b->p->j,
                       judge(b->p->j, REASON_COUNT_INCONSISTENT, rule, b->sidecar.file,
                             field_at(&b->sidecar, object, key, at), "%s is not as many",
                             key),
                       value, want);
    return value == want;
}

static bool
read_oti(struct fp_bundle *b, const struct json *root)
{
    uint8_t oti[OTI];
    const char *hex;

    if (!field_text(&b->sidecar, root, "oti_serialized_hex", &hex))
        return false;
    if (strlen(hex) != 2 * OTI || !hex_decode(hex, OTI, oti)) {
        fault(b, REASON_PARSE_ERROR, "/oti_serialized_hex", "not 12 octets in hex");
        return false;
    }
    b->F = (uint64_t)oti[0] << 32 | get_be32(oti + 1);
    b->T = get_be16(oti + 6);
    b->Z = oti[8];
    b->N = get_be16(oti + 9);
    if (b->T == 0 || b->Z == 0 || b->N == 0) {
        fault(b, REASON_RANGE_ERROR, "/oti_serialized_hex", "T, Z and N are at least 1");
        return false;
    }
    if (b->source_packets != b->F / b->T + (b->F % b->T != 0)) {
        fault(b, REASON_COUNT_INCONSISTENT, "/source_packets",
              "not the symbols that F and T give");
        return false;
    }
    return true;
}

/* One record: its hash, its place in the list of hashes, its symbol. */
static bool
check_record(struct fp_bundle *b, const struct json *node, const struct json *listed,
             uint64_t index)
{
    static const char *const keys[] = {"source_block_number", "encoding_symbol_id",
                                       "is_source",           "serialized_hex",
                                       "symbol_hash",         NULL};
    const struct evidence *e = &b->sidecar;
    const char *hex;
    char digest[DIGEST_HEX_SIZE], at[FIELD_AT_SIZE];
    uint64_t block, esi;
    uint8_t *octets;
    bool source, ok = false;
    size_t n;

    if (!field_only(e, node, keys) ||
        !field_u64(e, node, "source_block_number", &block) ||
        !field_u64(e, node, "encoding_symbol_id", &esi) ||
        !field_bool(e, node, "is_source", &source) ||
        !field_text(e, node, "serialized_hex", &hex))
        return false;
    n = strlen(hex) / 2;
    octets = xcalloc(n + 1, 1);
    (void)field_at(e, node, NULL, at);
    if (n != (size_t)b->T + PAYLOAD_ID || strlen(hex) != 2 * n ||
        !hex_decode(hex, n, octets)) {
        fault(b, REASON_SCRUB_FAILED, at, "not a payload id and one symbol in hex");
        goto done;
    }
    if (octets[0] != block || (get_be32(octets) & 0xffffff) != esi) {
        fault(b, REASON_SCRUB_FAILED, at, "the payload id says another symbol");
        goto done;
    }
    digest_hex(DIGEST_SHA256, octets, n, digest);
    ok = field_is(e, node, "symbol_hash", digest, REASON_SCRUB_FAILED);
    if (!listed || json_type(listed) != JSON_STRING ||
        strcmp(json_text(listed), digest) != 0) {
        reason_values(
            b->p->j,
            judge(b->p->j, REASON_SCRUB_FAILED, rule, e->file,
                  judgement_text(b->p->j, "/raptorq/symbol_hashes/%" PRIu64, index),
                  "not the hash of the packet in its place"),
            listed && json_type(listed) == JSON_STRING ? json_text(listed) : NULL,
            digest);
        ok = false;
    }
    if (source)
        buf_put(&b->payload, octets + PAYLOAD_ID, b->T);
done:
    free(octets);
    return ok;
}

static void
check_records(struct fp_bundle *b, const struct json *root, const struct json *hashes)
{
    const struct json *records, *listed = json_first(hashes);
    uint64_t index = 0;
    bool ok = true;

    if (!field_array(&b->sidecar, root, "packet_records", &records))
        return;
    if (json_count(records) != b->source_packets + b->repair_packets ||
        json_count(hashes) != json_count(records)) {
        fault(b, REASON_COUNT_INCONSISTENT, "/packet_records",
              "records, hashes and packets are not as many");
        ok = false;
    }
    for (const struct json *n = json_first(records); n; n = json_next(n)) {
        ok = check_record(b, n, listed, index++) && ok;
        listed = listed ? json_next(listed) : NULL;
    }
    if (b->payload.size < b->F || b->payload.size - b->F >= b->T) {
        fault(b, REASON_SCRUB_FAILED, "/packet_records", "source packets are missing");
        return;
    }
    /* With sub-blocks a symbol's octets are spread; only its hash can be checked here. */
    b->whole = b->N == 1;
    if (!b->whole)
        reason_severity(b->p->j,
                        judge(b->p->j, REASON_UNPROVEN, rule, b->sidecar.file,
                              "/oti_serialized_hex",
                              "sub-blocks: content is not put together"),
                        SEVERITY_WARN);
    else
        b->payload.size = b->F;
    /* Another source_hash has said so already. */
    if (ok && b->whole && b->content && b->hash_holds &&
        (b->content->size != b->F ||
         memcmp(b->content->data, b->payload.data, b->F) != 0))
        fault(b, REASON_SIDECAR_STALE, "/packet_records",
              "the source packets hold other content");
}

static void
check_scrub(const struct fp_bundle *b, const struct json *root)
{
    const struct evidence *e = &b->sidecar;
    const struct json *scrub, *report;
    uint64_t invalid, when;
    bool verified;

    if (field_object(e, root, "scrub", &scrub) &&
        field_u64(e, scrub, "last_ok_unix_ms", &when))
        (void)field_is(e, scrub, "status", "ok", REASON_SCRUB_FAILED);
    if (!field_object(e, root, "scrub_report", &report) ||
        !field_u64(e, report, "verified_at_unix_ms", &when))
        return;
    (void)field_is(e, report, "status", "ok", REASON_SCRUB_FAILED);
    if (field_u64(e, report, "invalid_packets", &invalid) && invalid > 0)
        fault(b, REASON_SCRUB_FAILED, "/scrub_report/invalid_packets", "invalid packets");
    if (field_bool(e, report, "source_hash_verified", &verified) && !verified)
        fault(b, REASON_SCRUB_FAILED, "/scrub_report/source_hash_verified",
              "the source hash was not verified");
    (void)same_count(b, report, "packet_count", b->source_packets + b->repair_packets);
}

static void
check_sidecar(struct fp_bundle *b)
{
    static const char *const keys[] = {"artifact_id",
                                       "artifact_type",
                                       "source_hash",
                                       "raptorq",
                                       "scrub",
                                       "decode_proofs",
                                       "packet_records",
                                       "oti_serialized_hex",
                                       "source_packets",
                                       "repair_packets",
                                       "scrub_report",
                                       "repair_packets_per_block",
                                       "asupersync_codec",
                                       NULL};
    const struct evidence *e = &b->sidecar;
    const struct json *root = json_root(e->doc), *raptorq, *hashes;
    const char *claimed, *type;
    double overhead;
    uint64_t each;

    (void)field_only(e, root, keys);
    if (b->files->id)
        (void)field_is(e, root, "artifact_id", b->files->id, REASON_IDENTITY_MISMATCH);
    if (!field_text(e, root, "artifact_id", &b->artifact_id) ||
        !field_text(e, root, "artifact_type", &type))
        return;
    if (strcmp(type, "conformance") != 0 && strcmp(type, "fixture_packet") != 0)
        (void)field_is(e, root, "artifact_type", "conformance", REASON_IDENTITY_MISMATCH);
    if (!field_text(e, root, "source_hash", &claimed))
        return;
    b->hash_holds = b->content && strcmp(claimed, b->actual) == 0;
    if (b->content && !b->hash_holds)
        reason_values(b->p->j,
                      judge(b->p->j, REASON_HASH_MISMATCH, rule, b->files->content_file,
                            "", "is not what its sidecar %s was made from (/source_hash)",
                            e->file),
                      claimed, b->actual);
    if (!field_u64(e, root, "source_packets", &b->source_packets) ||
        !field_u64(e, root, "repair_packets", &b->repair_packets) ||
        !field_object(e, root, "raptorq", &raptorq) ||
        !field_array(e, raptorq, "symbol_hashes", &hashes))
        return;
    (void)same_count(b, raptorq, "k", b->source_packets);
    (void)same_count(b, raptorq, "repair_symbols", b->repair_packets);
    if (field_f64(e, raptorq, "overhead_ratio", 0, 1e9, &overhead) && b->source_packets &&
        overhead != (double)b->repair_packets / (double)b->source_packets)
        fault(b, REASON_COUNT_INCONSISTENT, "/raptorq/overhead_ratio",
              "not repair packets over source packets");
    if (read_oti(b, root)) {
        if (field_u64(e, root, "repair_packets_per_block", &each))
            (void)same_count(b, root, "repair_packets", each * b->Z);
        check_records(b, root, hashes);
    }
    check_scrub(b, root);
}

/* "sha256:" of "<artifact>:<blocks>:<sha256 of what was recovered>". */
static void
proof_hash(const struct fp_bundle *b, uint64_t blocks, char out[static SHA_TEXT])
{
    char recovered[DIGEST_HEX_SIZE], *text;

    digest_hex(DIGEST_SHA256, b->payload.data, b->payload.size, recovered);
    text = xasprintf("%s:%" PRIu64 ":%s", b->files->id ? b->files->id : b->artifact_id,
                     blocks, recovered);
    sha_text(text, strlen(text), out);
    free(text);
}

/* The sidecar carries the same proof, member by member. */
static bool
is_in_envelope(const struct fp_bundle *b, const struct json *proof)
{
    const struct json *proofs = json_get(json_root(b->sidecar.doc), "decode_proofs");
    const struct compare_rule exact = {.kind = COMPARE_EXACT};
    struct difference d;

    if (!proofs || json_type(proofs) != JSON_ARRAY)
        return false;
    for (const struct json *n = json_first(proofs); n; n = json_next(n))
        if (value_equal(proof, n, &exact, &d))
            return true;
    return false;
}

static void
check_proof_entry(const struct fp_bundle *b, const struct json *node)
{
    const struct evidence *e = &b->proof;
    const char *hash, *reason;
    char want[SHA_TEXT], at[FIELD_AT_SIZE];
    uint64_t blocks, when, lost = b->source_packets / 4;

    if (!field_u64(e, node, "ts_unix_ms", &when) ||
        !field_text(e, node, "proof_hash", &hash) ||
        !field_text(e, node, "reason", &reason) ||
        !field_u64(e, node, "recovered_blocks", &blocks))
        return;
    (void)field_at(e, node, "proof_hash", at);
    if (b->sidecar.doc && !is_in_envelope(b, node))
        (void)judge(b->p->j, REASON_PROOF_UNPAIRED, "decode proof", e->file, at,
                    "the sidecar does not know this proof");
    if (!b->whole || !b->artifact_id)
        return;
    if (blocks != (lost ? lost : 1))
        reason_numbers(b->p->j,
                       judge(b->p->j, REASON_PROOF_INVALID, "decode proof", e->file, at,
                             "not the number of packets a drill drops"),
                       blocks, lost ? lost : 1);
    proof_hash(b, blocks, want);
    if (strcmp(hash, want) != 0)
        reason_values(b->p->j,
                      judge(b->p->j, REASON_PROOF_INVALID, "decode proof", e->file, at,
                            "does not follow from the recovered content"),
                      hash, want);
}

static void
check_proof(const struct fp_bundle *b)
{
    static const char *const keys[] = {"packet_id", "decode_proofs", "status", NULL};
    const struct evidence *e = &b->proof;
    const struct json *root = json_root(e->doc), *proofs;

    (void)field_only(e, root, keys);
    if (b->files->proof_id)
        (void)field_is(e, root, "packet_id", b->files->proof_id,
                       REASON_IDENTITY_MISMATCH);
    (void)field_is(e, root, "status", "recovered", REASON_PROOF_INVALID);
    if (!field_array(e, root, "decode_proofs", &proofs))
        return;
    if (!json_first(proofs) || json_count(proofs) > PROOFS_MAX)
        (void)judge(b->p->j, REASON_PROOF_INVALID, "decode proof", e->file,
                    "/decode_proofs", "a proof has 1 to %d entries", PROOFS_MAX);
    for (const struct json *n = json_first(proofs); n; n = json_next(n))
        check_proof_entry(b, n);
}

void
frankenpandas_bundle(const struct packet *p, const struct input *content,
                     const struct fp_bundle_files *files)
{
    struct fp_bundle b = {.p = p, .content = content, .files = files};

    if (content)
        sha_text(content->data, content->size, b.actual);
    b.sidecar = packet_evidence(p, files->sidecar_file);
    b.proof = packet_evidence(p, files->proof_file);
    if (evidence_json(&b.sidecar))
        check_sidecar(&b);
    if (evidence_json(&b.proof))
        check_proof(&b);
    buf_clear(&b.payload);
    evidence_close(&b.sidecar);
    evidence_close(&b.proof);
}

void
frankenpandas_durability(const struct packet *p, const struct evidence *report)
{
    const struct fp_bundle_files files = {
        .content_file = packet_file(p, "parity_report.json"),
        .sidecar_file = packet_file(p, "parity_report.raptorq.json"),
        .proof_file = packet_file(p, "parity_report.decode_proof.json"),
        .id = judgement_text(p->j, "%s/parity_report", p->id),
        .proof_id = p->id,
    };

    frankenpandas_bundle(p, report ? &report->input : NULL, &files);
}
