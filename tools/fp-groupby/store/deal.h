/*
 * deal.h: the rows of a wide table dealt out to partitions that fit the cache.
 *
 * It can happen in the table's own memory, unit by unit: the rows of a unit are taken
 * out, and the unit holds rows of some partition from then on.  So a partition is a chain
 * of units.  Its rows keep the order of the file; rows that are in no group are in none.
 */
#ifndef FPG_DEAL_H
#define FPG_DEAL_H

#include "fold/program.h"
#include "store/wide.h"

enum { DEAL_UNIT = 512 }; /* rows */

#define DEAL_NONE UINT32_MAX

struct deal_partition {
    size_t size;     /* rows */
    size_t n_groups; /* for who groups them */
};

/* The units of a partition that one thread has filled; of none, `end` is 0. */
struct deal_chain {
    uint32_t first, last;
    uint32_t end; /* row behind those of the last */
};

struct deal {
    size_t n_partitions, largest;      /* how many; rows of the largest */
    struct deal_partition *partitions; /* owned */
    size_t n_chains;                   /* a partition */
    struct deal_chain *chains;         /* owned; by chain, by partition */
    uint32_t *following;               /* owned; by unit: the next of its chain */
    size_t room;                       /* numbers of dealt rows are less */
    /* By dealt row: unit i has rows DEAL_UNIT * i and so on. */
    uint64_t *words;           /* owned */
    uint32_t *rows;            /* owned; the numbers that they had, or NULL */
    union batch_value *values; /* owned, by value; those that are folded */
    size_t n_values;
};

/*
 * The words of w and the values that the folds of p ask for: by a hash of the words, with
 * the rows' numbers, to memory of their own; or by the words' order, the first partition
 * having the least, where they are: w is cleared.
 */
void deal_by_hash(struct deal *d, const struct wide *w, const struct program *p,
                  unsigned threads);
void deal_by_order(struct deal *d, struct wide *w, const struct program *p,
                   unsigned threads);
void deal_clear(struct deal *d);

/* Goes through the rows of a partition. */
struct deal_walk {
    size_t n_begun;      /* chains */
    uint32_t next, last; /* units of the chain, or DEAL_NONE */
    uint32_t end;        /* of the last */
};

static inline struct deal_walk
deal_begin(void)
{
    return (struct deal_walk){.next = DEAL_NONE};
}

/* Some n rows from *row on; false at the end. */
bool deal_next(const struct deal *d, size_t partition, struct deal_walk *walk,
               size_t *row, size_t *n);

#endif
