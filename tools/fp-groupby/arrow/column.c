/* column.c: buffers to values.  Every length is checked before it is used. */
#include "arrow/column.h"

#include "common/bytes.h"
#include "common/utf8.h"
#include "table/half.h"

struct span {
    const uint8_t *data;
    uint64_t size;
};

/* One column's part of one batch. */
struct part {
    size_t n, missing;
    struct span validity, values, text;
    const struct arrow_batch *batch;
    size_t first_view, n_views; /* buffers that views point into */
};

bool
arrow_cursor_done(const struct arrow_cursor *c, const struct arrow_batch *b)
{
    return c->node == b->nodes.count && c->buffer == b->buffers.count &&
           c->variadic == b->variadic.count;
}

static bool
read_buffer(const struct arrow_batch *b, size_t i, struct span *out, struct error *err)
{
    uint64_t offset, size;

    if (i >= b->buffers.count)
        return error_set(err, ERR_MALFORMED, "a batch lacks buffers");
    offset = get_le64(b->buffers.data + 16 * i);
    size = get_le64(b->buffers.data + 16 * i + 8);
    if (offset > b->body_size || size > b->body_size - offset)
        return error_set(err, ERR_BOUNDS, "a buffer lies outside its body");
    out->size = size;
    out->data = size ? b->body + offset : (const uint8_t *)"";
    return true;
}

static bool
is_text(enum arrow_type_id id)
{
    return id == ARROW_UTF8 || id == ARROW_LARGE_UTF8 || id == ARROW_UTF8_VIEW;
}

/* The octets that n values take. */
static uint64_t
values_size(struct arrow_type t, uint64_t n)
{
    if (t.id == ARROW_BOOL)
        return (n + 7) / 8;
    if (t.id == ARROW_UTF8 || t.id == ARROW_LARGE_UTF8)
        return n == 0 ? 0 : (n + 1) * (t.id == ARROW_UTF8 ? 4 : 8);
    return n * (t.id == ARROW_UTF8_VIEW ? 16 : t.bits / 8);
}

static bool
take_views(const struct arrow_batch *b, struct arrow_cursor *cursor, struct part *out,
           struct error *err)
{
    uint64_t n;

    if (cursor->variadic >= b->variadic.count)
        return error_set(err, ERR_MALFORMED, "a batch lacks counts of view buffers");
    n = get_le64(b->variadic.data + 8 * cursor->variadic++);
    if (n > b->buffers.count - cursor->buffer)
        return error_set(err, ERR_MALFORMED, "a batch lacks buffers");
    out->first_view = cursor->buffer;
    out->n_views = (size_t)n;
    cursor->buffer += (size_t)n;
    return true;
}

static bool
take_part(const struct arrow_batch *b, struct arrow_type t, struct arrow_cursor *cursor,
          struct part *out, struct error *err)
{
    uint64_t missing;

    *out = (struct part){.n = b->n_rows, .batch = b};
    if (cursor->node >= b->nodes.count)
        return error_set(err, ERR_MALFORMED, "a batch lacks columns");
    missing = get_le64(b->nodes.data + 16 * cursor->node + 8);
    if (get_le64(b->nodes.data + 16 * cursor->node) != b->n_rows || missing > b->n_rows)
        return error_set(err, ERR_MALFORMED,
                         "a column's length differs from that of its batch");
    cursor->node++;
    out->missing = missing;
    if (t.id == ARROW_NULL)
        return true;
    if (!read_buffer(b, cursor->buffer++, &out->validity, err) ||
        !read_buffer(b, cursor->buffer++, &out->values, err))
        return false;
    if (missing > 0 && out->validity.size < (b->n_rows + 7) / 8)
        return error_set(err, ERR_BOUNDS, "a validity bitmap is too short");
    if (out->values.size < values_size(t, b->n_rows))
        return error_set(err, ERR_BOUNDS, "a column's values are too short");
    if (t.id == ARROW_UTF8_VIEW)
        return take_views(b, cursor, out, err);
    return !is_text(t.id) || read_buffer(b, cursor->buffer++, &out->text, err);
}

static bool
is_missing(const struct part *p, size_t i)
{
    return p->missing > 0 && !(p->validity.data[i / 8] >> i % 8 & 1);
}

static uint64_t
value_at(const struct part *p, struct arrow_type t, size_t i)
{
    const uint8_t *v = p->values.data;

    if (t.id == ARROW_BOOL)
        return v[i / 8] >> i % 8 & 1;
    switch (t.bits) {
    case 8: return t.is_signed ? (uint64_t)(int8_t)v[i] : v[i];
    case 16:
        return t.is_signed ? (uint64_t)(int16_t)get_le16(v + 2 * i) : get_le16(v + 2 * i);
    case 32:
        return t.is_signed ? (uint64_t)(int32_t)get_le32(v + 4 * i) : get_le32(v + 4 * i);
    default: return get_le64(v + 8 * i);
    }
}

