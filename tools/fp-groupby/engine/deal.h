/*
 * deal.h: the rows of a wide table dealt out to partitions that fit the cache.
 *
 * It happens in the table's own memory, unit by unit: the rows of a unit are taken out,
 * and the unit holds rows of some partition from then on.  So a partition is a chain of
 * units.  Its rows keep the order of the file; rows that are in no group are in none.
 */
#ifndef FPG_DEAL_H
#define FPG_DEAL_H

#include "engine/program.h"
#include "engine/wide.h"

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

enum deal_how {
    DEAL_BY_HASH,  /* of the words; numbers of rows are wanted, too */
    DEAL_BY_ORDER, /* of the words: the first partition has the least */
};

/*
 * The words of w and the values that the folds of p ask for.  With `keep` they are
 * copied; otherwise w is cleared.
 */
void deal_rows(struct deal *d, struct wide *w, const struct program *p, enum deal_how how,
               bool keep, unsigned threads);
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
