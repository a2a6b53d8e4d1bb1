/* time.h: dates as text. */
#ifndef FPG_TIME_H
#define FPG_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * ISO 8601: a year, year and month, or a day, with or without a time of day, whose
 * fraction may have nine digits; years 1678 to 2261, which fit 64 bits of nanoseconds.
 */
bool time_parse(const char *text, size_t size, int64_t *ns);

/* Nanoseconds since 1970 of a day of the proleptic Gregorian calendar; false: none. */
bool time_of_day(int64_t year, int64_t month, int64_t day, int64_t *ns);

/* Adds a time of day: hh:mm, hh:mm:ss or hh:mm:ss.fffffffff. */
bool time_of_clock(const char *text, size_t size, int64_t *ns);

#endif
