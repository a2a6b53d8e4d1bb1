/* write.c: see write.h; the formats that are a header and then data. */
#include "write/write.h"

#include "archive/zip_name.h"
#include "archive/zip_writer.h"
#include "common/bytes.h"
#include "common/mem.h"
#include "common/npy.h"
#include "common/safetensors.h"
#include "container/ftsv.h"
#include "fault.h"
#include "model/describe.h"
#include "model/names.h"
#include "tensors/digests.h"
#include "tensors/stream.h"

#include <stdlib.h>
#include <string.h>

const char *const write_format_names[] = {"torch", "safetensors", "npz",
                                          "npy",   "ftsv",        NULL};

int
write_format_by_name(const char *path)
{
    static const struct {
        const char *ending;
        enum write_format format;
    } endings[] = {
        {".pt", WRITE_TORCH},   {".pth", WRITE_TORCH},
        {".ckpt", WRITE_TORCH}, {".bin", WRITE_TORCH},
        {".npz", WRITE_NPZ},    {".npy", WRITE_NPY},
        {".ftsv", WRITE_FTSV},  {".safetensors", WRITE_SAFETENSORS},
    };
    size_t n = strlen(path);

    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        size_t m = strlen(endings[i].ending);

        if (n > m && strcmp(path + n - m, endings[i].ending) == 0)
            return (int)endings[i].format;
    }
    return -1;
}

static bool
bad_tensor(const struct tensor *t, const char *format, struct error *err)
{
    char name[160];

    return fault(err, ERR_UNSUPPORTED, "dtype-unknown",
                 "%s cannot hold tensor '%s' of type %s", format,
                 fault_text(t->name, t->name_size, name, sizeof name), digests_dtype(t));
}

/* All octets of a tensor to a sink. */
static bool
copy_data(struct checkpoint *c, const struct tensor *t, struct out_file *out,
          struct zip_writer *zip, struct error *err)
{
    struct stream s;
    const uint8_t *chunk;
    size_t n;
    bool ok = stream_begin(&s, c, t, err);

    while (ok && stream_next(&s, &chunk, &n))
        ok = zip ? zip_writer_data(zip, chunk, n, err) : out_write(out, chunk, n, err);
    stream_end(&s);
    return ok;
}

static bool
put_header(struct buf *header, struct out_file *out, bool ok, struct error *err)
{
    ok = ok && out_write(out, header->data, header->size, err);
    buf_clear(header);
    return ok;
}

/* Data follows in the order of the laid out list, which names find again. */
static bool
write_laid_out(struct checkpoint *c, const struct selection *selection,
               struct safetensors_tensor *list, struct out_file *out, struct error *err)
{
    const struct safetensors_pair format = {"format", "pt"};
    const struct safetensors *from =
        c->format == FORMAT_SAFETENSORS ? c->safetensors : NULL;
    struct names names = {0};
    struct buf header = {0};
    bool ok = safetensors_layout(list, selection->count, err);

    ok = ok &&
         (from ? safetensors_header(&header, list, selection->count, from->metadata,
                                    from->metadata_count, err)
               : safetensors_header(&header, list, selection->count, &format, 1, err));
    ok = put_header(&header, out, ok, err);
    for (size_t i = 0; i < selection->count; i++) {
        const struct tensor *t = &c->tensors[selection->tensors[i]];

        (void)names_add(&names, t->name, t->name_size, selection->tensors[i]);
    }
    for (size_t i = 0; ok && i < selection->count; i++) {
        size_t number = names_find(&names, list[i].name, strlen(list[i].name));

        ok = copy_data(c, &c->tensors[number], out, NULL, err);
    }
    names_clear(&names);
    return ok;
}

bool
write_safetensors(struct checkpoint *c, const struct selection *selection,
                  struct out_file *out, struct error *err)
{
    struct safetensors_tensor *list = xcalloc(selection->count + 1, sizeof *list);
    bool ok = true;

