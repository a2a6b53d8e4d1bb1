/* tree.h: the regular files below folders, in a fixed order. */
#ifndef RQ_TREE_H
#define RQ_TREE_H

#include "common/error.h"

#include <stddef.h>

struct tree {
    char **path; /* owned, sorted by octets */
    size_t count;
};

/*
 * A file is itself; a folder is all regular files in it, at any depth, that end in
 * `ending` (NULL: any).  Symbolic links are passed over.
 */
MUST_CHECK bool tree_add(struct tree *t, const char *path, const char *ending,
                         struct error *err);
void tree_sort(struct tree *t); /* and drop repetitions */
void tree_clear(struct tree *t);

#endif
