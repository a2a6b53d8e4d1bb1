/* window.c: reading windows of a CSV file and checking the shape of their rows. */
#include "batch/window.h"

#include "common/file.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "table/name_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FRONT = 64,        /* octets before the text that field parsers may read */
    TAIL_FIRST = 4096, /* how far behind the window its last row is looked for */
    TAIL_MOST = 1024 * 1024,
    HEADER_MOST = 1024 * 1024,
};

static bool
text_is_utf8(const uint8_t *p, size_t n)
{
    for (size_t i = 0, step; i < n; i += step)
        if ((step = utf8_length(p + i, n - i)) == 0)
            return false;
    return true;
}

static bool
distinct_names(const struct csv_source *src)
{
    struct arena a = {0};
    struct name_set known;
    bool added = true;

    name_set_init(&a, &known, src->n_columns);
    for (size_t i = 0; added && i < src->n_columns; i++)
        (void)name_set_add(&known, cell_str(src->names[i]), &added);
    arena_clear(&a);
    return added;
}

static bool
take_header(struct csv_source *src, const uint8_t *text, size_t size,
            const char **declined)
{
    const uint8_t *end = memchr(text, '\n', size);
    size_t n = end ? (size_t)(end - text) : 0;

    if (!end || memchr(text, '"', n) || memchr(text, '\r', n) || memchr(text, 0, n) ||
        (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) || !text_is_utf8(text, n)) {
        *declined = "the header is not one plain line of UTF-8";
        return false;
    }
    src->body = n + 1;
    src->names = xcalloc(n + 1, sizeof *src->names);
    for (size_t i = 0, from = 0; i <= n; i++) {
        if (i < n && text[i] != src->dialect.delimiter)
            continue;
        if (i > from)
            src->names[src->n_columns++] = xstrndup((const char *)text + from, i - from);
        else
            *declined = "a column has no name";
        from = i + 1;
    }
    if (!distinct_names(src))
        *declined = "two columns have one name";
    if (src->n_columns < 2)
        *declined = "the file has one column, whose blank lines are not rows";
    return !*declined;
}

bool
csv_source_open(struct csv_source *src, const char *path, uint8_t delimiter,
                const char **declined, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    return csv_source_take(src, fd, path, delimiter, declined, err);
}

bool
csv_source_take(struct csv_source *src, int fd, const char *path, uint8_t delimiter,
                const char **declined, struct error *err)
{
    struct stat st;
    uint8_t *text;
    size_t got;

    *src = (struct csv_source){.fd = fd,
                               .dialect = {delimiter, '"'},
                               .scan = scan_select(),
                               .window_size = WINDOW_SIZE};
    *declined = NULL;
    if (fd < 0 || fstat(fd, &st) != 0) {
        (void)error_errno(err, "cannot open");
        return error_in(err, path);
    }
    if (!S_ISREG(st.st_mode)) {
        *declined = "not a regular file";
        return true;
    }
    src->size = (uint64_t)st.st_size;
    text = xcalloc(1, HEADER_MOST);
    if (!file_pread(src->fd, text, HEADER_MOST, 0, &got, err)) {
        free(text);
        return error_in(err, path);
    }
    (void)take_header(src, text, got, declined);
    free(text);
    return true;
}

void
csv_source_close(struct csv_source *src)
{
    for (size_t i = 0; i < src->n_columns; i++)
        free(src->names[i]);
    free(src->names);
    if (src->fd >= 0)
        (void)close(src->fd);
}

int64_t
csv_source_find(const struct csv_source *src, const char *name)
{
    for (size_t i = 0; i < src->n_columns; i++)
        if (strcmp(src->names[i], name) == 0)
            return (int64_t)i;
    return -1;
}

size_t
window_count(const struct csv_source *src)
{
    return (size_t)((src->size - src->body + src->window_size - 1) / src->window_size);
}

/* The first octet behind a line feed outside quotes, or size. */
static size_t
first_row(const uint8_t *text, size_t size, uint8_t quote)
{
    bool inside = false;

    for (size_t i = 0; i < size; i++) {
        inside ^= text[i] == quote;
        if (text[i] == '\n' && !inside)
            return i + 1;
    }
    return size;
}

/* Every row has n_columns fields: as many line feeds as rows, each at its place. */
static bool
shape_holds(const struct window *w, size_t n_columns, size_t count, size_t newlines)
{
    const uint32_t *ends = w->index + 1;

    if (newlines * n_columns != count)
        return false;
    for (size_t i = n_columns - 1; i < count; i += n_columns)
        if (w->text[ends[i]] != '\n')
            return false;
    return true;
}

/* Quotes stand at both ends of a field or nowhere, and are not doubled. */
static bool
quotes_hold(const struct window *w, size_t count, uint8_t quote)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t begin = w->index[i] + 1; /* modulo 2^32: 0 for the first */
        const uint8_t *p = w->text + begin;
        size_t n = w->index[i + 1] - begin;
        const uint8_t *first = memchr(p, quote, n);

        if (first &&
            (first != p || n < 2 || p[n - 1] != quote || memchr(p + 1, quote, n - 2)))
            return false;
    }
    return true;
}

