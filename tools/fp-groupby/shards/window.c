/* window.c: rows of a range, cut by the tokenizer that reads whole files. */
#include "common/file.h"
#include "csv/repair.h"
#include "shards/source.h"
#include "shards/text.h"

enum { WINDOW = 4 << 20 };
static const uint64_t row_most = UINT64_C(1) << 30; /* octets */

void
shard_window_begin(struct shard_window *w, const struct shard_source *s, size_t file,
                   uint64_t start, uint64_t end)
{
    *w = (struct shard_window){
        .source = s, .file = &s->files[file], .at = start, .end = end};
    buf_put(&w->text, s->head, s->head_size);
    if (s->head_size > 0 && s->head[s->head_size - 1] != '\n')
        buf_putc(&w->text, '\n');
}

void
shard_window_clear(struct shard_window *w)
{
    buf_clear(&w->text);
}

/* Octets of whole rows at the beginning of data[0..size), none that begins behind end. */
static size_t
whole_rows(const struct shard_window *w, const uint8_t *data, size_t size)
{
    char quote = w->source->csv.quote;
    uint64_t left = w->end - w->at;
    bool inside = false;
    size_t n;

    if (size >= left) {
        n = text_row_start(data, size, quote, (size_t)left, &inside);
        if (n != TEXT_NOWHERE)
            return n;
    }
    if (w->at + size == w->file->size)
        return size;
    return size < left ? text_rows_end(data, size, quote) : 0;
}

static bool
load(struct shard_window *w, struct error *err)
{
    size_t head = w->text.size;

    for (uint64_t room = WINDOW;; room *= 2) {
        size_t got;

        if (room > row_most)
            return error_set(err, ERR_LIMIT, "a row of more than 1 GiB");
        w->text.size = head;
        if (!file_pread(w->file->fd, buf_reserve(&w->text, room), room, w->at, &got, err))
            return false;
        w->rows = w->text.data + head;
        w->rows_size = whole_rows(w, w->rows, got);
        if (w->rows_size > 0)
            return true;
        if (got < room)
            return error_set(err, ERR_IO, "the file became shorter");
    }
}

static bool
check_text(struct shard_window *w, struct error *err)
{
    const struct csv_options *csv = &w->source->csv;
    size_t fault = csv_utf8_fault(w->rows, w->rows_size);
    const char *why;

    w->certain = fault < w->rows_size;
    if (w->certain) {
        w->fault = w->at + fault;
        return csv_utf8_error(w->rows[fault], w->fault, err);
    }
    why = csv->quote ? text_quotes_fault(w->rows, w->rows_size, csv->quote,
                                         csv->delimiter, &fault)
                     : NULL;
    w->fault = w->at + fault;
    return !why || error_set(err, ERR_UNSUPPORTED,
                             "%s: such text cannot be cut into shards (group the whole "
                             "file with groupby)",
                             why);
}

/* The tokenizer counts from the head of the window; its lines are none of the file. */
static void
relocate(struct shard_window *w, size_t head, size_t fault, struct error *err)
{
    char *words = strstr(err->message, " in line ");

    if (words) {
        size_t n = strcspn(words, ",");

        memmove(words, words + n, strlen(words + n) + 1);
    }
    err->at[0] = 0;
    w->fault = w->at + (fault > head ? fault - head : 0);
    w->certain = fault < head + w->rows_size && w->text.data[fault] == 0;
}

bool
shard_window_next(struct shard_window *w, struct arena *a, bool *more, struct error *err)
{
    const struct shard_source *s = w->source;
    size_t head = s->head_size + (s->head[s->head_size - 1] != '\n');
    struct csv_report report = {0};

    w->at += w->rows_size;
    w->rows_size = w->n_rows = 0;
    *more = w->at < w->end;
    if (!*more)
        return true;
    w->text.size = head;
    w->certain = false;
    w->fault = SHARD_NO_FAULT;
    if (!load(w, err)) {
        if (err->class == ERR_LIMIT)
            w->fault = w->at;
        return error_in(err, w->file->path);
    }
    if (!check_text(w, err))
        return error_in(err, w->file->path);
    w->fault = SHARD_NO_FAULT;
    if (!csv_tokenize(a, w->text.data, head + w->rows_size, &s->csv, &w->tokens, &report,
                      err)) {
        relocate(w, head, report.fault, err);
        return error_in(err, w->file->path);
    }
    w->first_row = s->head_rows;
    w->n_rows = w->tokens.n_rows - s->head_rows;
    return true;
}
