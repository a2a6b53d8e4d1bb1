/*
 * npy_frame.h: tables as NumPy arrays: .npy and .npz.
 *
 * A .npz holds an array a column, all of one length and one dimension.  bool, integers,
 * floats (float16 too), text (U; S when it is UTF-8), datetime64 and timedelta64 are
 * columns of those types.  What NumPy's types cannot say stands beside a column NAME:
 * NAME.missing marks the rows where a value is missing (text, Int64, Float64, boolean),
 * NAME.categories the values that a category's codes mean, NAME.ordered that they are
 * ordered, NAME.zone in one text the zone of times, UTC or +02:00.
 *
 * A .npy is one column, named 0, or as many as its second dimension.  Objects, which
 * would have to be unpickled, and records are refused.
 */
#ifndef FPG_IO_NPY_FRAME_H
#define FPG_IO_NPY_FRAME_H

#include "table/frame.h"

#include <stdio.h>

MUST_CHECK bool npy_frame_read(struct arena *a, const uint8_t *data, size_t size,
                               struct frame **out, struct error *err);

/* limit: octets that compressed arrays may unfold to, in all. */
MUST_CHECK bool npz_frame_read(struct arena *a, const uint8_t *data, size_t size,
                               uint64_t limit, struct frame **out, struct error *err);

/* Arrays are stored, as numpy.savez does; the octets depend on the frame alone. */
MUST_CHECK bool npz_frame_write(const struct frame *f, FILE *out, struct error *err);

/* Columns of one plain type: one column as an array of one dimension, more of two. */
MUST_CHECK bool npy_frame_write(const struct frame *f, FILE *out, struct error *err);

#endif
