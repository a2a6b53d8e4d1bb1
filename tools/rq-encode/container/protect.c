/*
 * The file is read twice: in order for the digests, and by columns for the code
 * (columns.h).  Where an old sidecar has the same layout, blocks whose symbols all have
 * the digests they had keep their repair symbols.
 */
#include "protect.h"

#include "columns.h"
#include "common/bytes.h"
#include "common/mem.h"
#include "files/mapping.h"
#include "files/names.h"
#include "manifest.h"
#include "sidecar.h"
#include "sidecar_write.h"

#include <stdlib.h>
#include <string.h>

/* What is made on the way from a source to its sidecar. */
struct making {
    struct source *source;
    struct protect_report *report;
    const struct protect_options *options;
    struct source_hasher *hasher;
    struct columns columns;
    struct scratch table;
    struct sidecar old; /* the one there is, when it is whole */
    bool *keep; /* owned; by block: its repair symbols are the old ones, or NULL */
};

static void
digest_chunk(void *context, uint64_t offset, const uint8_t *data, size_t size)
{
    struct making *m = context;
    uint32_t T = m->report->head.layout.T;
    uint8_t *entry = m->table.data + offset / T * 8;
    uint8_t last[UINT16_MAX];

    mapping_touched(8 * (size / T + 1));
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
        scratch_alloc(&m->table, 8 * layout_symbols(l), m->options->memory / 16, err);

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

/* The repair symbols: of blocks to keep from the old sidecar, the others encoded. */
static bool
make_repair(struct making *m, const struct scratch *repair, struct error *err)
{
    const struct layout *l = &m->report->head.layout;
    const struct columns_job job = {
        .count = l->R, .skip = m->keep, .repair = repair, .threads = m->options->threads};

    if (!columns_encode(&m->columns, m->source, &job, err))
        return false;
    columns_clear(&m->columns);
    for (uint64_t i = 0; m->keep && i < layout_repair_symbols(l); i++)
        if (m->keep[i % l->Z]) {
            memcpy(repair->data + i * l->T, m->old.repair[i], l->T);
            mapping_touched(2 * l->T);
        }
    return true;
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
    bool ok = scratch_alloc(&repair, repairs * l->T, m->options->memory / 8, err) &&
              make_repair(m, &repair, err);

    if (ok) {
        for (uint64_t i = 0; i < repairs; i++) {
            put_le64(entry + 8 * i, symbol_digest(repair.data + i * l->T, l->T));
            mapping_touched(l->T + 8);
        }
        table_root(m->table.data, l, head->root);
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
    sidecar_close(&m->old);
    free(m->keep);
}

bool
sidecar_remake(const char *path, struct source *source, struct protect_report *report,
               const uint8_t *expected, const struct protect_options *options,
               struct error *err)
{
    struct making m = {.source = source, .report = report, .options = options};
    bool ok;

    mapping_limit(options->memory);
    ok = make_digests(&m, err) && make_sidecar(&m, path, expected, err);
    making_clear(&m);
    return ok;
}

/* ---- protect ---- */

/* Layouts in which a symbol's place says the same. */
static bool
same_grid(const struct layout *a, const struct layout *b)
{
    return a->T == b->T && a->K == b->K && a->Z == b->Z && a->R == b->R;
}

/* Is the old sidecar of this very source? */
static bool
up_to_date(const struct head *old, const struct head *head)
{
    return old->is_set == head->is_set && old->file_list_size == head->file_list_size &&
           (head->file_list_size == 0 ||
            memcmp(old->file_list, head->file_list, head->file_list_size) == 0) &&
           same_grid(&old->layout, &head->layout) && old->layout.F == head->layout.F &&
           old->layout.spare == head->layout.spare &&
           source_digest_equal(&old->digest, &head->digest) &&
           strcmp(old->name, head->name) == 0;
}

static void
report_unchanged(struct protect_report *report, const struct sidecar *old)
{
    struct head *head = &report->head;

    report->unchanged = true;
    report->blocks_kept = head->layout.Z;
    report->sidecar_size = old->in.size;
    source_digest_of(old->in.data, old->in.size, &report->sidecar_digest);
    memcpy(head->root, old->head.root, sizeof head->root);
    memcpy(head->files, old->head.files, sizeof head->files);
    memcpy(head->set_id, old->head.set_id, sizeof head->set_id);
}

/* Blocks with no symbol that the old sidecar knows otherwise, or does not know. */
static void
find_unchanged(struct making *m)
{
    struct protect_report *report = m->report;
    const struct layout *l = &report->head.layout;
    uint64_t before = layout_source_symbols(&m->old.head.layout);
    uint64_t now = layout_source_symbols(l);
    uint64_t most = before > now ? before : now;

    m->keep = xcalloc(l->Z + 1, sizeof *m->keep);
    memset(m->keep, true, l->Z);
    for (uint64_t i = 0; i < most; i++) {
        if (i >= before || i >= now ||
            memcmp(m->table.data + 8 * i, m->old.table + 8 * i, 8) != 0)
            m->keep[i % l->Z] = false;
        mapping_touched(16);
    }
    for (uint32_t b = 0; b < l->Z; b++)
        report->blocks_kept += m->keep[b];
}

/* What of the sidecar that is there already need not be made again. */
static void
compare_old(struct making *m, const char *path)
{
    const struct head *head = &m->report->head;
    struct error ignored;

    if (m->options->force || !sidecar_open(&m->old, path, m->options->memory, &ignored))
        return;
    if (m->old.whole && up_to_date(&m->old.head, head))
        report_unchanged(m->report, &m->old);
    else if (m->old.whole && head->layout.F > 0 &&
             same_grid(&m->old.head.layout, &head->layout))
        find_unchanged(m);
    if (!m->keep)
        sidecar_close(&m->old);
}

bool
protect_source(struct source *source, const char *name,
               const struct protect_options *options, struct protect_report *report,
               struct error *err)
{
    struct making m = {.source = source, .report = report, .options = options};
    char *path = sidecar_path(name);
    struct head *head = &report->head;
    bool ok;

    mapping_limit(options->memory);
    ok = layout_choose(&head->layout, source->size, &options->redundancy, err) &&
         make_digests(&m, err);
    if (ok)
        compare_old(&m, path);
    ok = ok && (report->unchanged || make_sidecar(&m, path, NULL, err)) &&
         manifest_put(name, report, err);
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
