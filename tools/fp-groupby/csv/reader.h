/*
 * reader.h: CSV text to typed columns, by the rules of pandas.read_csv.
 *
 * Cells may point into the text, which must outlive the frame.
 */
#ifndef FPG_CSV_READER_H
#define FPG_CSV_READER_H

#include "common/diagnostic.h"
#include "table/frame.h"

enum csv_bad_lines { CSV_BAD_ERROR, CSV_BAD_SKIP };

struct csv_options {
    const char *delimiter; /* one character or several */
    char quote;            /* 0: none */
    char comment;          /* 0: none */
    char decimal;
    char thousands; /* 0: none */
    bool header;    /* else columns are named 0, 1, ... */
    bool keep_default_na;
    bool round_trip; /* correctly rounded floats instead of pandas' default */
    const char *const *na_values;
    size_t n_na_values;
    enum csv_bad_lines bad_lines;
    bool careful; /* refuse NUL octets, which pandas lets cut a field short */
};

extern const struct csv_options csv_defaults;

/* A row that was left out. */
struct csv_reject {
    uint64_t line;   /* from 1 */
    uint64_t offset; /* of its first octet */
    const char *reason;
    const uint8_t *raw; /* borrowed from the text */
    size_t size;
};

/* What was decided, and why; owned by the arena. */
struct csv_report {
    struct csv_reject *rejects;
    size_t n_rejects;
    size_t n_columns;
    const char **reasons; /* of each column's type: the text that forced it, or NULL */
    uint64_t *lines;      /* the line of that text */
    uint64_t short_rows;  /* padded with missing fields */
};

/*
 * The whole text as a frame.  With CSV_BAD_SKIP rows that are too long are reported in
 * `report` and left out.  Errors carry line and column.
 */
MUST_CHECK bool csv_read(struct arena *a, const uint8_t *data, size_t size,
                         const struct csv_options *o, struct frame **out,
                         struct csv_report *report, struct error *err);

#endif
