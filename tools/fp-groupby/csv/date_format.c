/*
 * date_format.c: as pandas' array_strptime, whose formats are regular expressions: a
 * number of two digits may have one, case does not matter, blanks in the format are one
 * or more in the text.
 */
#include "csv/date_format.h"

#include "table/time.h"
#include "table/zone.h"

#include <string.h>
#include <strings.h>

enum { ISO_FRACTION_MOST = 18 }; /* digits, of which nine count */

struct fields {
    int64_t year, month, day, hour, minute, second, fraction; /* fraction: ns */
    bool brief, twelve, afternoon;                            /* by %y; %I; %p */
    bool zoned;
    int offset; /* minutes */
};

struct matching {
    const char *end;
    bool iso; /* as NumPy's parser has it */
    struct fields at;
};

static const char *const months[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};

bool
date_format_check(const char *format, struct error *err)
{
    static const char directives[] = "YymbBdHIpMSfzZ%";
    unsigned seen = 0;

    if (strcmp(format, "ISO8601") == 0 || strcmp(format, "mixed") == 0)
        return error_set(err, ERR_USAGE,
                         "date_format=%s: only one format for all dates is known",
                         format);
    if (strstr(format, "%Z") && strstr(format, "%z"))
        return error_set(err, ERR_USAGE, "date_format=%s: both %%Z and %%z", format);
    for (const char *p = format; *p; p++)
        if (*p == '%') {
            const char *known = strchr(directives, *++p);

            if (!*p || !known)
                return error_set(err, ERR_USAGE, "date_format=%s: %%%c is not known here",
                                 format, *p ? *p : ' ');
            if (*p != '%' && seen & 1u << (known - directives))
                return error_set(err, ERR_USAGE, "date_format=%s: %%%c is there twice",
                                 format, *p);
            seen |= 1u << (known - directives);
        }
    return true;
}

static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool match(struct matching *m, const char *format, const char *text);

/* `digits` digits of a number in [least, most]; then the rest. */
static bool
take(struct matching *m, const char *format, const char *text, int digits, int64_t least,
     int64_t most, int64_t *out)
{
    int64_t before = *out;

    *out = 0;
    for (int i = 0; i < digits; i++) {
        if (text + i >= m->end || text[i] < '0' || text[i] > '9') {
            *out = before;
            return false;
        }
        *out = *out * 10 + (text[i] - '0');
    }
    if (*out >= least && *out <= most && match(m, format, text + digits))
        return true;
    *out = before;
    return false;
}

static bool
short_number(struct matching *m, const char *format, const char *text, int64_t least,
             int64_t most, int64_t *out)
{
    return take(m, format, text, 2, least, most, out) ||
           take(m, format, text, 1, least, most, out);
}

static bool
month_name(struct matching *m, const char *format, const char *text, bool whole)
{
    for (size_t i = 0; i < COUNT_OF(months); i++) {
        size_t n = whole ? strlen(months[i]) : 3;

        m->at.month = (int64_t)i + 1;
        if ((size_t)(m->end - text) >= n && strncasecmp(text, months[i], n) == 0 &&
            match(m, format, text + n))
            return true;
    }
    return false;
}

static bool
fraction(struct matching *m, const char *format, const char *text)
{
    if (m->iso) {
        const char *start = text;
        int64_t unit = 100000000;

        for (; text < m->end && *text >= '0' && *text <= '9'; text++, unit /= 10)
            m->at.fraction += unit * (*text - '0');
        return text - start <= ISO_FRACTION_MOST && match(m, format, text);
    }
    for (int digits = 9; digits > 0; digits--)
        if (take(m, format, text, digits, 0, INT64_MAX, &m->at.fraction)) {
            for (int i = digits; i < 9; i++)
                m->at.fraction *= 10;
            return true;
        }
    return false;
}

static bool
half_day(struct matching *m, const char *format, const char *text)
{
    if (m->end - text < 2 || (text[1] | 32) != 'm' ||
        ((text[0] | 32) != 'a' && (text[0] | 32) != 'p'))
        return false;
    m->at.afternoon = (text[0] | 32) == 'p';
    return match(m, format, text + 2);
}

