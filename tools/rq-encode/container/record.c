#include "record.h"

#include "common/bytes.h"
#include "common/mem.h"
#include "files/mapping.h"

#include <stdlib.h>
#include <string.h>

const uint8_t record_magic[8] = {0x89, 'L', 'S', 'R', 'Q', '\r', '\n', 1};

uint64_t
record_digest(const uint8_t *payload, size_t size)
{
    return symbol_digest(payload, size);
}

void
record_pack(uint8_t out[static RECORD_HEADER], const struct record *r)
{
    memcpy(out, record_magic, sizeof record_magic);
    memcpy(out + 8, r->set_id, SET_ID_SIZE);
    put_le32(out + 24, r->type);
    put_le32(out + 28, 0);
    put_le64(out + 32, r->index);
    put_le64(out + 40, r->size);
    put_le64(out + 48, r->digest);
    put_le64(out + 56, record_digest(out, 56));
}

bool
record_unpack(struct record *r, const uint8_t in[static RECORD_HEADER])
{
    if (memcmp(in, record_magic, sizeof record_magic) != 0 || get_le32(in + 28) != 0 ||
        get_le64(in + 56) != record_digest(in, 56))
        return false;
    memcpy(r->set_id, in + 8, SET_ID_SIZE);
    r->type = get_le32(in + 24);
    r->index = get_le64(in + 32);
    r->size = get_le64(in + 40);
    r->digest = get_le64(in + 48);
    return true;
}

void
table_root(const uint8_t *table, const struct layout *l, uint8_t out[static 32])
{
    uint64_t size = 8 * layout_symbols(l);
    struct digest *d = digest_new(DIGEST_BLAKE2B);
    uint8_t digest[DIGEST_SIZE_MAX];

    for (uint64_t at = 0; at < size; at += RECORD_PAYLOAD_MAX) {
        size_t n = size - at < RECORD_PAYLOAD_MAX ? (size_t)(size - at)
                                                  : (size_t)RECORD_PAYLOAD_MAX;

        digest_update(d, table + at, n);
        mapping_touched(n);
    }
    digest_final(d, digest);
    digest_free(d);
    memcpy(out, digest, 32);
}

uint64_t
record_digests(const struct layout *l)
{
    return (layout_symbols(l) + DIGESTS_PER_RECORD - 1) / DIGESTS_PER_RECORD;
}

uint64_t
record_files_size(const struct head *head)
{
    return head->file_list_size +
           (head->file_list_size + FILES_OCTETS - 1) / FILES_OCTETS * RECORD_HEADER;
}

uint64_t
record_sidecar_size(const struct head *head)
{
    const struct layout *l = &head->layout;
    uint64_t per = head_symbols_per_record(l), repairs = layout_repair_symbols(l);

    return 2 * (RECORD_HEADER + HEAD_FIXED + strlen(head->name)) +
           2 * (8 * layout_symbols(l) + record_digests(l) * RECORD_HEADER) +
           2 * record_files_size(head) + repairs * l->T +
           (repairs + per - 1) / per * RECORD_HEADER;
}

uint8_t *
head_pack(struct head *head, size_t *size)
{
    size_t name_size = strlen(head->name);
    uint8_t *out = xcalloc(HEAD_FIXED + name_size, 1), digest[DIGEST_SIZE_MAX];
    const struct layout *l = &head->layout;

    *size = HEAD_FIXED + name_size;
    put_le32(out, head->is_set ? 2 : 1);
    put_le32(out + 4, l->T);
    put_le64(out + 8, l->F);
    put_le32(out + 16, l->K);
    put_le32(out + 20, l->Z);
    put_le32(out + 24, l->R);
    put_le32(out + 28, l->spare);
    put_le32(out + 32, DIGESTS_PER_RECORD);
    put_le32(out + 36, (uint32_t)head_symbols_per_record(l));
    memcpy(out + 40, head->digest.blake2b, 32);
    memcpy(out + 72, head->digest.xxh3, 16);
    memcpy(out + 88, head->root, 32);
    memcpy(out + 120, head->files, 32);
    put_le32(out + 152, (uint32_t)name_size);
    put_le32(out + 156, (uint32_t)head->file_list_size);
    memcpy(out + HEAD_FIXED, head->name, name_size);
    digest_of(DIGEST_BLAKE2B, out, *size, digest);
    memcpy(head->set_id, digest, SET_ID_SIZE);
    return out;
}

bool
head_unpack(struct head *head, const uint8_t *in, size_t size, struct error *err)
{
    uint8_t digest[DIGEST_SIZE_MAX];
    struct layout *l = &head->layout;
    uint32_t kind, name_size;

    *head = (struct head){0};
    if (size < HEAD_FIXED)
        return error_set(err, ERR_MALFORMED, "HEAD record of %zu octets", size);
    kind = get_le32(in);
    name_size = get_le32(in + 152);
    *l = (struct layout){.T = get_le32(in + 4),
                         .F = get_le64(in + 8),
                         .K = get_le32(in + 16),
                         .Z = get_le32(in + 20),
                         .R = get_le32(in + 24),
                         .spare = get_le32(in + 28)};
    if (kind < 1 || kind > 2)
        return error_set(err, ERR_VERSION, "HEAD record of kind %u", kind);
    if (!layout_check(l, err))
        return false;
    if (get_le32(in + 32) != DIGESTS_PER_RECORD ||
        get_le32(in + 36) != head_symbols_per_record(l))
        return error_set(err, ERR_UNSUPPORTED, "records of unusual sizes");
    if (name_size > NAME_MAX_OCTETS || name_size != size - HEAD_FIXED || name_size == 0 ||
        memchr(in + HEAD_FIXED, 0, name_size) || memchr(in + HEAD_FIXED, '/', name_size))
        return error_set(err, ERR_MALFORMED, "HEAD record with a bad file name");
    head->is_set = kind == 2;
    head->file_list_size = get_le32(in + 156);
    if (!head->is_set && head->file_list_size > 0)
        return error_set(err, ERR_MALFORMED, "a list of files of a single file");
    head->digest.tree = l->F > SOURCE_FLAT_MAX;
    memcpy(head->digest.blake2b, in + 40, 32);
    memcpy(head->digest.xxh3, in + 72, 16);
    memcpy(head->root, in + 88, 32);
    memcpy(head->files, in + 120, 32);
    head->name = xstrndup((const char *)in + HEAD_FIXED, name_size);
    digest_of(DIGEST_BLAKE2B, in, size, digest);
    memcpy(head->set_id, digest, SET_ID_SIZE);
    return true;
}

void
head_clear(struct head *head)
{
    free(head->name);
    *head = (struct head){0};
}
