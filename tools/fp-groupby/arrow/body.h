/*
 * body.h: columns as the buffers of a record batch.
 */
#ifndef FPG_ARROW_BODY_H
#define FPG_ARROW_BODY_H

#include "arrow/format.h"
#include "common/buf.h"
#include "table/frame.h"

struct arrow_body {
    struct buf bytes;   /* every buffer begins at a multiple of 8 */
    struct buf nodes;   /* length and null count of each column, 8 octets each */
    struct buf buffers; /* offset and length, 8 octets each */
};

void arrow_body_clear(struct arrow_body *b);

/* The type of a column's values; mixed objects have none. */
MUST_CHECK bool arrow_type_of(const struct column *c, struct arrow_type *out,
                              struct error *err);

/* Type of the codes of a category. */
struct arrow_type arrow_code_type(const struct column *c);

/* Rows [first, first + n) of a column: its values, or the codes of a category. */
void arrow_body_add(struct arrow_body *b, const struct column *c, struct arrow_type type,
                    size_t first, size_t n);

#endif