/* The longest offset that lets the rest match. */
static bool
offset(struct matching *m, const char *format, const char *text)
{
    static const size_t most = sizeof "+hh:mm:ss.ffffff" - 1;
    size_t left = (size_t)(m->end - text);

    for (size_t n = left < most ? left : most; n > 0; n--) {
        int minutes;

        if (!zone_parse(text, n, m->iso ? ZONE_ISO : ZONE_STRPTIME, &minutes))
            continue;
        m->at.zoned = true;
        m->at.offset = minutes;
        if (match(m, format, text + n))
            return true;
    }
    return false;
}

static bool
named_zone(struct matching *m, const char *format, const char *text)
{
    m->at.zoned = true;
    return m->end - text >= 3 && zone_is_utc(text, 3) && match(m, format, text + 3);
}

/* Of two that say the same, as %H and %I, the later one counts. */
static bool
directive(struct matching *m, char what, const char *format, const char *text)
{
    struct fields *t = &m->at;

    switch (what) {
    case 'Y': t->brief = false; return take(m, format, text, 4, 0, 9999, &t->year);
    case 'y': t->brief = true; return take(m, format, text, 2, 0, 99, &t->year);
    case 'm': return short_number(m, format, text, 1, 12, &t->month);
    case 'b': return month_name(m, format, text, false);
    case 'B': return month_name(m, format, text, true);
    case 'd':
        return short_number(m, format, text, 1, 31, &t->day) ||
               (text < m->end && *text == ' ' &&
                take(m, format, text + 1, 1, 1, 9, &t->day));
    case 'H': t->twelve = false; return short_number(m, format, text, 0, 23, &t->hour);
    case 'I': t->twelve = true; return short_number(m, format, text, 1, 12, &t->hour);
    case 'M': return short_number(m, format, text, 0, 59, &t->minute);
    case 'S': /* leap seconds run into the next minute */
        return short_number(m, format, text, 0, m->iso ? 59 : 61, &t->second);
    case 'f': return fraction(m, format, text);
    case 'p': return half_day(m, format, text);
    case 'z': return offset(m, format, text);
    case 'Z': return named_zone(m, format, text);
    default: break;
    }
    return text < m->end && *text == '%' && match(m, format, text + 1);
}

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool
match(struct matching *m, const char *format, const char *text)
{
    for (; *format; format++) {
        if (*format == '%')
            return directive(m, format[1], format + 2, text);
        if (text == m->end)
            return false;
        if (!is_blank(*format) || m->iso) {
            if (lower(*text++) != lower(*format))
                return false;
            continue;
        }
        if (!is_blank(*text))
            return false;
        while (text < m->end && is_blank(*text))
            text++;
        while (is_blank(format[1]))
            format++;
    }
    return text == m->end;
}

bool
date_format_is_iso(const char *format)
{
    static const char *const clocks[] = {"%H:%M:%S", "%H:%M:%S%z", "%H:%M:%S.%f",
                                         "%H:%M:%S.%f%z"};
    char between = strncmp(format, "%Y", 2) == 0 ? format[2] : 0;
    const char *p = format + 2;

    if (between && strchr("-/\\. ", between) && strncmp(p + 1, "%m", 2) == 0 &&
        p[3] == between && strncmp(p + 4, "%d", 2) == 0)
        p += 6;
    else if (between && strncmp(p, "%m%d", 4) == 0)
        p += 4;
    else
        return false;
    for (size_t i = 0; i < COUNT_OF(clocks); i++)
        if ((*p == ' ' || *p == 'T') && strcmp(p + 1, clocks[i]) == 0)
            return true;
    return false;
}

static bool
matches(struct matching *m, const char *format, const char *text, bool iso)
{
    m->at = (struct fields){.year = 1900, .month = 1, .day = 1};
    m->iso = iso;
    return match(m, format, text);
}

bool
date_format_read(const char *format, const char *text, size_t size, struct moment *out)
{
    struct matching m = {.end = text + size};
    const struct fields *f = &m.at;
    int64_t seconds;

    if (!(date_format_is_iso(format) && matches(&m, format, text, true)) &&
        !matches(&m, format, text, false))
        return false;
    if (f->brief)
        m.at.year += f->year <= 68 ? 2000 : 1900;
    if (f->twelve) /* %p means nothing beside %H */
        m.at.hour = f->hour % 12 + (f->afternoon ? 12 : 0);
    seconds = (f->hour * 60 + f->minute) * 60 + f->second;
    out->type = f->zoned ? coltype_zoned(f->offset) : COLTYPE_TIME;
    return time_of(f->year, f->month, f->day, seconds * 1000000000 + f->fraction,
                   &out->ns) &&
           time_to_utc(&out->ns, f->offset);
}
