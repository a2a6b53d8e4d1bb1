/*
 * arrow.h: frames as Arrow IPC streams.
 *
 * bool, integers, floats (float16 too), text, dates (ns), spans (ns) and categories
 * (dictionaries) go out and come in; missing values are null.  The stream's "pandas"
 * metadata keeps the types apart that Arrow does not (Int64 from int64, string from
 * object), as pyarrow's does.
 */
#ifndef FPG_ARROW_H
#define FPG_ARROW_H

#include "table/frame.h"

#include <stdio.h>

/* The columns of a frame; its index is left out.  The stream's error flag is checked. */
MUST_CHECK bool arrow_write(const struct frame *f, FILE *out, struct error *err);

struct arrow_options {
    bool nan; /* missing text is NaN, as read_csv has it; else None */
};

/*
 * A whole stream, or a file in Arrow's file format (Feather 2), in memory; cells may
 * point into it.  Nested types, time zones, compressed bodies, views of binary and
 * dictionaries that change midway are refused.  Errors carry the octet.
 */
MUST_CHECK bool arrow_read(struct arena *a, const uint8_t *data, size_t size,
                           const struct arrow_options *o, struct frame **out,
                           struct error *err);

/* Does it begin like one of the two? */
bool arrow_looks(const uint8_t *data, size_t size);

#endif
