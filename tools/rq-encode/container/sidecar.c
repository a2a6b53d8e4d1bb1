/*
 * Records follow each other; where one is damaged the next is found by its magic.  The
 * first HEAD record that holds decides which set this is; records of others are
 * passed over, so remains of another sidecar in the same sectors do no harm.
 *
 * A REPAIR record whose payload is damaged still gives those of its symbols that
 * match their digests; so does one whose header is lost, when it lies where it was
 * written.
 */
#include "sidecar.h"

#include "common/bytes.h"
#include "common/mem.h"
#include "files/mapping.h"

#include <stdlib.h>
#include <string.h>

#define SIDECAR_SIZE_MAX (UINT64_C(1) << 48)

/* A sidecar this small may describe this many symbols even when it was cut short. */
#define SYMBOLS_ALWAYS (UINT64_C(1) << 20)

/* The next magic at or after `at`; size when there is none. */
static size_t
next_magic(const uint8_t *data, size_t size, size_t at)
{
    while (at + RECORD_HEADER <= size) {
        const uint8_t *p = memchr(data + at, record_magic[0], size - at);

        if (!p)
            break;
        at = (size_t)(p - data);
        if (size - at >= RECORD_HEADER &&
            memcmp(p, record_magic, sizeof record_magic) == 0)
            return at;
        at++;
    }
    return size;
}

/* One record found while walking. */
struct found {
    struct record record;
    size_t at;
    const uint8_t *payload;
    bool intact;
};

/* The record at or after *at, and *at behind it; false at the end. */
static bool
walk(const uint8_t *data, size_t size, size_t *at, struct found *out)
{
    size_t pos = *at;

    for (; (pos = next_magic(data, size, pos)) < size; pos++) {
        if (!record_unpack(&out->record, data + pos) ||
            out->record.size > size - pos - RECORD_HEADER ||
            out->record.size > RECORD_PAYLOAD_MAX)
            continue;
        out->at = pos;
        out->payload = data + pos + RECORD_HEADER;
        out->intact =
            record_digest(out->payload, (size_t)out->record.size) == out->record.digest;
        mapping_touched(RECORD_HEADER + (size_t)out->record.size);
        /* A damaged payload may hide the start of another record: search inside. */
        *at = pos + RECORD_HEADER + (out->intact ? (size_t)out->record.size : 0);
        return true;
    }
    return false;
}

/* A symbol count that a sidecar of this size cannot mean is refused before memory. */
static bool
plausible(const struct head *head, size_t size, struct error *err)
{
    uint64_t symbols = layout_symbols(&head->layout);

    if (symbols <= SYMBOLS_ALWAYS || symbols / 16 <= size)
        return true;
    return error_set(err, ERR_LIMIT,
                     "header speaks of far more symbols than the sidecar describes");
}

static bool
find_head(struct sidecar *s, const uint8_t *data, size_t size, struct error *err)
{
    struct found f;
    size_t at = 0;

    (void)error_set(err, ERR_MALFORMED,
                    "no readable header record (is this a sidecar of rq-encode?)");
    while (walk(data, size, &at, &f)) {
        if (f.record.type != RECORD_HEAD || !f.intact || f.record.index != 0)
            continue;
        if (head_unpack(&s->head, f.payload, (size_t)f.record.size, err) &&
            memcmp(s->head.set_id, f.record.set_id, SET_ID_SIZE) == 0 &&
            plausible(&s->head, size, err))
            return true;
        head_clear(&s->head);
        if (err->class == ERR_NONE)
            (void)error_set(err, ERR_MALFORMED, "header record under a foreign id");
    }
    return false;
}

