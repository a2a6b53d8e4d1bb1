/*
 * store.h: the columns of a query in memory, each in the narrowest integers that hold it.
 *
 * Keys are codes of a coder, numbered by first appearance; 0 is a missing key whose row
 * is dropped.
 */
#ifndef FPG_STORE_H
#define FPG_STORE_H

#include "fold/coder.h"
#include "store/kernel.h"
#include "store/wide.h"

struct store {
    const struct kernel *kernel;
    size_t n;
    size_t n_keys, n_values;
    struct store_column *keys;   /* owned */
    struct store_column *values; /* owned */
    size_t n_cells;              /* product of the keys' codes; 0: too many */
    struct wide wide;            /* the same rows, kept when there are too many cells */
};

/* Take over what a pass has kept. */
void store_take(struct store *s, struct wide *w, const struct coder *c);
void store_clear(struct store *s);

/* Cell of each row of the block that begins at `row`. */
void store_cells(const struct store *s, const struct coder *c, size_t row,
                 uint32_t cells[static STORE_BLOCK]);

/* The block's values as a batch has them: in the column, or widened into room. */
int64_t *store_values(const struct store *s, size_t value, size_t row,
                      int64_t room[static STORE_BLOCK]);

#endif
