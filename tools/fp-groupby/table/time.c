/* time.c: ISO 8601 text to nanoseconds since 1970. */
#include "table/time.h"

static const int64_t NS = 1000000000;

struct reader {
    const char *at, *end;
};

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

static bool
pass(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static int64_t
month_length(int64_t year, int64_t month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return lengths[month - 1] + (month == 2 && leap);
}

/* Howard Hinnant's days_from_civil. */
bool
time_of_day(int64_t year, int64_t month, int64_t day, int64_t *ns)
{
    int64_t y = year - (month <= 2);
    int64_t era = y / 400;
    int64_t yoe = y - era * 400;

    if (year < 1678 || year > 2261 || month < 1 || month > 12 || day < 1 ||
        day > month_length(year, month))
        return false;

    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    *ns = (era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468) * 86400 * NS;
    return true;
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

/* hh:mm, hh:mm:ss, hh:mm:ss.fffffffff; a Z behind it is refused: zones are not kept. */
static bool
read_clock(struct reader *r, int64_t *ns)
{
    int64_t hour;
    int64_t minute;
    int64_t second = 0;
    int64_t fraction = 0;

    if (!digits(r, 2, &hour) || !pass(r, ':') || !digits(r, 2, &minute))
        return false;
    if (pass(r, ':') &&
        (!digits(r, 2, &second) || (pass(r, '.') && !read_fraction(r, &fraction))))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *ns += ((hour * 60 + minute) * 60 + second) * NS + fraction;
    return true;
}

bool
time_parse(const char *text, size_t size, int64_t *ns)
{
    struct reader r = {text, text + size};
    int64_t year;
    int64_t month = 1;
    int64_t day = 1;

    if (!digits(&r, 4, &year))
        return false;
    if (pass(&r, '-') &&
        (!digits(&r, 2, &month) || (pass(&r, '-') && !digits(&r, 2, &day))))
        return false;
    if (!time_of_day(year, month, day, ns))
        return false;
    if (r.at == r.end)
        return true;
    return (pass(&r, ' ') || pass(&r, 'T')) && read_clock(&r, ns) && r.at == r.end;
}

bool
time_of_clock(const char *text, size_t size, int64_t *ns)
{
    struct reader r = {text, text + size};

    return read_clock(&r, ns) && r.at == r.end;
}
