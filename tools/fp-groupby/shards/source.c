/* source.c: files, their common header, ranges. */
#include "shards/source.h"

#include "common/file.h"
#include "csv/place.h"
#include "csv/reader.h"
#include "csv/repair.h"
#include "io/operand.h"
#include "shards/folded.h"
#include "shards/text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_MOST = 64 << 20, HEAD_FIRST = 64 << 10, HEAD_LINES = 256 };

/* The header row of a file and the first row behind it. */
struct head {
    struct arena *a;
    uint8_t *text;
    size_t header_size, first_size; /* octets up to the end of either */
    struct csv_tokens tokens;
    bool whole; /* the text is all of the file */
};

/* Rows in text[0..size), or -1 when the tokenizer objects. */
static bool
count_rows(struct head *h, const struct csv_options *csv, size_t size, size_t *n,
           struct error *err)
{
    struct csv_report report = {0};

    if (!csv_tokenize(h->a, h->text, size, csv, &h->tokens, &report, err))
        return false;
    *n = h->tokens.n_rows;
    return true;
}

/*
 * Where header and first row end, trying the end of one line after the other, for
 * lines of blanks or comments are no rows.  *done: both were found, or the text is
 * whole.
 */
static bool
find_rows(struct head *h, const struct csv_options *csv, size_t size, bool *done,
          struct error *err)
{
    size_t n = 0, lines = 0;

    *done = false;
    for (size_t at = 0; at < size && !*done; lines++) {
        bool inside = false;
        size_t end = text_row_start(h->text + at, size - at, csv->quote, 1, &inside);
        size_t header_rows = csv->header;

        if (end == TEXT_NOWHERE && !h->whole)
            return true;
        at = end == TEXT_NOWHERE ? size : at + end;
        if (lines == HEAD_LINES)
            return error_set(err, ERR_LIMIT,
                             "no header and first row in the first %d lines", HEAD_LINES);
        if (!count_rows(h, csv, at, &n, err))
            return false;
        if (n <= header_rows)
            h->header_size = header_rows ? at : 0;
        h->first_size = at;
        *done = n > header_rows;
    }
    *done |= h->whole;
    return true;
}

static bool
read_head(struct head *h, struct shard_file *f, const struct csv_options *csv,
          struct error *err)
{
    bool done = false;

    for (size_t room = HEAD_FIRST; !done; room *= 4) {
        size_t got, fault;

        if (room > HEAD_MOST)
            return error_set(err, ERR_LIMIT, "header and first row exceed 64 MiB");
        if (f->folded && !folded_head(f, room, err))
            return false;
        h->text = arena_alloc(h->a, room + 1);
        if (!file_pread(f->fd, h->text, room, 0, &got, err))
            return false;
        h->whole = f->loaded && got == f->size;
        if (!find_rows(h, csv, got, &done, err))
            return false;
        fault = done ? csv_utf8_fault(h->text, h->first_size) : h->first_size;
        if (done && fault < h->first_size) {
            (void)csv_utf8_error(h->text[fault], fault, err);
            return csv_error_at(h->text, fault, err);
        }
    }
    f->body = h->header_size;
    return true;
}

static bool
open_file(struct shard_file *f, const char *path, struct error *err)
{
    struct stat st;

    *f = (struct shard_file){.path = path, .fd = -1};
    if (stat(path, &st) != 0)
        return error_errno(err, "cannot open");
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERR_UNSUPPORTED,
                         "not a regular file, so it cannot be cut into shards");
    f->stored = (uint64_t)st.st_size;
    f->folded = operand_is_folded_csv(path);
    if (f->folded)
        return true;
    if (operand_is_special(path))
        return error_set(
            err, ERR_UNSUPPORTED,
            "not plain CSV, so it cannot be cut into shards (write it as CSV "
            "first: fp-groupby csv convert)");
    f->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (f->fd < 0)
        return error_errno(err, "cannot open");
    f->size = f->stored;
    f->loaded = true;
    return true;
}

/* Names and head of the first file, which the others must share. */
static bool
adopt_head(struct shard_source *s, const struct head *h, struct error *err)
{
    const struct csv_tokens *t = &h->tokens;
    struct csv_report report = {0};
    struct frame *f;

    if (t->n_rows == 0)
        return raise_error(err, "EmptyDataError", "No columns to parse from file") ||
               csv_place_error(&csv_place_first, err);
    if (!csv_read(&s->arena, h->text, h->first_size, &s->csv, &f, &report, err))
        return false;
    if (f->n_columns != report.n_columns)
        return error_set(err, ERR_UNSUPPORTED,
                         "rows have more fields than the header, which makes them "
                         "labelled; shards are of plain columns");
    struct cell *names = arena_alloc(&s->arena, (f->n_columns + 1) * sizeof *names);

    for (size_t i = 0; i < f->n_columns; i++)
        names[i] = f->columns[i]->name;
    s->names = names;
    s->n_columns = f->n_columns;
    s->head = h->text;
    s->head_size = h->first_size;
    s->head_rows = t->n_rows;
    return true;
}

