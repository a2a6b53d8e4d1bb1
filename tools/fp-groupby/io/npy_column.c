/* npy_column.c: see npy_column.h. */
#include "io/npy_column.h"

#include "common/bytes.h"
#include "common/utf8.h"
#include "table/half.h"

#include <stdio.h>

enum { TEXT_MOST = 1 << 20 }; /* characters of a text array's elements */

static const struct {
    enum coltype column;
    enum dtype dtype;
} plain[] = {
    {COLTYPE_BOOL, DTYPE_BOOL},       {COLTYPE_INT8, DTYPE_INT8},
    {COLTYPE_INT16, DTYPE_INT16},     {COLTYPE_INT32, DTYPE_INT32},
    {COLTYPE_INT64, DTYPE_INT64},     {COLTYPE_UINT8, DTYPE_UINT8},
    {COLTYPE_UINT16, DTYPE_UINT16},   {COLTYPE_UINT32, DTYPE_UINT32},
    {COLTYPE_UINT64, DTYPE_UINT64},   {COLTYPE_FLOAT16, DTYPE_FLOAT16},
    {COLTYPE_FLOAT32, DTYPE_FLOAT32}, {COLTYPE_FLOAT64, DTYPE_FLOAT64},
};

enum dtype
npy_column_dtype(const struct column *c)
{
    enum coltype t = c->dtype == COLTYPE_NULLABLE_INT     ? COLTYPE_INT64
                     : c->dtype == COLTYPE_NULLABLE_FLOAT ? COLTYPE_FLOAT64
                     : c->dtype == COLTYPE_NULLABLE_BOOL  ? COLTYPE_BOOL
                     : c->dtype == COLTYPE_CATEGORY       ? COLTYPE_INT64
                                                          : c->dtype;

    for (size_t i = 0; i < COUNT_OF(plain); i++)
        if (plain[i].column == t)
            return plain[i].dtype;
    return DTYPE_NONE;
}

static int64_t
signed_element(const uint8_t *p, size_t octets)
{
    switch (octets) {
    case 1: return (int8_t)*p;
    case 2: return (int16_t)get_le16(p);
    case 4: return (int32_t)get_le32(p);
    default: return (int64_t)get_le64(p);
    }
}

static uint64_t
unsigned_element(const uint8_t *p, size_t octets)
{
    uint64_t mask = octets == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * octets)) - 1;

    return (uint64_t)signed_element(p, octets) & mask;
}

static double
float_element(const uint8_t *p, size_t octets)
{
    union {
        uint64_t u;
        double f;
    } wide;
    union {
        uint32_t u;
        float f;
    } single;

    if (octets == 2)
        return half_to_f64(get_le16(p));
    if (octets == 4) {
        single.u = get_le32(p);
        return (double)single.f;
    }
    wide.u = get_le64(p);
    return wide.f;
}

/* "<M8[ns]": nanoseconds a unit; 0: none that we know. */
static int64_t
unit_of(const char *descr)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {{"[ns]", 1},
                 {"[us]", 1000},
                 {"[ms]", 1000000},
                 {"[s]", 1000000000},
                 {"[m]", 60000000000},
                 {"[h]", 3600000000000},
                 {"[D]", 86400000000000}};

    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (strcmp(descr + 3, units[i].name) == 0)
            return units[i].ns;
    return 0;
}

static bool
time_element(const uint8_t *p, int64_t unit, int64_t *out, struct error *err)
{
    int64_t x = (int64_t)get_le64(p);

    *out = x;
    return x == INT64_MIN ||
           (!__builtin_mul_overflow(x, unit, out) && *out != INT64_MIN) ||
           error_set(err, ERR_BOUNDS, "a time beyond what nanoseconds can say");
}

/* UTF-32 to UTF-8; trailing NULs are padding. */
static bool
unicode_element(struct arena *a, const uint8_t *p, size_t n, struct cell *out,
                struct error *err)
{
    char *text, *to;

    while (n > 0 && get_le32(p + 4 * (n - 1)) == 0)
        n--;
    text = to = arena_alloc(a, 4 * n + 1);
    for (size_t i = 0; i < n; i++) {
        uint32_t c = get_le32(p + 4 * i);

        if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
            return error_set(err, ERR_MALFORMED, "a text holds no Unicode character");
        if (c < 0x80)
            *to++ = (char)c;
        else if (c < 0x800) {
            *to++ = (char)(0xc0 | c >> 6);
            *to++ = (char)(0x80 | (c & 63));
        } else if (c < 0x10000) {
            *to++ = (char)(0xe0 | c >> 12);
            *to++ = (char)(0x80 | (c >> 6 & 63));
            *to++ = (char)(0x80 | (c & 63));
        } else {
            *to++ = (char)(0xf0 | c >> 18);
            *to++ = (char)(0x80 | (c >> 12 & 63));
            *to++ = (char)(0x80 | (c >> 6 & 63));
            *to++ = (char)(0x80 | (c & 63));
        }
    }
    *out = cell_str_n(text, (size_t)(to - text));
    return true;
}

