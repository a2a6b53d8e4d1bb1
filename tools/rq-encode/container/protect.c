/*
 * The file is read twice: in order for the digests, and by columns for the code.  All
 * blocks have the same K, so one plan serves them, and since row e of the file holds
 * the symbols with ESI e of all blocks side by side, it is replayed over
 * whole rows: the file as it lies in the page cache is the encoder's input.
 */
#include "protect.h"

#include "codec/plan.h"
#include "common/bytes.h"
#include "common/file.h"
#include "common/mem.h"
#include "common/pool.h"
#include "manifest.h"
#include "names.h"
#include "sidecar.h"

#include <stdlib.h>
#include <string.h>

/* ---- digests ---- */

struct digesting {
    struct source_hasher *hasher;
    uint8_t *table; /* borrowed */
    uint32_t T;
};

static void
digest_chunk(void *context, uint64_t offset, const uint8_t *data, size_t size)
{
    struct digesting *d = context;
    uint8_t last[UINT16_MAX];
    uint8_t *entry = d->table + offset / d->T * 8;

    source_hasher_update(d->hasher, data, size);
    for (; size >= d->T; data += d->T, size -= d->T, entry += 8)
        put_le64(entry, symbol_digest(data, d->T));
    if (size > 0) {
        memset(last, 0, d->T);
        memcpy(last, data, size);
        put_le64(entry, symbol_digest(last, d->T));
    }
}

static bool
digest_source(struct source *source, struct head *head, uint8_t *table, struct error *err)
{
    struct digesting d = {
        .hasher = source_hasher_new(source->size), .table = table, .T = head->layout.T};
    bool ok = source_scan(source, false, digest_chunk, &d, err);

    if (ok)
        source_hasher_final(d.hasher, &head->digest);
    source_hasher_free(d.hasher);
    return ok;
}

/* ---- repair symbols ---- */

struct encoding {
    const struct rq_plan *plan;
    const uint8_t **row; /* K source rows, NULL when zero */
    uint8_t **wanted;    /* R repair rows */
    uint32_t K, R;
    size_t width, strip;
};

static void
encode_strip(void *context, size_t i)
{
    const struct encoding *e = context;
    size_t at = i * e->strip;
    size_t n = e->width - at < e->strip ? e->width - at : e->strip;
    const uint8_t **row = xcalloc(e->K, sizeof *row);
    uint8_t **wanted = xcalloc(e->R, sizeof *wanted);
    struct rq_workspace workspace = {0};

    for (uint32_t k = 0; k < e->K; k++)
        row[k] = e->row[k] ? e->row[k] + at : NULL;
    for (uint32_t k = 0; k < e->R; k++)
        wanted[k] = e->wanted[k] + at;
    rq_plan_run(e->plan, &workspace, row, wanted, n);
    rq_workspace_clear(&workspace);
    free(row);
    free(wanted);
}

static bool
encode_rows(const struct layout *l, const uint8_t *data, uint8_t *repair,
            unsigned threads, struct error *err)
{
    uint32_t *esi = xcalloc((size_t)l->K + l->R, sizeof *esi);
    struct encoding e = {.K = l->K, .R = l->R, .width = layout_row(l)};
    uint64_t whole = l->F / e.width; /* rows that are all in the file */
    uint8_t *last = xcalloc(e.width, 1);
    struct rq_plan *plan = NULL;
    struct rq_params params;
    struct gf256 gf;
    bool ok;

    gf256_init(&gf, NULL);
    e.row = xcalloc(l->K, sizeof *e.row);
    e.wanted = xcalloc(l->R, sizeof *e.wanted);
    for (uint32_t i = 0; i < l->K + l->R; i++)
        esi[i] = i;
    for (uint32_t i = 0; i < l->K && i < whole; i++)
        e.row[i] = data + i * e.width;
    if (whole < l->K && l->F % e.width > 0)
        e.row[whole] = memcpy(last, data + whole * e.width, l->F % e.width);
    for (uint32_t i = 0; i < l->R; i++)
        e.wanted[i] = repair + i * e.width;
    /* A strip is wide enough to pay for starting it and does not depend on `threads`. */
    e.strip = (e.width / 16 / 4096 + 1) * 4096;
    ok = rq_params_init(&params, l->K, err) &&
         rq_plan_new(&plan, &gf, &params, (struct rq_esis){esi, l->K},
                     (struct rq_esis){esi + l->K, l->R}, err);
    if (ok) {
        e.plan = plan;
        pool_run(threads, (e.width + e.strip - 1) / e.strip, encode_strip, &e);
    }
    rq_plan_free(plan);
    free(e.row);
    free(e.wanted);
    free(last);
    free(esi);
    return ok;
}

/* ---- the sidecar's octets ---- */

static uint8_t *
put_record(uint8_t *out, const struct head *head, enum record_type type, uint64_t index,
           const uint8_t *payload, size_t size)
{
    struct record r = {.type = type,
                       .index = index,
                       .size = size,
                       .digest = record_digest(payload, size)};

    memcpy(r.set_id, head->set_id, SET_ID_SIZE);
    record_pack(out, &r);
    memcpy(out + RECORD_HEADER, payload, size);
    return out + RECORD_HEADER + size;
}

