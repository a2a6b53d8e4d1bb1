/* flat_read.c: bounds first, then bytes. */
#include "arrow/flat_read.h"

#include "common/bytes.h"

static bool
holds(const struct flat *f, size_t at, size_t octets)
{
    return at <= f->size && f->size - at >= octets;
}

static struct flat_table
bad_table(struct flat *f)
{
    f->bad = true;
    return (struct flat_table){.flat = f};
}

static struct flat_table
table_at(struct flat *f, size_t at)
{
    struct flat_table t = {.flat = f, .at = at};
    int64_t back;

    if (at == 0 || !holds(f, at, 4))
        return bad_table(f);
    back = (int64_t)at - (int32_t)get_le32(f->data + at);
    if (back < 0 || !holds(f, (size_t)back, 4))
        return bad_table(f);
    t.vtable = (size_t)back;
    t.vtable_size = get_le16(f->data + t.vtable);
    t.size = get_le16(f->data + t.vtable + 2);
    if (t.vtable_size < 4 || t.vtable_size % 2 || !holds(f, t.vtable, t.vtable_size) ||
        t.size < 4 || !holds(f, at, t.size))
        return bad_table(f);
    return t;
}

struct flat_table
flat_root(struct flat *f)
{
    if (!holds(f, 0, 4))
        return bad_table(f);
    return table_at(f, get_le32(f->data));
}

/* Where a field of so many octets lies; 0: absent. */
static size_t
field_at(const struct flat_table *t, unsigned field, size_t octets)
{
    size_t entry = 4 + 2 * (size_t)field;
    size_t offset;

    if (t->at == 0 || entry + 2 > t->vtable_size)
        return 0;
    offset = get_le16(t->flat->data + t->vtable + entry);
    if (offset == 0)
        return 0;
    if (offset < 4 || offset + octets > t->size) {
        t->flat->bad = true;
        return 0;
    }
    return t->at + offset;
}

int64_t
flat_int(const struct flat_table *t, unsigned field, unsigned octets, int64_t otherwise)
{
    size_t at = field_at(t, field, octets);
    const uint8_t *p = t->flat->data + at;

    if (at == 0)
        return otherwise;
    switch (octets) {
    case 1: return (int8_t)*p;
    case 2: return (int16_t)get_le16(p);
    case 4: return (int32_t)get_le32(p);
    default: return (int64_t)get_le64(p);
    }
}

/* What a reference at `at` points to, of which 4 octets can be read; 0: nothing. */
static size_t
follow(struct flat *f, size_t at)
{
    size_t target = at + get_le32(f->data + at);

    if (holds(f, target, 4))
        return target;
    f->bad = true;
    return 0;
}

struct flat_table
flat_sub(const struct flat_table *t, unsigned field)
{
    size_t at = field_at(t, field, 4);

    if (at == 0)
        return (struct flat_table){.flat = t->flat};
    at = follow(t->flat, at);
    return at ? table_at(t->flat, at) : (struct flat_table){.flat = t->flat};
}

struct flat_vector
flat_vector(const struct flat_table *t, unsigned field, size_t element_size)
{
    struct flat_vector v = {0};
    size_t at = field_at(t, field, 4);
    size_t count;

    if (at == 0 || (at = follow(t->flat, at)) == 0)
        return v;
    count = get_le32(t->flat->data + at);
    if (count > (t->flat->size - at - 4) / element_size) {
        t->flat->bad = true;
        return v;
    }
    v.at = at + 4;
    v.data = t->flat->data + v.at;
    v.count = count;
    return v;
}

struct flat_table
flat_element(struct flat *f, const struct flat_vector *v, size_t i)
{
    size_t at = i < v->count ? follow(f, v->at + 4 * i) : 0;

    return at ? table_at(f, at) : bad_table(f);
}
