/*
 * date_format.h: dates written by a format of strptime, date_format= of read_csv.
 *
 * Known are %Y %y %m %b %B %d %H %I %p %M %S %f %z %Z and %%; others are refused by name.
 */
#ifndef FPG_CSV_DATE_FORMAT_H
#define FPG_CSV_DATE_FORMAT_H

#include "common/error.h"
#include "table/coltype.h"

MUST_CHECK bool date_format_check(const char *format, struct error *err);

/* A time in UTC, and the type of times of its zone. */
struct moment {
    int64_t ns;
    enum coltype type;
};

/*
 * The time a text means; of a format without an offset its type is COLTYPE_TIME.  False:
 * the text is not written so, or is no time that 64 bits of nanoseconds reach.
 */
bool date_format_read(const char *format, const char *text, size_t size,
                      struct moment *out);

/*
 * Formats of a whole day and a time of day to the second at least are tried by NumPy's
 * parser of ISO 8601 first, which knows shorter offsets and longer fractions.
 */
bool date_format_is_iso(const char *format);

#endif
