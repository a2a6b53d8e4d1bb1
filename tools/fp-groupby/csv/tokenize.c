/*
 * tokenize.c: a direct cut of fields, row by row.
 *
 * The rules of pandas/_libs/src/parser/tokenizer.c: "\n", "\r\n" and "\r" end a row;
 * rows that are blank vanish; a quote opens only at the start of a field, and what
 * follows the closing quote is appended.  The first data row may have any number of
 * fields; later ones must not have more than the row before, and shorter ones are
 * padded.
 */
#include "csv/tokenize.h"

#include "common/buf.h"
#include "common/mem.h"

#include <stdlib.h>

struct cutter {
    struct arena *a;
    const struct csv_options *o;
    const uint8_t *data;
    size_t size;
    size_t at;
    size_t row_start; /* octet */
    uint64_t line;    /* from 1, of the octet at `at` */
    uint64_t row_line;
    size_t delimiter_size;
    struct buf fields; /* struct cell */
    struct buf starts; /* size_t */
    struct buf lines;  /* uint64_t */
    struct buf rejects;
    struct buf scratch;
    size_t expected; /* fields of the row before */
    struct csv_report *report;
};

static bool
at_line_end(const struct cutter *c)
{
    return c->at >= c->size || c->data[c->at] == '\n' || c->data[c->at] == '\r';
}

static void
pass_line_end(struct cutter *c)
{
    if (c->at >= c->size)
        return;
    if (c->data[c->at] == '\r' && c->at + 1 < c->size && c->data[c->at + 1] == '\n')
        c->at++;
    c->at++;
    c->line++;
}

static bool
at_delimiter(const struct cutter *c)
{
    return c->size - c->at >= c->delimiter_size &&
           memcmp(c->data + c->at, c->o->delimiter, c->delimiter_size) == 0;
}

/* Rows of nothing, blanks or a comment vanish. */
static bool
skip_blank_line(struct cutter *c)
{
    size_t at = c->at;

    while (at < c->size && (c->data[at] == ' ' || c->data[at] == '\t') &&
           c->data[at] != (uint8_t)c->o->delimiter[0])
        at++;
    if (at < c->size && c->o->comment && c->data[at] == (uint8_t)c->o->comment) {
        while (at < c->size && c->data[at] != '\n' && c->data[at] != '\r')
            at++;
    } else if (at < c->size && c->data[at] != '\n' && c->data[at] != '\r')
        return false;
    c->at = at;
    pass_line_end(c);
    return true;
}

static bool
fail_at(const struct cutter *c, struct error *err, const char *class, const char *text)
{
    (void)raise_error(err, class, "%s (byte %zu)", text, c->row_start);
    return error_at_line(err, c->row_line, 1);
}

/* The quoted part of a field goes to scratch; the closing quote is passed. */
static bool
cut_quoted(struct cutter *c, struct error *err)
{
    uint8_t quote = (uint8_t)c->o->quote;

    for (c->at++;; c->at++) {
        if (c->at >= c->size) {
            (void)raise_error(err, "ParserError",
                              "Error tokenizing data. C error: EOF inside string "
                              "starting at row %zu",
                              c->starts.size / sizeof(size_t) - 1);
            return error_at_line(err, c->row_line, 1);
        }
        if (c->data[c->at] == quote) {
            if (c->at + 1 >= c->size || c->data[c->at + 1] != quote)
                break;
            c->at++;
        } else if (c->data[c->at] == '\n')
            c->line++;
        buf_putc(&c->scratch, (char)c->data[c->at]);
    }
    c->at++;
    return true;
}

static bool
cut_field(struct cutter *c, bool *comment, struct error *err)
{
    size_t start = c->at;
    bool quoted =
        c->o->quote && c->at < c->size && c->data[c->at] == (uint8_t)c->o->quote;
    struct cell field;
    const char *nul;

    c->scratch.size = 0;
    if (quoted) {
        if (!cut_quoted(c, err))
            return false;
        start = c->at;
    }
    while (!at_line_end(c) && !at_delimiter(c)) {
        *comment = c->o->comment && c->data[c->at] == (uint8_t)c->o->comment;
        if (*comment)
            break;
        c->at++;
    }
    if (quoted) {
        buf_put(&c->scratch, c->data + start, c->at - start);
        field = cell_str_n(arena_strndup(c->a, buf_string(&c->scratch), c->scratch.size),
                           c->scratch.size);
    } else
        field = cell_str_n((const char *)c->data + start, c->at - start);
    nul = memchr(field.size ? field.s : "", 0, field.size);
    if (nul && c->o->careful)
        return fail_at(c, err, "ParserError", "a NUL octet in a field");
    if (nul)
        field.size = (uint32_t)(nul - field.s);
    buf_put(&c->fields, &field, sizeof field);
    return true;
}

