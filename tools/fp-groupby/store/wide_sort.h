/*
 * wide_sort.h: groups in the order of their keys, part by part.
 *
 * Codes become ranks, the first key's on top, so that words compare as groups do.  Rows
 * are dealt out by their top bits; whoever wants the groups of a part sorts its rows,
 * stably, and folds them, in the cache.  Nothing is ever looked for in all of the memory.
 */
#ifndef FPG_WIDE_SORT_H
#define FPG_WIDE_SORT_H

#include "fold/feeder.h"
#include "store/deal.h"

/*
 * Deal out the rows of w, which are gone then.  The codes of c's keys change
 * (coder_rank); its layout is that of the dealt words.
 */
void wide_sort(struct wide *w, struct coder *c, const struct program *p, unsigned threads,
               struct deal *out);

/* The groups of one part after another; for one thread. */
struct part_groups {
    struct coder coder;     /* borrowed but for `packed`, owned, and n_groups */
    struct program program; /* borrowed but for the folds */
    const struct deal *deal;
    struct part_row *rows, *spare; /* owned */
    struct feeder feeder;
    union batch_value *values; /* owned */
};

void part_groups_init(struct part_groups *g, const struct coder *c,
                      const struct program *p, const struct deal *d);
void part_groups_clear(struct part_groups *g);

/* Those of part i, numbered from 1 in the order of their keys. */
void part_groups_make(struct part_groups *g, size_t i);

#endif
