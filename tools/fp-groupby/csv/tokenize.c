/*
 * tokenize.c: a direct cut of fields, row by row.
 *
 * The rules of pandas/_libs/src/parser/tokenizer.c: "\n", "\r\n" and "\r" end a row;
 * rows that are blank vanish; a quote opens only at the start of a field, and what
 * follows the closing quote is appended.  The first data row may have any number of
 * fields; later ones must not have more than the row before, and shorter ones are
 * padded.
 */
#include "csv/tokenize_impl.h"

#include "common/buf.h"
#include "common/mem.h"
#include "common/term.h"
#include "csv/place.h"

#include <stdlib.h>

enum { PROGRESS_ROWS = 1024 };

static bool
at_delimiter(const struct cutter *c)
{
    if (c->blanks)
        return cutter_is_blank(c->data[c->at]);
    return c->size - c->at >= c->delimiter_size &&
           memcmp(c->data + c->at, c->o->delimiter, c->delimiter_size) == 0;
}

/* Blanks are one delimiter together, and none at the end of a line. */
static void
pass_delimiter(struct cutter *c)
{
    if (!c->blanks)
        c->at += c->delimiter_size;
    while (c->blanks && c->at < c->size && cutter_is_blank(c->data[c->at]))
        c->at++;
}

/* The error is about this octet; false. */
bool
cutter_fault_at(struct cutter *c, size_t at, struct error *err)
{
    c->report->fault = at;
    return csv_error_at(c->data, at, err);
}

/* A row that cannot be kept: an error at octet `at`, or left out up to `end`. */
static bool
reject_row(struct cutter *c, size_t at, size_t end, const char *reason, struct error *err)
{
    struct csv_reject reject = {c->row_line, c->row_start,
                                arena_strndup(c->a, reason, strlen(reason)),
                                c->data + c->row_start, end - c->row_start};

    if (c->o->bad_lines != CSV_BAD_RECOVER) {
        (void)raise_error(err, "ParserError", "%s", reason);
        return cutter_fault_at(c, at, err);
    }
    c->rejected = true;
    buf_put(&c->rejects, &reject, sizeof reject);
    return true;
}

static bool
too_large(struct cutter *c, struct error *err)
{
    (void)error_set(err, ERR_LIMIT,
                    "the row has more than %zu octets (is a quote not closed? "
                    "--max-record allows more)",
                    c->o->max_record);
    return cutter_fault_at(c, c->row_start, err);
}

/* The rest of the row's first line is all that an open quote spoils. */
static bool
open_quote(struct cutter *c, struct error *err)
{
    if (c->o->bad_lines != CSV_BAD_RECOVER && c->size < c->whole)
        return too_large(c, err);
    if (c->o->bad_lines != CSV_BAD_RECOVER) {
        (void)raise_error(err, "ParserError",
                          "Error tokenizing data. C error: EOF inside string "
                          "starting at row %zu",
                          c->starts.size / sizeof(size_t) - 1);
        return cutter_fault_at(c, c->field_start, err);
    }
    c->at = c->row_start;
    c->line = c->row_line;
    while (!cutter_at_line_end(c))
        c->at++;
    return reject_row(c, c->field_start, c->at, "a quote is not closed", err);
}

static bool
dangling_escape(struct cutter *c, struct error *err)
{
    (void)raise_error(err, "ParserError",
                      "Error tokenizing data. C error: EOF following escape character");
    return cutter_fault_at(c, c->size - 1, err);
}

/* The quoted part of a field goes to scratch; the closing quote is passed. */
static bool
cut_quoted(struct cutter *c, struct error *err)
{
    uint8_t quote = (uint8_t)c->o->quote;

    c->report->quoted++;
    for (c->at++;; c->at++) {
        if (c->at < c->size && c->o->escape && c->data[c->at] == (uint8_t)c->o->escape)
            c->at++;
        else if (c->at < c->size && c->data[c->at] == quote) {
            if (c->o->single_quotes_only || c->at + 1 >= c->size ||
                c->data[c->at + 1] != quote)
                break;
            c->at++;
        }
        if (c->at >= c->size)
            return open_quote(c, err);
        c->line += c->data[c->at] == '\n';
        buf_putc(&c->scratch, (char)c->data[c->at]);
    }
    c->at++;
    return true;
}

/*
 * The rest of a field, to a delimiter, the line's end, or a comment.  Behind a closing
 * quote the first character means itself.
 */
