/*
 * write_torch.c: a state dict as torch.save would write it.
 *
 * One flat dict of name to tensor.  Tensors that share a storage go on sharing it,
 * with their offsets and strides; everything else is written contiguous.  Protocol 2;
 * weights_only=True reads it.
 */
#include "write/write.h"

#include "archive/zip_writer.h"
#include "common/bytes.h"
#include "common/digest.h"
#include "common/mem.h"
#include "fault.h"
#include "tensors/digests.h"
#include "tensors/stream.h"
#include "write/write_pickle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tensors of one little-endian storage of their own dtype keep sharing it. */
static bool
may_share(const struct tensor *t)
{
    const struct storage *s = t->storage;

    return s->users > 1 && !t->conj && !t->neg && !s->big_endian && t->stride &&
           t->element_size > 0 && s->dtype == t->dtype &&
           s->nbytes % t->element_size == 0 && !t->fortran;
}

/* Each selected tensor's record; shared storages get one. */
static size_t
plan_records(struct checkpoint *c, const struct selection *selection,
             struct torch_record *records, size_t *record_of)
{
    size_t count = 0;

    for (size_t i = 0; i < selection->count; i++) {
        const struct tensor *t = &c->tensors[selection->tensors[i]];
        struct torch_record *r = &records[count];

        if (may_share(t) && t->storage->number) {
            record_of[i] = t->storage->number - 1;
            continue;
        }
        *r = (struct torch_record){.tensor = t, .size = t->nbytes};
        if (may_share(t)) {
            r->storage = t->storage;
            r->size = t->storage->nbytes;
            t->storage->number = (uint32_t)count + 1;
        }
        (void)snprintf(r->name, sizeof r->name, "data/%zu", count);
        record_of[i] = count++;
    }
    return count;
}

static int
compare_records(const void *a, const void *b)
{
    const struct torch_record *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

static bool
write_record(struct checkpoint *c, struct zip_writer *w, const struct torch_record *r,
             struct error *err)
{
    char name[48];
    struct stream s;
    const uint8_t *chunk;
    size_t n;
    const uint8_t *data = NULL;
    bool ok, mapped = false;

    (void)snprintf(name, sizeof name, "archive/%s", r->name);
    if (!zip_writer_entry(w, name, strlen(name), r->size, err))
        return false;
    if (r->storage) {
        ok = checkpoint_blob(c, &r->storage->blob, &data, &mapped, err);
        stream_begin_octets(&s, data, r->size, mapped);
    } else {
        ok = stream_begin(&s, c, r->tensor, err);
    }
    while (ok && stream_next(&s, &chunk, &n))
        ok = zip_writer_data(w, chunk, n, err);
    stream_end(&s);
    return ok && zip_writer_end_entry(w, err);
}

static bool
write_archive(struct checkpoint *c, struct zip_writer *w, const struct buf *pickle,
              struct torch_record *records, size_t count, struct error *err)
{
    const struct torch_record **order = xcalloc(count + 1, sizeof(*order));
    uint8_t digest[DIGEST_SIZE_MAX];
    char id[48];
    bool ok;

    for (size_t i = 0; i < count; i++)
        order[i] = &records[i];
    qsort(order, count, sizeof(*order), compare_records);
    ok = zip_writer_put(w, "archive/data.pkl", pickle->data, pickle->size, err) &&
         zip_writer_put(w, "archive/byteorder", "little", 6, err);
    for (size_t i = 0; ok && i < count; i++)
        ok = write_record(c, w, order[i], err);
    digest_of(DIGEST_XXH3_64, pickle->data, pickle->size, digest);
    /* 20 digits that follow the names, 20 that follow the content */
    (void)snprintf(id, sizeof id, "%020" PRIu64 "%020" PRIu64, get_be64(digest),
                   w->checksums);
    ok = ok && zip_writer_put(w, "archive/version", "3\n", 2, err) &&
         zip_writer_put(w, "archive/.data/serialization_id", id, 40, err) &&
         zip_writer_finish(w, err);
    free(order);
    return ok;
}

/* The part of quantized tensor number i that is called name; NULL: there is none. */
static const struct tensor_record *
find_part(const struct tensor_record *list, size_t count, size_t i, const char *name)
{
    const struct path *owner = list[i].tensor->path;

    for (size_t k = i + 1; k < count && k <= i + 2; k++) {
        const struct path *path = list[k].tensor->path;

        if (path->parent == owner && path->kind == PATH_TEXT &&
            path->size == strlen(name) && memcmp(path->text, name, path->size) == 0)
            return &list[k];
    }
    return NULL;
}

/* Tensors that quantized ones are made of go where those are. */
static bool
attach_parts(struct tensor_record *list, size_t count, bool *inside, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct tensor *t = list[i].tensor;

        if (!write_pickle_can_hold(t))
            return fault(err, ERR_UNSUPPORTED, "dtype-unknown",
                         "a torch state dict cannot hold type %s here", digests_dtype(t));
        if (!t->quant.scheme || strcmp(t->quant.scheme, "per_tensor_affine") == 0)
            continue;
        list[i].scales = find_part(list, count, i, "@scales");
        list[i].zero_points = find_part(list, count, i, "@zero_points");
        if (!list[i].scales || !list[i].zero_points)
            return fault(err, ERR_UNSUPPORTED, "dtype-unknown",
                         "a quantized tensor without its scales and zero points");
        inside[list[i].scales - list] = inside[list[i].zero_points - list] = true;
    }
    return true;
}

bool
write_torch(struct checkpoint *c, const struct selection *selection, struct out_file *out,
            struct error *err)
{
    struct torch_record *records = xcalloc(selection->count + 1, sizeof *records);
    struct tensor_record *list = xcalloc(selection->count + 1, sizeof *list);
    size_t *record_of = xcalloc(selection->count + 1, sizeof *record_of);
    bool *inside = xcalloc(selection->count + 1, sizeof *inside);
    struct pickler p;
    struct zip_writer w;
    size_t count;
    bool ok;

    zip_writer_begin(&w, out);
    for (size_t i = 0; i < c->storage_count; i++)
        c->storages[i]->number = 0;
    count = plan_records(c, selection, records, record_of);
    for (size_t i = 0; i < selection->count; i++)
        list[i] = (struct tensor_record){.tensor = &c->tensors[selection->tensors[i]],
                                         .record = &records[record_of[i]]};
    ok = attach_parts(list, selection->count, inside, err);
    write_pickle_begin(&p);
    for (size_t i = 0; ok && i < selection->count; i++)
        if (!inside[i])
            write_pickle_tensor(&p, &list[i]);
    write_pickle_end(&p);
    ok = ok && write_archive(c, &w, &p.out, records, count, err);
    zip_writer_clear(&w);
    buf_clear(&p.out);
    free(inside);
    free(record_of);
    free(list);
    free(records);
    return ok;
}
