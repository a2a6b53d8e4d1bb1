/*
 * column.h: one column out of the bodies of all batches.
 */
#ifndef FPG_ARROW_COLUMN_H
#define FPG_ARROW_COLUMN_H

#include "arrow/arrow.h"
#include "arrow/schema.h"

/* How much of a batch's nodes and buffers the columns before have taken. */
struct arrow_cursor {
    size_t node, buffer, variadic;
};

bool arrow_cursor_done(const struct arrow_cursor *c, const struct arrow_batch *b);

/*
 * The next column of each batch, one below the other; of an encoded field its codes,
 * as an int64 column with -1 for missing.
 */
MUST_CHECK bool arrow_column_read(struct arena *a, const struct arrow_field *field,
                                  const struct arrow_batch *batches, size_t n_batches,
                                  struct arrow_cursor *cursors,
                                  const struct arrow_options *o, struct column **out,
                                  struct error *err);

/* Such codes become a category; each must be one of the dictionary's. */
MUST_CHECK bool arrow_column_encode(struct column *c, const struct arrow_field *field,
                                    const struct column *dictionary, struct error *err);

#endif
