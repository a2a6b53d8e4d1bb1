/*
 * Three passes: the records in sequence with their checksums; what they hold put
 * together (HEAD, digest table, repair symbols); every symbol against the table.
 */
#include "evidence/sidecar.h"

#include "common/bytes.h"
#include "common/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER = 64,
    HEAD_FIXED = 160,
    NAME_MAX_OCTETS = 4096,
    DIGEST = 8,
    BIG_SOURCE = 16 << 20,
    PIECE = 65536,
    RECORDS_MAX = 1 << 22
};
enum record_type { RECORD_HEAD = 1, RECORD_DIGESTS, RECORD_REPAIR, RECORD_FILES };

static const uint8_t magic[8] = {0x89, 0x4c, 0x53, 0x52, 0x51, 0x0d, 0x0a, 0x01};
static const char rule[] = "sidecar";

struct record {
    uint32_t type;
    uint64_t index;
    const uint8_t *payload; /* borrowed from the file */
    uint64_t size;
};

struct walk {
    const struct evidence *e;
    struct sidecar *s;
    struct record *records; /* owned */
    size_t count, capacity;
    uint8_t *table; /* owned: digest of every symbol, little-endian as stored */
    uint64_t table_count;
};

static bool
fault(const struct walk *w, enum reason_class class, uint64_t offset, const char *what)
{
    char at[40];

    (void)snprintf(at, sizeof at, "byte %" PRIu64, offset);
    (void)judge(w->e->judgement, class, rule, w->e->file, at, "%s", what);
    return false;
}

static uint64_t
xxh3(const void *data, size_t size)
{
    uint8_t digest[DIGEST_SIZE_MAX];

    digest_of(DIGEST_XXH3_64, data, size, digest);
    return get_be64(digest);
}

static bool
read_record(struct walk *w, uint64_t *offset)
{
    const uint8_t *header = w->e->input.data + *offset;
    uint64_t left = w->e->input.size - *offset, size;
    struct record *r;

    if (left < HEADER || memcmp(header, magic, sizeof magic) != 0)
        return fault(w, REASON_PARSE_ERROR, *offset,
                     "no record of a sidecar begins here");
    if (xxh3(header, 56) != get_le64(header + 56))
        return fault(w, REASON_HASH_MISMATCH, *offset, "checksum of a record's header");
    size = get_le64(header + 40);
    if (size > left - HEADER)
        return fault(w, REASON_PARSE_ERROR, *offset, "a record goes beyond the file");
    if (xxh3(header + HEADER, size) != get_le64(header + 48))
        return fault(w, REASON_HASH_MISMATCH, *offset, "checksum of a record's content");
    if (get_le32(header + 28) != 0)
        return fault(w, REASON_PARSE_ERROR, *offset + 28, "reserved octets are not zero");
    if (w->count == RECORDS_MAX)
        return fault(w, REASON_SIZE_LIMIT, *offset, "too many records");
    if (w->count == w->capacity) {
        w->capacity = w->capacity ? 2 * w->capacity : 16;
        w->records = xrealloc(w->records, w->capacity, sizeof *w->records);
    }
    r = &w->records[w->count++];
    *r = (struct record){.type = get_le32(header + 24),
                         .index = get_le64(header + 32),
                         .payload = header + HEADER,
                         .size = size};
    if (w->count == 1)
        memcpy(w->s->set_id, header + 8, sizeof w->s->set_id);
    else if (memcmp(w->s->set_id, header + 8, sizeof w->s->set_id) != 0)
        return fault(w, REASON_IDENTITY_MISMATCH, *offset + 8,
                     "a record belongs to another set");
    *offset += HEADER + size;
    return true;
}

static bool
read_records(struct walk *w)
{
    uint64_t offset = 0;
    bool ok = true;

    while (ok && offset < w->e->input.size)
        ok = read_record(w, &offset);
    if (!ok)
        return false;
    return w->count > 0 || fault(w, REASON_EMPTY_FILE, 0, "empty sidecar");
}

/* The layout that F and T imply, which the stored K and Z must equal. */
static bool
check_layout(const struct walk *w)
{
    struct sidecar *s = w->s;

    if (s->T == 0 || s->T % 8 != 0)
        return fault(w, REASON_RANGE_ERROR, HEADER + 4, "T is not a multiple of 8");
    s->Kt = s->F / s->T + (s->F % s->T != 0);
    if (s->F == 0)
        return (s->K == 0 && s->Z == 0) ||
               fault(w, REASON_COUNT_INCONSISTENT, HEADER + 16,
                     "an empty source has symbols");
    if (s->Z == 0 || s->Z > s->Kt || s->K != s->Kt / s->Z + (s->Kt % s->Z != 0))
        return fault(w, REASON_COUNT_INCONSISTENT, HEADER + 16,
                     "K, Z and T do not fit the size");
    if (s->digests_per_record == 0 || s->repair_per_record == 0)
        return fault(w, REASON_RANGE_ERROR, HEADER + 32, "records of nothing");
    return true;
}