/* Records of at most `most` octets each. */
static uint8_t *
put_records(uint8_t *out, const struct head *head, enum record_type type,
            const uint8_t *data, uint64_t size, size_t most)
{
    for (uint64_t at = 0, i = 0; at < size; at += most, i++)
        out = put_record(out, head, type, i, data + at,
                         size - at < most ? (size_t)(size - at) : most);
    return out;
}

static uint64_t
records_size(uint64_t size, uint64_t most)
{
    return size + (size + most - 1) / most * RECORD_HEADER;
}

static bool
assemble(struct scratch *out, struct head *head, const uint8_t *table,
         const uint8_t *repair, uint64_t memory, struct error *err)
{
    const struct layout *l = &head->layout;
    uint64_t table_size = 8 * layout_symbols(l);
    uint64_t repair_size = layout_repair_symbols(l) * l->T;
    size_t most = head_symbols_per_record(l) * l->T, head_size;
    uint8_t *payload = head_pack(head, &head_size);
    bool ok = scratch_alloc(out,
                            2 * (RECORD_HEADER + head_size) +
                                2 * records_size(head->file_list_size, FILES_OCTETS) +
                                2 * records_size(table_size, 8 * DIGESTS_PER_RECORD) +
                                records_size(repair_size, most),
                            memory, err);

    if (ok) {
        uint8_t *p = put_record(out->data, head, RECORD_HEAD, 0, payload, head_size);

        p = put_records(p, head, RECORD_FILES, head->file_list, head->file_list_size,
                        FILES_OCTETS);
        p = put_records(p, head, RECORD_DIGESTS, table, table_size,
                        8 * DIGESTS_PER_RECORD);
        p = put_records(p, head, RECORD_REPAIR, repair, repair_size, most);
        p = put_records(p, head, RECORD_DIGESTS, table, table_size,
                        8 * DIGESTS_PER_RECORD);
        p = put_records(p, head, RECORD_FILES, head->file_list, head->file_list_size,
                        FILES_OCTETS);
        (void)put_record(p, head, RECORD_HEAD, 0, payload, head_size);
    }
    free(payload);
    return ok;
}

/* Table and repair symbols are known for source symbols already; the rest. */
static bool
make_after_digests(struct scratch *out, const struct source *source, struct head *head,
                   struct scratch *table, const struct protect_options *options,
                   struct error *err)
{
    const struct layout *l = &head->layout;
    uint64_t repairs = layout_repair_symbols(l);
    uint8_t *entry = table->data + 8 * layout_source_symbols(l);
    uint8_t digest[DIGEST_SIZE_MAX];
    struct scratch repair = {0};
    bool ok =
        scratch_alloc(&repair, repairs * l->T, options->memory / 2, err) &&
        (l->F == 0 || encode_rows(l, source->map, repair.data, options->threads, err));

    if (ok) {
        for (uint64_t i = 0; i < repairs; i++)
            put_le64(entry + 8 * i, symbol_digest(repair.data + i * l->T, l->T));
        digest_of(DIGEST_BLAKE2B, table->data, 8 * layout_symbols(l), digest);
        memcpy(head->root, digest, sizeof head->root);
        if (head->is_set) {
            digest_of(DIGEST_BLAKE2B, head->file_list, head->file_list_size, digest);
            memcpy(head->files, digest, sizeof head->files);
        }
        ok = assemble(out, head, table->data, repair.data, options->memory / 2, err);
    }
    scratch_free(&repair);
    return ok;
}

bool
sidecar_make(struct scratch *out, struct source *source, struct head *head,
             const struct protect_options *options, struct error *err)
{
    struct scratch table = {0};
    bool ok = scratch_alloc(&table, 8 * layout_symbols(&head->layout),
                            options->memory / 4, err) &&
              digest_source(source, head, table.data, err) &&
              make_after_digests(out, source, head, &table, options, err);

    scratch_free(&table);
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
    char *out_path = sidecar_path(name);
    struct head *head = &report->head;
    struct scratch table = {0}, sidecar = {0};
    bool ok = layout_choose(&head->layout, source->size, &options->redundancy, err) &&
              scratch_alloc(&table, 8 * layout_symbols(&head->layout),
                            options->memory / 4, err) &&
              digest_source(source, head, table.data, err);

    report->unchanged = ok && !options->force && up_to_date(out_path, head, report);
    if (ok && !report->unchanged) {
        ok = make_after_digests(&sidecar, source, head, &table, options, err) &&
             out_put(out_path, sidecar.data, sidecar.size, err);
        if (ok) {
            report->sidecar_size = sidecar.size;
            source_digest_of(sidecar.data, sidecar.size, &report->sidecar_digest);
        }
    }
    ok = ok && manifest_put(name, report, err);
    scratch_free(&sidecar);
    scratch_free(&table);
    free(out_path);
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
