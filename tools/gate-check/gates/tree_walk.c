#define _XOPEN_SOURCE 700 /* lstat() */
#include "gates/tree_walk.h"

#include "common/mem.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 64, FILES_MAX = 1000000 };

static bool
has_suffix(const char *path, const char *suffix)
{
    size_t n = strlen(path), m = suffix ? strlen(suffix) : 0;

    return n >= m && (m == 0 || strcmp(path + n - m, suffix) == 0);
}

static bool
is_left_out(const char *name)
{
    static const char *const names[] = {".",     "..",     ".git",
                                        "build", "target", "node_modules"};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool add(const char *path, const char *suffix, unsigned depth,
                struct file_list *out, struct error *err);

static bool
add_folder(const char *path, const char *suffix, unsigned depth, struct file_list *out,
           struct error *err)
{
    DIR *dir = depth < DEPTH_MAX ? opendir(path) : NULL;
    struct dirent *entry;
    bool ok = true;

    if (depth >= DEPTH_MAX)
        return error_set(err, ERR_LIMIT, "folders nested too deep") ||
               error_in(err, path);
    if (!dir)
        return error_errno(err, "cannot read this folder") || error_in(err, path);
    while (ok && (entry = readdir(dir))) {
        char *inner;

        if (is_left_out(entry->d_name))
            continue;
        inner = xasprintf("%s/%s", path, entry->d_name);
        ok = add(inner, suffix, depth + 1, out, err);
        free(inner);
    }
    (void)closedir(dir);
    return ok;
}

static bool
add(const char *path, const char *suffix, unsigned depth, struct file_list *out,
    struct error *err)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return error_errno(err, "cannot look at it") || error_in(err, path);
    if (S_ISDIR(st.st_mode))
        return add_folder(path, suffix, depth, out, err);
    if (!S_ISREG(st.st_mode) || (depth > 0 && !has_suffix(path, suffix)))
        return true;
    if (out->count == FILES_MAX)
        return error_set(err, ERR_LIMIT, "more than %d files", FILES_MAX);
    if (out->count == out->capacity) {
        out->capacity = out->capacity ? 2 * out->capacity : 64;
        out->paths = xrealloc(out->paths, out->capacity, sizeof *out->paths);
    }
    out->paths[out->count++] = xstrdup(path);
    return true;
}

static int
by_path(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool
tree_walk(const char *folder, const char *suffix, struct file_list *out,
          struct error *err)
{
    char *path = xstrdup(folder);
    size_t n = strlen(path);
    bool ok;

    *out = (struct file_list){0};
    while (n > 1 && path[n - 1] == '/')
        path[--n] = '\0';
    ok = add(path, suffix, 0, out, err);
    free(path);
    if (ok && out->count > 1)
        qsort(out->paths, out->count, sizeof *out->paths, by_path);
    if (!ok)
        file_list_clear(out);
    return ok;
}

void
file_list_clear(struct file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->paths[i]);
    free(list->paths);
    *list = (struct file_list){0};
}
