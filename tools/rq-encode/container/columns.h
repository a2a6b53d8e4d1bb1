/*
 * columns.h: the repair symbols of a source, encoded strip by strip.
 *
 * Row e of a source holds the symbols with ESI e of all blocks side by side, and
 * all blocks have the same K: one plan serves them and is replayed over whole rows.  A
 * source that memory can hold is encoded as it lies in the page cache; of a larger one
 * a strip of columns is read at a time.
 */
#ifndef RQ_COLUMNS_H
#define RQ_COLUMNS_H

#include "files/scratch.h"
#include "files/source.h"
#include "layout.h"

struct columns {
    struct layout layout;
    uint8_t *data; /* owned; `width` octets of each row, one after another, or NULL */
    size_t width;
    uint64_t from, loaded; /* which columns of each row those are, and how many */
    uint64_t rows;         /* that are in the source, the last one perhaps not whole */
    bool *hole;            /* owned; by row: all zeros without a read */
};

/* What is to be encoded: repair symbols with ESIs K + first .. K + first + count - 1. */
struct columns_job {
    uint32_t first, count;
    const bool *skip;             /* by block: not this one; NULL: all blocks */
    const struct scratch *repair; /* `count` rows of the layout's width */
    unsigned threads;
};

/* Columns of `rows` rows, each `row` octets, that fit into that much memory. */
size_t columns_width(uint64_t rows, uint64_t row, uint64_t memory);

void columns_init(struct columns *c, const struct layout *layout,
                  const struct source *source, uint64_t memory);
void columns_clear(struct columns *c);

/* Keeps what a scan read of the first columns, so that it is not read again. */
void columns_keep(struct columns *c, uint64_t offset, const uint8_t *data, size_t size);

MUST_CHECK bool columns_encode(struct columns *c, struct source *source,
                               const struct columns_job *job, struct error *err);

#endif