static void
cut_plain(struct cutter *c, bool *comment, bool *escaped, bool quoted)
{
    if (quoted && !cutter_at_line_end(c) && !at_delimiter(c)) {
        if (*escaped)
            buf_putc(&c->scratch, (char)c->data[c->at]);
        c->at++;
    }
    while (!cutter_at_line_end(c) && !at_delimiter(c)) {
        *comment = c->o->comment && c->data[c->at] == (uint8_t)c->o->comment;
        if (*comment)
            break;
        if (c->o->escape && c->data[c->at] == (uint8_t)c->o->escape) {
            *escaped = true;
            c->dangling = ++c->at >= c->size;
            if (c->dangling)
                break;
        }
        if (*escaped)
            buf_putc(&c->scratch, (char)c->data[c->at]);
        c->at++;
    }
}

bool
cutter_keep_field(struct cutter *c, struct cell field, struct error *err)
{
    const char *nul = memchr(field.size ? field.s : "", 0, field.size);

    if (nul && c->o->careful) {
        const uint8_t *p = memchr(c->data + c->field_start, 0, c->size - c->field_start);

        while (!cutter_at_line_end(c))
            c->at++;
        return reject_row(c, (size_t)(p - c->data), c->at, "a NUL octet in a field", err);
    }
    if (nul)
        field.size = (uint32_t)(nul - field.s);
    buf_put(&c->fields, &field, sizeof field);
    return true;
}

static bool
cut_field(struct cutter *c, bool *comment, struct error *err)
{
    bool copied;
    size_t start;
    struct cell field;

    while (c->o->skip_initial_space && c->at < c->size && c->data[c->at] == ' ')
        c->at++;
    c->field_start = c->at;
    c->scratch.size = 0;
    copied = c->o->quote && c->at < c->size && c->data[c->at] == (uint8_t)c->o->quote;
    if (copied && !cut_quoted(c, err))
        return false;
    if (c->rejected)
        return true;
    start = c->at;
    if (c->o->escape) {
        bool escaped = true; /* all of it goes through scratch */

        cut_plain(c, comment, &escaped, copied);
        if (c->dangling && c->size == c->whole && c->o->bad_lines != CSV_BAD_RECOVER)
            return dangling_escape(c, err);
        copied = true;
    } else {
        bool escaped = false;

        cut_plain(c, comment, &escaped, copied);
        if (copied)
            buf_put(&c->scratch, c->data + start, c->at - start);
    }
    if (copied)
        field = cell_str_n(arena_strndup(c->a, buf_string(&c->scratch), c->scratch.size),
                           c->scratch.size);
    else
        field = cell_str_n((const char *)c->data + start, c->at - start);
    return cutter_keep_field(c, field, err);
}

static bool
cut_row(struct cutter *c, size_t *n, struct error *err)
{
    bool comment = false;

    if (c->o->pattern)
        return cutter_split_row(c, n, err);
    for (*n = 1;; ++*n) {
        if (*n > CSV_FIELDS_MOST) {
            (void)error_set(err, ERR_LIMIT, "the row has more than %d fields",
                            CSV_FIELDS_MOST);
            return cutter_fault_at(c, c->row_start, err);
        }
        if (!cut_field(c, &comment, err))
            return false;
        while (comment && !cutter_at_line_end(c))
            c->at++;
        if (c->rejected || cutter_at_line_end(c))
            return true;
        pass_delimiter(c);
        if (c->blanks && cutter_at_line_end(c))
            return true;
        if (*n == c->expected)
            c->surplus = c->at;
    }
}

/* No farther than a row may reach. */
static bool
cut_bounded_row(struct cutter *c, size_t *n, struct error *err)
{
    bool ok;

    c->whole = c->size;
    if (c->size - c->at > c->o->max_record)
        c->size = c->at + c->o->max_record;
    ok = cut_row(c, n, err);
    if (ok && c->at >= c->size && c->size < c->whole && c->data[c->at] != '\n' &&
        c->data[c->at] != '\r')
        ok = too_large(c, err);
    c->size = c->whole;
    return ok;
}

