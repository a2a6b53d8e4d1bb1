/* flat_write.c: see flat_write.h. */
#include "arrow/flat_write.h"

#include "common/bytes.h"

static void
put_zeroes(struct buf *b, size_t n)
{
    memset(buf_reserve(b, n), 0, n);
    b->size += n;
}

void
flat_align(struct buf *b, size_t alignment)
{
    put_zeroes(b, (alignment - b->size % alignment) % alignment);
}

static void
store(uint8_t *p, unsigned octets, int64_t value)
{
    for (unsigned i = 0; i < octets; i++)
        p[i] = (uint8_t)((uint64_t)value >> (8 * i));
}

size_t
flat_put_table(struct buf *b, const struct flat_value *values, size_t n,
               size_t places[static FLAT_FIELDS_MAX])
{
    size_t vtable, table, offset = 4;
    unsigned n_fields = 0;

    for (size_t i = 0; i < n; i++)
        if (values[i].field >= n_fields)
            n_fields = values[i].field + 1;
    /* The table is at 4 modulo 8, so that behind its first reference come octets 8. */
    put_zeroes(b, (12 - (b->size + 4 + 2 * n_fields) % 8) % 8);
    vtable = b->size;
    put_zeroes(b, 4 + 2 * n_fields);
    table = b->size;
    put_zeroes(b, 4);
    store(b->data + table, 4, (int64_t)(table - vtable));
    for (unsigned octets = 8; octets > 0; octets /= 2)
        for (size_t i = 0; i < n; i++) {
            if (values[i].octets != octets)
                continue;
            places[i] = b->size;
            put_zeroes(b, octets);
            store(b->data + places[i], octets, values[i].value);
            put_le16(b->data + vtable + 4 + 2 * values[i].field, (uint16_t)offset);
            offset += octets;
        }
    put_le16(b->data + vtable, (uint16_t)(4 + 2 * n_fields));
    put_le16(b->data + vtable + 2, (uint16_t)offset);
    return table;
}

void
flat_point(struct buf *b, size_t place, size_t target)
{
    put_le32(b->data + place, (uint32_t)(target - place));
}

size_t
flat_put_string(struct buf *b, const char *text, size_t size)
{
    size_t at;

    flat_align(b, 4);
    at = b->size;
    put_zeroes(b, 4);
    put_le32(b->data + at, (uint32_t)size);
    buf_put(b, text, size);
    buf_putc(b, 0);
    return at;
}

size_t
flat_put_vector(struct buf *b, size_t count)
{
    size_t at;

    flat_align(b, 4);
    if (b->size % 8 == 0)
        put_zeroes(b, 4);
    at = b->size;
    put_zeroes(b, 4);
    put_le32(b->data + at, (uint32_t)count);
    return at;
}

size_t
flat_put_references(struct buf *b, size_t count)
{
    size_t at;

    flat_align(b, 4);
    at = b->size;
    put_zeroes(b, 4 + 4 * count);
    put_le32(b->data + at, (uint32_t)count);
    return at;
}
