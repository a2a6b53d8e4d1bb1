/*
 * date_format.h: dates written by a format of strptime, date_format= of read_csv.
 *
 * Known are %Y %y %m %b %B %d %H %I %p %M %S %f and %%; others are refused by name.
 */
#ifndef FPG_CSV_DATE_FORMAT_H
#define FPG_CSV_DATE_FORMAT_H

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

MUST_CHECK bool date_format_check(const char *format, struct error *err);

/* Nanoseconds since 1970; false: the text is not written so, or is no time they reach. */
bool date_format_read(const char *format, const char *text, size_t size, int64_t *ns);

#endif
