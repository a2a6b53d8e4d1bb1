/*
 * GitHub's tables: a header row, a row of dashes, rows until a line without '|'.  A
 * '|' inside backticks or behind a backslash does not end a cell.
 */
#include "evidence/markdown_table.h"

#include <string.h>
#include <strings.h>

struct row {
    const char *cells[MARKDOWN_COLUMNS_MAX]; /* arena */
    size_t count;
};

static const char *
trimmed(struct markdown_table *t, const char *text, size_t n)
{
    while (n > 0 && strchr(" \t\r", text[0])) {
        text++;
        n--;
    }
    while (n > 0 && strchr(" \t\r", text[n - 1]))
        n--;
    return arena_strndup(&t->arena, text, n);
}

/* The next line and its length; false at the end. */
static bool
next_line(struct markdown_table *t, const char **line, size_t *n)
{
    const char *stop;

    if (t->pos >= t->size)
        return false;
    *line = t->text + t->pos;
    stop = memchr(*line, '\n', t->size - t->pos);
    *n = stop ? (size_t)(stop - *line) : t->size - t->pos;
    t->pos += *n + (stop != NULL);
    t->line++;
    return true;
}

/* Cut a line at its bars; false when it is no row. */
static bool
split(struct markdown_table *t, const char *line, size_t n, struct row *out)
{
    size_t start = 0;
    bool code = false, any = false;

    out->count = 0;
    while (start < n && strchr(" \t", line[start]))
        start++;
    if (start < n && line[start] == '|')
        start++;
    for (size_t i = start; i <= n; i++) {
        if (i < n && line[i] == '\\' && i + 1 < n) {
            i++;
            continue;
        }
        if (i < n && line[i] == '`')
            code = !code;
        if (i < n && (line[i] != '|' || code))
            continue;
        /* The bar at the end of the line opens no cell. */
        if (i == n && any && trimmed(t, line + start, n - start)[0] == '\0')
            break;
        if (out->count == MARKDOWN_COLUMNS_MAX)
            return false;
        out->cells[out->count++] = trimmed(t, line + start, i - start);
        any |= i < n;
        start = i + 1;
    }
    return any;
}

static bool
is_rule(const struct row *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (!strchr(r->cells[i], '-') || r->cells[i][strspn(r->cells[i], ":- ")] != '\0')
            return false;
    return r->count > 0;
}

static bool
place_columns(struct markdown_table *t, const struct row *header,
              const char *const *columns)
{
    for (size_t c = 0; c < t->count; c++) {
        t->place[c] = -1;
        for (size_t i = 0; i < header->count; i++)
            if (strcasecmp(header->cells[i], columns[c]) == 0)
                t->place[c] = (int)i;
        if (t->place[c] < 0)
            return false;
    }
    t->width = header->count;
    return true;
}

static bool
is_fence(const char *line, size_t n)
{
    size_t i = 0;

    while (i < n && line[i] == ' ')
        i++;
    return n - i >= 3 &&
           (memcmp(line + i, "```", 3) == 0 || memcmp(line + i, "~~~", 3) == 0);
}

bool
markdown_table_again(struct markdown_table *t, const char *const *columns)
{
    bool fenced = false;
    const char *line;
    size_t n;

    while (next_line(t, &line, &n)) {
        struct row header, rule;
        const char *below;
        size_t m, pos = t->pos;

        fenced ^= is_fence(line, n);
        if (fenced || !split(t, line, n, &header) || !place_columns(t, &header, columns))
            continue;
        if (next_line(t, &below, &m) && split(t, below, m, &rule) && is_rule(&rule))
            return true;
        t->line -= t->pos > pos;
        t->pos = pos;
    }
    return false;
}

bool
markdown_table_find(struct markdown_table *t, const char *text, size_t size,
                    const char *const *columns, size_t count)
{
    *t = (struct markdown_table){.text = text, .size = size, .count = count};
    return markdown_table_again(t, columns);
}

bool
markdown_table_next(struct markdown_table *t, bool *ragged)
{
    size_t pos = t->pos;
    struct row row;
    const char *line;
    size_t n;

    if (!next_line(t, &line, &n))
        return false;
    if (!split(t, line, n, &row)) {
        t->pos = pos;
        t->line--;
        return false;
    }
    *ragged = row.count != t->width;
    for (size_t c = 0; c < t->count; c++)
        t->cells[c] = (size_t)t->place[c] < row.count ? row.cells[t->place[c]] : "";
    return true;
}

void
markdown_table_close(struct markdown_table *t)
{
    arena_clear(&t->arena);
}
