/*
 * parts.h: a join whose second file does not fit in memory.
 *
 * As many of its rows as fit are a part, and the first file streams by once for
 * each part.  What its rows meet there goes to a temporary file, in their
 * order; then the files are merged, row by row of the first file.  Parts follow
 * each other as the second file has them, so the bytes are those of the way in
 * memory.
 */
#ifndef FPG_MERGE_PARTS_H
#define FPG_MERGE_PARTS_H

#include "merge/probe.h"

enum { PARTS_MOST = 512 };

struct parts {
    FILE *files[PARTS_MOST]; /* owned */
    size_t n;
};

/*
 * Join all parts of p->build, the first of which is loaded, to files.
 * p->side.declined or p->build->side.declined say why it was not done.
 */
MUST_CHECK bool parts_make(struct parts *x, struct probe *p, struct build *b,
                           struct error *err);

/* The rows of the join, in order; with out NULL only what p tells of a pass. */
MUST_CHECK bool parts_merge(struct parts *x, struct probe *p, FILE *out,
                            struct error *err);

void parts_clear(struct parts *x);

#endif
