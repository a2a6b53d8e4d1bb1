/* column.c: storage of typed values, and moving them between types and places. */
#include "table/column.h"

#include "common/mem.h"

struct column *
column_new(struct arena *a, enum coltype t, size_t size)
{
    struct column *c = arena_alloc(a, sizeof *c);
    size_t octets =
        coltype_class(t) == CLASS_CELL ? sizeof(struct cell) : sizeof(int64_t);

    c->dtype = t;
    c->size = size;
    if (coltype_class(t) == CLASS_CELL)
        c->cells = arena_alloc(a, size * octets + 1);
    else
        c->i = arena_alloc(a, size * octets + 1);
    if (coltype_nullable(t))
        c->na = arena_alloc(a, size + 1);
    return c;
}

struct column *
column_like(struct arena *a, const struct column *src, size_t size)
{
    struct column *c = column_new(a, src->dtype, size);

    c->name = src->name;
    c->categories = src->categories;
    c->ordered = src->ordered;
    return c;
}

struct column *
column_named(struct arena *a, const struct column *src, struct cell name)
{
    struct column *c = arena_alloc(a, sizeof *c);

    *c = *src;
    c->name = name;
    return c;
}

struct cell
column_get(const struct column *c, size_t row)
{
    if (c->na && c->na[row])
        return (struct cell){.kind = CELL_NA};
    switch (coltype_class(c->dtype)) {
    case CLASS_BOOL: return cell_bool(c->i[row] != 0);
    case CLASS_INT: return cell_int(c->i[row]);
    case CLASS_UINT: return cell_uint(c->u[row]);
    case CLASS_FLOAT: return cell_float(c->f[row]);
    case CLASS_CELL: return c->cells[row];
    case CLASS_CODE:
        if (c->i[row] < 0)
            return cell_nan();
        return column_get(c->categories, (size_t)c->i[row]);
    case CLASS_TIME: break;
    }
    if (c->i[row] == INT64_MIN)
        return (struct cell){.kind = CELL_NAT};
    if (c->dtype == COLTYPE_SPAN)
        return (struct cell){.i = c->i[row], .kind = CELL_SPAN};
    return cell_time(c->i[row], c->dtype);
}

bool
column_missing(const struct column *c, size_t row)
{
    if (c->na)
        return c->na[row] != 0;
    switch (coltype_class(c->dtype)) {
    case CLASS_FLOAT: return isnan(c->f[row]);
    case CLASS_CELL: return cell_missing(c->cells[row]);
    case CLASS_CODE: return c->i[row] < 0;
    case CLASS_TIME: return c->i[row] == INT64_MIN;
    case CLASS_BOOL:
    case CLASS_INT:
    case CLASS_UINT: break;
    }
    return false;
}

bool
column_any_missing(const struct column *c)
{
    for (size_t i = 0; i < c->size; i++)
        if (column_missing(c, i))
            return true;
    return false;
}

int64_t
category_code(const struct column *categories, struct cell value)
{
    for (size_t i = 0; i < categories->size; i++)
        if (cell_equal(column_get(categories, i), value))
            return (int64_t)i;
    return -1;
}

static int64_t
cell_to_i64(struct cell v)
{
    if (v.kind == CELL_FLOAT)
        return v.f >= -0x1p63 && v.f < 0x1p63 ? (int64_t)v.f : INT64_MIN;
    return v.i;
}

void
column_set(struct column *c, size_t row, struct cell value)
{
    bool missing = cell_missing(value);

    if (c->na) {
        /* NaN is a value of Float64 unless it came in as a missing one */
        c->na[row] = missing;
        if (missing)
            return;
    }
    switch (coltype_class(c->dtype)) {
    case CLASS_BOOL: c->i[row] = cell_truth(value); break;
    case CLASS_INT:
        c->i[row] = missing ? 0 : coltype_wrap_i64(c->dtype, cell_to_i64(value));
        break;
    case CLASS_UINT:
        if (value.kind == CELL_FLOAT && value.f >= 0x1p63 && value.f < 0x1p64)
            c->u[row] = (uint64_t)value.f;
        else
            c->u[row] = missing ? 0 : (uint64_t)cell_to_i64(value);
        c->u[row] = coltype_wrap_u64(c->dtype, c->u[row]);
        break;
    case CLASS_FLOAT: c->f[row] = column_round(c->dtype, cell_to_f64(value)); break;
    case CLASS_CELL:
        c->cells[row] = missing && c->dtype == COLTYPE_STRING
                            ? (struct cell){.kind = CELL_NA}
                            : value;
        break;
    case CLASS_CODE:
        c->i[row] = missing ? -1 : category_code(c->categories, value);
        break;
    case CLASS_TIME: c->i[row] = missing ? INT64_MIN : value.i; break;
    }
}

static struct cell
missing_of(enum coltype t)
{
    return coltype_class(t) == CLASS_TIME               ? (struct cell){.kind = CELL_NAT}
           : coltype_nullable(t) || t == COLTYPE_STRING ? (struct cell){.kind = CELL_NA}
                                                        : cell_nan();
}

/* Slots of 8 octets, no promotion needed. */
static void
take_slots(struct column *out, const struct column *c, const int64_t *positions)
{
    for (size_t i = 0; i < out->size; i++)
        out->i[i] = c->i[positions[i]];
    if (out->na)
        for (size_t i = 0; i < out->size; i++)
            out->na[i] = c->na[positions[i]];
}

