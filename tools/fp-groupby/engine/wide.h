/*
 * wide.h: groups almost as many as rows: keep the rows, then group by partitions.
 *
 * A table of ten million groups misses the cache at every row.  So the codes of all
 * keys are kept, packed into one word a row, and the rows dealt out by a hash of it to
 * partitions whose tables fit the cache.  Rows keep their order in a partition, and
 * groups get the numbers that first appearance in the file gives them.
 */
#ifndef FPG_WIDE_H
#define FPG_WIDE_H

#include "engine/coder.h"
#include "engine/program.h"

struct wide {
    size_t n_keys, n_values;
    uint32_t **codes;          /* owned, by key, by row */
    union batch_value *values; /* owned, by value, by row */
    size_t n, capacity;
};

void wide_init(struct wide *w, size_t n_keys, size_t n_values);
void wide_clear(struct wide *w);

/* Take over the rows of a batch whose names the coder knows. */
void wide_append(struct wide *w, const struct coder *c, const struct batch *b);

/* Do the codes of all keys fit one word, and the rows 32 bits? */
bool wide_fits(const struct wide *w, const struct coder *c);

/* Group: c gets its tuples and n_groups, p its folds' cells. */
void wide_group(const struct wide *w, struct coder *c, struct program *p,
                unsigned threads);

#endif
