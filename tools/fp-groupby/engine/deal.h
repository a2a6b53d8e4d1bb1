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
    uint32_t *rows;            /* owned; the rows' numbers, unless nobody asks for them */
    union batch_value *values; /* owned, by value; those that the program folds */
    size_t n_values;
};

/* How: words of the same `factor * word >> shift` go to the same partition. */
struct deal_plan {
    size_t n_partitions;
    uint64_t factor;
    unsigned shift;
    const struct program *program;
    bool numbered; /* rows are asked for */
};

/* By a hash of the words. */
struct deal_plan deal_by_hash(size_t n_rows);
/* In the order of the words, which have so many bits. */
struct deal_plan deal_by_order(size_t n_rows, unsigned bits);

void deal_rows(struct deal *d, const struct wide *w, const struct deal_plan *plan,
               unsigned threads);
void deal_clear(struct deal *d);

#endif
