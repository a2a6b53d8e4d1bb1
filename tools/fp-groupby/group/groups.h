/*
 * groups.h: which row belongs to which group, and what the groups are called.
 *
 * Groups are numbered in the order of the result: sorted keys, or first appearance.
 */
#ifndef FPG_GROUPS_H
#define FPG_GROUPS_H

#include "table/frame.h"

struct group_options {
    bool sort;     /* by key; else by first appearance */
    bool dropna;   /* rows with a missing key belong to no group */
    bool observed; /* categorical keys: only categories that occur */
};

struct groups {
    struct group_options options;
    const struct column *const *keys; /* the caller's */
    size_t n_keys;
    size_t n_rows;
    size_t n_groups;
    int64_t *ids;         /* group of each row, or -1 */
    int64_t *offsets;     /* rows of group g are rows[offsets[g] .. offsets[g + 1]) */
    int64_t *rows;        /* in row order inside a group */
    bool dropped;         /* some row belongs to no group */
    struct index labels;  /* one level a key, object levels inferred as an Index does */
    struct index columns; /* the same labels with the types of the keys */

    /* Several keys, a category among them, not `observed`: the result is spread over
     * the product of the levels; spread[i] is a group or -1.  Else NULL. */
    int64_t *spread;
    size_t n_spread;
    struct index spread_labels;
};

void groups_make(struct arena *a, const struct column *const keys[], size_t n_keys,
                 const struct group_options *options, struct groups *out);

/* With options of each key; those of the first decide how groups are sorted. */
void groups_make_each(struct arena *a, const struct column *const keys[], size_t n_keys,
                      const struct group_options options[], struct groups *out);

/* TypeError when results spread over a product are to be sorted by mixed labels. */
MUST_CHECK bool groups_check(const struct groups *g, struct error *err);

static inline size_t
group_size(const struct groups *g, size_t group)
{
    return (size_t)(g->offsets[group + 1] - g->offsets[group]);
}

#endif
