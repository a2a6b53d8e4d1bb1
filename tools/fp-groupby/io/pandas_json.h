/*
 * pandas_json.h: frames as DataFrame.to_json writes them, byte for byte: floats with ten
 * digits behind the point, text in ASCII, dates as milliseconds.
 */
#ifndef FPG_PANDAS_JSON_H
#define FPG_PANDAS_JSON_H

#include "common/buf.h"
#include "table/frame.h"

/* orient: records, split, index, columns or values; another is a ValueError. */
MUST_CHECK bool pandas_json(struct buf *out, const struct frame *f, const char *orient,
                            struct error *err);

#endif