static bool
cut_row(struct cutter *c, size_t *n, struct error *err)
{
    bool comment = false;

    for (*n = 1;; ++*n) {
        if (!cut_field(c, &comment, err))
            return false;
        while (comment && !at_line_end(c))
            c->at++;
        if (at_line_end(c))
            return true;
        c->at += c->delimiter_size;
    }
}

static bool
too_long(struct cutter *c, size_t n, struct error *err)
{
    struct csv_reject reject = {c->row_line, c->row_start, arena_strndup(c->a, "", 0),
                                c->data + c->row_start, c->at - c->row_start};
    struct buf text = {0};

    buf_printf(&text, "expected %zu fields, saw %zu", c->expected, n);
    reject.reason = arena_strndup(c->a, buf_string(&text), text.size);
    buf_clear(&text);
    if (c->o->bad_lines == CSV_BAD_ERROR) {
        (void)raise_error(err, "ParserError",
                          "Error tokenizing data. C error: Expected %zu fields in line "
                          "%llu, saw %zu",
                          c->expected, (unsigned long long)c->row_line, n);
        return error_at_line(err, c->row_line, 1);
    }
    c->fields.size -= n * sizeof(struct cell);
    c->starts.size -= sizeof(size_t);
    c->lines.size -= sizeof(uint64_t);
    buf_put(&c->rejects, &reject, sizeof reject);
    return true;
}

static bool
cut_rows(struct cutter *c, struct error *err)
{
    size_t header_rows = c->o->header;

    while (c->at < c->size) {
        size_t begin = c->fields.size / sizeof(struct cell);
        size_t row = c->starts.size / sizeof(size_t);
        size_t n;

        if (skip_blank_line(c))
            continue;
        c->row_start = c->at;
        c->row_line = c->line;
        buf_put(&c->starts, &begin, sizeof begin);
        buf_put(&c->lines, &c->row_line, sizeof c->row_line);
        if (!cut_row(c, &n, err))
            return false;
        if (row > header_rows && n > c->expected) {
            if (!too_long(c, n, err))
                return false;
        } else {
            const struct cell empty = cell_str_n("", 0);

            if (row >= header_rows && row > 0 && n < c->expected)
                c->report->short_rows++;
            for (; row >= header_rows && row > 0 && n < c->expected; n++)
                buf_put(&c->fields, &empty, sizeof empty);
            c->expected = n;
        }
        pass_line_end(c);
    }
    return true;
}

static void *
handed_over(struct arena *a, struct buf *b)
{
    void *copy = arena_alloc(a, b->size + 1);

    if (b->size > 0)
        memcpy(copy, b->data, b->size);
    return copy;
}

bool
csv_tokenize(struct arena *a, const uint8_t *data, size_t size,
             const struct csv_options *o, struct csv_tokens *out,
             struct csv_report *report, struct error *err)
{
    struct cutter c = {.a = a, .o = o, .data = data, .size = size, .line = 1};
    bool ok;

    c.report = report;
    c.delimiter_size = strlen(o->delimiter);
    if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        c.at = 3;
    ok = cut_rows(&c, err);
    if (ok) {
        size_t end = c.fields.size / sizeof(struct cell);

        out->n_rows = c.starts.size / sizeof(size_t);
        out->n_fields = end;
        buf_put(&c.starts, &end, sizeof end);
        out->fields = handed_over(a, &c.fields);
        out->starts = handed_over(a, &c.starts);
        out->lines = handed_over(a, &c.lines);
        report->n_rejects = c.rejects.size / sizeof(struct csv_reject);
        report->rejects = handed_over(a, &c.rejects);
    }
    buf_clear(&c.fields);
    buf_clear(&c.starts);
    buf_clear(&c.lines);
    buf_clear(&c.rejects);
    buf_clear(&c.scratch);
    return ok;
}
