/*
 * The file is read twice: in order for the digests, and by columns for the code
 * (columns.h).
 */
#include "protect.h"

#include "columns.h"
#include "common/bytes.h"
#include "common/mem.h"
#include "files/names.h"
#include "manifest.h"
#include "sidecar.h"
#include "sidecar_write.h"

#include <stdlib.h>
#include <string.h>

enum { RELEASE = 65536 }; /* symbols after which working memory on disk is let go */

/* What is made on the way from a source to its sidecar. */
struct making {
    struct source *source;
    struct protect_report *report;
    const struct protect_options *options;
    struct source_hasher *hasher;
    struct columns columns;
    struct scratch table;
};

static void
digest_chunk(void *context, uint64_t offset, const uint8_t *data, size_t size)
{
    struct making *m = context;
    uint32_t T = m->report->head.layout.T;
    uint8_t *entry = m->table.data + offset / T * 8;
    uint8_t last[UINT16_MAX];

    source_hasher_update(m->hasher, data, size);
    columns_keep(&m->columns, offset, data, size);
    for (; size >= T; data += T, size -= T, entry += 8)
        put_le64(entry, symbol_digest(data, T));
    if (size > 0) {
        memset(last, 0, T);
        memcpy(last, data, size);
        put_le64(entry, symbol_digest(last, T));
    }
}

/* The source's digest, those of its symbols, and its first columns. */
static bool
make_digests(struct making *m, struct error *err)
{
    const struct layout *l = &m->report->head.layout;
    bool ok =
        scratch_alloc(&m->table, 8 * layout_symbols(l), m->options->memory / 8, err);

    if (!ok)
        return false;
    columns_init(&m->columns, l, m->source, m->options->memory);
    m->hasher = source_hasher_new(m->source->size);
    m->source->label = "reading";
    ok = source_scan(m->source, false, digest_chunk, m, err);
    if (ok)
        source_hasher_final(m->hasher, &m->report->head.digest);
    source_hasher_free(m->hasher);
    return ok;
}

/* The repair symbols, their digests, and all of it to the sidecar. */
static bool
make_sidecar(struct making *m, const char *path, const uint8_t *expected,
             struct error *err)
{
    struct head *head = &m->report->head;
    const struct layout *l = &head->layout;
    uint64_t repairs = layout_repair_symbols(l);
    uint8_t *entry = m->table.data + 8 * layout_source_symbols(l);
    uint8_t digest[DIGEST_SIZE_MAX];
    struct scratch repair = {0};
    bool ok = scratch_alloc(&repair, repairs * l->T, m->options->memory / 4, err) &&
              columns_encode(&m->columns, m->source, &repair, m->options->threads, err);

    columns_clear(&m->columns);
    if (ok) {
        for (uint64_t i = 0; i < repairs; i++) {
            put_le64(entry + 8 * i, symbol_digest(repair.data + i * l->T, l->T));
            if (i % RELEASE == RELEASE - 1)
                scratch_release(&repair);
        }
        digest_of(DIGEST_BLAKE2B, m->table.data, 8 * layout_symbols(l), digest);
        memcpy(head->root, digest, sizeof head->root);
        if (head->is_set) {
            digest_of(DIGEST_BLAKE2B, head->file_list, head->file_list_size, digest);
            memcpy(head->files, digest, sizeof head->files);
        }
        ok = sidecar_write(path, &(struct sidecar_parts){head, m->table.data, &repair},
                           expected, &m->report->sidecar_size, &m->report->sidecar_digest,
                           err);
    }
    scratch_free(&repair);
    return ok;
}

static void
making_clear(struct making *m)
{
    columns_clear(&m->columns);
    scratch_free(&m->table);
}

bool
sidecar_remake(const char *path, struct source *source, struct protect_report *report,
               const uint8_t *expected, const struct protect_options *options,
               struct error *err)
{
    struct making m = {.source = source, .report = report, .options = options};
    bool ok = make_digests(&m, err) && make_sidecar(&m, path, expected, err);

    making_clear(&m);
    return ok;
}

/* ---- protect ---- */

static bool
same_layout(const struct layout *a, const struct layout *b)
{
    return a->F == b->F && a->T == b->T && a->K == b->K && a->Z == b->Z && a->R == b->R &&
           a->spare == b->spare;
}

/* Is the sidecar there already, whole, and of this very source? */
static bool
up_to_date(const char *path, const struct head *head, struct protect_report *report)
{
    struct sidecar sidecar;
    struct error ignored;
    bool same;

    if (!sidecar_open(&sidecar, path, &ignored))
        return false;
    same = sidecar.whole && sidecar.head.is_set == head->is_set &&
           sidecar.head.file_list_size == head->file_list_size &&
           (head->file_list_size == 0 ||
            memcmp(sidecar.head.file_list, head->file_list, head->file_list_size) == 0) &&
           same_layout(&sidecar.head.layout, &head->layout) &&
           source_digest_equal(&sidecar.head.digest, &head->digest) &&
           strcmp(sidecar.head.name, head->name) == 0;
    if (same) {
        report->sidecar_size = sidecar.in.size;
        source_digest_of(sidecar.in.data, sidecar.in.size, &report->sidecar_digest);
        memcpy(report->head.root, sidecar.head.root, sizeof report->head.root);
        memcpy(report->head.files, sidecar.head.files, sizeof report->head.files);
        memcpy(report->head.set_id, sidecar.head.set_id, sizeof report->head.set_id);
    }
    sidecar_close(&sidecar);
    return same;
}

bool
protect_source(struct source *source, const char *name,
               const struct protect_options *options, struct protect_report *report,
               struct error *err)
{
    struct making m = {.source = source, .report = report, .options = options};
    char *path = sidecar_path(name);
    struct head *head = &report->head;
    bool ok = layout_choose(&head->layout, source->size, &options->redundancy, err) &&
              make_digests(&m, err);

    report->unchanged = ok && !options->force && up_to_date(path, head, report);
    if (ok && !report->unchanged)
        ok = make_sidecar(&m, path, NULL, err);
    ok = ok && manifest_put(name, report, err);
    making_clear(&m);
    free(path);
    return ok;
}

bool
protect_file(const char *path, const struct protect_options *options,
             struct protect_report *report, struct error *err)
{
    struct source source;
    bool ok;

    *report = (struct protect_report){0};
    report->head.name = xstrdup(base_name(path));
    ok = source_open(&source, path, false, err);
    if (ok) {
        ok = protect_source(&source, path, options, report, err) || error_in(err, path);
        source_close(&source);
    }
    return ok;
}
