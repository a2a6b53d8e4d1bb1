/*
 * csv_write.c: fields as Python's csv module (3.13) quotes them: a field with the
 * delimiter, a quote, a line feed or a carriage return, and an empty one alone in
 * its row.
 */
#include "io/csv_write.h"

#include "common/num.h"

#include <inttypes.h>

void
csv_put_text(struct buf *b, const char *text, size_t size)
{
    bool plain = true;

    for (size_t i = 0; i < size; i++)
        plain &= text[i] != ',' && text[i] != '"' && text[i] != '\n' && text[i] != '\r';
    if (plain) {
        buf_put(b, text, size);
        return;
    }
    buf_putc(b, '"');
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"')
            buf_putc(b, '"');
        buf_putc(b, text[i]);
    }
    buf_putc(b, '"');
}

void
csv_put_float(struct buf *b, double x)
{
    if (isnan(x))
        return;
    if (isinf(x))
        buf_puts(b, x < 0 ? "-inf" : "inf");
    else
        b->size += num_format_f64(x, (char *)buf_reserve(b, NUM_F64_SIZE));
}

static bool
put_cell(struct buf *b, struct cell c, struct error *err)
{
    switch (c.kind) {
    case CELL_NONE:
    case CELL_NA:
    case CELL_NAT: return true;
    case CELL_BOOL: buf_puts(b, c.i ? "True" : "False"); return true;
    case CELL_INT:
        b->size += num_format_i64(c.i, (char *)buf_reserve(b, NUM_U64_SIZE));
        return true;
    case CELL_UINT:
        b->size += num_format_u64(c.u, (char *)buf_reserve(b, NUM_U64_SIZE));
        return true;
    case CELL_FLOAT: csv_put_float(b, c.f); return true;
    case CELL_STR: csv_put_text(b, c.s, c.size); return true;
    case CELL_TIME:
    case CELL_SPAN: break;
    }
    return error_set(err, ERR_UNSUPPORTED, "dates are not written as CSV");
}

static bool
put_row(struct buf *b, const struct frame *f, size_t row, struct error *err)
{
    size_t start = b->size;

    for (size_t i = 0; i < f->n_columns; i++) {
        if (i > 0)
            buf_putc(b, ',');
        if (!put_cell(b, column_get(f->columns[i], row), err))
            return false;
    }
    if (b->size == start && f->n_columns == 1)
        buf_puts(b, "\"\"");
    buf_putc(b, '\n');
    return true;
}

bool
csv_write(const struct frame *f, FILE *out, struct error *err)
{
    struct buf b = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < f->n_columns; i++) {
        if (i > 0)
            buf_putc(&b, ',');
        ok = put_cell(&b, f->columns[i]->name, err);
    }
    buf_putc(&b, '\n');
    for (size_t row = 0; ok && row < f->n_rows; row++) {
        ok = put_row(&b, f, row, err);
        if (b.size >= 1 << 16 || !ok) {
            (void)fwrite(b.data, 1, b.size, out);
            b.size = 0;
        }
    }
    if (ok && fwrite(b.data, 1, b.size, out) != b.size)
        ok = error_errno(err, "cannot write");
    buf_clear(&b);
    return ok;
}