static double
real_at(const struct part *p, struct arrow_type t, size_t i)
{
    union {
        uint64_t u;
        double f;
    } wide;
    union {
        uint32_t u;
        float f;
    } single;

    wide.u = value_at(p, t, i);
    single.u = (uint32_t)wide.u;
    return t.bits == 16   ? half_to_f64((uint16_t)wide.u)
           : t.bits == 32 ? (double)single.f
                          : wide.f;
}

/* 16 octets: the size, then the text when it has up to 12, else where it lies. */
static bool
view_at(const struct part *p, size_t i, struct span *out, struct error *err)
{
    const uint8_t *v = p->values.data + 16 * i;
    uint32_t size = get_le32(v);
    uint32_t which = get_le32(v + 8), offset = get_le32(v + 12);
    struct span buffer;

    out->size = size;
    if (size <= 12) {
        out->data = v + 4;
        return true;
    }
    if (size > INT32_MAX || which >= p->n_views ||
        !read_buffer(p->batch, p->first_view + which, &buffer, err) ||
        offset > buffer.size || size > buffer.size - offset)
        return error_set(err, ERR_BOUNDS, "a text lies outside its buffer");
    out->data = buffer.data + offset;
    return true;
}

static bool
text_at(const struct part *p, struct arrow_type t, size_t i, struct cell *out,
        struct error *err)
{
    const uint8_t *v = p->values.data;
    struct span s = {NULL, 0};
    uint64_t begin, end;

    if (t.id == ARROW_UTF8_VIEW) {
        if (!view_at(p, i, &s, err))
            return false;
    } else {
        begin = t.id == ARROW_UTF8 ? get_le32(v + 4 * i) : get_le64(v + 8 * i);
        end = t.id == ARROW_UTF8 ? get_le32(v + 4 * i + 4) : get_le64(v + 8 * i + 8);
        if (begin > end || end > p->text.size || end - begin > UINT32_MAX)
            return error_set(err, ERR_BOUNDS, "a text lies outside its buffer");
        s = (struct span){p->text.data + begin, end - begin};
    }
    for (uint64_t k = 0, n; k < s.size; k += n)
        if ((n = utf8_length(s.data + k, s.size - k)) == 0)
            return error_set(err, ERR_MALFORMED, "a text is not UTF-8");
    *out = s.size ? cell_str_n((const char *)s.data, s.size) : cell_str_n("", 0);
    return true;
}

/* A time as nanoseconds. */
static bool
nanoseconds(const struct part *p, struct arrow_type t, size_t i, int64_t *out,
            struct error *err)
{
    static const int64_t scale[] = {1000000000, 1000000, 1000, 1};
    struct arrow_type stored = {.bits = t.bits, .is_signed = true};
    int64_t x = (int64_t)value_at(p, stored, i);
    int64_t by = t.id == ARROW_DATE && t.bits == 32 ? 86400 * scale[0] : scale[t.unit];

    if (!__builtin_mul_overflow(x, by, out) && *out != INT64_MIN)
        return true;
    return error_set(err, ERR_BOUNDS, "a time beyond what nanoseconds can say");
}

/* The column type for a field, some of whose values may be missing. */
static bool
column_type(const struct arrow_field *f, bool holes, enum coltype *out, struct error *err)
{
    static const enum coltype ints[2][4] = {
        {COLTYPE_UINT8, COLTYPE_UINT16, COLTYPE_UINT32, COLTYPE_UINT64},
        {COLTYPE_INT8, COLTYPE_INT16, COLTYPE_INT32, COLTYPE_INT64}};
    struct arrow_type t = f->type;
    unsigned log = t.bits < 16 ? 0 : t.bits < 32 ? 1 : t.bits < 64 ? 2 : 3;
    bool object = f->pandas == COLTYPE_OBJECT;

    *out = COLTYPE_OBJECT;
    if (f->encoded) {
        *out = COLTYPE_CATEGORY;
        return true;
    }
    switch (t.id) {
    case ARROW_NULL:
    case ARROW_UTF8:
    case ARROW_LARGE_UTF8:
    case ARROW_UTF8_VIEW:
        if (f->pandas == COLTYPE_STRING)
            *out = COLTYPE_STRING;
        return true;
    case ARROW_BOOL:
        if (!object)
            *out = holes || f->pandas == COLTYPE_NULLABLE_BOOL ? COLTYPE_NULLABLE_BOOL
                                                               : COLTYPE_BOOL;
        return true;
    case ARROW_INT:
        if (object)
            return true;
        *out = ints[t.is_signed][log];
        if (holes || f->pandas == COLTYPE_NULLABLE_INT)
            *out = COLTYPE_NULLABLE_INT;
        return *out != COLTYPE_NULLABLE_INT || t.is_signed || t.bits < 64 ||
               error_set(err, ERR_UNSUPPORTED,
                         "a nullable column of 64-bit unsigned integers");
    case ARROW_FLOAT:
        if (!object)
            *out = f->pandas == COLTYPE_NULLABLE_FLOAT ? COLTYPE_NULLABLE_FLOAT
                   : t.bits == 16                      ? COLTYPE_FLOAT16
                   : t.bits == 32                      ? COLTYPE_FLOAT32
                                                       : COLTYPE_FLOAT64;
        return true;
    case ARROW_DURATION: *out = COLTYPE_SPAN; return true;
    case ARROW_TIMESTAMP: *out = t.times; return true;
    case ARROW_DATE: break;
    }
    *out = COLTYPE_TIME;
    return true;
}

