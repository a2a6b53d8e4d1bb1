/*
 * table_write.h: frames as text and as JSON, for people and for other programs.
 *
 * JSON has the shapes of DataFrame.to_json, with floats that read back exactly and
 * dates as ISO 8601 text.
 */
#ifndef FPG_TABLE_WRITE_H
#define FPG_TABLE_WRITE_H

#include "common/json_out.h"
#include "table/frame.h"

enum table_format {
    TABLE_CSV,
    TABLE_TSV,
    TABLE_RECORDS,  /* [{"a": 1, ...}, ...] */
    TABLE_LINES,    /* the same, a line each */
    TABLE_COLUMNS,  /* {"a": {"0": 1, ...}, ...}: label to value */
    TABLE_SPLIT,    /* {"columns": [..], "index": [..], "data": [[..], ..]} */
    TABLE_MARKDOWN, /* | a | ... */
    TABLE_ALIGNED,  /* columns of one width */
    TABLE_ARROW,    /* an Arrow IPC stream */
    TABLE_NPZ,      /* NumPy: an array a column */
    TABLE_NPY,      /* one array */
};

/* Their names, NULL-terminated, in the order of the enum. */
extern const char *const table_formats[];

/*
 * with_index: the levels of the index come first, or are the labels where the shape
 * has some.
 */
MUST_CHECK bool table_write(FILE *out, const struct frame *f, enum table_format format,
                            bool with_index, struct error *err);

/* The records, as a member of an object. */
void table_write_records(struct json_out *j, const char *key, const struct frame *f,
                         bool with_index);

/*
 * The name of column i as text, the first n_index of them levels of the index; a level
 * without a name is "index" or "level_0", as reset_index names it.
 */
const char *table_title(struct arena *a, const struct frame *f, size_t n_index, size_t i);

#endif
