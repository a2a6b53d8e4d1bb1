/*
 * write_torch.c: a state dict as torch.save would write it.
 *
 * One flat dict of name to tensor.  Tensors that share a storage go on sharing it,
 * with their offsets and strides; everything else is written contiguous.  Protocol 2;
 * weights_only=True reads it.
 */
#include "write.h"

#include "common/bytes.h"
#include "common/digest.h"
#include "common/mem.h"
#include "container/zip_writer.h"
#include "digests.h"
#include "fault.h"
#include "stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One record of data/. */
struct record {
    const struct storage *storage; /* shared: its octets as they are; or NULL */
    const struct tensor *tensor;   /* its elements, contiguous */
    uint64_t size;
    char name[32]; /* "data/12" */
};

enum {
    MEMO_V2,
    MEMO_V3,
    MEMO_HOOKS,
    MEMO_STORAGE,
    MEMO_SLOTS = MEMO_STORAGE + 2 * DTYPE_COUNT
};

struct pickler {
    struct buf out;
    size_t memo[MEMO_SLOTS]; /* number + 1 of each global already written */
    size_t memo_count;
};

/* A global, from the memo after the first time. */
static void
put_global(struct pickler *p, size_t slot, const char *module, const char *name)
{
    if (p->memo[slot]) {
        buf_putc(&p->out, 'h');
        buf_putc(&p->out, (char)(p->memo[slot] - 1));
        return;
    }
    buf_printf(&p->out, "c%s\n%s\n", module, name);
    buf_putc(&p->out, 'q');
    buf_putc(&p->out, (char)p->memo_count);
    p->memo[slot] = ++p->memo_count;
}

static void
put_int(struct pickler *p, uint64_t x)
{
    uint8_t b[12];

    if (x < 256) {
        b[0] = 'K';
        b[1] = (uint8_t)x;
        buf_put(&p->out, b, 2);
    } else if (x < (UINT64_C(1) << 31)) {
        b[0] = 'J';
        put_le32(b + 1, (uint32_t)x);
        buf_put(&p->out, b, 5);
    } else { /* LONG1 of 8 octets; below 2^63 */
        b[0] = 0x8a;
        b[1] = 8;
        put_le64(b + 2, x);
        buf_put(&p->out, b, 10);
    }
}

static void
put_text(struct pickler *p, const char *text, size_t n)
{
    uint8_t b[5] = {'X'};

    put_le32(b + 1, (uint32_t)n);
    buf_put(&p->out, b, 5);
    buf_put(&p->out, text, n);
}

static void
put_tuple(struct pickler *p, const uint64_t *x, uint32_t n)
{
    if (n > 0)
        buf_putc(&p->out, '(');
    for (uint32_t i = 0; i < n; i++)
        put_int(p, x[i]);
    buf_puts(&p->out, n > 0 ? "t" : ")");
}

/* The storage class of a dtype; NULL: an untyped storage and _rebuild_tensor_v3. */
static const char *
storage_class(enum dtype d)
{
    switch ((int)d) {
    case DTYPE_BOOL: return "BoolStorage";
    case DTYPE_UINT8: return "ByteStorage";
    case DTYPE_INT8: return "CharStorage";
    case DTYPE_INT16: return "ShortStorage";
    case DTYPE_INT32: return "IntStorage";
    case DTYPE_INT64: return "LongStorage";
    case DTYPE_FLOAT16: return "HalfStorage";
    case DTYPE_BFLOAT16: return "BFloat16Storage";
    case DTYPE_FLOAT32: return "FloatStorage";
    case DTYPE_FLOAT64: return "DoubleStorage";
    case DTYPE_COMPLEX64: return "ComplexFloatStorage";
    case DTYPE_COMPLEX128: return "ComplexDoubleStorage";
    default: return NULL;
    }
}

static bool
can_hold(const struct tensor *t)
{
    static const enum dtype untyped[] = {
        DTYPE_UINT16,          DTYPE_UINT32,      DTYPE_UINT64,    DTYPE_FLOAT8_E4M3FN,
        DTYPE_FLOAT8_E4M3FNUZ, DTYPE_FLOAT8_E5M2, DTYPE_COMPLEX32, DTYPE_FLOAT8_E5M2FNUZ};

    if (storage_class(t->dtype))
        return true;
    for (size_t i = 0; i < COUNT_OF(untyped); i++)
        if (untyped[i] == t->dtype)
            return true;
    return false;
}

static void
put_storage(struct pickler *p, const struct tensor *t, const struct record *r)
{
    const char *class = storage_class(t->dtype);
    const char *key = r->name + sizeof "data/" - 1;

    buf_putc(&p->out, '(');
    put_text(p, "storage", 7);
    if (class)
        put_global(p, MEMO_STORAGE + t->dtype, "torch", class);
    else
        put_global(p, MEMO_STORAGE + DTYPE_NONE, "torch.storage", "UntypedStorage");
    put_text(p, key, strlen(key));
    put_text(p, "cpu", 3);
    put_int(p, class ? r->size / t->element_size : r->size);
    buf_puts(&p->out, "tQ");
}

