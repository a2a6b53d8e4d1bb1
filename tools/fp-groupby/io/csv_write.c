/*
 * csv_write.c: fields as Python's csv module (3.13) quotes them: a field with the
 * delimiter, a quote, a line feed or a carriage return, and an empty one alone in
 * its row.
 */
#include "io/csv_write.h"

#include "common/mem.h"
#include "io/value.h"

#include <stdlib.h>

const struct csv_style csv_style_plain = {.delimiter = ','};

/* Quote the text from `start` to the end of b, if it must be. */
static void
quote_field(struct buf *b, size_t start, char delimiter)
{
    size_t size = b->size - start;
    const uint8_t *text = b->data + start;
    size_t quotes = 0;
    bool plain = true;

    for (size_t i = 0; i < size; i++) {
        plain &= text[i] != (uint8_t)delimiter && text[i] != '"' && text[i] != '\n' &&
                 text[i] != '\r';
        quotes += text[i] == '"';
    }
    if (plain)
        return;
    (void)buf_reserve(b, quotes + 2);

    /* From the end, so that nothing is overwritten before it has moved. */
    uint8_t *to = b->data + b->size + quotes + 2;

    *--to = '"';
    for (const uint8_t *from = b->data + b->size; from > b->data + start;) {
        *--to = *--from;
        if (*from == '"')
            *--to = '"';
    }
    *--to = '"';
    b->size += quotes + 2;
}

void
csv_put_text(struct buf *b, const char *text, size_t size)
{
    size_t start = b->size;

    buf_put(b, text, size);
    if (size > 0)
        quote_field(b, start, ',');
}

struct writer {
    const struct csv_style *style;
    struct value_format *columns; /* owned */
    size_t n_columns;
    struct buf text;
};

static void
begin(struct writer *w, const struct frame *f)
{
    size_t n_index = w->style->index ? f->index.n_levels : 0;

    w->n_columns = n_index + f->n_columns;
    w->columns = xcalloc(w->n_columns + 1, sizeof *w->columns);
    for (size_t i = 0; i < w->n_columns; i++)
        w->columns[i] =
            value_format(i < n_index ? f->index.levels[i] : f->columns[i - n_index]);
}

/* row -1: the names. */
static void
put_row(struct writer *w, int64_t row)
{
    size_t first = w->text.size;

    for (size_t i = 0; i < w->n_columns; i++) {
        const struct value_format *c = &w->columns[i];
        size_t start;

        if (i > 0)
            buf_putc(&w->text, w->style->delimiter);
        start = w->text.size;
        if (row < 0)
            value_put_cell(&w->text, c->column->name);
        else
            value_put(&w->text, c, (size_t)row);
        quote_field(&w->text, start, w->style->delimiter);
    }
    if (w->text.size == first && w->n_columns == 1)
        buf_puts(&w->text, "\"\"");
    buf_putc(&w->text, '\n');
}

bool
csv_write(const struct frame *f, const struct csv_style *style, FILE *out,
          struct error *err)
{
    struct writer w = {.style = style};
    bool ok = true;

    begin(&w, f);
    for (size_t row = 0; ok && row <= f->n_rows; row++) {
        put_row(&w, (int64_t)row - 1);
        if (w.text.size < 1 << 16 && row < f->n_rows)
            continue;
        if (fwrite(w.text.data, 1, w.text.size, out) != w.text.size)
            ok = error_errno(err, "cannot write");
        w.text.size = 0;
    }
    buf_clear(&w.text);
    free(w.columns);
    return ok;
}