/* Of two records that claim the same place, the first one counts, or the last. */
static void
take_digests(struct sidecar *s, const struct found *f, bool last)
{
    const struct layout *l = &s->head.layout;
    uint64_t first = f->record.index * DIGESTS_PER_RECORD;
    uint64_t expected;

    if (!f->intact || f->record.index >= record_digests(l) ||
        (s->known[f->record.index] && !last))
        return;
    expected = layout_symbols(l) - first;
    expected = expected < DIGESTS_PER_RECORD ? expected : DIGESTS_PER_RECORD;
    if (f->record.size != 8 * expected)
        return;
    memcpy(s->table + 8 * first, f->payload, (size_t)f->record.size);
    mapping_touched((size_t)f->record.size);
    s->known[f->record.index] = true;
}

/* Symbols first .. first + n - 1 may lie at p; those that match their digest do. */
static void
offer(struct sidecar *s, uint64_t first, uint64_t n, const uint8_t *p, bool trusted)
{
    const struct layout *l = &s->head.layout;

    for (uint64_t i = 0; i < n && first + i < layout_repair_symbols(l); i++, p += l->T) {
        uint64_t digest;
        bool known = sidecar_digest(s, layout_source_symbols(l) + first + i, &digest);

        mapping_touched(sizeof *s->repair);
        if (s->repair[first + i])
            continue;
        if (known ? symbol_digest(p, l->T) == digest : trusted) {
            s->repair[first + i] = p;
            s->repairs++;
        }
    }
}

static void
take_repair(struct sidecar *s, const struct found *f)
{
    uint64_t per = head_symbols_per_record(&s->head.layout);

    if (f->record.index <= layout_repair_symbols(&s->head.layout) / per)
        offer(s, f->record.index * per, f->record.size / s->head.layout.T, f->payload,
              f->intact);
}

static bool
ours(const struct sidecar *s, const struct found *f)
{
    return memcmp(f->record.set_id, s->head.set_id, SET_ID_SIZE) == 0;
}

/* The list of files of a set, from whichever copy of each part holds. */
static bool
take_files(struct sidecar *s, const uint8_t *data, size_t size, struct error *err)
{
    size_t total = s->head.file_list_size, at = 0;
    uint8_t digest[DIGEST_SIZE_MAX];
    struct found f;

    if (!s->head.is_set)
        return true;
    if (total > size)
        return error_set(err, ERR_BOUNDS, "a list of files longer than the sidecar");
    s->files = xcalloc(total + 1, 1);
    while (walk(data, size, &at, &f)) {
        uint64_t first = f.record.index * FILES_OCTETS;

        if (ours(s, &f) && f.intact && f.record.type == RECORD_FILES &&
            f.record.index <= total / FILES_OCTETS && f.record.size <= total - first)
            memcpy(s->files + first, f.payload, (size_t)f.record.size);
    }
    digest_of(DIGEST_BLAKE2B, s->files, total, digest);
    s->head.file_list = s->files;
    return memcmp(digest, s->head.files, sizeof s->head.files) == 0 ||
           error_set(err, ERR_CHECKSUM, "the list of files is damaged in both places");
}

/* Where a record without header would lie, and any symbol of one with a damaged one. */
static void
take_by_place(struct sidecar *s, const uint8_t *data, size_t size)
{
    const struct layout *l = &s->head.layout;
    uint64_t per = head_symbols_per_record(l);
    uint64_t at = RECORD_HEADER + HEAD_FIXED + strlen(s->head.name) +
                  record_files_size(&s->head) + 8 * layout_symbols(l) +
                  record_digests(l) * RECORD_HEADER;

    for (uint64_t first = 0; first < layout_repair_symbols(l); first += per) {
        at += RECORD_HEADER;
        for (uint64_t i = 0; i < per && first + i < layout_repair_symbols(l); i++) {
            if (at + l->T > size)
                return;
            offer(s, first + i, 1, data + at, false);
            mapping_touched(l->T);
            at += l->T;
        }
    }
}

