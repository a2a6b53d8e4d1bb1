/*
 * name_set.h: names of columns seen so far, so that a table of 10^6 columns takes time
 * in proportion to them.
 */
#ifndef FPG_NAME_SET_H
#define FPG_NAME_SET_H

#include "common/arena.h"
#include "table/cell.h"

struct name_entry {
    struct cell name; /* borrowed */
    bool used;
    bool marked; /* the user's, like `next`; at first false and 0 */
    size_t next;
};

struct name_set {
    struct name_entry *entries; /* in the arena */
    size_t mask;
};

/* A set of at most so many names. */
void name_set_init(struct arena *a, struct name_set *s, size_t most);

/* The entry of a name, or NULL. */
struct name_entry *name_set_find(const struct name_set *s, struct cell name);

/* The entry of a name, which is new when *added. */
struct name_entry *name_set_add(struct name_set *s, struct cell name, bool *added);

#endif