static void
forget_row(struct cutter *c, size_t begin)
{
    c->fields.size = begin * sizeof(struct cell);
    c->starts.size -= sizeof(size_t);
    c->lines.size -= sizeof(uint64_t);
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
        (void)raise_error(
            err, "ParserError",
            c->o->pattern ? "Expected %zu fields in line %llu, saw %zu. Error "
                            "could possibly be due to quotes being ignored when a "
                            "multi-char delimiter is used."
                          : "Error tokenizing data. C error: Expected %zu fields in line "
                            "%llu, saw %zu",
            c->expected, (unsigned long long)c->row_line, n);
        return cutter_fault_at(c, c->surplus, err);
    }
    c->rejected = true;
    buf_put(&c->rejects, &reject, sizeof reject);
    return true;
}

/* Missing fields at the end of a row are empty. */
static void
pad_row(struct cutter *c, size_t n)
{
    const struct cell empty = cell_str_n("", 0);
    size_t width = c->expected > c->o->n_names ? c->expected : c->o->n_names;

    if (n < c->expected)
        c->report->short_rows++;
    for (; n < width; n++)
        buf_put(&c->fields, &empty, sizeof empty);
}

/* One row; nothing is kept of it when it is rejected. */
static bool
cut_whole_row(struct cutter *c, struct error *err)
{
    size_t header_rows = c->o->header ? c->o->header_row + 1 : 0;
    size_t begin = c->fields.size / sizeof(struct cell);
    size_t row = c->starts.size / sizeof(size_t);
    bool data = row >= header_rows && row > 0;
    size_t n;

    c->row_start = c->at;
    c->row_line = c->line;
    c->rejected = false;
    buf_put(&c->starts, &begin, sizeof begin);
    buf_put(&c->lines, &c->row_line, sizeof c->row_line);
    while (c->blanks && c->at < c->size && cutter_is_blank(c->data[c->at]))
        c->at++;
    if (!cut_bounded_row(c, &n, err))
        return false;
    if (!c->rejected && row > header_rows && n > c->expected && c->o->n_usecols == 0 &&
        !too_long(c, n, err))
        return false;
    if (c->rejected) {
        forget_row(c, begin);
    } else {
        c->widest = n > c->widest ? n : c->widest;
        if (data || c->named)
            pad_row(c, n);
        if (row <= header_rows || c->o->n_usecols == 0)
            c->expected = n > c->expected || (!data && !c->named) ? n : c->expected;
    }
    cutter_pass_line_end(c);
    return true;
}

static bool
cut_rows(struct cutter *c, struct error *err)
{
    size_t most = c->o->n_rows + (c->o->header ? c->o->header_row + 1 : 0);

    most += most == 0; /* a row says how many columns there are */
    c->named = c->o->n_names > 0 && !c->o->header;
    c->expected = c->named ? c->o->n_names : 0;
    for (size_t row = 0; c->at < c->size; row++) {
        if (row % PROGRESS_ROWS == 0)
            progress_update(c->progress, c->at);
        if (c->o->limited && c->starts.size / sizeof(size_t) >= most)
            return true;
        if (cutter_skip_line(c) || cutter_skip_blank_line(c))
            continue;
        if (!cut_whole_row(c, err))
            return false;
    }
    return true;
}

static void *
handed_over(struct arena *a, struct buf *b)
{
    void *copy = arena_alloc(a, b->size + 1);

    if (b->size > 0)
        memcpy(copy, b->data, b->size);
    buf_clear(b);
    return copy;
}

bool
csv_tokenize(struct arena *a, const uint8_t *data, size_t size,
             const struct csv_options *o, struct csv_tokens *out,
             struct csv_report *report, struct error *err)
{
    struct csv_options plain = *o;
    struct progress progress = {0};
    struct cutter c = {.a = a, .o = o, .data = data, .size = size, .line = 1};
    bool ok;

    if (o->pattern) {
        plain.quote = plain.escape = 0;
        c.o = &plain;
    }
    c.report = report;
    c.delimiter_size = strlen(o->delimiter);
    c.blanks = strcmp(o->delimiter, "\\s+") == 0;
    report->mark = size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0;
    if (report->mark)
        c.at = 3;
    c.progress = &progress;
    if (size >= CSV_LONG)
        progress_begin(&progress, "reading", size);
    ok = cut_rows(&c, err);
    progress_end(&progress);
    out->stop = c.at < size ? c.at : size;
    if (ok) {
        size_t end = c.fields.size / sizeof(struct cell);

        out->n_rows = c.starts.size / sizeof(size_t);
        out->n_fields = end;
        out->widest = c.widest;
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
