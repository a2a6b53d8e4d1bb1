/* zip_writer.c: see zip_writer.h. */
#include "archive/zip_writer.h"

#include "archive/crc32.h"
#include "common/bytes.h"

#include <string.h>

enum { LOCAL = 30, CENTRAL = 46, FLAGS = 0x0808, ZIP64_LOCAL = 20, VERSION_ZIP64 = 45 };
static const uint64_t limit32 = 0xffffffff;

void
zip_writer_begin(struct zip_writer *w, struct out_file *out)
{
    *w = (struct zip_writer){.out = out};
}

static bool
emit(struct zip_writer *w, const void *data, size_t size, struct error *err)
{
    w->at += size;
    return out_write(w->out, data, size, err);
}

static void
put16(struct buf *b, uint64_t x)
{
    uint8_t p[2];

    put_le16(p, (uint16_t)x);
    buf_put(b, p, 2);
}

static void
put32(struct buf *b, uint64_t x)
{
    uint8_t p[4];

    put_le32(p, (uint32_t)x);
    buf_put(b, p, 4);
}

static void
put64(struct buf *b, uint64_t x)
{
    uint8_t p[8];

    put_le64(p, x);
    buf_put(b, p, 8);
}

static bool
is_wide(const struct zip_writer *w)
{
    return w->size >= limit32 || w->header_at >= limit32;
}

bool
zip_writer_entry(struct zip_writer *w, const char *name, size_t name_size, uint64_t size,
                 struct error *err)
{
    struct buf b = {0};
    size_t fixed, padding;
    bool ok;

    w->name = name;
    w->name_size = name_size;
    w->header_at = w->at;
    w->size = size;
    w->left = size;
    w->crc = 0;
    fixed = LOCAL + name_size + (is_wide(w) ? ZIP64_LOCAL : 0) + 4;
    padding = (size_t)(-(w->at + fixed) & (ZIP_WRITER_ALIGNMENT - 1));
    put32(&b, 0x04034b50);
    put16(&b, 0);
    put16(&b, FLAGS);
    for (int i = 0; i < 9; i++) /* method, time, date, crc, both sizes */
        put16(&b, 0);
    put16(&b, name_size);
    put16(&b, fixed - LOCAL - name_size + padding);
    buf_put(&b, name, name_size);
    if (is_wide(w)) {
        put16(&b, 0x0001);
        put16(&b, 16);
        put64(&b, size);
        put64(&b, size);
    }
    buf_puts(&b, "FB");
    put16(&b, padding);
    for (size_t i = 0; i < padding; i++)
        buf_putc(&b, 'Z');
    ok = emit(w, b.data, b.size, err);
    buf_clear(&b);
    return ok;
}

bool
zip_writer_data(struct zip_writer *w, const void *data, size_t size, struct error *err)
{
    if (size > w->left)
        return error_set(err, ERR_INTERNAL, "an entry grew while it was written");
    w->left -= size;
    w->crc = crc32_update(w->crc, data, size);
    return emit(w, data, size, err);
}

static void
add_central(struct zip_writer *w)
{
    struct buf *b = &w->directory;
    bool wide_size = w->size >= limit32, wide_at = w->header_at >= limit32;
    size_t extra = (wide_size ? 16u : 0) + (wide_at ? 8u : 0);

    put32(b, 0x02014b50);
    put16(b, 0);
    put16(b, 0);
    put16(b, FLAGS);
    put16(b, 0);
    put32(b, 0); /* time and date */
    put32(b, w->crc);
    put32(b, wide_size ? limit32 : w->size);
    put32(b, wide_size ? limit32 : w->size);
    put16(b, w->name_size);
    put16(b, extra ? extra + 4 : 0);
    put16(b, 0);
    put32(b, 0); /* volume, internal attributes */
    put32(b, 0);
    put32(b, wide_at ? limit32 : w->header_at);
    buf_put(b, w->name, w->name_size);
    if (extra) {
        put16(b, 0x0001);
        put16(b, extra);
    }
    if (wide_size) {
        put64(b, w->size);
        put64(b, w->size);
    }
    if (wide_at)
        put64(b, w->header_at);
}

bool
zip_writer_end_entry(struct zip_writer *w, struct error *err)
{
    struct buf b = {0};
    bool ok;

    if (w->left > 0)
        return error_set(err, ERR_INTERNAL, "an entry ended before its size");
    put32(&b, 0x08074b50);
    put32(&b, w->crc);
    for (int i = 0; i < 2; i++)
        if (is_wide(w))
            put64(&b, w->size);
        else
            put32(&b, w->size);
    ok = emit(w, b.data, b.size, err);
    buf_clear(&b);
    add_central(w);
    w->checksums = w->checksums * 0x9e3779b97f4a7c15u + w->crc;
    w->count++;
    return ok;
}

bool
zip_writer_put(struct zip_writer *w, const char *name, const void *data, size_t size,
               struct error *err)
{
    return zip_writer_entry(w, name, strlen(name), size, err) &&
           zip_writer_data(w, data, size, err) && zip_writer_end_entry(w, err);
}

bool
zip_writer_finish(struct zip_writer *w, struct error *err)
{
    uint64_t at = w->at, size = w->directory.size, end = at + size;
    struct buf b = {0};
    bool ok = emit(w, w->directory.data, w->directory.size, err);

    put32(&b, 0x06064b50);
    put64(&b, 44);
    put16(&b, 0x031e);
    put16(&b, VERSION_ZIP64);
    put64(&b, 0);
    put64(&b, w->count);
    put64(&b, w->count);
    put64(&b, size);
    put64(&b, at);
    put32(&b, 0x07064b50);
    put32(&b, 0);
    put64(&b, end);
    put32(&b, 1);
    put32(&b, 0x06054b50);
    put32(&b, 0);
    put16(&b, w->count < 0xffff ? w->count : 0xffff);
    put16(&b, w->count < 0xffff ? w->count : 0xffff);
    put32(&b, size < limit32 ? size : limit32);
    put32(&b, at < limit32 ? at : limit32);
    put16(&b, 0);
    ok = ok && emit(w, b.data, b.size, err);
    buf_clear(&b);
    return ok;
}

void
zip_writer_clear(struct zip_writer *w)
{
    buf_clear(&w->directory);
}