static bool
octets_element(struct arena *a, const uint8_t *p, size_t n, struct cell *out,
               struct error *err)
{
    while (n > 0 && p[n - 1] == 0)
        n--;
    for (size_t i = 0, k; i < n; i += k)
        if ((k = utf8_length(p + i, n - i)) == 0)
            return error_set(err, ERR_MALFORMED, "a text is not UTF-8");
    *out = cell_str_n(arena_strndup(a, n ? (const char *)p : "", n), n);
    return true;
}

/* Numbers, by the kind of their dtype. */
static bool
read_numbers(struct column *c, const struct npy *array, const uint8_t *first,
             size_t stride, struct error *err)
{
    for (size_t i = 0; i < c->size; i++) {
        const uint8_t *p = first + i * stride;

        switch (coltype_class(c->dtype)) {
        case CLASS_BOOL: c->i[i] = *p != 0; break;
        case CLASS_INT: c->i[i] = signed_element(p, array->item_size); break;
        case CLASS_UINT: c->u[i] = unsigned_element(p, array->item_size); break;
        case CLASS_FLOAT: c->f[i] = float_element(p, array->item_size); break;
        case CLASS_CELL:
        case CLASS_CODE:
        case CLASS_TIME: return error_set(err, ERR_INTERNAL, "no number");
        }
    }
    return true;
}

static bool
read_others(struct arena *a, struct column *c, const struct npy *array, char kind,
            const uint8_t *first, size_t stride, struct error *err)
{
    int64_t unit = kind == 'M' || kind == 'm' ? unit_of(array->descr) : 0;

    for (size_t i = 0; i < c->size; i++) {
        const uint8_t *p = first + i * stride;

        if (kind == 'U' ? !unicode_element(a, p, array->item_size / 4, &c->cells[i], err)
            : kind == 'S' ? !octets_element(a, p, array->item_size, &c->cells[i], err)
                          : !time_element(p, unit, &c->i[i], err))
            return error_at(err, "element %zu", i);
    }
    return true;
}

bool
npy_column_read(struct arena *a, const struct npy *array, const uint8_t *elements,
                size_t n, size_t m, size_t j, struct column **out, struct error *err)
{
    const uint8_t *first = elements + j * array->item_size;
    size_t stride = m * array->item_size;
    char kind = array->record || strlen(array->descr) < 3 ? 0 : array->descr[1];

    for (size_t i = 0; i < COUNT_OF(plain); i++)
        if (plain[i].dtype == array->dtype) {
            *out = column_new(a, plain[i].column, n);
            return read_numbers(*out, array, first, stride, err);
        }
    if ((kind == 'U' || kind == 'S') && array->item_size / 4 <= TEXT_MOST)
        *out = column_new(a, COLTYPE_OBJECT, n);
    else if (kind == 'M' && unit_of(array->descr))
        *out = column_new(a, COLTYPE_TIME, n);
    else if (kind == 'm' && unit_of(array->descr))
        *out = column_new(a, COLTYPE_SPAN, n);
    else
        return error_set(err, ERR_UNSUPPORTED,
                         "an array of dtype %.60s is no column (numbers, text, "
                         "datetime64 and timedelta64 are)",
                         array->descr);
    return read_others(a, *out, array, kind, first, stride, err);
}

void
npy_column_store(const struct column *c, size_t row, uint8_t *out)
{
    size_t octets = dtype_size(npy_column_dtype(c));
    bool missing = c->na && c->na[row];
    uint64_t bits;

    if (coltype_class(c->dtype) == CLASS_FLOAT && octets == 2)
        bits = half_from_f64(c->f[row]);
    else if (coltype_class(c->dtype) == CLASS_FLOAT && octets == 4) {
        float single = (float)c->f[row];
        uint32_t u;

        memcpy(&u, &single, sizeof u);
        bits = u;
    } else
        bits = missing ? 0 : c->u[row];
    for (size_t i = 0; i < octets; i++)
        out[i] = (uint8_t)(bits >> (8 * i));
}

