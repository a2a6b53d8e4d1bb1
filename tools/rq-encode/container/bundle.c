#include "bundle.h"

#include "codec/packet_stream.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/digest.h"
#include "common/json_in.h"
#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

enum { TEXTS = 4 }; /* what a bundle takes, in lengths of its text */

/* One of packet_records as an RFC packet; false when its own digest contradicts it. */
static bool
packet_of(const struct json *record, uint8_t *packet, size_t size)
{
    const struct json *hex = json_get(record, "serialized_hex");
    const struct json *hash = json_get(record, "symbol_hash");
    char digest[DIGEST_HEX_SIZE];
    uint64_t sbn, esi;

    if (!hex || json_type(hex) != JSON_STRING || !hash ||
        json_type(hash) != JSON_STRING || strlen(json_text(hex)) != 2 * size ||
        !hex_decode(json_text(hex), size, packet))
        return false;
    if (!json_to_u64(json_get(record, "source_block_number"), &sbn) ||
        !json_to_u64(json_get(record, "encoding_symbol_id"), &esi) || sbn > UINT8_MAX ||
        esi > RQ_ESI_MAX || get_be32(packet) != (sbn << 24 | esi))
        return false;
    digest_hex(DIGEST_SHA256, packet, size, digest);
    return strcmp(digest, json_text(hash)) == 0;
}

/* The packets that hold, as a raw stream. */
static void
collect(struct bundle_report *out, const struct json *records, bool drop_source,
        struct buf *stream)
{
    size_t size = 4 + (size_t)out->oti.T;
    uint8_t *packet = xcalloc(size, 1);

    for (const struct json *r = json_first(records); r; r = json_next(r)) {
        const struct json *is_source = json_get(r, "is_source");

        out->packets++;
        if (!packet_of(r, packet, size))
            out->damaged++;
        else if (drop_source && is_source && json_is_true(is_source))
            out->dropped++;
        else
            buf_put(stream, packet, size);
    }
    free(packet);
}

static bool
decode(struct bundle_report *out, const struct buf *stream, const char *source_hash,
       struct error *err)
{
    struct packet_stream s;
    char digest[DIGEST_HEX_SIZE];
    struct gf256 gf;
    bool ok = packet_stream_read(&s, stream->data, stream->size, err);

    if (!ok)
        return false;
    gf256_init(&gf, NULL);
    if (rq_object_symbols(&s.oti) > s.count)
        ok = error_set(err, ERR_MISMATCH, "%zu good packets of the %zu needed", s.count,
                       (size_t)rq_object_symbols(&s.oti));
    else
        out->recovered = xcalloc(rq_object_symbols(&s.oti), s.oti.T);
    for (uint32_t sbn = 0; ok && sbn < s.oti.Z; sbn++)
        ok = packet_stream_decode(
            &s, &gf, sbn, out->recovered + rq_object_block(&s.oti, sbn).offset, err);
    if (ok) {
        digest_hex(DIGEST_SHA256, out->recovered, s.oti.F, digest);
        if (strncmp(source_hash, "sha256:", 7) != 0 ||
            strcmp(digest, source_hash + 7) != 0)
            ok = error_set(err, ERR_MISMATCH,
                           "recovered octets have SHA-256 %s, source_hash says %s",
                           digest, source_hash);
    }
    packet_stream_clear(&s);
    return ok;
}

static bool
recover(struct bundle_report *out, const struct json_doc *doc, bool drop_source,
        struct error *err)
{
    const struct json *root = json_root(doc), *records = NULL;
    const char *id, *hash, *oti_hex;
    uint8_t oti[RQ_OTI_SIZE];
    struct buf stream = {0};
    bool ok;

    if (!json_want_string(doc, root, "artifact_id", &id, err) ||
        !json_want_string(doc, root, "source_hash", &hash, err) ||
        !json_opt(doc, root, "packet_records", JSON_ARRAY, &records, err))
        return false;
    if (!records)
        return error_set(err, ERR_UNSUPPORTED,
                         "describes symbols but holds none: nothing can be recovered "
                         "from it");
    if (!json_want_string(doc, root, "oti_serialized_hex", &oti_hex, err))
        return false;
    if (strlen(oti_hex) != 2 * sizeof oti || !hex_decode(oti_hex, sizeof oti, oti))
        return error_set(err, ERR_MALFORMED,
                         "oti_serialized_hex is not 12 octets of hex");
    if (!rq_oti_unpack(&out->oti, oti, err))
        return false;
    (void)snprintf(out->artifact_id, sizeof out->artifact_id, "%s", id);
    buf_put(&stream, oti, sizeof oti);
    collect(out, records, drop_source, &stream);
    ok = decode(out, &stream, hash, err);
    buf_clear(&stream);
    return ok;
}

bool
bundle_recover(struct bundle_report *out, const char *path, bool drop_source,
               uint64_t memory, struct error *err)
{
    struct json_limits limits = json_limits_default;
    struct json_doc *doc;
    bool ok;

    *out = (struct bundle_report){0};
    /* The text, its tree, the packets in binary and the source, half as long each. */
    limits.size = (size_t)(memory / TEXTS);
    if (!json_open(&doc, path, &limits, err))
        return false;
    ok = recover(out, doc, drop_source, err);
    json_free(doc);
    if (ok)
        return true;
    free(out->recovered);
    out->recovered = NULL;
    return error_in(err, path);
}
