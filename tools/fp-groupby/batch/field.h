/*
 * field.h: what kind of column a field allows, and its number in a column of floats.
 */
#ifndef FPG_FIELD_H
#define FPG_FIELD_H

#include "csv/number.h"

/* Each can hold what those before it can. */
enum field_kind { FIELD_INT, FIELD_FLOAT, FIELD_TEXT };

/*
 * False: no number, or one whose column may be of another type than float64.  An
 * integer that a double holds, and not "-0", is the same number whether pandas read the
 * column as integers with missing values or as floats.  Others are not for the fast
 * ways; nor is one beyond int64, which may make the column uint64 or text; nor digits
 * beyond uint64, which make it text even with a point behind them.
 */
MUST_CHECK bool field_f64(const uint8_t *text, size_t size, double *out);

/* Text that no column but one of strings can hold. */
bool field_is_text(const uint8_t *text, size_t size);

#endif
