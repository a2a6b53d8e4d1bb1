/* tree_walk.h: the regular files below a folder, in byte order of their paths. */
#ifndef GATE_GATES_TREE_WALK_H
#define GATE_GATES_TREE_WALK_H

#include "common/error.h"

#include <stddef.h>

struct file_list {
    char **paths; /* owned; the folder's own path, '/' and the rest */
    size_t count, capacity;
};

/*
 * suffix NULL: every file.  Symbolic links, and folders named .git, build or
 * target, are left out; a path that is a file itself is the list.
 */
MUST_CHECK bool tree_walk(const char *folder, const char *suffix, struct file_list *out,
                          struct error *err);
void file_list_clear(struct file_list *list);

#endif