/* What must hold of the rows text[0..size), whose ends have been found. */
static const char *
check_rows(struct window *w, const struct csv_source *src, size_t size, size_t count,
           const struct scan_state *state)
{
    if (state->saw_nul)
        return "the text has NUL octets";
    if (state->saw_return)
        return "the text has carriage returns";
    if (state->saw_high && !text_is_utf8(w->text, size))
        return "the text is not UTF-8";
    if (!shape_holds(w, src->n_columns, count, state->newlines))
        return "a row has more or fewer fields than the header";
    if (state->saw_quote && !quotes_hold(w, count, src->dialect.quote))
        return "quotes inside a field";
    w->quotes = state->saw_quote;
    w->n_rows = state->newlines;
    return NULL;
}

/*
 * Index the rows that start in text[start..limit); false when the last of them does
 * not end in text[..size).
 */
static bool
index_rows(struct window *w, const struct csv_source *src, size_t limit, size_t size,
           const char **declined)
{
    struct scan_state state = {0};
    size_t main_size = limit > 0 ? limit - 1 : 0;
    size_t count = 0;

    w->n_rows = 0;
    if (limit == 0)
        return true;
    if (w->index_capacity < size + SCAN_SLACK + 1) {
        w->index_capacity = size + SCAN_SLACK + 1;
        w->index = xrealloc(w->index, w->index_capacity, sizeof *w->index);
    }
    w->index[0] = UINT32_MAX; /* + 1 is 0 */
    count = src->scan->index(w->text, main_size, src->dialect, &state, w->index + 1);
    for (size_t i = main_size; i < size; i++) {
        size_t n;

        n = scan_scalar.index(w->text + i, 1, src->dialect, &state, w->index + 1 + count);
        if (n == 0)
            continue;
        w->index[1 + count++] = (uint32_t)i;
        if (w->text[i] == '\n') {
            *declined = check_rows(w, src, i + 1, count, &state);
            w->stop = w->start + i + 1;
            return true;
        }
    }
    return false;
}

/* Octets [from, from + want) and, at the end of the file, the line feed it lacks. */
static bool
load(struct window *w, const struct csv_source *src, uint64_t from, size_t want,
     size_t *got, struct error *err)
{
    uint8_t *text;

    if (w->capacity < want) {
        w->capacity = want;
        free(w->memory);
        w->memory = xcalloc(1, FRONT + want + 1 + SCAN_SLACK);
    }
    text = w->memory + FRONT;
    if (!file_pread(src->fd, text, want, from, got, err))
        return false;
    if (from + *got >= src->size && *got > 0 && text[*got - 1] != '\n')
        text[(*got)++] = '\n';
    return true;
}

bool
window_read(struct window *w, const struct csv_source *src, size_t i, uint64_t start,
            const char **declined, struct error *err)
{
    uint64_t low = src->body + (uint64_t)i * src->window_size;
    uint64_t high =
        low + src->window_size < src->size ? low + src->window_size : src->size;
    uint64_t from = i == 0 ? low : low - 1;

    *declined = NULL;
    if (start != WINDOW_GUESS && start >= high) { /* a row that spans the window */
        w->start = w->stop = start;
        w->n_rows = 0;
        return true;
    }
    for (size_t tail = TAIL_FIRST; tail <= TAIL_MOST; tail *= 16) {
        size_t size, skip;

        if (!load(w, src, from, (size_t)(high - from) + tail, &size, err))
            return false;
        skip = start != WINDOW_GUESS ? (size_t)(start - from)
               : i == 0              ? 0
                        : first_row(w->memory + FRONT, size, src->dialect.quote);
        w->text = w->memory + FRONT + skip;
        w->start = w->stop = from + skip;
        if (skip < size || from + size >= src->size) {
            size_t limit = w->start < high ? (size_t)(high - w->start) : 0;

            if (limit > size - skip)
                break; /* the file shrank under us */
            if (index_rows(w, src, limit, size - skip, declined))
                return true;
        }
    }
    *declined = "a row is longer than a mebioctet, or its quotes do not end";
    return true;
}

void
window_clear(struct window *w)
{
    free(w->memory);
    free(w->index);
    *w = (struct window){0};
}

struct fields
window_fields(const struct window *w, size_t n_columns, size_t column, uint32_t *room)
{
    struct fields f = {w->text, w->index, n_columns};

    if (w->n_rows == 0)
        return f; /* there may be no index */
    f.ends += column;
    if (!w->quotes)
        return f;
    for (size_t i = 0; i < w->n_rows; i++) {
        struct span s = fields_span(&f, i);
        bool quoted = s.begin < s.end && w->text[s.begin] == '"';

        room[2 * i] = s.begin + quoted - 1;
        room[2 * i + 1] = s.end - quoted;
    }
    return (struct fields){w->text, room, 2};
}
