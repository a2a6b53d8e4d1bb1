/* span.h: lengths of time written as text. */
#ifndef FPG_SPAN_H
#define FPG_SPAN_H

#include "common/attr.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * "10min", "1.5h", "1 days 02:00:00", "-1 days +23:59:59": pandas.Timedelta of a text,
 * in nanoseconds.  A number without a unit is none here.
 */
MUST_CHECK bool span_read(const char *text, int64_t *ns);

#endif
