/* pandas_json.c: the writer of pandas/_libs/src/vendored/ujson. */
#include "io/pandas_json.h"

#include "io/value.h"

#include <inttypes.h>

static const char hex[] = "0123456789abcdef";

static void
put_unit(struct buf *out, unsigned unit)
{
    buf_puts(out, "\\u");
    for (int shift = 12; shift >= 0; shift -= 4)
        buf_putc(out, hex[unit >> shift & 15]);
}

/* One character of valid UTF-8 beyond ASCII; returns its octets. */
static size_t
put_wide(struct buf *out, const uint8_t *p)
{
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    uint32_t c = p[0] & (0x7fu >> n);

    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3fu);
    if (c < 0x10000) {
        put_unit(out, c);
    } else {
        put_unit(out, 0xd800 + ((c - 0x10000) >> 10));
        put_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
    }
    return n;
}

static void
put_text(struct buf *out, const char *text, size_t size)
{
    static const char from[] = "\"\\/\b\f\n\r\t";
    static const char to[] = "\"\\/bfnrt";

    buf_putc(out, '"');
    for (size_t i = 0; i < size;) {
        const char *special = text[i] ? strchr(from, text[i]) : NULL;

        if ((uint8_t)text[i] >= 0x80) {
            i += put_wide(out, (const uint8_t *)text + i);
            continue;
        }
        if (special) {
            buf_putc(out, '\\');
            buf_putc(out, to[special - from]);
        } else if ((uint8_t)text[i] < 0x20)
            put_unit(out, (uint8_t)text[i]);
        else
            buf_putc(out, text[i]);
        i++;
    }
    buf_putc(out, '"');
}

/* Buffer_AppendDoubleUnchecked with double_precision=10. */
static void
put_double(struct buf *out, double x)
{
    const uint64_t scale = UINT64_C(10000000000);
    double value = fabs(x);
    uint64_t whole;
    uint64_t part;
    double rest;
    int digits = 10;

    if (value > 1e16 - 1 || (value != 0 && value < 1e-15)) {
        buf_printf(out, "%.10g", x);
        return;
    }
    whole = (uint64_t)value;
    rest = (value - (double)whole) * (double)scale;
    part = (uint64_t)rest;
    rest -= (double)part;
    if (rest > 0.5 || (rest == 0.5 && (part == 0 || (part & 1))))
        part++;
    if (part >= scale) {
        part = 0;
        whole++;
    }
    while (part && part % 10 == 0) {
        part /= 10;
        digits--;
    }
    if (x < 0)
        buf_putc(out, '-');
    buf_printf(out, "%" PRIu64 ".", whole);
    buf_printf(out, "%0*" PRIu64, part ? digits : 1, part);
}

static void
put_cell(struct buf *out, struct cell v)
{
    if (cell_missing(v) || (v.kind == CELL_FLOAT && isinf(v.f)))
        buf_puts(out, "null");
    else if (v.kind == CELL_BOOL)
        buf_puts(out, v.i ? "true" : "false");
    else if (v.kind == CELL_FLOAT)
        put_double(out, v.f);
    else if (v.kind == CELL_STR)
        put_text(out, v.s, v.size);
    else if (v.kind == CELL_TIME || v.kind == CELL_SPAN)
        buf_printf(out, "%" PRId64, v.i / 1000000);
    else
        value_put_cell(out, v);
}

/* A value as the key of an object. */
static void
put_key(struct buf *out, struct cell v)
{
    struct buf text = {0};

    if (v.kind == CELL_STR)
        put_text(out, v.s, v.size);
    else {
        put_cell(&text, v);
        put_text(out, buf_string(&text), text.size);
    }
    buf_putc(out, ':');
    buf_clear(&text);
}

static struct cell
label(const struct frame *f, size_t row)
{
    return column_get(f->index.levels[0], row);
}

/* Row by row: [..] without names, {..} with them. */
static void
put_row(struct buf *out, const struct frame *f, size_t row, bool names)
{
    buf_putc(out, names ? '{' : '[');
    for (size_t i = 0; i < f->n_columns; i++) {
        if (i > 0)
            buf_putc(out, ',');
        if (names)
            put_key(out, f->columns[i]->name);
        put_cell(out, column_get(f->columns[i], row));
    }
    buf_putc(out, names ? '}' : ']');
}

static void
put_rows(struct buf *out, const struct frame *f, bool names, bool labels)
{
    buf_putc(out, labels ? '{' : '[');
    for (size_t row = 0; row < f->n_rows; row++) {
        if (row > 0)
            buf_putc(out, ',');
        if (labels)
            put_key(out, label(f, row));
        put_row(out, f, row, names);
    }
    buf_putc(out, labels ? '}' : ']');
}

static void
put_columns(struct buf *out, const struct frame *f)
{
    buf_putc(out, '{');
    for (size_t i = 0; i < f->n_columns; i++) {
        if (i > 0)
            buf_putc(out, ',');
        put_key(out, f->columns[i]->name);
        buf_putc(out, '{');
        for (size_t row = 0; row < f->n_rows; row++) {
            if (row > 0)
                buf_putc(out, ',');
            put_key(out, label(f, row));
            put_cell(out, column_get(f->columns[i], row));
        }
        buf_putc(out, '}');
    }
    buf_putc(out, '}');
}

static void
put_split(struct buf *out, const struct frame *f)
{
    buf_puts(out, "{\"columns\":[");
    for (size_t i = 0; i < f->n_columns; i++) {
        if (i > 0)
            buf_putc(out, ',');
        put_cell(out, f->columns[i]->name);
    }
    buf_puts(out, "],\"index\":[");
    for (size_t row = 0; row < f->n_rows; row++) {
        if (row > 0)
            buf_putc(out, ',');
        put_cell(out, label(f, row));
    }
    buf_puts(out, "],\"data\":");
    put_rows(out, f, false, false);
    buf_putc(out, '}');
}

bool
pandas_json(struct buf *out, const struct frame *f, const char *orient, struct error *err)
{
    if (strcmp(orient, "records") == 0)
        put_rows(out, f, true, false);
    else if (strcmp(orient, "values") == 0)
        put_rows(out, f, false, false);
    else if (strcmp(orient, "index") == 0)
        put_rows(out, f, true, true);
    else if (strcmp(orient, "columns") == 0)
        put_columns(out, f);
    else if (strcmp(orient, "split") == 0)
        put_split(out, f);
    else
        return raise_error(err, "ValueError", "Invalid value '%s' for option 'orient'",
                           orient);
    return true;
}