struct column *
column_take(struct arena *a, const struct column *c, const int64_t *positions, size_t n)
{
    bool holes = false;

    for (size_t i = 0; i < n; i++)
        holes |= positions[i] < 0;

    enum coltype t = holes ? coltype_with_missing(c->dtype) : c->dtype;
    struct column *out = column_new(a, t, n);

    out->name = c->name;
    out->categories = c->categories;
    out->ordered = c->ordered;
    if (!holes && coltype_class(t) != CLASS_CELL) {
        take_slots(out, c, positions);
        return out;
    }

    struct cell missing = missing_of(t);

    for (size_t i = 0; i < n; i++)
        if (positions[i] < 0)
            column_set(out, i, missing);
        else if (out->na) {
            out->i[i] = c->i[positions[i]];
            out->na[i] = c->na[positions[i]];
        } else
            column_set(out, i, column_get(c, (size_t)positions[i]));
    return out;
}

struct column *
column_cast(struct arena *a, const struct column *c, enum coltype t)
{
    struct column *out = column_new(a, t, c->size);

    out->name = c->name;
    for (size_t i = 0; i < c->size; i++) {
        struct cell v = column_get(c, i);

        if (cell_missing(v) && coltype_class(t) != CLASS_CELL)
            v = missing_of(t);
        column_set(out, i, v);
    }
    return out;
}

enum {
    SAW_BOOL = 1,
    SAW_INT = 2,
    SAW_UINT = 4,
    SAW_FLOAT = 8,
    SAW_TIME = 16,
    SAW_SPAN = 32,
    SAW_STR = 64,
    SAW_NONE = 128,
    SAW_NAT = 256,
    SAW_NAN = 512,
    SAW_NEGATIVE = 1024,
    SAW_ZONED = 2048,
};

static unsigned
saw(struct cell v)
{
    switch ((enum cell_kind)v.kind) {
    case CELL_NONE: return SAW_NONE;
    case CELL_NA: return SAW_STR;
    case CELL_NAT: return SAW_NAT;
    case CELL_BOOL: return SAW_BOOL;
    case CELL_INT: return v.i < 0 ? SAW_INT | SAW_NEGATIVE : SAW_INT;
    case CELL_UINT: return SAW_UINT;
    case CELL_FLOAT: return isnan(v.f) ? SAW_NAN : SAW_FLOAT;
    case CELL_STR: return SAW_STR;
    case CELL_TIME: return v.zone ? SAW_ZONED : SAW_TIME;
    case CELL_SPAN: break;
    }
    return SAW_SPAN;
}

/* zone: of the last time, when there was one. */
static enum coltype
infer_dtype(unsigned seen, enum coltype zone)
{
    unsigned missing = seen & (SAW_NONE | SAW_NAN);
    unsigned values = seen & ~(unsigned)(SAW_NONE | SAW_NAN | SAW_NEGATIVE);

    if (values == SAW_BOOL)
        return missing ? COLTYPE_OBJECT : COLTYPE_BOOL;
    if (values == SAW_INT && !missing)
        return COLTYPE_INT64;
    if (!missing && !(seen & SAW_NEGATIVE) && !(values & ~(unsigned)(SAW_INT | SAW_UINT)))
        return values ? COLTYPE_UINT64 : COLTYPE_OBJECT;
    if (values == 0)
        return seen & SAW_NAN ? COLTYPE_FLOAT64 : COLTYPE_OBJECT;
    if (!(values & ~(unsigned)(SAW_INT | SAW_UINT | SAW_FLOAT)))
        return values & SAW_UINT && seen & SAW_NEGATIVE && !(values & SAW_FLOAT)
                   ? COLTYPE_OBJECT
                   : COLTYPE_FLOAT64;
    if (!(values & ~(unsigned)(SAW_TIME | SAW_NAT)))
        return COLTYPE_TIME;
    if (!(values & ~(unsigned)(SAW_ZONED | SAW_NAT)))
        return zone;
    if (!(values & ~(unsigned)(SAW_SPAN | SAW_NAT)))
        return COLTYPE_SPAN;
    return COLTYPE_OBJECT;
}

struct column *
column_infer(struct arena *a, const struct cell *cells, size_t n)
{
    enum coltype zone = COLTYPE_OBJECT;
    unsigned seen = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned kind = saw(cells[i]);

        /* times of two zones have no type of their own */
        if (kind == SAW_ZONED && seen & SAW_ZONED && zone != (enum coltype)cells[i].zone)
            kind = SAW_ZONED | SAW_STR;
        else if (kind == SAW_ZONED)
            zone = (enum coltype)cells[i].zone;
        seen |= kind;
    }

    struct column *c = column_new(a, infer_dtype(seen, zone), n);

    for (size_t i = 0; i < n; i++)
        column_set(c, i, cells[i]);
    return c;
}

int64_t
coltype_wrap_i64(enum coltype t, int64_t x)
{
    switch (coltype_octets(t)) {
    case 1: return (int8_t)x;
    case 2: return (int16_t)x;
    case 4: return (int32_t)x;
    default: return x;
    }
}

uint64_t
coltype_wrap_u64(enum coltype t, uint64_t x)
{
    return x & coltype_max(t);
}
