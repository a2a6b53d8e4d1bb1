/* body.c: validity bitmaps, values, offsets and text. */
#include "arrow/body.h"

#include "common/bytes.h"
#include "table/half.h"

#include <stdlib.h>

void
arrow_body_clear(struct arrow_body *b)
{
    buf_clear(&b->bytes);
    buf_clear(&b->nodes);
    buf_clear(&b->buffers);
}

static void
put_u64(struct buf *b, uint64_t x)
{
    put_le64(buf_reserve(b, 8), x);
    b->size += 8;
}

/* n zeroed octets as the next buffer; valid until the next one. */
static uint8_t *
next_buffer(struct arrow_body *b, size_t n)
{
    size_t padded = (n + 7) & ~(size_t)7;
    uint8_t *p =
        buf_reserve(&b->bytes, padded + 8); /* an empty one has an address, too */

    memset(p, 0, padded);
    put_u64(&b->buffers, b->bytes.size);
    put_u64(&b->buffers, n);
    b->bytes.size += padded;
    return p;
}

enum { SAW_TEXT = 1, SAW_BOOL = 2, SAW_INT = 4, SAW_LARGE = 8, SAW_REAL = 16 };

/* The kinds of values in an object column. */
static bool
type_of_cells(const struct column *c, struct arrow_type *out)
{
    unsigned seen = 0;
    bool negative = false;

    for (size_t i = 0; i < c->size; i++) {
        struct cell v = c->cells[i];

        if (cell_missing(v))
            continue;
        negative |= v.kind == CELL_INT && v.i < 0;
        seen |= v.kind == CELL_STR     ? SAW_TEXT
                : v.kind == CELL_BOOL  ? SAW_BOOL
                : v.kind == CELL_INT   ? SAW_INT
                : v.kind == CELL_UINT  ? SAW_LARGE
                : v.kind == CELL_FLOAT ? SAW_REAL
                                       : ~0u;
    }
    switch (seen) {
    case 0: out->id = c->dtype == COLTYPE_STRING ? ARROW_UTF8 : ARROW_NULL; return true;
    case SAW_TEXT: out->id = ARROW_UTF8; return true;
    case SAW_BOOL: out->id = ARROW_BOOL; return true;
    case SAW_REAL: *out = (struct arrow_type){.id = ARROW_FLOAT, .bits = 64}; return true;
    case SAW_INT:
    case SAW_LARGE:
    case SAW_INT | SAW_LARGE:
        *out = (struct arrow_type){.id = ARROW_INT, .bits = 64};
        out->is_signed = !(seen & SAW_LARGE);
        return out->is_signed || !negative;
    default: return false;
    }
}

bool
arrow_type_of(const struct column *c, struct arrow_type *out, struct error *err)
{
    struct arena a = {0};

    *out = (struct arrow_type){.bits = 8 * coltype_octets(c->dtype), .unit = ARROW_NANO};
    switch (coltype_class(c->dtype)) {
    case CLASS_BOOL: out->id = ARROW_BOOL; return true;
    case CLASS_INT:
        out->is_signed = true;
        out->id = ARROW_INT;
        return true;
    case CLASS_UINT: out->id = ARROW_INT; return true;
    case CLASS_FLOAT: out->id = ARROW_FLOAT; return true;
    case CLASS_TIME:
        out->id = c->dtype == COLTYPE_SPAN ? ARROW_DURATION : ARROW_TIMESTAMP;
        out->times = c->dtype;
        out->bits = 64;
        return true;
    case CLASS_CODE: return arrow_type_of(c->categories, out, err);
    case CLASS_CELL:
        if (type_of_cells(c, out))
            return true;
        break;
    }
    (void)error_set(err, ERR_UNSUPPORTED,
                    "column %s mixes kinds of values, which no Arrow type holds",
                    cell_repr(&a, c->name));
    arena_clear(&a);
    return false;
}

struct arrow_type
arrow_code_type(const struct column *c)
{
    size_t n = c->categories->size;
    struct arrow_type t = {.id = ARROW_INT, .is_signed = true};

    t.bits = n <= INT8_MAX ? 8 : n <= INT16_MAX ? 16 : 32;
    return t;
}

/* Returns how many are missing; no bitmap when none is. */
static size_t
put_validity(struct arrow_body *b, const struct column *c, size_t first, size_t n)
{
    size_t missing = 0;
    uint8_t *bits;

    for (size_t i = 0; i < n; i++)
        missing += column_missing(c, first + i);
    bits = next_buffer(b, missing ? (n + 7) / 8 : 0);
    for (size_t i = 0; missing && i < n; i++)
        if (!column_missing(c, first + i))
            bits[i / 8] |= (uint8_t)(1u << i % 8);
    return missing;
}

static void
put_text(struct arrow_body *b, const struct column *c, size_t first, size_t n)
{
    uint8_t *ends = next_buffer(b, 4 * (n + 1));
    uint32_t size = 0;

    for (size_t i = 0; i < n; i++) {
        size += cell_missing(c->cells[first + i]) ? 0 : c->cells[first + i].size;
        put_le32(ends + 4 * (i + 1), size);
    }

    uint8_t *p = next_buffer(b, size);

    for (size_t i = 0; i < n; i++) {
        struct cell v = c->cells[first + i];

        if (!cell_missing(v) && v.size > 0) {
            memcpy(p, v.s, v.size);
            p += v.size;
        }
    }
}

static uint64_t
value_bits(const struct column *c, size_t row, unsigned bits)
{
    union {
        double f;
        float single;
        uint32_t half;
        uint64_t u;
    } x = {.u = 0};
    double value;

    if (coltype_class(c->dtype) == CLASS_CELL) {
        struct cell v = c->cells[row];

        return cell_missing(v) ? 0 : v.u; /* a double's bits, too */
    }
    if (column_missing(c, row))
        return 0;
    if (coltype_class(c->dtype) != CLASS_FLOAT)
        return c->u[row];
    value = c->f[row];
    if (bits == 16)
        return half_from_f64(value);
    if (bits == 32)
        x.single = (float)value;
    else
        x.f = value;
    return x.u;
}

static void
put_values(struct arrow_body *b, const struct column *c, unsigned bits, size_t first,
           size_t n)
{
    uint8_t *p = next_buffer(b, n * bits / 8);

    for (size_t i = 0; i < n; i++) {
        uint64_t x = value_bits(c, first + i, bits);

        switch (bits) {
        case 8: p[i] = (uint8_t)x; break;
        case 16: put_le16(p + 2 * i, (uint16_t)x); break;
        case 32: put_le32(p + 4 * i, (uint32_t)x); break;
        default: put_le64(p + 8 * i, x); break;
        }
    }
}

static void
put_bools(struct arrow_body *b, const struct column *c, size_t first, size_t n)
{
    uint8_t *p = next_buffer(b, (n + 7) / 8);

    for (size_t i = 0; i < n; i++)
        if (value_bits(c, first + i, 64))
            p[i / 8] |= (uint8_t)(1u << i % 8);
}

void
arrow_body_add(struct arrow_body *b, const struct column *c, struct arrow_type type,
               size_t first, size_t n)
{
    size_t missing = n;

    put_u64(&b->nodes, n);
    if (type.id != ARROW_NULL)
        missing = put_validity(b, c, first, n);
    put_u64(&b->nodes, missing);
    if (type.id == ARROW_UTF8)
        put_text(b, c, first, n);
    else if (type.id == ARROW_BOOL)
        put_bools(b, c, first, n);
    else if (type.id != ARROW_NULL)
        put_values(b, c, type.bits, first, n);
}
