/* verify.c: see verify.h. */
#include "judge/verify.h"

#include "archive/crc32.h"
#include "common/bytes.h"
#include "common/mem.h"
#include "common/pool.h"
#include "fault.h"
#include "tensors/stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Large entries are cut here, so that threads share them; the CRCs are combined. */
static const uint64_t piece_size = 32 << 20;

struct piece {
    const struct zip_entry *entry;
    uint64_t at, size; /* in the entry */
    uint32_t crc;
};

struct pieces {
    const struct checkpoint *c;
    struct piece *items; /* owned */
    size_t count;
};

static void
sum_piece(void *context, size_t i)
{
    struct pieces *p = context;
    struct piece *piece = &p->items[i];
    struct stream s;
    const uint8_t *chunk;
    size_t n;

    stream_begin_octets(&s, p->c->data + piece->entry->data_at + piece->at, piece->size,
                        p->c->mapped);
    while (stream_next(&s, &chunk, &n))
        piece->crc = crc32_update(piece->crc, chunk, n);
    stream_end(&s);
}

static bool
wrong_crc(const struct zip_entry *e, uint32_t crc, struct error *err)
{
    char name[96];

    (void)fault(err, ERR_CHECKSUM, "zip-crc",
                "'%s': CRC-32 is %08" PRIx32 ", the directory says %08" PRIx32 "%s",
                fault_text(e->name, e->name_size, name, sizeof name), crc, e->crc,
                e->crc == 0 ? " (if the writer left checksums out: --no-crc)" : "");
    return error_at_byte(err, e->data_at);
}

static void
cut(struct pieces *p, const struct zip *z)
{
    size_t capacity = 0;

    for (size_t i = 0; i < z->count; i++)
        capacity += (size_t)(z->entries[i].size / piece_size) + 1;
    p->items = xcalloc(capacity, sizeof *p->items);
    for (size_t i = 0; i < z->count; i++) {
        const struct zip_entry *e = &z->entries[i];
        uint64_t at = 0;

        if (e->method != ZIP_STORED)
            continue;
        do {
            uint64_t n = e->size - at < piece_size ? e->size - at : piece_size;

            p->items[p->count++] = (struct piece){e, at, n, 0};
            at += n;
        } while (at < e->size);
    }
}

static bool
compare_sums(const struct pieces *p, struct error *err)
{
    for (size_t i = 0; i < p->count;) {
        const struct zip_entry *e = p->items[i].entry;
        uint32_t crc = 0;

        for (; i < p->count && p->items[i].entry == e; i++)
            crc = crc32_combine_parts(crc, p->items[i].crc, p->items[i].size);
        if (crc != e->crc)
            return wrong_crc(e, crc, err);
    }
    return true;
}

static bool
verify_zip(const struct checkpoint *c, const struct verify_options *options,
           struct verify_report *report, struct error *err)
{
    struct pieces p = {.c = c};
    bool ok = true;

    cut(&p, &c->zip);
    pool_run(options->threads, p.count, sum_piece, &p);
    ok = compare_sums(&p, err);
    free(p.items);
    for (size_t i = 0; ok && i < c->zip.count; i++) {
        if (c->zip.entries[i].method != ZIP_STORED)
            ok = zip_check_crc(&c->zip, &c->zip.entries[i], err);
        report->entries++;
        report->octets += c->zip.entries[i].size;
    }
    return ok;
}

/* All elements of an integer tensor. */
static bool
read_integers(struct checkpoint *c, const struct tensor *t, int64_t **out,
              struct error *err)
{
    struct stream s;
    const uint8_t *chunk;
    size_t got;
    size_t n = 0, size = t->element_size;

    if (t->dtype != DTYPE_INT64 && t->dtype != DTYPE_INT32)
        return fault(err, ERR_MALFORMED, "sparse-invalid", "indices of type %s",
                     dtype_name(t->dtype));
    if (!stream_begin(&s, c, t, err))
        return false;
    *out = xcalloc((size_t)t->numel + 1, sizeof(**out));
    while (stream_next(&s, &chunk, &got)) {
        for (size_t i = 0; i < got; i += size)
            (*out)[n++] =
                size == 8 ? (int64_t)get_le64(chunk + i) : (int32_t)get_le32(chunk + i);
    }
    stream_end(&s);
    return true;
}

static bool
bad_sparse(const struct tensor *t, const char *what, struct error *err)
{
    char name[160];

    (void)fault(err, ERR_BOUNDS, "sparse-invalid", "%s", what);
    return error_at(err, "tensor '%s'",
                    fault_text(t->name, t->name_size, name, sizeof name));
}

