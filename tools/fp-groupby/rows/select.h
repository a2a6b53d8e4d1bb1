/*
 * select.h: rows by mask, label, position and place in their group; where and mask.
 */
#ifndef FPG_SELECT_H
#define FPG_SELECT_H

#include "group/groups.h"

/* df[mask]: a mask with an index is lined up by label first. */
MUST_CHECK bool select_mask(struct arena *a, const struct frame *f,
                            const struct frame *mask, struct frame **out,
                            struct error *err);

/* df.loc[labels]: order and repeats kept, repeated labels expand. */
MUST_CHECK bool select_labels(struct arena *a, const struct frame *f,
                              const struct cell *labels, size_t n, struct frame **out,
                              struct error *err);

/* df.iloc[positions]: negative ones count from the end. */
MUST_CHECK bool select_positions(struct arena *a, const struct frame *f,
                                 const int64_t *positions, size_t n, struct frame **out,
                                 struct error *err);

/*
 * The column with `other` where keep is false (other NULL: missing); the type is
 * promoted when other does not fit.
 */
const struct column *select_where(struct arena *a, const struct column *c,
                                  const bool *keep, const struct cell *other);

enum select_group { SELECT_HEAD, SELECT_TAIL, SELECT_NTH };

/* The first n rows of each group, the last n, or those at places[0..n_places). */
struct frame *select_in_groups(struct arena *a, const struct frame *f,
                               const struct groups *g, enum select_group how,
                               const int64_t *places, size_t n_places);

/* The rows of one group of a single key; KeyError when there is none. */
MUST_CHECK bool select_group_named(struct arena *a, const struct frame *f,
                                   const struct groups *g, struct cell name,
                                   struct frame **out, struct error *err);

#endif