static void
set_missing(struct column *c, size_t row, const struct arrow_options *o)
{
    if (c->na)
        c->na[row] = 1;
    else if (c->dtype == COLTYPE_OBJECT)
        c->cells[row] = o->nan ? cell_nan() : cell_none();
    else if (c->dtype == COLTYPE_STRING)
        c->cells[row] = (struct cell){.kind = CELL_NA};
    else if (coltype_class(c->dtype) == CLASS_FLOAT)
        c->f[row] = (double)NAN;
    else
        c->i[row] = c->dtype == COLTYPE_CATEGORY ? -1 : INT64_MIN;
}

/* A value into an object column. */
static struct cell
plain_cell(const struct part *p, struct arrow_type t, size_t i)
{
    if (t.id == ARROW_FLOAT)
        return cell_float(real_at(p, t, i));
    if (t.id == ARROW_BOOL)
        return cell_bool(value_at(p, t, i) != 0);
    return t.is_signed ? cell_int((int64_t)value_at(p, t, i))
                       : cell_uint(value_at(p, t, i));
}

static bool
set_value(struct column *c, size_t row, const struct part *p, struct arrow_type t,
          size_t i, struct error *err)
{
    if (is_text(t.id))
        return text_at(p, t, i, &c->cells[row], err);
    if (t.id == ARROW_TIMESTAMP || t.id == ARROW_DURATION || t.id == ARROW_DATE)
        return nanoseconds(p, t, i, &c->i[row], err);
    if (coltype_class(c->dtype) == CLASS_CELL)
        c->cells[row] = plain_cell(p, t, i);
    else if (t.id == ARROW_FLOAT)
        c->f[row] = real_at(p, t, i);
    else
        c->u[row] = value_at(p, t, i);
    return c->dtype != COLTYPE_CATEGORY || c->i[row] >= 0 ||
           error_set(err, ERR_BOUNDS, "a code below zero");
}

bool
arrow_column_read(struct arena *a, const struct arrow_field *field,
                  const struct arrow_batch *batches, size_t n_batches,
                  struct arrow_cursor *cursors, const struct arrow_options *o,
                  struct column **out, struct error *err)
{
    struct arrow_type t = field->encoded ? field->code : field->type;
    struct part *parts = arena_alloc(a, (n_batches + 1) * sizeof *parts);
    enum coltype type;
    bool holes = false;
    size_t n = 0;

    for (size_t k = 0; k < n_batches; k++) {
        if (!take_part(&batches[k], t, &cursors[k], &parts[k], err))
            return error_at(err, "batch %zu", k + 1);
        holes |= parts[k].missing > 0;
        n += parts[k].n;
    }
    if (!column_type(field, holes, &type, err))
        return false;
    *out = column_new(a, type, n);
    (*out)->name = field->name;
    n = 0;
    for (size_t k = 0; k < n_batches; k++)
        for (size_t i = 0; i < parts[k].n; i++, n++)
            if (t.id == ARROW_NULL || is_missing(&parts[k], i))
                set_missing(*out, n, o);
            else if (!set_value(*out, n, &parts[k], t, i, err))
                return error_at(err, "batch %zu, row %zu", k + 1, i + 1);
    return true;
}

bool
arrow_column_encode(struct column *c, const struct arrow_field *field,
                    const struct column *dictionary, struct error *err)
{
    if (!dictionary)
        return error_set(err, ERR_MALFORMED, "the column's dictionary is not there");
    for (size_t i = 0; i < c->size; i++)
        if (c->i[i] >= 0 && (uint64_t)c->i[i] >= dictionary->size)
            return error_set(err, ERR_BOUNDS, "a code beyond its dictionary");
    c->categories = dictionary;
    c->ordered = field->ordered;
    return true;
}
