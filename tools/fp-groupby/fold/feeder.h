/*
 * feeder.h: the folds of a program over one partition after another, for one thread.
 *
 * A partition's groups are numbered from 1, so that its cells stay in the cache until
 * they are copied to the program's.
 */
#ifndef FPG_FEEDER_H
#define FPG_FEEDER_H

#include "fold/program.h"

struct feeder {
    const struct program *program;
    struct fold *folds; /* owned; the program's, by number */
};

void feeder_init(struct feeder *d, const struct program *p);
void feeder_clear(struct feeder *d);

/* A partition begins, with so many groups, 0 included. */
void feeder_restart(struct feeder *d, size_t n_groups);
/* Rows of the partition, in their order. */
void feeder_rows(struct feeder *d, const struct fold_input *in);

#endif
