/* zone.h: offsets from UTC as text: Z, +02:00, -0530. */
#ifndef FPG_ZONE_H
#define FPG_ZONE_H

#include "table/coltype.h"

enum zone_style {
    ZONE_CLOCK,    /* Z, +hh:mm, +hhmm: the offsets to_datetime guesses a form by */
    ZONE_ISO,      /* Z, +h, +hh, +hhmm, +h:m ..: NumPy's parser of ISO 8601 */
    ZONE_STRPTIME, /* Z, +hh:mm, +hhmm, with seconds, which do not count: %z */
};

/* The whole text is an offset: minutes east of UTC, less than a day. */
bool zone_parse(const char *text, size_t size, enum zone_style style, int *minutes);

/* Is the text UTC or GMT, in any case?  These are what pandas' %Z takes. */
bool zone_is_utc(const char *text, size_t size);

/* What files call the zone of such times: UTC or +02:00.  The size of the text. */
enum { ZONE_NAME_SIZE = sizeof "+hh:mm" };
size_t zone_name(enum coltype t, char out[static ZONE_NAME_SIZE]);

/* The type of times of a zone of such a name (or Etc/UTC); false: it is another. */
bool zone_type(const char *name, size_t size, enum coltype *out);

#endif