/* The header's fields, as they are written. */
static bool
same_header(const struct csv_tokens *x, const struct csv_tokens *y)
{
    size_t n;

    if (!x->starts || !y->starts || x->n_rows == 0 || y->n_rows == 0)
        return false;
    n = x->starts[1] - x->starts[0];
    if (y->starts[1] - y->starts[0] != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!cell_equal(x->fields[i], y->fields[i]))
            return false;
    return true;
}

static uint64_t
counts_as(const struct shard_file *f)
{
    return f->folded ? f->stored : f->size - f->body;
}

bool
shard_source_open(struct shard_source *s, const char *const paths[], size_t n_paths,
                  const struct csv_options *csv, uint64_t room, struct error *err)
{
    struct head first = {.a = &s->arena};

    *s = (struct shard_source){.csv = *csv, .room = room};
    s->files = arena_alloc(&s->arena, n_paths * sizeof *s->files);
    for (; s->n_files < n_paths; s->n_files++) {
        struct shard_file *f = &s->files[s->n_files];
        struct head h = {.a = &s->arena};

        if (!open_file(f, paths[s->n_files], err) || !read_head(&h, f, csv, err))
            goto fail;
        if (s->n_files == 0) {
            first = h;
            if (!adopt_head(s, &first, err))
                goto fail;
        } else if (csv->header && !same_header(&first.tokens, &h.tokens)) {
            (void)error_set(err, ERR_MISMATCH, "its header differs from that of %s",
                            paths[0]);
            err->class = ERR_MALFORMED;
            goto fail;
        }
        f->before = s->size;
        s->size += counts_as(f);
    }
    return true;
fail:
    (void)error_in(err, paths[s->n_files]);
    if (s->files[s->n_files].fd >= 0)
        s->n_files++;
    shard_source_close(s);
    return false;
}

bool
shard_source_load(struct shard_source *s, size_t file, struct error *err)
{
    struct shard_file *f = &s->files[file];

    return f->loaded || folded_load(f, &s->room, err) || error_in(err, f->path);
}

bool
shard_error_at(const struct shard_file *f, uint64_t fault, struct error *err)
{
    enum { CHUNK = 1 << 20 };
    struct csv_place place = csv_place_first;
    struct error ignored = {0};
    struct buf b = {0};
    uint8_t *chunk = buf_reserve(&b, CHUNK);

    while (place.offset < fault) {
        uint64_t left = fault - place.offset;
        size_t got;

        if (!file_pread(f->fd, chunk, left < CHUNK ? (size_t)left : CHUNK, place.offset,
                        &got, &ignored) ||
            got == 0)
            break;
        csv_place_pass(&place, chunk, got);
    }
    buf_clear(&b);
    (void)csv_place_error(&place, err);
    return error_in(err, f->path);
}

void
shard_source_close(struct shard_source *s)
{
    for (size_t i = 0; i < s->n_files; i++)
        (void)close(s->files[i].fd);
    arena_clear(&s->arena);
    *s = (struct shard_source){0};
}

int64_t
shard_source_find(const struct shard_source *s, const char *name)
{
    for (size_t i = 0; i < s->n_columns; i++)
        if (cell_equal(s->names[i], cell_str(name)))
            return (int64_t)i;
    return -1;
}

/* floor(size * i / n) without overflow. */
static uint64_t
cut_at(uint64_t size, size_t i, size_t n)
{
    return size / n * i + size % n * i / n;
}

size_t
shard_ranges(const struct shard_source *s, size_t i, size_t n, struct arena *a,
             struct shard_range **out)
{
    uint64_t begin = cut_at(s->size, i, n), end = cut_at(s->size, i + 1, n);
    size_t count = 0;

    *out = arena_alloc(a, (s->n_files + 1) * sizeof **out);
    for (size_t k = 0; k < s->n_files; k++) {
        const struct shard_file *f = &s->files[k];
        uint64_t size = counts_as(f);
        uint64_t from = begin > f->before ? begin - f->before : 0;
        uint64_t to = end > f->before ? end - f->before : 0;

        to = to < size ? to : size;
        if (f->folded && from == 0 && to > 0)
            (*out)[count++] = (struct shard_range){k, f->body, UINT64_MAX};
        else if (!f->folded && from < to)
            (*out)[count++] = (struct shard_range){k, f->body + from, f->body + to};
    }
    return count;
}

bool
shard_first_row(const struct shard_source *s, const struct shard_range *range,
                bool inside, uint64_t *start, struct error *err)
{
    enum { CHUNK = 1 << 20 };
    const struct shard_file *f = &s->files[range->file];
    struct buf b = {0};
    bool ok = true;

    *start = SHARD_NO_ROW;
    if (range->begin == f->body) {
        *start = inside ? SHARD_NO_ROW : f->body;
        return true;
    }
    /* A row begins at `begin` when the octet before it ends one. */
    for (uint64_t at = range->begin - 1; ok && at < range->end - 1; at += CHUNK) {
        uint64_t left = range->end - 1 - at;
        size_t want = left < CHUNK ? (size_t)left : CHUNK;
        size_t got, row;

        b.size = 0;
        ok = file_pread(f->fd, buf_reserve(&b, want), want, at, &got, err);
        if (!ok)
            break;
        row = text_row_start(b.data, got, s->csv.quote, 1, &inside);
        if (row != TEXT_NOWHERE) {
            *start = at + row;
            break;
        }
    }
    buf_clear(&b);
    return ok || error_in(err, f->path);
}
