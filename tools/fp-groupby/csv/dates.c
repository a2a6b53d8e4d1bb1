/*
 * dates.c: parse_dates, as to_datetime does it: the form of the first date is the form
 * of them all.
 *
 * Forms: 2024-01-15, 2024/01/15, 01/15/2024 (15/01/2024 when the first has such a
 * day), 20240115, 2024-01 and 2024, then a time of day 10:30, 10:30:00 or 10:30:00.5
 * behind a blank or T.
 */
#include "csv/convert.h"
#include "csv/date_format.h"

#include "table/time.h"

enum order { YEAR_FIRST, MONTH_FIRST, DAY_FIRST };

struct form {
    enum order order;
    int parts;       /* year, month, day */
    char between;    /* '-', '/', or 0 */
    char clock;      /* ' ' or 'T' in front of the time, or 0 */
    int clock_parts; /* hour, minute, second, fraction */
};

struct scan {
    const char *at, *end;
};

static bool
number(struct scan *s, int least, int most, int64_t *out)
{
    int n = 0;

    *out = 0;
    for (; n < most && s->at < s->end && *s->at >= '0' && *s->at <= '9'; n++, s->at++)
        *out = *out * 10 + (*s->at - '0');
    return n >= least;
}

static bool
pass(struct scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool
scan_date(struct scan *s, struct form *f, int64_t *ns)
{
    size_t size = (size_t)(s->end - s->at);
    int64_t x[3] = {1, 1, 1};
    bool eight = size >= 8;

    for (size_t i = 0; eight && i < 8; i++)
        eight = s->at[i] >= '0' && s->at[i] <= '9';
    if (eight) {
        f->parts = 3;
        return number(s, 4, 4, &x[0]) && number(s, 2, 2, &x[1]) &&
               number(s, 2, 2, &x[2]) && time_of_day(x[0], x[1], x[2], ns);
    }
    if (size >= 3 && (s->at[1] == '/' || s->at[2] == '/')) {
        f->order = f->order == YEAR_FIRST ? MONTH_FIRST : f->order;
        f->parts = 3;
        f->between = '/';
        if (!number(s, 1, 2, &x[0]) || !pass(s, '/') || !number(s, 1, 2, &x[1]) ||
            !pass(s, '/') || !number(s, 4, 4, &x[2]))
            return false;
        return f->order == DAY_FIRST ? time_of_day(x[2], x[1], x[0], ns)
                                     : time_of_day(x[2], x[0], x[1], ns);
    }
    if (!number(s, 4, 4, &x[0]))
        return false;
    f->parts = 1;
    f->between = s->at < s->end && (*s->at == '-' || *s->at == '/') ? *s->at : 0;
    for (; f->parts < 3 && f->between && pass(s, f->between); f->parts++)
        if (!number(s, 2, 2, &x[f->parts]))
            return false;
    return time_of_day(x[0], x[1], x[2], ns);
}

static bool
scan_clock(struct scan *s, struct form *f, int64_t *ns)
{
    const char *start = s->at + 1;
    int colons = 0;
    bool point = false;

    if (s->at == s->end)
        return true;
    f->clock = *s->at;
    for (const char *p = start; p < s->end; p++) {
        colons += *p == ':';
        point |= *p == '.';
    }
    f->clock_parts = 1 + colons + point;
    return (f->clock == ' ' || f->clock == 'T') &&
           time_of_clock(start, (size_t)(s->end - start), ns);
}

static bool
scan(struct cell text, struct form *f, int64_t *ns)
{
    struct scan s = {text.s, text.s + text.size};
    enum order order = f->order;

    *f = (struct form){.order = order};
    return scan_date(&s, f, ns) && scan_clock(&s, f, ns);
}

static bool
same_form(struct form x, struct form y)
{
    return x.parts == y.parts && x.between == y.between && x.clock == y.clock &&
           x.clock_parts == y.clock_parts && x.order == y.order;
}

static bool
has_digit(struct cell c)
{
    for (size_t i = 0; i < c.size; i++)
        if (c.s[i] >= '0' && c.s[i] <= '9')
            return true;
    return false;
}

/* The form of the first date; *text: there is none, and the column stays text. */
static bool
first_form(struct cell first, bool day_first, struct form *out, bool *text,
           struct error *err)
{
    struct form day = {.order = DAY_FIRST};
    int64_t ns;

    *out = (struct form){0};
    if (!(day_first && scan(first, &day, &ns) && day.between == '/') &&
        scan(first, out, &ns))
        return true;
    day = (struct form){.order = DAY_FIRST};
    if (scan(first, &day, &ns) && day.between == '/') {
        *out = day;
        return true;
    }
    *text = true;
    return !has_digit(first) || (first.size > 3 && memcmp(first.s, "nan ", 4) == 0) ||
           error_set(err, ERR_UNSUPPORTED,
                     "dates like '%.*s' are not understood (write 2024-01-31, say "
                     "date_format=, or leave parse_dates out; zones are not known)",
                     (int)(first.size < 40 ? first.size : 40), first.s);
}

/* date_format=: where one date is written otherwise the column stays text. */
static const struct column *
formatted(struct arena *a, const struct cell *fields, size_t n,
          const struct csv_options *o)
{
    struct column *c = column_new(a, COLTYPE_TIME, n);

    for (size_t i = 0; i < n; i++) {
        c->i[i] = INT64_MIN;
        if (!csv_field_missing(fields[i], o) &&
            !date_format_read(o->date_format, fields[i].s, fields[i].size, &c->i[i]))
            return csv_convert_text(a, fields, n, o);
    }
    return c;
}

bool
csv_convert_dates(struct arena *a, const struct cell *fields, size_t n,
                  const struct csv_options *o, const struct column **out,
                  struct error *err)
{
    struct column *c = column_new(a, COLTYPE_TIME, n);
    bool any = false;
    bool text = false;
    struct form form = {0};

    if (o->date_format) {
        *out = formatted(a, fields, n, o);
        return true;
    }
    for (size_t i = 0; i < n && !text; i++) {
        struct form own = {0};

        c->i[i] = INT64_MIN;
        if (csv_field_missing(fields[i], o))
            continue;
        if (!any && !first_form(fields[i], o->day_first, &form, &text, err))
            return false;
        any = true;
        own.order = form.order == DAY_FIRST ? DAY_FIRST : YEAR_FIRST;
        text = text || !scan(fields[i], &own, &c->i[i]) || !same_form(own, form);
    }
    *out = text ? csv_convert_text(a, fields, n, o) : c;
    return true;
}
