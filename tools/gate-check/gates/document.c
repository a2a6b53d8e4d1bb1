#include "gates/document.h"

#include "common/buf.h"
#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    struct document *d;
    const char *text, *end;
    uint64_t line;
    bool skip_next; /* a skip mark stood on the line before */
};

/* The next line without its end; false when there is none. */
static bool
next_line(struct reader *r, const char **line, size_t *n)
{
    const char *stop;

    if (r->text >= r->end)
        return false;
    *line = r->text;
    stop = memchr(r->text, '\n', (size_t)(r->end - r->text));
    *n = (size_t)((stop ? stop : r->end) - r->text);
    r->text = (stop ? stop : r->end) + 1;
    r->line++;
    while (*n > 0 && (*line)[*n - 1] == '\r')
        (*n)--;
    return true;
}

static bool
is(const char *line, size_t n, const char *word)
{
    while (n > 0 && strchr(" \t", line[n - 1]))
        n--;
    return n == strlen(word) && memcmp(line, word, n) == 0;
}

/* "# exit N" at the end of a command; it stays a comment of the shell. */
static int
meant_status(const char *command)
{
    const char *mark = NULL;

    for (const char *p = strstr(command, "# exit "); p; p = strstr(p + 1, "# exit "))
        mark = p;
    return mark ? (int)strtol(mark + 7, NULL, 10) & 0xff : 0;
}

static struct shown_command *
add_command(struct reader *r, const struct buf *text, uint64_t line)
{
    struct document *d = r->d;
    struct shown_command *c;

    if (d->count == d->capacity) {
        d->capacity = d->capacity ? 2 * d->capacity : 16;
        d->commands = xrealloc(d->commands, d->capacity, sizeof *d->commands);
    }
    c = &d->commands[d->count++];
    *c = (struct shown_command){
        .text = arena_strndup(&d->arena, (const char *)text->data, text->size),
        .line = line};
    c->status = meant_status(c->text);
    return c;
}

/* A command whose first line is given, with the lines a backslash joins to it. */
static void
read_command(struct reader *r, const char *line, size_t n)
{
    struct buf text = {0};
    uint64_t first = r->line;

    buf_put(&text, line, n);
    while (n > 0 && line[n - 1] == '\\' && next_line(r, &line, &n)) {
        buf_putc(&text, '\n');
        buf_put(&text, line, n);
    }
    (void)add_command(r, &text, first);
    buf_clear(&text);
}

static bool
is_nothing(const char *line, size_t n)
{
    while (n > 0 && strchr(" \t", *line)) {
        line++;
        n--;
    }
    return n == 0 || *line == '#';
}

static void
read_block(struct reader *r, const char *fence, bool console, bool keep)
{
    struct shown_command *open = NULL;
    struct buf output = {0};
    const char *line;
    size_t n;

    while (next_line(r, &line, &n) && !is(line, n, fence)) {
        if (!keep)
            continue;
        if (console && !(n >= 2 && memcmp(line, "$ ", 2) == 0)) {
            buf_put(&output, line, n);
            buf_putc(&output, '\n');
            continue;
        }
        if (!console && is_nothing(line, n))
            continue;
        if (open && output.size > 0)
            open->output =
                arena_strndup(&r->d->arena, (const char *)output.data, output.size);
        output.size = 0;
        read_command(r, console ? line + 2 : line, console ? n - 2 : n);
        /* The array may have moved; the last one is the open one. */
        open = &r->d->commands[r->d->count - 1];
    }
    if (open && output.size > 0)
        open->output =
            arena_strndup(&r->d->arena, (const char *)output.data, output.size);
    buf_clear(&output);
}

void
document_read(struct document *d, const char *text, size_t size)
{
    static const char *const shells[] = {"sh", "bash", "shell", "console"};
    struct reader r = {.d = d, .text = text, .end = text ? text + size : NULL};
    const char *line;
    size_t n;

    *d = (struct document){0};
    while (next_line(&r, &line, &n)) {
        bool skip = r.skip_next, fence = n >= 3 && memcmp(line, "```", 3) == 0;
        size_t which = 0;

        r.skip_next = is(line, n, "<!-- claims: skip -->");
        if (!fence)
            continue;
        while (which < COUNT_OF(shells) && !is(line + 3, n - 3, shells[which]))
            which++;
        d->skipped += which < COUNT_OF(shells) && skip;
        read_block(&r, "```", which == 3, which < COUNT_OF(shells) && !skip);
    }
}

void
document_clear(struct document *d)
{
    free(d->commands);
    arena_clear(&d->arena);
    *d = (struct document){0};
}

bool
document_output_matches(const char *expected, const char *actual)
{
    while (*expected) {
        size_t n = strcspn(expected, "\n");
        size_t m = strcspn(actual, "\n");

        if (n == 3 && memcmp(expected, "...", 3) == 0) {
            expected += n + (expected[n] == '\n');
            for (;; actual += strcspn(actual, "\n") + 1) {
                if (document_output_matches(expected, actual))
                    return true;
                if (!actual[strcspn(actual, "\n")])
                    return *expected == '\0';
            }
        }
        if (n != m || memcmp(expected, actual, n) != 0)
            return false;
        expected += n + (expected[n] == '\n');
        actual += m + (actual[m] == '\n');
    }
    return *actual == '\0';
}
