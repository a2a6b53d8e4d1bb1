/*
 * source.h: one table in one or more CSV files, cut into shards.
 *
 * The table is that of the files' rows one below the other, under the header that all
 * of them share; its text is the concatenation of their bodies.  Shard i of n is the
 * rows whose first octet lies in the i-th of n equal parts of that text.  A part that
 * begins inside a file may begin inside quotes, which only the parts before it can
 * tell: see portion.h.
 *
 * A compressed file counts as the octets it is stored in, and belongs as a whole to the
 * shard in whose part the first of them lies, which alone unfolds it.
 */
#ifndef FPG_SHARDS_SOURCE_H
#define FPG_SHARDS_SOURCE_H

#include "common/buf.h"
#include "csv/tokenize.h"

struct shard_file {
    const char *path; /* borrowed */
    int fd;
    bool folded;     /* compressed; fd is of a temporary file */
    bool loaded;     /* all of its text is there, not only the head */
    uint64_t stored; /* octets of the file as it is */
    uint64_t size;   /* octets of its text, as far as they are there */
    uint64_t body;   /* first octet behind the header */
    uint64_t before; /* what the files before count as */
};

struct shard_source {
    struct csv_options csv;
    struct arena arena; /* of names and head */
    struct shard_file *files;
    size_t n_files;
    uint64_t size; /* what all files count as */
    uint64_t room; /* octets that compressed files may yet unfold to */
    size_t n_columns;
    const struct cell *names;
    const uint8_t *head; /* header and first row: what the tokenizer must have seen */
    size_t head_size;
    size_t head_rows; /* rows of the head */
};

/* room: the most that compressed files may unfold to, in temporary files. */
MUST_CHECK bool shard_source_open(struct shard_source *s, const char *const paths[],
                                  size_t n_paths, const struct csv_options *csv,
                                  uint64_t room, struct error *err);
void shard_source_close(struct shard_source *s);

/* Column of that name, or -1. */
int64_t shard_source_find(const struct shard_source *s, const char *name);

/* All of a file's text, of which ranges are read. */
MUST_CHECK bool shard_source_load(struct shard_source *s, size_t file, struct error *err);

/*
 * Octets of a file that belong to a shard: rows that begin in [begin, end).  The end of
 * one that is not loaded is known then only.
 */
struct shard_range {
    size_t file;
    uint64_t begin, end;
};

/* The ranges of shard i of n, in order, into the arena. */
size_t shard_ranges(const struct shard_source *s, size_t i, size_t n, struct arena *a,
                    struct shard_range **out);

/* The first row that begins in the range, whose first octet is inside quotes or not. */
#define SHARD_NO_ROW UINT64_MAX
MUST_CHECK bool shard_first_row(const struct shard_source *s,
                                const struct shard_range *range, bool inside,
                                uint64_t *start, struct error *err);

/* Rows of a range, some megabytes at a time. */
struct shard_window {
    const struct shard_source *source;
    const struct shard_file *file;
    uint64_t at, end;
    struct buf text;     /* the head, then the rows */
    const uint8_t *rows; /* of this window, in text */
    size_t rows_size;
    struct csv_tokens tokens;
    size_t first_row; /* of the window, among the tokens' rows */
    size_t n_rows;
    uint64_t fault; /* the octet of the file that an error is about */
    bool certain;   /* it is one wherever rows begin */
};

#define SHARD_NO_FAULT UINT64_MAX

void shard_window_begin(struct shard_window *w, const struct shard_source *s, size_t file,
                        uint64_t start, uint64_t end);

/*
 * Read and cut the next rows; false with *more clear at the end.  Tokens live in the
 * arena; their text until the next call.  Rows that begin before `end` are taken whole.
 * An error of the text has no place yet: who knows that the rows do begin there gives it
 * one.
 */
MUST_CHECK bool shard_window_next(struct shard_window *w, struct arena *a, bool *more,
                                  struct error *err);
void shard_window_clear(struct shard_window *w);

/* The error is about an octet of a file: name both, with line and column; false. */
bool shard_error_at(const struct shard_file *f, uint64_t fault, struct error *err);

/* Field of a row of the window. */
static inline struct cell
shard_field(const struct shard_window *w, size_t row, size_t column)
{
    return w->tokens.fields[w->tokens.starts[w->first_row + row] + column];
}

#endif
