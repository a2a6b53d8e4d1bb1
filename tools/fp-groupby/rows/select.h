/*
 * select.h: rows by mask, label, position and place in their group.
 */
#ifndef FPG_SELECT_H
#define FPG_SELECT_H

#include "group/groups.h"

/* df[mask] of booleans: a mask with an index is lined up by label first. */
MUST_CHECK bool select_mask(struct arena *a, const struct frame *f,
                            const struct frame *mask, struct frame **out,
                            struct error *err);

/* df[key]: a mask, or else names of columns. */
MUST_CHECK bool select_key(struct arena *a, const struct frame *f,
                           const struct frame *key, struct frame **out,
                           struct error *err);

/* df.loc[labels]: order and repeats kept, repeated labels expand. */
MUST_CHECK bool select_labels(struct arena *a, const struct frame *f,
                              const struct cell *labels, size_t n, struct frame **out,
                              struct error *err);

/* df.iloc[positions]: negative ones count from the end. */
MUST_CHECK bool select_positions(struct arena *a, const struct frame *f,
                                 const int64_t *positions, size_t n, struct frame **out,
                                 struct error *err);

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
