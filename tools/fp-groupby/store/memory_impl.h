/* memory_impl.h: what the parts of memory_group share. */
#ifndef FPG_MEMORY_IMPL_H
#define FPG_MEMORY_IMPL_H

#include "store/memory.h"

/* Rows of a part of the table, and what they gave. */
struct memory_range {
    size_t begin, end;  /* begin is a multiple of STORE_BLOCK */
    struct fold *folds; /* owned; of the program's folds those that merge */
    uint32_t *places;   /* owned; by cell: where its next row is dealt to */
};

struct memory {
    const struct store *store;
    struct coder *coder;
    struct program *program;
    unsigned threads;
    size_t n_cells;
    size_t n_ranges;
    struct memory_range *ranges; /* owned */
    size_t n_columns;            /* tasks: folds that take a whole column each */
    size_t *columns;             /* owned */

    size_t *offsets; /* owned; by cell: its rows when dealt out */
    void **dealt;    /* owned; by value: the column, row by row of each cell */
};

/* Sums of small integers share one word and one addition a row; see memory_pack.c. */
void memory_sum_packed(struct memory *m, struct memory_range *r, bool *done);

/* Deal out the rows and run the folds that need them so; sizes are known. */
void memory_deal(struct memory *m);

#endif
