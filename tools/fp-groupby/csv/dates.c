/*
 * dates.c: parse_dates, as to_datetime does it: the first date gives the format of them
 * all.
 *
 * A format is guessed for 2024-01-15, 2024/01/15, 01/15/2024 (15/01/2024 when no month
 * is such, or dayfirst is true), 20240115, 2024-01 and 2024, then a time of day 10,
 * 10:30, 10:30:00 or 10:30:00.5 behind a blank or T, then an offset (Z, +02:00, +0200)
 * or UTC, perhaps behind a blank.
 */
#include "csv/convert.h"
#include "csv/date_format.h"

#include "table/zone.h"

enum { FORMAT_SIZE = 64 };

struct guess {
    const char *at, *end;
    bool day_first;
    char format[FORMAT_SIZE];
};

static void
add(struct guess *g, const char *piece)
{
    size_t size = strlen(g->format);

    (void)snprintf(g->format + size, FORMAT_SIZE - size, "%s", piece);
}

/* How many digits stand at p. */
static size_t
digits(const struct guess *g, const char *p)
{
    size_t n = 0;

    while (p + n < g->end && p[n] >= '0' && p[n] <= '9')
        n++;
    return n;
}

/* One or two digits; their value, or -1. */
static int
number(struct guess *g)
{
    size_t n = digits(g, g->at);
    int value = 0;

    if (n < 1 || n > 2)
        return -1;
    for (; n > 0; n--)
        value = 10 * value + (*g->at++ - '0');
    return value;
}

static bool
pass(struct guess *g, char c)
{
    if (g->at == g->end || *g->at != c)
        return false;
    g->at++;
    return true;
}

/* 2024, 2024-01 or 2024-01-15; with dayfirst the day is the second, if it can be. */
static bool
guess_year_first(struct guess *g)
{
    char between[] = {0, 0};
    int second;
    int third;

    add(g, "%Y");
    g->at += 4;
    if (g->at == g->end || (*g->at != '-' && *g->at != '/'))
        return true;
    between[0] = *g->at++;
    add(g, between);
    if ((second = number(g)) < 0)
        return false;
    if (!pass(g, between[0])) {
        add(g, "%m");
        return between[0] == '-';
    }
    if ((third = number(g)) < 0)
        return false;

    bool swapped = g->day_first && third <= 12;

    if (!swapped && second > 12)
        return false;
    add(g, swapped ? "%d" : "%m");
    add(g, between);
    add(g, swapped ? "%m" : "%d");
    return true;
}

/* 01/15/2024, whose day is the one that can be no month, or else as dayfirst says. */
static bool
guess_year_last(struct guess *g)
{
    int first = number(g);
    int second = first >= 0 && pass(g, '/') ? number(g) : -1;

    if (second < 0 || !pass(g, '/') || digits(g, g->at) != 4)
        return false;
    g->at += 4;
    add(g, first > 12 || (g->day_first && second <= 12) ? "%d/%m/%Y" : "%m/%d/%Y");
    return true;
}

static bool
guess_clock(struct guess *g)
{
    const char blank[] = {g->at < g->end ? *g->at : 0, 0};

    if (!pass(g, ' ') && !pass(g, 'T'))
        return false;
    add(g, blank);
    add(g, "%H");
    if (number(g) < 0)
        return false;
    if (!pass(g, ':'))
        return true;
    add(g, ":%M");
    if (number(g) < 0)
        return false;
    if (!pass(g, ':'))
        return true;
    add(g, ":%S");
    if (number(g) < 0)
        return false;
    if (pass(g, '.')) {
        size_t n = digits(g, g->at);

        g->at += n;
        add(g, ".%f");
        return n > 0;
    }
    return true;
}