    for (size_t i = 0; ok && i < selection->count; i++) {
        const struct tensor *t = &c->tensors[selection->tensors[i]];

        if (!dtype_safetensors(t->dtype)[0] || memchr(t->name, 0, t->name_size) ||
            strcmp(t->name, "__metadata__") == 0)
            ok = bad_tensor(t, "safetensors", err);
        list[i] = (struct safetensors_tensor){
            .name = t->name, .dtype = t->dtype, .rank = t->rank, .shape = t->shape};
    }
    ok = ok && write_laid_out(c, selection, list, out, err);
    free(list);
    return ok;
}

/* Appends numpy's header of an array to `header`. */
static bool
numpy_header(const struct tensor *t, const char *format, struct buf *header,
             struct error *err)
{
    if (t->dtype == DTYPE_NONE || !dtype_numpy(t->dtype)[0])
        return bad_tensor(t, format, err);
    return npy_header(header, t->dtype, false, t->rank, t->shape, err);
}

bool
write_npy(struct checkpoint *c, const struct tensor *t, struct out_file *out,
          struct error *err)
{
    struct buf header = {0};
    bool ok = numpy_header(t, "npy", &header, err);

    return put_header(&header, out, ok, err) && copy_data(c, t, out, NULL, err);
}

bool
write_npz(struct checkpoint *c, const struct selection *selection, struct out_file *out,
          struct error *err)
{
    struct zip_writer w;
    bool ok = true;

    if (selection->count == 0)
        return fault(err, ERR_UNSUPPORTED, "zip-layout", "no tensors: npz needs one");
    zip_writer_begin(&w, out);
    for (size_t i = 0; ok && i < selection->count; i++) {
        const struct tensor *t = &c->tensors[selection->tensors[i]];
        struct buf header = {0};
        char *name = xasprintf("%s.npy", t->name);

        ok = zip_name_is_safe((const uint8_t *)name, t->name_size + 4) ||
             bad_tensor(t, "an entry of npz", err);
        ok = ok && numpy_header(t, "npz", &header, err) &&
             zip_writer_entry(&w, name, strlen(name), header.size + t->nbytes, err) &&
             zip_writer_data(&w, header.data, header.size, err) &&
             copy_data(c, t, out, &w, err) && zip_writer_end_entry(&w, err);
        buf_clear(&header);
        free(name);
    }
    ok = ok && zip_writer_finish(&w, err);
    zip_writer_clear(&w);
    return ok;
}

