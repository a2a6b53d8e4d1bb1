/* time.h: dates as text. */
#ifndef FPG_TIME_H
#define FPG_TIME_H

#include "table/coltype.h"

/*
 * ISO 8601: a year, year and month, or a day, with or without a time of day, whose
 * fraction may have nine digits.  Behind a time of day may be an offset from UTC, then
 * *type is that of such times, else COLTYPE_TIME.
 */
bool time_parse(const char *text, size_t size, int64_t *ns, enum coltype *type);

/*
 * Nanoseconds since 1970 of a time on a day of the proleptic Gregorian calendar; false:
 * there is no such day, or 64 bits do not reach it (1677-09-21 to 2262-04-11).
 */
bool time_of(int64_t year, int64_t month, int64_t day, int64_t ns_of_day, int64_t *ns);

/* A time read on a clock that is so many minutes ahead, in UTC; false: out of reach. */
bool time_to_utc(int64_t *ns, int minutes);

#endif
