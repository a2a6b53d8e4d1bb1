/*
 * check.h: what tensors of indices must hold, refused in torch's words.
 */
#ifndef FTG_OPS_INDEX_CHECK_H
#define FTG_OPS_INDEX_CHECK_H

#include "tape/tape.h"

/* Negative indices count from the back. */
void index_wrap(struct tensor *index, int64_t size);
/* All in [0, size), the length of x along dim. */
MUST_CHECK bool index_in_range(struct tape *t, const struct tensor *index, int dim,
                               int64_t size);
/* The same of whole rows (or numbers); index may have been wrapped.  name: of the node.
 */
MUST_CHECK bool index_names_rows(struct tape *t, const char *name,
                                 const struct tensor *index, int64_t size);
/* One index an element, for gather (src NULL) or scatter: shapes, then range. */
MUST_CHECK bool index_fits(struct tape *t, const struct tensor *x, int dim,
                           const struct tensor *index, const struct tensor *src);

#endif