static bool
read_head(const struct walk *w)
{
    const struct record *r = &w->records[0];
    const uint8_t *p = r->payload;
    uint8_t digest[DIGEST_SIZE_MAX];
    struct sidecar *s = w->s;

    if (r->type != RECORD_HEAD || r->index != 0 || r->size < HEAD_FIXED)
        return fault(w, REASON_PARSE_ERROR, 24, "does not begin with a HEAD record");
    digest_of(DIGEST_BLAKE2B, p, r->size, digest);
    if (memcmp(digest, s->set_id, sizeof s->set_id) != 0)
        return fault(w, REASON_HASH_MISMATCH, 8, "set id is not that of HEAD");
    if (get_le32(p) != 1)
        return fault(w, REASON_UNSUPPORTED, HEADER, "not the sidecar of one file");
    s->T = get_le32(p + 4);
    s->F = get_le64(p + 8);
    s->K = get_le32(p + 16);
    s->Z = get_le32(p + 20);
    s->R = get_le32(p + 24);
    s->spare = get_le32(p + 28);
    s->digests_per_record = get_le32(p + 32);
    s->repair_per_record = get_le32(p + 36);
    memcpy(s->blake2b, p + 40, sizeof s->blake2b);
    memcpy(s->xxh3_128, p + 72, sizeof s->xxh3_128);
    memcpy(s->root, p + 88, sizeof s->root);
    s->name_size = get_le32(p + 152);
    if (s->name_size > NAME_MAX_OCTETS || r->size != HEAD_FIXED + s->name_size ||
        get_le32(p + 156) != 0)
        return fault(w, REASON_PARSE_ERROR, HEADER + 152, "HEAD's name does not fit it");
    s->name = (const char *)p + HEAD_FIXED;
    return check_layout(w);
}

/* The k-th record has this type and index, and holds this much. */
static bool
expect_record(const struct walk *w, size_t k, enum record_type type, uint64_t index,
              uint64_t size)
{
    const struct record *r = &w->records[k];

    if (k >= w->count)
        return fault(w, REASON_PARSE_ERROR, w->e->input.size, "records are missing");
    if (r->type == type && r->index == index && r->size == size)
        return true;
    return fault(w, REASON_PARSE_ERROR,
                 (uint64_t)(r->payload - w->e->input.data) - HEADER,
                 "not the record that belongs here");
}

static uint64_t
part(uint64_t total, uint64_t each, uint64_t index)
{
    uint64_t left = total - index * each;

    return left < each ? left : each;
}

static uint64_t
parts(uint64_t total, uint64_t each)
{
    return total / each + (total % each != 0);
}

/* DIGESTS records from k on: into the table, or equal to it when it is filled. */
static bool
take_digests(struct walk *w, size_t *k, bool second)
{
    uint64_t each = w->s->digests_per_record;

    for (uint64_t i = 0; i < parts(w->table_count, each); i++, (*k)++) {
        uint64_t size = DIGEST * part(w->table_count, each, i);
        uint8_t *to = w->table + DIGEST * each * i;

        if (!expect_record(w, *k, RECORD_DIGESTS, i, size))
            return false;
        if (!second)
            memcpy(to, w->records[*k].payload, size);
        else if (memcmp(to, w->records[*k].payload, size) != 0)
            return fault(w, REASON_HASH_MISMATCH,
                         (uint64_t)(w->records[*k].payload - w->e->input.data),
                         "the two copies of the digests differ");
    }
    return true;
}

static bool
check_symbol(const struct walk *w, uint64_t index, const uint8_t *symbol,
             const char *file, uint64_t offset)
{
    char at[40], claimed[24], actual[24];
    uint64_t stored = get_le64(w->table + DIGEST * index), is = xxh3(symbol, w->s->T);
    struct reason *r;

    if (stored == is)
        return true;
    (void)snprintf(at, sizeof at, "byte %" PRIu64, offset);
    (void)snprintf(claimed, sizeof claimed, "%016" PRIx64, stored);
    (void)snprintf(actual, sizeof actual, "%016" PRIx64, is);
    r = judge(w->e->judgement, REASON_HASH_MISMATCH, rule, file, at,
              "digest of symbol %" PRIu64 " (%" PRIu32 " octets)", index, w->s->T);
    reason_values(w->e->judgement, r, claimed, actual);
    return false;
}

