/*
 * wide.h: groups almost as many as rows: keep the rows, then group by partitions.
 *
 * A table of ten million groups misses the cache at every row.  So the codes of all
 * keys are kept, packed into one word a row, and the rows dealt out to partitions that
 * fit the cache (deal.h), each of which has whole groups.
 */
#ifndef FPG_WIDE_H
#define FPG_WIDE_H

#include "fold/coder.h"
#include "fold/program.h"
#include "store/pack.h"
#include "store/store_column.h"

struct wide {
    const struct pack_ops *ops;
    size_t n_keys, n_values;
    uint64_t *words;             /* owned; by row: its codes; 0: it is in no group */
    struct coder_layout layout;  /* of them; grows with the codes */
    struct store_column *values; /* owned, by value, by row */
    bool
        *used; /* owned, by value; all, until a caller sets some to false: no rows then */
    size_t n, capacity;
};

void wide_init(struct wide *w, size_t n_keys, size_t n_values,
               const enum field_kind *kinds);
void wide_clear(struct wide *w);

/*
 * Take over the rows of a batch whose names the coder knows; some n rows will come.
 * False: the codes do not fit one word, or the rows 32 bits.
 */
MUST_CHECK bool wide_append(struct wide *w, const struct coder *c, const struct batch *b,
                            size_t n);

/*
 * Number the groups as they appear: c gets their codes and n_groups, p its folds' cells.
 * (In the order of keys: wide_sort.h.)
 */
void wide_number(const struct wide *w, struct coder *c, struct program *p,
                 unsigned threads);

#endif
