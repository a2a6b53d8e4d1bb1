/*
 * reader.h: CSV text to typed columns, by the rules of pandas.read_csv.
 *
 * Cells may point into the text, which must outlive the frame.
 */
#ifndef FPG_CSV_READER_H
#define FPG_CSV_READER_H

#include "common/diagnostic.h"
#include "csv/separator.h"
#include "table/frame.h"

enum csv_bad_lines {
    CSV_BAD_ERROR,
    CSV_BAD_SKIP,    /* rows that are too long are left out, as pandas does it */
    CSV_BAD_RECOVER, /* rows with NULs or an open quote too; what is not UTF-8 is replaced
                      */
};

/* Fields of a row, and octets unless max_record says otherwise; octets it may say. */
enum {
    CSV_FIELDS_MOST = 1 << 20,
    CSV_RECORD_MOST = 64 << 20,
    CSV_RECORD_LIMIT = 1 << 30
};

/* dtype= of one column, or of all. */
struct csv_type {
    const char *column; /* NULL: every column */
    enum coltype type;  /* COLTYPE_OBJECT: text as it stands */
};

struct csv_options {
    const char *delimiter; /* one character or several */
    const struct separator
        *pattern; /* instead of a delimiter; quotes mean nothing then */
    char quote;   /* 0: none */
    char comment; /* 0: none */
    char decimal;
    char thousands; /* 0: none */
    bool header;    /* else columns are named 0, 1, ... */
    bool keep_default_na;
    bool round_trip; /* correctly rounded floats instead of pandas' default */
    const char *const *na_values;
    size_t n_na_values;
    const double *na_numbers; /* the numbers among them; see csv_expand_na() */
    size_t n_na_numbers;
    enum csv_bad_lines bad_lines;
    bool careful;      /* refuse NUL octets, which pandas lets cut a field short */
    size_t max_record; /* octets; no field is longer either */

    char escape;             /* 0: none */
    bool skip_initial_space; /* blanks behind a delimiter do not count */
    bool keep_blank_lines;
    bool single_quotes_only; /* two quotes in a row are not one quote */
    bool header_given;       /* names take its place */
    size_t header_row;       /* rows before it are left out */
    const char *const *names;
    size_t n_names;
    const char *const *usecols; /* names, or numbers from 0; none: all */
    size_t n_usecols;
    size_t skip_first;          /* lines */
    const uint64_t *skip_lines; /* these lines, from 0 */
    size_t n_skip_lines;
    bool limited; /* to n_rows rows */
    size_t n_rows;
    const char *const *true_values, *const *false_values;
    size_t n_true_values, n_false_values;
    const struct csv_type *types;
    size_t n_types;
    const char *const *dates; /* columns of dates; "a+b": two joined to one */
    size_t n_dates;
    const char *date_format; /* of strptime; NULL: that of the first date */
    bool day_first;          /* 01/02/2024 is in February */
};

extern const struct csv_options csv_defaults;

/* A row that was left out. */
struct csv_reject {
    uint64_t line;   /* from 1 */
    uint64_t offset; /* of its first octet */
    const char *reason;
    const uint8_t *raw; /* borrowed from the text; arena when that was repaired */
    size_t size;
};

/* What was decided, and why; owned by the arena. */
struct csv_report {
    struct csv_reject *rejects;
    size_t n_rejects;
    size_t n_columns;
    const char **reasons; /* of each field's type: the text that forced it, or NULL */
    uint64_t *lines;      /* the line of that text */
    size_t *fields;       /* the field of each column of the frame */
    uint64_t short_rows;  /* padded with missing fields */
    uint64_t replaced;    /* pieces that were not UTF-8 */
    uint64_t ends[3];     /* of lines: LF, CRLF, CR */
    uint64_t quoted;      /* fields */
    bool mark;            /* a byte order mark in front */
    size_t n_index;       /* leading fields that the header does not name */
    uint64_t first_line;  /* of data */
    size_t fault;         /* the octet an error is about */
};

/*
 * The whole text as a frame.  What `bad_lines` allows to be left out is reported in
 * `report`.  Errors carry line, column and octet.
 */
MUST_CHECK bool csv_read(struct arena *a, const uint8_t *data, size_t size,
                         const struct csv_options *o, struct frame **out,
                         struct csv_report *report, struct error *err);

#endif
