/*
 * memory.h: group a table that is in memory, with the bits of the streaming engine.
 *
 * Every pair of codes has a cell.  What can be split by rows without changing a bit is
 * folded by ranges of rows; a Kahan sum is one task for its column; and aggregates whose
 * steps depend on each other run over rows that have been dealt out by cell, several
 * cells side by side.
 */
#ifndef FPG_MEMORY_H
#define FPG_MEMORY_H

#include "fold/program.h"
#include "store/store.h"

/* Why such groups cannot be made in memory, or NULL. */
const char *memory_refuses(const struct store *s, const struct program *p);

/* The folds and terms of p, and the groups of c, from s.  May be called again. */
void memory_group(struct store *s, struct coder *c, struct program *p, unsigned threads);

#endif
