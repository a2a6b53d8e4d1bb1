#include "sidecar_write.h"

#include "common/file.h"
#include "common/mem.h"
#include "files/mapping.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER = 1 << 20 }; /* a multiple of SOURCE_PIECE */

/* Octets on their way to the file and into its digest. */
struct sink {
    struct out_file out;
    struct source_hasher *hasher;
    uint8_t *buffer; /* owned */
    size_t used;
    bool ok;
    struct error *err;
};

static void
flush(struct sink *s)
{
    source_hasher_update(s->hasher, s->buffer, s->used);
    s->ok = s->ok && out_write(&s->out, s->buffer, s->used, s->err);
    s->used = 0;
}

static void
put(struct sink *s, const uint8_t *data, size_t size)
{
    while (size > 0) {
        size_t n = size < BUFFER - s->used ? size : BUFFER - s->used;

        memcpy(s->buffer + s->used, data, n);
        s->used += n;
        data += n;
        size -= n;
        if (s->used == BUFFER)
            flush(s);
    }
}

/* Records of at most `most` octets each. */
static void
put_records(struct sink *s, const struct head *head, enum record_type type,
            const uint8_t *data, uint64_t size, size_t most)
{
    for (uint64_t at = 0, i = 0; at < size; at += most, i++) {
        size_t n = size - at < most ? (size_t)(size - at) : most;
        struct record r = {
            .type = type, .index = i, .size = n, .digest = record_digest(data + at, n)};
        uint8_t header[RECORD_HEADER];

        memcpy(r.set_id, head->set_id, SET_ID_SIZE);
        record_pack(header, &r);
        put(s, header, sizeof header);
        put(s, data + at, n);
        mapping_touched(n);
    }
}

static void
put_all(struct sink *s, const struct sidecar_parts *p, const uint8_t *payload,
        size_t payload_size)
{
    const struct head *head = p->head;
    const struct layout *l = &head->layout;
    uint64_t table = 8 * layout_symbols(l);
    size_t digests = 8 * DIGESTS_PER_RECORD;

    put_records(s, head, RECORD_HEAD, payload, payload_size, payload_size);
    put_records(s, head, RECORD_FILES, head->file_list, head->file_list_size,
                FILES_OCTETS);
    put_records(s, head, RECORD_DIGESTS, p->table, table, digests);
    put_records(s, head, RECORD_REPAIR, p->repair->data, layout_repair_symbols(l) * l->T,
                head_symbols_per_record(l) * l->T);
    put_records(s, head, RECORD_DIGESTS, p->table, table, digests);
    put_records(s, head, RECORD_FILES, head->file_list, head->file_list_size,
                FILES_OCTETS);
    put_records(s, head, RECORD_HEAD, payload, payload_size, payload_size);
    flush(s);
}

bool
sidecar_write(const char *path, const struct sidecar_parts *parts,
              const uint8_t *expected, uint64_t *size, struct source_digest *digest,
              struct error *err)
{
    struct sink s = {.ok = true, .err = err};
    size_t payload_size;
    uint8_t *payload = head_pack(parts->head, &payload_size);

    *size = record_sidecar_size(parts->head);
    s.hasher = source_hasher_new(*size);
    s.buffer = xcalloc(1, BUFFER);
    if (expected && memcmp(parts->head->set_id, expected, SET_ID_SIZE) != 0)
        s.ok =
            error_set(err, ERR_MISMATCH, "the sidecar's own header contradicts the file");
    else
        s.ok = out_open(&s.out, path, err);
    if (s.ok)
        put_all(&s, parts, payload, payload_size);
    s.ok = s.ok && out_commit(&s.out, err);
    source_hasher_final(s.hasher, digest);
    source_hasher_free(s.hasher);
    out_discard(&s.out);
    free(s.buffer);
    free(payload);
    return s.ok;
}
