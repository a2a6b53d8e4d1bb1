/* window.c: rows of a range, cut by the tokenizer that reads whole files. */
#include "common/file.h"
#include "shards/source.h"
#include "shards/text.h"

#include <stdlib.h>

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
check_text(const struct shard_window *w, struct error *err)
{
    const struct csv_options *csv = &w->source->csv;
    size_t fault = text_utf8_fault(w->rows, w->rows_size);

    if (fault < w->rows_size)
        (void)error_set(err, ERR_MALFORMED, "text is not UTF-8");
    else if (!csv->quote ||
             text_quotes_plain(w->rows, w->rows_size, csv->quote, csv->delimiter, &fault))
        return true;
    else
        (void)error_set(err, ERR_UNSUPPORTED,
                        "a quote inside a field: such text cannot be cut into shards "
                        "(group the whole file with groupby)");
    return error_at_byte(err, w->at + fault);
}

/* From a line of head and window together to an octet of the file. */
static void
relocate(const struct shard_window *w, size_t head, struct error *err)
{
    const uint8_t *p = w->text.data, *end = p + head + w->rows_size;
    char *colon;
    unsigned long long line = strtoull(err->at, &colon, 10);
    char *words = strstr(err->message, " in line ");

    if (colon == err->at || *colon != ':')
        return; /* not a line */
    for (; line > 1 && (p = memchr(p, '\n', (size_t)(end - p))); line--)
        p++;
    if (p && words) {
        size_t n = strcspn(words, ",");

        memmove(words, words + n, strlen(words + n) + 1);
    }
    words = strstr(err->message, " (byte ");
    if (words)
        *words = 0;
    err->at[0] = 0;
    (void)error_at_byte(err, w->at + (p ? (uint64_t)(p - w->rows) : 0));
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
    if (!load(w, err) || !check_text(w, err))
        return error_in(err, w->file->path);
    if (!csv_tokenize(a, w->text.data, head + w->rows_size, &s->csv, &w->tokens, &report,
                      err)) {
        relocate(w, head, err);
        return error_in(err, w->file->path);
    }
    w->first_row = s->head_rows;
    w->n_rows = w->tokens.n_rows - s->head_rows;
    return true;
}
