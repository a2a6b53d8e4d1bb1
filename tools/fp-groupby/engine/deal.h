/*
 * deal.h: the rows of a wide table dealt out to partitions that fit the cache.
 *
 * Dealing is stable: the rows of a partition keep the order of the file.  Rows that are
 * in no group are dealt to none.
 */
#ifndef FPG_DEAL_H
#define FPG_DEAL_H

#include "engine/wide.h"

struct deal_partition {
    size_t begin, end; /* of the dealt rows */
    size_t n_groups;   /* for who groups them */
};

struct deal {
    size_t n_partitions, largest;      /* how many; rows of the largest */
    struct deal_partition *partitions; /* owned */
    uint64_t *words;                   /* owned; from place 1 */
    uint32_t *rows;                    /* owned; the rows' numbers, or NULL */
    union batch_value *values;         /* owned, by value; those that are folded */
    size_t n_values;
};

enum deal_how {
    DEAL_BY_HASH,  /* of the words; numbers of rows are wanted, too */
    DEAL_BY_ORDER, /* of the words: the first partition has the least */
};

/* The words of w, and the values that the folds of p ask for. */
void deal_rows(struct deal *d, const struct wide *w, const struct program *p,
               enum deal_how how, unsigned threads);
void deal_clear(struct deal *d);

#endif