/* The header numpy.save() writes for a dtype that common/npy.h has not. */
static void
put_header(struct buf *out, const char *descr, size_t n)
{
    static const uint8_t prefix[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    size_t start = out->size, size;
    uint8_t *length;

    buf_put(out, prefix, sizeof prefix);
    buf_put(out, "\0\0", 2);
    buf_printf(out, "{'descr': '%s', 'fortran_order': False, 'shape': (%zu,), }", descr,
               n);
    /* numpy leaves room for a shape of 21 digits, then pads to 64 with the line end. */
    for (size_t digits = (size_t)snprintf(NULL, 0, "%zu", n); digits < 21; digits++)
        buf_putc(out, ' ');
    while ((out->size - start + 1) % 64 != 0)
        buf_putc(out, ' ');
    buf_putc(out, '\n');
    size = out->size - start - 10;
    length = out->data + start + 8;
    put_le16(length, (uint16_t)size);
}

static uint32_t
next_character(const uint8_t **p)
{
    const uint8_t *s = *p;
    size_t n = utf8_length(s, 4);
    uint32_t c = n == 1 ? s[0] : n == 2 ? s[0] & 31u : n == 3 ? s[0] & 15u : s[0] & 7u;

    for (size_t i = 1; i < n; i++)
        c = c << 6 | (s[i] & 63u);
    *p += n ? n : 1;
    return c;
}

static size_t
count_characters(struct cell text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.size; i++)
        n += ((uint8_t)text.s[i] & 0xc0) != 0x80;
    return n;
}

/* Truth values beside missing ones, which read_csv gives as objects. */
static bool
all_bools(const struct column *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->size; i++) {
        if (!cell_missing(c->cells[i]) && c->cells[i].kind != CELL_BOOL)
            return false;
        n += c->cells[i].kind == CELL_BOOL;
    }
    return n > 0;
}

static bool
write_bools(struct buf *out, const struct column *c, struct error *err)
{
    uint64_t shape = c->size;

    if (!npy_header(out, DTYPE_BOOL, false, 1, &shape, err))
        return false;
    for (size_t i = 0; i < c->size; i++)
        buf_putc(out, !cell_missing(c->cells[i]) && c->cells[i].i != 0);
    return true;
}

static bool
write_text(struct buf *out, const struct column *c, struct error *err)
{
    size_t longest = 1, total;
    char descr[32];

    for (size_t i = 0; i < c->size; i++) {
        struct cell v = c->cells[i];
        size_t n = v.kind == CELL_STR ? count_characters(v) : 0;

        if (!cell_missing(v) && v.kind != CELL_STR)
            return error_set(err, ERR_UNSUPPORTED,
                             "a column that mixes kinds of values is no NumPy array");
        if (v.kind == CELL_STR && v.size > 0 && v.s[v.size - 1] == 0)
            return error_set(err, ERR_UNSUPPORTED,
                             "text that ends in NUL is no NumPy text");
        longest = n > longest ? n : longest;
    }
    if (longest > TEXT_MOST || __builtin_mul_overflow(longest * 4, c->size, &total) ||
        total > SIZE_MAX / 4)
        return error_set(err, ERR_LIMIT, "text too long for NumPy's fixed width");
    (void)snprintf(descr, sizeof descr, "<U%zu", longest);
    put_header(out, descr, c->size);
    for (size_t i = 0; i < c->size; i++) {
        struct cell v = c->cells[i];
        uint8_t *to = buf_reserve(out, 4 * longest);
        const uint8_t *p = (const uint8_t *)v.s;
        const uint8_t *end = cell_missing(v) ? p : p + v.size;

        memset(to, 0, 4 * longest);
        out->size += 4 * longest;
        for (; p < end; to += 4)
            put_le32(to, next_character(&p));
    }
    return true;
}

bool
npy_column_write(struct buf *out, const struct column *c, struct error *err)
{
    enum dtype dtype = npy_column_dtype(c);
    uint64_t shape = c->size;
    size_t octets = dtype == DTYPE_NONE ? 8 : dtype_size(dtype);

    if (coltype_class(c->dtype) == CLASS_CELL)
        return all_bools(c) ? write_bools(out, c, err) : write_text(out, c, err);
    if (dtype == DTYPE_NONE)
        put_header(out, coltype_is_time(c->dtype) ? "<M8[ns]" : "<m8[ns]", c->size);
    else if (!npy_header(out, dtype, false, 1, &shape, err))
        return false;
    for (size_t i = 0; i < c->size; i++) {
        uint8_t *to = buf_reserve(out, octets);

        if (dtype == DTYPE_NONE)
            put_le64(to, (uint64_t)c->i[i]);
        else
            npy_column_store(c, i, to);
        out->size += octets;
    }
    return true;
}