static void
put_tensor(struct pickler *p, const struct tensor *t, const struct record *r)
{
    bool typed = storage_class(t->dtype) != NULL;
    uint64_t strides[64], step = 1;

    put_text(p, t->name, t->name_size);
    if (typed)
        put_global(p, MEMO_V2, "torch._utils", "_rebuild_tensor_v2");
    else
        put_global(p, MEMO_V3, "torch._utils", "_rebuild_tensor_v3");
    buf_putc(&p->out, '(');
    put_storage(p, t, r);
    put_int(p, r->storage ? t->offset : 0);
    put_tuple(p, t->shape, t->rank);
    for (uint32_t i = t->rank; i-- > 0;) {
        strides[i] = r->storage && t->stride ? t->stride[i] : step;
        step *= t->shape[i] > 0 ? t->shape[i] : 1;
    }
    put_tuple(p, strides, t->rank);
    buf_putc(&p->out, (char)(t->requires_grad ? 0x88 : 0x89));
    put_global(p, MEMO_HOOKS, "collections", "OrderedDict");
    buf_puts(&p->out, ")R");
    if (!typed)
        put_global(p, MEMO_STORAGE + DTYPE_COUNT + t->dtype, "torch",
                   dtype_name(t->dtype));
    buf_puts(&p->out, "tR");
}

/* Tensors of one little-endian storage of their own dtype keep sharing it. */
static bool
may_share(const struct tensor *t)
{
    const struct storage *s = t->storage;

    return s->users > 1 && !s->big_endian && t->stride && t->element_size > 0 &&
           s->dtype == t->dtype && s->nbytes % t->element_size == 0 && !t->fortran;
}

/* Each selected tensor's record; shared storages get one. */
static size_t
plan_records(struct checkpoint *c, const struct selection *selection,
             struct record *records, size_t *record_of)
{
    size_t count = 0;

    for (size_t i = 0; i < selection->count; i++) {
        const struct tensor *t = &c->tensors[selection->tensors[i]];
        struct record *r = &records[count];

        if (may_share(t) && t->storage->written) {
            record_of[i] = t->storage->written - 1;
            continue;
        }
        *r = (struct record){.tensor = t, .size = t->nbytes};
        if (may_share(t)) {
            r->storage = t->storage;
            r->size = t->storage->nbytes;
            t->storage->written = (uint32_t)count + 1;
        }
        (void)snprintf(r->name, sizeof r->name, "data/%zu", count);
        record_of[i] = count++;
    }
    return count;
}

static int
compare_records(const void *a, const void *b)
{
    const struct record *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

static bool
write_record(struct checkpoint *c, struct zip_writer *w, const struct record *r,
             struct error *err)
{
    char name[48];
    struct stream s;
    const uint8_t *data = NULL;
    bool ok;

    (void)snprintf(name, sizeof name, "archive/%s", r->name);
    if (!zip_writer_entry(w, name, strlen(name), r->size, err))
        return false;
    if (r->storage) {
        ok = checkpoint_blob(c, &r->storage->blob, &data, err);
        stream_begin_octets(&s, data, r->size, r->storage->blob.mapped);
    } else {
        ok = stream_begin(&s, c, r->tensor, err);
    }
    while (ok) {
        const uint8_t *chunk = NULL;
        size_t n;

        stream_next(&s, &chunk, &n);
        if (n == 0)
            break;
        ok = zip_writer_data(w, chunk, n, err);
    }
    stream_end(&s);
    return ok && zip_writer_end_entry(w, err);
}

static bool
write_archive(struct checkpoint *c, struct zip_writer *w, const struct buf *pickle,
              struct record *records, size_t count, struct error *err)
{
    const struct record **order = xcalloc(count + 1, sizeof(*order));
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

bool
write_torch(struct checkpoint *c, const struct selection *selection, struct out_file *out,
            struct error *err)
{
    struct record *records = xcalloc(selection->count + 1, sizeof *records);
    size_t *record_of = xcalloc(selection->count + 1, sizeof *record_of);
    struct pickler p = {0};
    struct zip_writer w;
    size_t count;
    bool ok = true;

    zip_writer_begin(&w, out);
    for (size_t i = 0; i < c->storage_count; i++)
        c->storages[i]->written = 0;
    for (size_t i = 0; ok && i < selection->count; i++) {
        const struct tensor *t = &c->tensors[selection->tensors[i]];

        ok = can_hold(t) || fault(err, ERR_UNSUPPORTED, "dtype-unknown",
                                  "a torch state dict cannot hold type %s (quantized "
                                  "tensors: not without their quantizer)",
                                  digests_dtype(t));
    }
    count = plan_records(c, selection, records, record_of);
    buf_put(&p.out, "\x80\x02}(", 4);
    for (size_t i = 0; i < selection->count; i++)
        put_tensor(&p, &c->tensors[selection->tensors[i]], &records[record_of[i]]);
    buf_puts(&p.out, "u.");
    ok = ok && write_archive(c, &w, &p.out, records, count, err);
    zip_writer_clear(&w);
    buf_clear(&p.out);
    free(record_of);
    free(records);
    return ok;
}
