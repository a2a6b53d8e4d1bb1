/*
 * json_frame.h: JSON records as a table.
 *
 * What pandas.read_json(orient="records", dtype=False, convert_dates=False,
 * precise_float=True) gives: types are those of the JSON values (whole numbers int64 or
 * uint64, with others or missing ones float64; bool; text and mixtures object), columns
 * come in the order in which the records first name them, null and a key that a record
 * lacks are NaN.  Objects and arrays as values are refused, as are names that occur
 * twice in a record and whole numbers beyond 64 bits.
 */
#ifndef FPG_IO_JSON_FRAME_H
#define FPG_IO_JSON_FRAME_H

#include "table/frame.h"

/* [{"a": 1, ...}, ...]; with `lines`, one record a line, blank lines passed over. */
MUST_CHECK bool json_frame_read(struct arena *a, const uint8_t *data, size_t size,
                                bool lines, struct frame **out, struct error *err);

#endif