/* A format is guessed by fewer kinds of offsets than it then holds for. */
static bool
guess_zone(struct guess *g)
{
    bool blank = pass(g, ' ');
    size_t size = (size_t)(g->end - g->at);
    int minutes;

    if (blank)
        add(g, " ");
    if (size == 3 && memcmp(g->at, "UTC", 3) == 0) {
        add(g, "%Z");
        return true;
    }
    add(g, "%z");
    return zone_parse(g->at, size, date_format_is_iso(g->format) ? ZONE_ISO : ZONE_CLOCK,
                      &minutes);
}

/* The format of the first date; false: none is known. */
static bool
guess_format(struct cell first, struct guess *g)
{
    size_t n = digits(g, g->at);
    struct moment at;

    if (n == 8 && !g->day_first) {
        add(g, "%Y%m%d");
        g->at += 8;
    } else if (n == 4 ? !guess_year_first(g) : !guess_year_last(g))
        return false;
    if (g->at < g->end && (!guess_clock(g) || (g->at < g->end && !guess_zone(g))))
        return false;
    return date_format_read(g->format, first.s, first.size, &at);
}

static bool
has_digit(struct cell c)
{
    for (size_t i = 0; i < c.size; i++)
        if (c.s[i] >= '0' && c.s[i] <= '9')
            return true;
    return false;
}

/* Beside what read_csv takes for missing, to_datetime knows texts of its own. */
static bool
is_missing(struct cell field, const struct csv_options *o)
{
    static const char *const texts[] = {"NaT", "nat", "NAT", "nan", "NaN", "NAN"};

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (field.size == 3 && memcmp(field.s, texts[i], 3) == 0)
            return true;
    return field.size == 0 || csv_field_missing(field, o);
}

/* *text: the first is no date, and the column stays text. */
static bool
first_format(const struct cell *fields, size_t n, const struct csv_options *o,
             struct guess *g, bool *text, struct error *err)
{
    size_t row = 0;
    struct cell first;

    while (row < n && is_missing(fields[row], o))
        row++;
    if (row == n)
        return true;
    first = fields[row];
    *g = (struct guess){first.s, first.s + first.size, o->day_first, ""};
    if (guess_format(first, g))
        return true;
    *text = true;
    return !has_digit(first) || (first.size > 3 && memcmp(first.s, "nan ", 4) == 0) ||
           error_set(err, ERR_UNSUPPORTED,
                     "dates like '%.*s' are not understood (write 2024-01-31, say "
                     "date_format=, or leave parse_dates out)",
                     (int)(first.size < 40 ? first.size : 40), first.s);
}

/* Times of one zone are a column of it; of several, a column of objects. */
static const struct column *
finish(struct arena *a, const struct moment *times, size_t n)
{
    enum coltype type = COLTYPE_TIME;
    bool any = false;
    struct column *c;

    for (size_t i = 0; i < n && type != COLTYPE_OBJECT; i++) {
        if (times[i].ns == INT64_MIN)
            continue;
        type = any && times[i].type != type ? COLTYPE_OBJECT : times[i].type;
        any = true;
    }
    c = column_new(a, type, n);
    for (size_t i = 0; i < n; i++)
        if (times[i].ns == INT64_MIN)
            column_set(c, i, (struct cell){.kind = CELL_NAT});
        else
            column_set(c, i, cell_time(times[i].ns, times[i].type));
    return c;
}

bool
csv_convert_dates(struct arena *a, const struct cell *fields, size_t n,
                  const struct csv_options *o, const struct column **out,
                  struct error *err)
{
    struct moment *times = arena_alloc(a, (n + 1) * sizeof *times);
    struct guess g = {0};
    bool text = false;

    if (!o->date_format && !first_format(fields, n, o, &g, &text, err))
        return false;

    const char *format = o->date_format ? o->date_format : g.format;

    for (size_t i = 0; i < n && !text; i++) {
        times[i].ns = INT64_MIN;
        text = !is_missing(fields[i], o) &&
               !date_format_read(format, fields[i].s, fields[i].size, &times[i]);
    }
    *out = text ? csv_convert_text(a, fields, n, o) : finish(a, times, n);
    return true;
}
