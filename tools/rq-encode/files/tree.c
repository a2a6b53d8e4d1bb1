#include "tree.h"

#include "common/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 256 };

static void
append(struct tree *t, const char *path)
{
    if ((t->count & (t->count - 1)) == 0)
        t->path = xrealloc(t->path, t->count ? 2 * t->count : 1, sizeof *t->path);
    t->path[t->count++] = xstrdup(path);
}

static bool
ends_in(const char *path, const char *ending)
{
    size_t n = strlen(path), m = ending ? strlen(ending) : 0;

    return n > m && (m == 0 || strcmp(path + n - m, ending) == 0);
}

static bool
add(struct tree *t, const char *path, const char *ending, int depth, struct error *err)
{
    struct dirent *entry;
    struct stat st;
    bool ok = true;
    DIR *folder;

    if (lstat(path, &st) != 0)
        return error_errno(err, "cannot open") || error_in(err, path);
    if (S_ISREG(st.st_mode) && (depth == 0 || ends_in(path, ending)))
        append(t, path);
    if (!S_ISDIR(st.st_mode))
        return true;
    if (depth == DEPTH_MAX)
        return error_set(err, ERR_LIMIT, "folders nested deeper than %d", DEPTH_MAX) ||
               error_in(err, path);
    folder = opendir(path);
    if (!folder)
        return error_errno(err, "cannot open") || error_in(err, path);
    while (ok && (errno = 0, entry = readdir(folder))) {
        const char *name = entry->d_name;
        char *below;

        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        below = xasprintf("%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", name);
        ok = add(t, below, ending, depth + 1, err);
        free(below);
    }
    (void)closedir(folder);
    return ok;
}

bool
tree_add(struct tree *t, const char *path, const char *ending, struct error *err)
{
    return add(t, path, ending, 0, err);
}

static int
by_octets(const void *a, const void *b)
{
    char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

void
tree_sort(struct tree *t)
{
    size_t n = 0;

    if (t->count > 0)
        qsort(t->path, t->count, sizeof *t->path, by_octets);
    for (size_t i = 0; i < t->count; i++) {
        if (n > 0 && strcmp(t->path[n - 1], t->path[i]) == 0)
            free(t->path[i]);
        else
            t->path[n++] = t->path[i];
    }
    t->count = n;
}

void
tree_clear(struct tree *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->path[i]);
    free(t->path);
    *t = (struct tree){0};
}