/* indices: (dimensions, elements), each below the size of its dimension. */
static bool
check_coo(struct checkpoint *c, const struct tensor *t, const struct tensor *indices,
          const struct tensor *values, struct error *err)
{
    int64_t *x = NULL;
    uint64_t dims, n;
    bool ok = true;

    if (indices->rank != 2 || indices->shape[0] > t->rank || values->rank == 0 ||
        values->shape[0] != indices->shape[1])
        return bad_sparse(t, "indices and values do not fit together", err);
    if (!read_integers(c, indices, &x, err))
        return false;
    dims = indices->shape[0];
    n = indices->shape[1];
    for (uint64_t d = 0; ok && d < dims; d++)
        for (uint64_t i = 0; ok && i < n; i++)
            ok = (x[d * n + i] >= 0 && (uint64_t)x[d * n + i] < t->shape[d]) ||
                 bad_sparse(t, "an index is out of range", err);
    free(x);
    return ok;
}

/* compressed: rising offsets into plain; plain: positions, below the largest size. */
static bool
check_compressed(struct checkpoint *c, const struct tensor *t,
                 const struct tensor *compressed, const struct tensor *plain,
                 struct error *err)
{
    int64_t *offsets = NULL, *positions = NULL;
    uint64_t row = compressed->rank ? compressed->shape[compressed->rank - 1] : 0;
    uint64_t nnz = plain->rank ? plain->shape[plain->rank - 1] : 0, bound = 0;
    bool ok;

    if (row == 0 || t->rank < 2 || compressed->rank != plain->rank)
        return bad_sparse(t, "index tensors do not fit together", err);
    for (uint32_t i = 0; i < t->rank; i++)
        bound = t->shape[i] > bound ? t->shape[i] : bound;
    ok = read_integers(c, compressed, &offsets, err) &&
         read_integers(c, plain, &positions, err);
    for (uint64_t i = 0; ok && i < compressed->numel; i++) {
        bool first = i % row == 0, last = i % row == row - 1;

        if ((first && offsets[i] != 0) || (!first && offsets[i] < offsets[i - 1]) ||
            (last && (uint64_t)offsets[i] != nnz))
            ok = bad_sparse(t, "the compressed indices do not rise to their end", err);
    }
    for (uint64_t i = 0; ok && i < plain->numel; i++)
        if (positions[i] < 0 || (uint64_t)positions[i] >= bound)
            ok = bad_sparse(t, "an index is out of range", err);
    free(offsets);
    free(positions);
    return ok;
}

/* The components of a composite tensor follow it in the list. */
static bool
check_sparse(struct checkpoint *c, size_t i, struct error *err)
{
    const struct tensor *t = &c->tensors[i];

    if (strcmp(t->layout, "torch.sparse_coo") == 0)
        return i + 2 < c->tensor_count ? check_coo(c, t, t + 1, t + 2, err)
                                       : bad_sparse(t, "components are missing", err);
    if (strncmp(t->layout, "torch.sparse", 12) == 0)
        return i + 3 < c->tensor_count ? check_compressed(c, t, t + 1, t + 2, err)
                                       : bad_sparse(t, "components are missing", err);
    return true;
}

static bool
check_bools(struct checkpoint *c, const struct tensor *t, struct error *err)
{
    struct stream s;
    const uint8_t *chunk;
    size_t n;
    bool ok = true;

    if (!stream_begin(&s, c, t, err))
        return false;
    while (ok && stream_next(&s, &chunk, &n)) {
        for (size_t i = 0; ok && i < n; i++)
            ok = chunk[i] <= 1 || fault(err, ERR_MALFORMED, "bool-value",
                                        "a bool has the value %u", chunk[i]);
    }
    stream_end(&s);
    return ok || error_at(err, "tensor '%.200s'", t->name);
}

bool
verify_checkpoint(struct checkpoint *c, const struct verify_options *options,
                  struct verify_report *report, struct error *err)
{
    if (c->zip.count > 0 && !options->no_crc && !verify_zip(c, options, report, err))
        return false;
    for (size_t i = 0; i < c->tensor_count; i++) {
        const struct tensor *t = &c->tensors[i];

        if (t->composite && t->layout) {
            if (!check_sparse(c, i, err))
                return false;
            report->sparse++;
        } else if (t->dtype == DTYPE_BOOL && !stream_is_empty(t) &&
                   (c->format == FORMAT_SAFETENSORS || c->format == FORMAT_INDEX)) {
            if (!check_bools(c, t, err))
                return false;
            report->bools++;
        }
    }
    for (struct checkpoint *p = c->parts; p; p = p->next)
        if (!verify_checkpoint(p, options, report, err))
            return p->role ? error_at(err, "%s", p->role) : false;
    return true;
}
