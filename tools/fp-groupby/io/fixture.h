/*
 * fixture.h: columns, frames and indexes as the case files write them.
 *
 * {"name","dtype","values"}: integers as JSON integers, floats as C99 hexadecimal
 * text, dates as nanoseconds or null, categories as their values.  Inside object
 * columns text, true, false and null (None) are themselves, {"i": 1} is an integer
 * and {"f": "0x1p+0"} a float.  A default index is left out.
 */
#ifndef FPG_FIXTURE_H
#define FPG_FIXTURE_H

#include "common/json_in.h"
#include "common/json_out.h"
#include "table/frame.h"

/* What an operation answered. */
enum fixture_kind {
    FIXTURE_FRAME,  /* {"columns", "nrows", "index"?} */
    FIXTURE_SERIES, /* {"values", "index"?} */
    FIXTURE_INDEX,  /* {"values"} or {"levels"} */
    FIXTURE_LIST,   /* {"list": [integers]} */
    FIXTURE_CODES,  /* {"codes", "uniques"} */
    FIXTURE_BOOL,   /* {"bool"} */
    FIXTURE_TEXT,   /* {"text"} */
};

struct fixture_value {
    enum fixture_kind kind;
    const struct frame *frame;
    const int64_t *list; /* LIST, CODES */
    size_t n_list;
    bool truth;
    const char *text;
};

MUST_CHECK bool fixture_read_column(struct arena *a, const struct json_doc *doc,
                                    const struct json *node, struct column **out,
                                    struct error *err);
/* Any of the shapes FRAME, SERIES and INDEX. */
MUST_CHECK bool fixture_read_frame(struct arena *a, const struct json_doc *doc,
                                   const struct json *node, struct frame **out,
                                   struct error *err);
/* A value as it stands in an object column. */
MUST_CHECK bool fixture_read_cell(struct arena *a, const struct json_doc *doc,
                                  const struct json *node, struct cell *out,
                                  struct error *err);

/* One object under `key`. */
void fixture_write(struct json_out *j, const char *key, const struct fixture_value *v);

#endif
