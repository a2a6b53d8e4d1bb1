#define _XOPEN_SOURCE 700 /* wcwidth */

#include "term.h"

#include "mem.h"
#include "timing.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

static const char *const sequences[] = {
    [TERM_PLAIN] = "",        [TERM_BOLD] = "\x1b[1m", [TERM_DIM] = "\x1b[2m",
    [TERM_GOOD] = "\x1b[32m", [TERM_BAD] = "\x1b[31m", [TERM_WARN] = "\x1b[33m",
};

bool
term_is_tty(FILE *stream)
{
    return isatty(fileno(stream)) == 1;
}

static bool
shows_colour(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0 &&
           term_is_tty(stream);
}

const char *
term_on(FILE *stream, enum term_style style)
{
    return style != TERM_PLAIN && shows_colour(stream) ? sequences[style] : "";
}

const char *
term_off(FILE *stream, enum term_style style)
{
    return style != TERM_PLAIN && shows_colour(stream) ? "\x1b[0m" : "";
}

size_t
term_width(const char *utf8)
{
    mbstate_t state = {0};
    size_t left = strlen(utf8), width = 0;

    while (left > 0) {
        wchar_t c;
        size_t n = mbrtowc(&c, utf8, left, &state);
        int columns;

        if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
            n = 1; /* not UTF-8: an octet is a column */
            columns = 1;
            state = (mbstate_t){0};
        } else {
            columns = wcwidth(c);
        }
        width += columns > 0 ? (size_t)columns : 0;
        utf8 += n;
        left -= n;
    }
    return width;
}

struct cell {
    char *text; /* owned */
    enum term_style style;
};

struct term_table {
    size_t columns;
    struct {
        const char *title; /* borrowed */
        enum term_align align;
        size_t width;
    } column[TERM_COLUMNS_MAX];
    struct cell *cells; /* owned; row-major */
    size_t count, capacity;
};

struct term_table *
term_table_new(void)
{
    return xcalloc(1, sizeof(struct term_table));
}

void
term_column(struct term_table *t, const char *title, enum term_align align)
{
    assert(t->columns < TERM_COLUMNS_MAX);
    t->column[t->columns].title = title;
    t->column[t->columns].align = align;
    t->column[t->columns].width = term_width(title);
    t->columns++;
}

/* Control characters of a hostile name must not reach the terminal. */
static void
printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

static void PRINTF_LIKE(3, 0)
    add_cell(struct term_table *t, enum term_style style, const char *fmt, va_list args)
{
    va_list again;
    char *text;
    int n;
    size_t width;

    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    text = xcalloc(n > 0 ? (size_t)n + 1 : 1, 1);
    if (n > 0)
        (void)vsnprintf(text, (size_t)n + 1, fmt, args);
    printable(text);
    if (t->count == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 64;
        t->cells = xrealloc(t->cells, t->capacity, sizeof *t->cells);
    }
    width = term_width(text);
    if (width > t->column[t->count % t->columns].width)
        t->column[t->count % t->columns].width = width;
    t->cells[t->count++] = (struct cell){text, style};
}

void
term_cell(struct term_table *t, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add_cell(t, TERM_PLAIN, fmt, args);
    va_end(args);
}

void
term_cell_style(struct term_table *t, enum term_style style, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add_cell(t, style, fmt, args);
    va_end(args);
}

static void
print_cell(const struct term_table *t, size_t column, const char *text,
           enum term_style style, FILE *stream)
{
    int pad = (int)(t->column[column].width - term_width(text));
    bool right = t->column[column].align == TERM_RIGHT;
    bool last = column + 1 == t->columns;

    (void)fprintf(stream, "%s%*s%s%s%s", column ? "  " : "", right ? pad : 0, "",
                  term_on(stream, style), text, term_off(stream, style));
    if (!right && !last)
        (void)fprintf(stream, "%*s", pad, "");
    if (last)
        (void)fputc('\n', stream);
}

void
term_table_print(struct term_table *t, FILE *stream)
{
    assert(t->columns > 0);
    for (size_t i = 0; i < t->columns; i++)
        print_cell(t, i, t->column[i].title, TERM_BOLD, stream);
    for (size_t i = 0; i < t->count; i++) {
        print_cell(t, i % t->columns, t->cells[i].text, t->cells[i].style, stream);
        free(t->cells[i].text);
    }
    free(t->cells);
    free(t);
}

void
term_size(uint64_t octets, char out[static TERM_SIZE_TEXT])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)octets;
    size_t unit = 0;

    while (value >= 1024 && unit + 1 < COUNT_OF(units)) {
        value /= 1024;
        unit++;
    }
    (void)snprintf(out, TERM_SIZE_TEXT, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

enum { REDRAW_NS = TIMING_NS_PER_S / 10 };

void
progress_begin(struct progress *p, const char *label, uint64_t total)
{
    *p = (struct progress){.label = label, .total = total};
    p->active = term_is_tty(stderr);
    p->start_ns = p->shown_ns = timing_ns();
}

void
progress_update(struct progress *p, uint64_t done)
{
    uint64_t now;
    double seconds;
    char text[TERM_SIZE_TEXT], rate[TERM_SIZE_TEXT];

    if (!p->active)
        return;
    now = timing_ns();
    if (now - p->shown_ns < REDRAW_NS)
        return;
    p->shown_ns = now;
    seconds = timing_seconds(p->start_ns, now);
    term_size(done, text);
    term_size((uint64_t)((double)done / seconds), rate);
    (void)fprintf(stderr, "\r\x1b[K%s %s, %s/s", p->label, text, rate);
    if (p->total && done > 0)
        (void)fprintf(stderr, ", %.0f %%, %.0f s left",
                      100 * (double)done / (double)p->total,
                      seconds * ((double)p->total / (double)done - 1));
    (void)fflush(stderr);
}

void
progress_end(struct progress *p)
{
    if (p->active)
        (void)fputs("\r\x1b[K", stderr);
    p->active = false;
}