/* The digest table; false when it is all there and is not the header's. */
static bool
take_table(struct sidecar *s, const uint8_t *data, size_t size, bool last)
{
    uint64_t records = record_digests(&s->head.layout);
    uint8_t root[DIGEST_SIZE_MAX];
    struct found f;
    size_t at = 0;

    memset(s->known, 0, records * sizeof *s->known);
    while (walk(data, size, &at, &f)) {
        if (ours(s, &f) && f.record.type == RECORD_DIGESTS)
            take_digests(s, &f, last);
    }
    for (uint64_t i = 0; i < records; i++)
        if (!s->known[i])
            return true;
    table_root(s->table, &s->head.layout, root);
    return memcmp(root, s->head.root, sizeof s->head.root) == 0;
}

static bool
take_all(struct sidecar *s, const uint8_t *data, size_t size, struct error *err)
{
    size_t at = 0, good = 0;
    struct found f;

    if (!take_table(s, data, size, false) && !take_table(s, data, size, true))
        return error_set(err, ERR_CHECKSUM,
                         "the table of symbol digests is not the one of the header");
    while (walk(data, size, &at, &f)) {
        if (!ours(s, &f))
            continue;
        if (f.intact)
            good += RECORD_HEADER + (size_t)f.record.size;
        if (f.record.type == RECORD_REPAIR)
            take_repair(s, &f);
    }
    s->damaged_octets = size - good;
    s->whole = good == size && size == record_sidecar_size(&s->head);
    if (!s->whole)
        take_by_place(s, data, size);
    return true;
}

/* Intact records in another order, or twice, are not what was written. */
static bool
in_order(const uint8_t *data, size_t size)
{
    static const uint32_t order[] = {RECORD_HEAD,   RECORD_FILES,   RECORD_DIGESTS,
                                     RECORD_REPAIR, RECORD_DIGESTS, RECORD_FILES,
                                     RECORD_HEAD};
    uint64_t index = 0;
    size_t at = 0, step = 0;
    struct found f;

    while (walk(data, size, &at, &f)) {
        if (step < COUNT_OF(order) && f.record.type == order[step] &&
            f.record.index == index) {
            index++;
            continue;
        }
        for (step++; step < COUNT_OF(order) && f.record.type != order[step];)
            step++;
        if (step >= COUNT_OF(order) || f.record.index != 0)
            return false;
        index = 1;
    }
    return true;
}

bool
sidecar_read(struct sidecar *s, const uint8_t *data, size_t size, uint64_t memory,
             struct error *err)
{
    struct input in = s->in;
    const struct layout *l = &s->head.layout;

    *s = (struct sidecar){.in = in};
    if (!find_head(s, data, size, err) ||
        !scratch_alloc(&s->digests, 8 * layout_symbols(l), memory / 16, err) ||
        !scratch_alloc(&s->places, layout_repair_symbols(l) * sizeof *s->repair,
                       memory / 16, err))
        return false;
    s->table = s->digests.data;
    s->repair = (const uint8_t **)(void *)s->places.data;
    s->known = xcalloc(record_digests(l) + 1, sizeof *s->known);
    *err = (struct error){0};
    if (!take_files(s, data, size, err) || !take_all(s, data, size, err))
        return false;
    s->whole = s->whole && in_order(data, size);
    return true;
}

bool
sidecar_open(struct sidecar *s, const char *path, uint64_t memory, struct error *err)
{
    *s = (struct sidecar){0};
    mapping_limit(memory);
    if (!input_open(&s->in, path, SIDECAR_SIZE_MAX, err))
        return false;
    if (s->in.mapped)
        mapping_add(s->in.data, s->in.size);
    if (sidecar_read(s, s->in.data, s->in.size, memory, err))
        return true;
    sidecar_close(s);
    return error_in(err, path);
}

void
sidecar_close(struct sidecar *s)
{
    scratch_free(&s->digests);
    scratch_free(&s->places);
    free(s->files);
    free(s->known);
    head_clear(&s->head);
    mapping_remove(s->in.mapped ? s->in.data : NULL);
    input_close(&s->in);
    *s = (struct sidecar){0};
}

bool
sidecar_digest(const struct sidecar *s, uint64_t i, uint64_t *out)
{
    if (!s->known[i / DIGESTS_PER_RECORD])
        return false;
    *out = get_le64(s->table + 8 * i);
    return true;
}
