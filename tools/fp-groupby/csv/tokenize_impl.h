/* tokenize_impl.h: what the parts of the tokenizer share. */
#ifndef FPG_CSV_TOKENIZE_IMPL_H
#define FPG_CSV_TOKENIZE_IMPL_H

#include "common/buf.h"
#include "csv/tokenize.h"

struct cutter {
    struct arena *a;
    const struct csv_options *o;
    const uint8_t *data;
    size_t size; /* while a row is cut, as far as it may reach */
    size_t whole;
    size_t at;
    size_t row_start;   /* octet */
    size_t field_start; /* octet */
    size_t surplus;     /* where the first field lies that the row is too long by */
    uint64_t line;      /* from 1, of the octet at `at` */
    uint64_t row_line;
    uint64_t passed; /* ends of lines, but for those in quotes */
    size_t delimiter_size;
    bool blanks;       /* \s+ */
    bool rejected;     /* the row at hand */
    bool dangling;     /* the text ends in an escape character */
    struct buf fields; /* struct cell */
    struct buf starts; /* size_t */
    struct buf lines;  /* uint64_t */
    struct buf rejects;
    struct buf scratch;
    size_t expected; /* fields of the row before */
    size_t widest;   /* fields of any row, before it was filled up */
    bool named;      /* names are given, and no header is read */
    struct csv_report *report;
    struct progress *progress;
};

static inline bool
cutter_at_line_end(const struct cutter *c)
{
    return c->at >= c->size || c->data[c->at] == '\n' || c->data[c->at] == '\r';
}

static inline bool
cutter_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* lines.c: the end of a line; lines that are no rows, which are passed: true. */
void cutter_pass_line_end(struct cutter *c);
size_t cutter_line_end(const struct cutter *c);
bool cutter_skip_blank_line(struct cutter *c);
bool cutter_skip_line(struct cutter *c);

/* split.c: a row of fields between matches of a pattern; *n of them. */
MUST_CHECK bool cutter_split_row(struct cutter *c, size_t *n, struct error *err);

/* A field is done; one with a NUL octet may make the row a rejected one. */
MUST_CHECK bool cutter_keep_field(struct cutter *c, struct cell field, struct error *err);

/* The error is about this octet; false. */
bool cutter_fault_at(struct cutter *c, size_t at, struct error *err);

#endif
