/*
 * store_column.h: a column of numbers that grows, in the narrowest integers that hold it.
 */
#ifndef FPG_STORE_COLUMN_H
#define FPG_STORE_COLUMN_H

#include "batch/batch.h"
#include "store/kernel.h"

/* Columns have room for zeros behind them up to a whole block, which kernels read. */
enum { STORE_BLOCK = KERNEL_BLOCK };

struct store_column {
    unsigned width; /* octets: 1, 2, 4 unsigned; 8: int64 or double */
    bool integer;   /* else doubles */
    bool plain;     /* width 8: no NaN, no infinity; store_take() looks */
    uint64_t most;  /* of a column of unsigned integers; a negative one is beyond them */
    void *data;     /* owned */
};

void store_column_init(struct store_column *c, bool integer);
void store_column_clear(struct store_column *c);

/* Room for so many rows. */
void store_column_reserve(struct store_column *c, size_t capacity);

/* The values behind the first n rows; the column gets wider when it must. */
void store_column_append(struct store_column *c, size_t n, size_t capacity,
                         union batch_value from, size_t count);

/* Rows from..from + n as a batch has them. */
void store_column_copy(const struct store_column *c, size_t from, size_t n, int64_t *out);

/* The first n rows as a batch has them, in room for more; free().  The column is empty.
 */
int64_t *store_column_release(struct store_column *c, size_t n, size_t room);

#endif
