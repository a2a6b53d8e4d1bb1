/* time.c: ISO 8601 text to nanoseconds since 1970. */
#include "table/time.h"

#include "table/reader.h"
#include "table/zone.h"

static const int64_t NS = 1000000000;

/* Exactly n digits. */
static bool
digits(struct reader *r, int n, int64_t *out)
{
    *out = 0;
    if (r->end - r->at < n)
        return false;
    for (int i = 0; i < n; i++, r->at++) {
        if (*r->at < '0' || *r->at > '9')
            return false;
        *out = *out * 10 + (*r->at - '0');
    }
    return true;
}

static int64_t
month_length(int64_t year, int64_t month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return lengths[month - 1] + (month == 2 && leap);
}

bool
time_of(int64_t year, int64_t month, int64_t day, int64_t ns_of_day, int64_t *ns)
{
    static const int64_t DAY = 86400 * NS;

    if (year < 1677 || year > 2262 || month < 1 || month > 12 || day < 1 ||
        day > month_length(year, month))
        return false;

    /* Howard Hinnant's days_from_civil */
    int64_t y = year - (month <= 2);
    int64_t era = y / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t days = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;

    if (days < 0) { /* the first day begins out of reach, but does not end there */
        days++;
        ns_of_day -= DAY;
    }
    return !__builtin_mul_overflow(days, DAY, ns) &&
           !__builtin_add_overflow(*ns, ns_of_day, ns) && *ns != INT64_MIN;
}

static bool
read_fraction(struct reader *r, int64_t *ns)
{
    int64_t unit = NS / 10;
    bool any = false;

    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, unit /= 10) {
        *ns += unit * (*r->at - '0');
        any = true;
        if (unit == 0)
            return false;
    }
    return any;
}

/* hh:mm, hh:mm:ss, hh:mm:ss.fffffffff */
static bool
read_clock(struct reader *r, int64_t *ns)
{
    int64_t hour;
    int64_t minute;
    int64_t second = 0;
    int64_t fraction = 0;

    if (!digits(r, 2, &hour) || !reader_pass(r, ':') || !digits(r, 2, &minute))
        return false;
    if (reader_pass(r, ':') &&
        (!digits(r, 2, &second) || (reader_pass(r, '.') && !read_fraction(r, &fraction))))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *ns = ((hour * 60 + minute) * 60 + second) * NS + fraction;
    return true;
}

bool
time_to_utc(int64_t *ns, int minutes)
{
    return !__builtin_sub_overflow(*ns, minutes * 60 * NS, ns) && *ns != INT64_MIN;
}

/* What is left is nothing or an offset, perhaps behind a blank. */
static bool
read_zone(struct reader *r, int64_t *ns, enum coltype *type)
{
    bool blank = r->at < r->end && reader_pass(r, ' ');
    int minutes;

    if (r->at == r->end)
        return !blank;
    if (!zone_parse(r->at, (size_t)(r->end - r->at), blank ? ZONE_CLOCK : ZONE_ISO,
                    &minutes))
        return false;
    *type = coltype_zoned(minutes);
    return time_to_utc(ns, minutes);
}

bool
time_parse(const char *text, size_t size, int64_t *ns, enum coltype *type)
{
    struct reader r = {text, text + size};
    int64_t year;
    int64_t month = 1;
    int64_t day = 1;
    int64_t clock = 0;

    *type = COLTYPE_TIME;
    if (!digits(&r, 4, &year))
        return false;
    if (reader_pass(&r, '-') &&
        (!digits(&r, 2, &month) || (reader_pass(&r, '-') && !digits(&r, 2, &day))))
        return false;
    if (r.at < r.end &&
        ((!reader_pass(&r, ' ') && !reader_pass(&r, 'T')) || !read_clock(&r, &clock)))
        return false;
    return time_of(year, month, day, clock, ns) && read_zone(&r, ns, type);
}
