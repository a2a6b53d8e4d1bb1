/*
 * window.h: the rows of a CSV file in windows of fixed size, each read by itself.
 *
 * Window i holds the rows that start in octets [i, i + 1) * WINDOW_SIZE of the body.
 * Its reader does not know whether the window begins inside quotes: it assumes not.
 * That guess is right if and only if the previous window stops where this one starts,
 * for both then agree on a row's first octet; whoever takes the windows in order
 * checks that.
 *
 * Only text without surprises is taken: every row has all its fields, lines end with
 * a line feed, quotes enclose whole fields, the text is UTF-8 without NULs.  Anything
 * else is declined with the reason and left to the exact reader.
 */
#ifndef FPG_WINDOW_H
#define FPG_WINDOW_H

#include "common/error.h"
#include "csv/scan.h"

enum { WINDOW_SIZE = 128 * 1024 };

struct csv_source {
    int fd;
    uint64_t size;
    uint64_t body; /* first octet behind the header */
    struct scan_dialect dialect;
    const struct scan_ops *scan;
    size_t window_size; /* WINDOW_SIZE */
    size_t n_columns;
    char **names; /* owned, n_columns */
};

struct window {
    uint8_t *memory; /* owned */
    size_t capacity;
    uint32_t *index; /* owned; index[0] is the octet before the first row */
    size_t index_capacity;
    const uint8_t *text;  /* in memory; the ends below count from here */
    uint64_t start, stop; /* octets of the file whose rows these are */
    size_t n_rows;
    bool quotes; /* some field is in quotes */
};

/* A field; text[begin - 1] may be read, and 16 octets before that. */
struct span {
    uint32_t begin, end;
};

/* The fields of a column: field i lies between two of the ends. */
struct fields {
    const uint8_t *text;
    const uint32_t *ends; /* ends[i * stride]: the octet before it; UINT32_MAX + 1 is 0 */
    size_t stride;
};

static inline struct span
fields_span(const struct fields *f, size_t i)
{
    const uint32_t *ends = f->ends + i * f->stride;

    return (struct span){ends[0] + 1, ends[1]};
}

/*
 * Open a file and read its header.  *declined: a reason not to go on, or NULL.
 */
MUST_CHECK bool csv_source_open(struct csv_source *src, const char *path,
                                uint8_t delimiter, const char **declined,
                                struct error *err);
/* The same of an open file, which is closed with the source. */
MUST_CHECK bool csv_source_take(struct csv_source *src, int fd, const char *path,
                                uint8_t delimiter, const char **declined,
                                struct error *err);
void csv_source_close(struct csv_source *src);

/* Column of that name, or -1. */
int64_t csv_source_find(const struct csv_source *src, const char *name);

size_t window_count(const struct csv_source *src);

/* start: where the first row begins, or WINDOW_GUESS. */
#define WINDOW_GUESS UINT64_MAX
MUST_CHECK bool window_read(struct window *w, const struct csv_source *src, size_t i,
                            uint64_t start, const char **declined, struct error *err);
void window_clear(struct window *w);

/*
 * The fields of a column.  Those of a window with quotes are put into room, without them:
 * 2 * n_rows words.
 */
struct fields window_fields(const struct window *w, size_t n_columns, size_t column,
                            uint32_t *room);

#endif
