/* zone.c: see zone.h. */
#include "table/zone.h"

#include "table/reader.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* One or two digits; returns how many. */
static int
digits(struct reader *r, int *out)
{
    int n = 0;

    *out = 0;
    for (; n < 2 && r->at < r->end && *r->at >= '0' && *r->at <= '9'; n++, r->at++)
        *out = *out * 10 + (*r->at - '0');
    return n;
}

/* Seconds, perhaps with a fraction of six digits; nothing is left behind them. */
static bool
only_seconds(struct reader *r)
{
    int seconds;
    int n = 0;

    (void)reader_pass(r, ':');
    if (digits(r, &seconds) != 2 || seconds > 59)
        return false;
    if (!reader_pass(r, '.'))
        return r->at == r->end;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
        n++;
    return n >= 1 && n <= 6 && r->at == r->end;
}

bool
zone_parse(const char *text, size_t size, enum zone_style style, int *minutes)
{
    struct reader r = {text, text + size};
    int hour;
    int minute = 0;
    bool west = size > 0 && *text == '-';

    *minutes = 0;
    if (size == 1 && *text == 'Z')
        return true;
    if (!reader_pass(&r, '-') && !reader_pass(&r, '+'))
        return false;

    int hour_digits = digits(&r, &hour);
    bool colon = reader_pass(&r, ':');
    int minute_digits = digits(&r, &minute);

    if (style == ZONE_ISO) {
        /* without a colon minutes follow two digits of the hour, and are two */
        if (hour_digits == 0 || (colon && minute_digits == 0) ||
            (!colon && minute_digits == 1) || r.at != r.end)
            return false;
    } else if (hour_digits != 2 || minute_digits != 2 ||
               (r.at != r.end && (style == ZONE_CLOCK || !only_seconds(&r))))
        return false;
    if (hour > 23 || minute > 59)
        return false;
    *minutes = (west ? -1 : 1) * (60 * hour + minute);
    return true;
}

bool
zone_is_utc(const char *text, size_t size)
{
    return size == 3 &&
           (strncasecmp(text, "utc", size) == 0 || strncasecmp(text, "gmt", size) == 0);
}

size_t
zone_name(enum coltype t, char out[static ZONE_NAME_SIZE])
{
    int minutes = coltype_minutes(t);
    unsigned size = (unsigned)(minutes < 0 ? -minutes : minutes) % (24 * 60);

    if (size == 0)
        return (size_t)snprintf(out, ZONE_NAME_SIZE, "UTC");
    return (size_t)snprintf(out, ZONE_NAME_SIZE, "%c%02u:%02u", minutes < 0 ? '-' : '+',
                            size / 60, size % 60);
}

bool
zone_type(const char *name, size_t size, enum coltype *out)
{
    static const char *const utc[] = {"UTC", "Etc/UTC"};
    int minutes = 0;
    bool found = false;

    for (size_t i = 0; i < 2; i++)
        found |= size == strlen(utc[i]) && memcmp(name, utc[i], size) == 0;
    if (!found && (size < 6 || !zone_parse(name, size, ZONE_CLOCK, &minutes)))
        return false;
    *out = coltype_zoned(minutes);
    return true;
}
