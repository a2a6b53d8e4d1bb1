/*
 * value.h: values as text, the way to_csv writes them.
 *
 * Floats are repr()'s, missing values nothing.  Dates are written alike in a whole
 * column: without a time of day when none has one, and with as many digits of the
 * second as the finest needs.  Those with a zone are written each by itself.
 */
#ifndef FPG_VALUE_H
#define FPG_VALUE_H

#include "common/buf.h"
#include "table/frame.h"

struct value_format {
    const struct column *column;
    bool whole_days;   /* dates and spans: no time of day */
    int second_digits; /* 0, 3, 6 or 9 */
};

struct value_format value_format(const struct column *c);
void value_put(struct buf *out, const struct value_format *f, size_t row);

/* A cell on its own: a name, or a value of an object column. */
void value_put_cell(struct buf *out, struct cell v);

/* repr(); nothing for NaN. */
void value_put_float(struct buf *out, double x);

/* 2024-01-15T10:30:00.000, as to_json(date_format="iso"): in UTC, with Z, if zoned. */
void value_put_iso(struct buf *out, struct cell time);

#endif
