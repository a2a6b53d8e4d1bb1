/*
 * npy_column.h: one array of NumPy's as a column, and back.
 */
#ifndef FPG_IO_NPY_COLUMN_H
#define FPG_IO_NPY_COLUMN_H

#include "common/npy.h"
#include "table/frame.h"

/* Column `j` of m of an array of n * m elements in C order (m 1: the array). */
MUST_CHECK bool npy_column_read(struct arena *a, const struct npy *array,
                                const uint8_t *elements, size_t n, size_t m, size_t j,
                                struct column **out, struct error *err);

/* Appended as a whole .npy file; missing values are zero, NaT, NaN or empty text. */
MUST_CHECK bool npy_column_write(struct buf *out, const struct column *c,
                                 struct error *err);

/* The dtype of a column of plain numbers, else DTYPE_NONE. */
enum dtype npy_column_dtype(const struct column *c);

/* Element `row` as NumPy stores it; octets of the dtype. */
void npy_column_store(const struct column *c, size_t row, uint8_t *out);

#endif