static int
compare_names(const void *a, const void *b)
{
    const struct tensor *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

static void
put_u64(struct buf *b, uint64_t x)
{
    uint8_t p[8];

    put_le64(p, x);
    buf_put(b, p, 8);
}

static bool
write_ftsv_tensor(struct checkpoint *c, const struct tensor *t, struct out_file *out,
                  struct error *err)
{
    struct buf header = {0};
    int tag = ftsv_tag(t->dtype);

    if (tag < 0)
        return bad_tensor(t, "ftsv", err);
    put_u64(&header, t->name_size);
    buf_put(&header, t->name, t->name_size);
    put_u64(&header, t->rank);
    for (uint32_t i = 0; i < t->rank; i++)
        put_u64(&header, t->shape[i]);
    buf_putc(&header, (char)tag);
    return put_header(&header, out, true, err) && copy_data(c, t, out, NULL, err);
}

bool
write_ftsv(struct checkpoint *c, const struct selection *selection, struct out_file *out,
           struct error *err)
{
    const struct tensor **order = xcalloc(selection->count + 1, sizeof(*order));
    struct buf header = {0};
    bool ok;

    for (size_t i = 0; i < selection->count; i++)
        order[i] = &c->tensors[selection->tensors[i]];
    qsort(order, selection->count, sizeof(*order), compare_names);
    buf_put(&header, "FTSV\1\0\0\0", 8);
    put_u64(&header, selection->count);
    ok = put_header(&header, out, true, err);
    for (size_t i = 0; ok && i < selection->count; i++)
        ok = write_ftsv_tensor(c, order[i], out, err);
    free(order);
    return ok;
}

void
write_select_all(const struct checkpoint *c, struct selection *out, size_t **space)
{
    size_t *list = xcalloc(c->tensor_count + 1, sizeof *list), n = 0;

    for (size_t i = 0; i < c->tensor_count; i++)
        if (!stream_is_empty(&c->tensors[i]))
            list[n++] = i;
    *space = list;
    *out = (struct selection){list, n};
}

/* Numbers and texts of the object; not what torch attaches to a state dict. */
static bool
is_dropped(const struct leaf *leaf)
{
    for (const struct path *p = leaf->path; p; p = p->parent)
        if (p->kind == PATH_TEXT && p->size == 6 && memcmp(p->text, "@state", 6) == 0)
            return false;
    switch ((int)leaf->value->kind) {
    case VALUE_TUPLE:
    case VALUE_LIST:
    case VALUE_DICT: return false;
    case VALUE_OBJECT:
        return describe_meaning(leaf->value) != MEANING_ORDERED_DICT &&
               describe_meaning(leaf->value) != MEANING_SIZE;
    default: return true;
    }
}

/* Structure that only a torch pickle has is said, not silently dropped. */
static void
note_losses(const struct checkpoint *c, enum write_format format,
            struct write_notes *notes)
{
    char name[160];
    size_t metas = 0, others = 0;

    for (size_t i = 0; i < c->tensor_count; i++) {
        const struct tensor *t = &c->tensors[i];

        (void)fault_text(t->name, t->name_size, name, sizeof name);
        if (t->composite)
            buf_printf(&notes->text, "'%s': %s is written as its components\n", name,
                       t->layout);
        metas += t->meta;
        notes->aliases += format != WRITE_TORCH && t->storage && t->storage->users > 1;
    }
    for (size_t i = 0; i < c->leaf_count; i++)
        others += is_dropped(&c->leaves[i]);
    if (others > 0)
        buf_printf(&notes->text, "%zu values that are no tensors are dropped\n", others);
    if (metas > 0)
        buf_printf(&notes->text, "%zu tensors on the meta device have no data\n", metas);
    if (notes->aliases > 0)
        buf_printf(&notes->text, "%zu tensors share storage; each is written by itself\n",
                   notes->aliases);
}

static bool
check_names(const struct checkpoint *c, const struct selection *selection,
            struct error *err)
{
    struct names seen = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < selection->count; i++) {
        const struct tensor *t = &c->tensors[selection->tensors[i]];
        char name[160];

        ok = names_add(&seen, t->name, t->name_size, i) ||
             fault(err, ERR_UNSUPPORTED, "zip-duplicate", "two tensors are named '%s'",
                   fault_text(t->name, t->name_size, name, sizeof name));
    }
    names_clear(&seen);
    return ok;
}

bool
write_checkpoint(struct checkpoint *c, const struct selection *selection,
                 enum write_format format, struct out_file *out,
                 struct write_notes *notes, struct error *err)
{
    if (!check_names(c, selection, err))
        return false;
    note_losses(c, format, notes);
    switch (format) {
    case WRITE_TORCH: return write_torch(c, selection, out, err);
    case WRITE_SAFETENSORS: return write_safetensors(c, selection, out, err);
    case WRITE_NPZ: return write_npz(c, selection, out, err);
    case WRITE_FTSV: return write_ftsv(c, selection, out, err);
    case WRITE_NPY: break;
    }
    if (selection->count != 1)
        return fault(err, ERR_UNSUPPORTED, "npy-header",
                     "npy holds one array, here are %zu (extract NAME, or npz)",
                     selection->count);
    return write_npy(c, &c->tensors[selection->tensors[0]], out, err);
}
