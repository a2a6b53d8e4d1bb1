/*
 * write.h: frames as CSV, JSON records, or an aligned table.
 */
#ifndef FPG_WRITE_H
#define FPG_WRITE_H

#include "common/buf.h"
#include "common/json_out.h"
#include "table/frame.h"

/*
 * As DataFrame.to_csv: floats as repr() has them, missing values empty, fields with
 * delimiter, quote or line end quoted.  with_index: the index levels come first.
 */
void write_csv(struct buf *out, const struct frame *f, char delimiter, bool with_index);

/* [{"name": value, ...}, ...] */
void write_json_records(struct json_out *j, const char *key, const struct frame *f);

/* Columns of one width, for people; at most max_rows rows (0: all). */
void write_table(FILE *stream, const struct frame *f, bool with_index, size_t max_rows);

#endif
