/* numpy.c: see numpy.h. */
#include "container/numpy.h"

#include "common/npy.h"
#include "fault.h"
#include "model/nested.h"

#include <inttypes.h>
#include <string.h>

/* HEAD_SIZE: more than any header npy_read() accepts. */
enum { HEAD_SIZE = 1 << 14, EXTRA_MAX = 1 << 20 };

static bool
ends_with(const char *name, size_t n, const char *suffix)
{
    size_t m = strlen(suffix);

    return n >= m && memcmp(name + n - m, suffix, m) == 0;
}

bool
numpy_is_npz(const struct zip *z)
{
    for (size_t i = 0; i < z->count; i++)
        if (ends_with(z->entries[i].name, z->entries[i].name_size, ".npy"))
            return true;
    return false;
}

static bool
set_dtype(struct checkpoint *c, const struct npy *n, struct tensor *t, struct error *err)
{
    struct buf text = {0}, swaps = {0};
    bool ok;

    t->dtype = n->dtype;
    t->dtype_text = dtype_name(n->dtype);
    if (n->dtype != DTYPE_NONE)
        return true;
    ok = numpy_dtype_text(n->descr, &text, &swaps) ||
         fault(err, ERR_LIMIT, "resource-limit", "a record of too many parts");
    t->dtype_text = arena_strndup(&c->arena, (const char *)text.data, text.size);
    t->swap_count = swaps.size / sizeof *t->swaps;
    if (t->swap_count > 0) {
        struct swap *copy = arena_alloc(&c->arena, swaps.size);

        memcpy(copy, swaps.data, swaps.size);
        t->swaps = copy;
    }
    buf_clear(&text);
    buf_clear(&swaps);
    return ok;
}

bool
numpy_add_array(struct checkpoint *c, const char *name, size_t name_size,
                const uint8_t *data, uint64_t size, bool mapped,
                const struct open_options *options, struct error *err)
{
    struct npy n;
    struct storage *s;
    struct tensor *t;
    uint64_t *shape;
    bool ok;

    if (!npy_read(&n, data, (size_t)size, options->diagnostics, err)) {
        npy_clear(&n);
        return false;
    }
    t = checkpoint_add_tensor(c, path_text(c, NULL, name, name_size));
    s = checkpoint_add_storage(c);
    shape = arena_alloc(&c->arena, (n.rank + 1) * sizeof *shape);
    memcpy(shape, n.shape, n.rank * sizeof *shape);
    *s = (struct storage){.dtype = n.dtype,
                          .numel = n.numel,
                          .nbytes = n.data_size,
                          .big_endian = n.big_endian && n.dtype != DTYPE_NONE,
                          .users = 1};
    s->blob = (struct blob){.data = n.data, .size = n.data_size, .mapped = mapped};
    ok = set_dtype(c, &n, t, err);
    t->element_size = (uint32_t)n.item_size;
    t->rank = n.rank;
    t->shape = shape;
    t->numel = n.numel;
    t->nbytes = n.data_size;
    t->storage = s;
    t->fortran = n.fortran;
    t->descr = arena_strndup(&c->arena, n.descr, strlen(n.descr));
    t->header_size = n.header_size;
    memcpy(t->npy_version, n.version, 2);
    npy_clear(&n);
    return ok;
}

bool
numpy_load_npy(struct checkpoint *c, const struct open_options *options,
               struct error *err)
{
    c->format = FORMAT_NPY;
    return numpy_add_array(c, "", 0, c->data, c->size, c->mapped, options, err);
}

/* Of a deflated member only the header is inflated; the data when it is asked for. */
static bool
add_deflated(struct checkpoint *c, const struct zip_entry *e,
             const struct open_options *options, struct error *err)
{
    struct buf space = {0};
    const uint8_t *head = NULL;
    bool ok =
        zip_content(&c->zip, e, HEAD_SIZE, &space, &head, err) &&
        numpy_add_array(c, e->name, e->name_size - 4, head, e->size, false, options, err);

    if (ok) {
        struct blob *blob = &c->storages[c->storage_count - 1]->blob;

        blob->skip = blob->size > 0 ? (uint64_t)(blob->data - head) : 0;
        blob->data = NULL;
        blob->zip = &c->zip;
        blob->entry = e;
    }
    buf_clear(&space);
    return ok;
}

static bool
load_member(struct checkpoint *c, const struct zip_entry *e,
            const struct open_options *options, struct error *err)
{
    struct blob blob = {.zip = &c->zip, .entry = e, .size = e->size};
    bool stored = e->method == ZIP_STORED;
    const uint8_t *data = c->data + e->data_at;

    if (!ends_with(e->name, e->name_size, ".npy")) {
        if (e->size <= EXTRA_MAX &&
            ((!stored && !checkpoint_blob(c, &blob, &data, NULL, err)) ||
             !nested_check_octets(data, (size_t)e->size, err)))
            return false;
        return diagnostics_recover(options->diagnostics, "zip-unexpected-entry", e->name,
                                   err, "'%.80s' is no array", e->name);
    }
    if (stored)
        return numpy_add_array(c, e->name, e->name_size - 4, data, e->size, c->mapped,
                               options, err) ||
               error_at(err, "%.200s", e->name);
    return add_deflated(c, e, options, err) || error_at(err, "%.200s", e->name);
}

bool
numpy_load_npz(struct checkpoint *c, const struct open_options *options,
               struct error *err)
{
    c->format = FORMAT_NPZ;
    for (size_t i = 0; i < c->zip.count; i++)
        if (!load_member(c, &c->zip.entries[i], options, err))
            return false;
    return true;
}