static bool
check_source(const struct walk *w, const struct input *source, const char *source_file)
{
    uint32_t T = w->s->T;
    uint8_t *last;
    bool ok = true;

    if (source->size != w->s->F) {
        struct reason *r = judge(w->e->judgement, REASON_SIDECAR_STALE, rule, w->e->file,
                                 "", "protects a source of another size");

        reason_numbers(w->e->judgement, r, w->s->F, source->size);
        return false;
    }
    last = xcalloc(T, 1);
    for (uint64_t i = 0; i < w->s->Kt; i++) {
        uint64_t offset = i * T, n = part(source->size, T, i);
        const uint8_t *symbol = source->data + offset;

        if (n < T) {
            memcpy(last, symbol, n);
            symbol = last;
        }
        ok = check_symbol(w, i, symbol, source_file, offset) && ok;
    }
    free(last);
    return ok;
}

static bool
check_repair(const struct walk *w, size_t *k)
{
    uint64_t total = (uint64_t)w->s->Z * w->s->R, each = w->s->repair_per_record;
    bool ok = true;

    for (uint64_t i = 0; i < parts(total, each); i++, (*k)++) {
        uint64_t n = part(total, each, i);
        const uint8_t *symbol;

        if (!expect_record(w, *k, RECORD_REPAIR, i, n * w->s->T))
            return false;
        symbol = w->records[*k].payload;
        for (uint64_t s = 0; s < n; s++, symbol += w->s->T)
            ok = check_symbol(w, w->s->Kt + i * each + s, symbol, w->e->file,
                              (uint64_t)(symbol - w->e->input.data)) &&
                 ok;
    }
    return ok;
}

/* The closing copies, and nothing behind them. */
static bool
check_tail(struct walk *w, size_t k)
{
    if (!take_digests(w, &k, true) ||
        !expect_record(w, k, RECORD_HEAD, 0, w->records[0].size))
        return false;
    if (memcmp(w->records[k].payload, w->records[0].payload, w->records[0].size) != 0)
        return fault(w, REASON_HASH_MISMATCH, 0, "the two copies of HEAD differ");
    return k + 1 == w->count ||
           fault(w, REASON_PARSE_ERROR, w->e->input.size, "records behind the last");
}

static bool
check_root(const struct walk *w)
{
    uint8_t digest[DIGEST_SIZE_MAX];

    digest_of(DIGEST_BLAKE2B, w->table, DIGEST * w->table_count, digest);
    return memcmp(digest, w->s->root, sizeof w->s->root) == 0 ||
           fault(w, REASON_HASH_MISMATCH, HEADER + 88,
                 "root is not that of the digest table");
}

static bool
check_all(struct walk *w, const struct input *source, const char *source_file)
{
    size_t k = 1;
    bool ok;

    if (!read_records(w) || !read_head(w))
        return false;
    w->table_count = w->s->Kt + (uint64_t)w->s->Z * w->s->R;
    /* No more digests than the file has octets for. */
    if (w->table_count > w->e->input.size / DIGEST)
        return fault(w, REASON_COUNT_INCONSISTENT, HEADER,
                     "more symbols than the sidecar holds digests");
    w->table = xcalloc(w->table_count + 1, DIGEST);
    if (!take_digests(w, &k, false))
        return false;
    ok = check_root(w);
    ok = check_source(w, source, source_file) && ok;
    ok = check_repair(w, &k) && ok;
    return check_tail(w, k) && ok;
}

bool
sidecar_check(const struct evidence *e, const struct input *source,
              const char *source_file, struct sidecar *out)
{
    struct walk w = {.e = e, .s = out};
    bool ok;

    *out = (struct sidecar){0};
    ok = check_all(&w, source, source_file);
    free(w.records);
    free(w.table);
    return ok;
}

void
source_digests(const void *data, uint64_t size, struct source_digests *out)
{
    digest_hex(DIGEST_XXH3_128, data, size, out->xxh3_128);
    if (size <= BIG_SOURCE) {
        out->blake2b_key = "blake2b_256";
        digest_hex(DIGEST_BLAKE2B, data, size, out->blake2b);
    } else {
        struct digest *whole = digest_new(DIGEST_BLAKE2B);
        uint8_t digest[DIGEST_SIZE_MAX];

        out->blake2b_key = "blake2b_256_tree";
        for (uint64_t at = 0; at < size; at += PIECE) {
            uint64_t n = size - at < PIECE ? size - at : PIECE;

            digest_of(DIGEST_BLAKE2B, (const uint8_t *)data + at, n, digest);
            digest_update(whole, digest, digest_size(DIGEST_BLAKE2B));
        }
        digest_final(whole, digest);
        hex_encode(digest, digest_size(DIGEST_BLAKE2B), out->blake2b);
        digest_free(whole);
    }
}
