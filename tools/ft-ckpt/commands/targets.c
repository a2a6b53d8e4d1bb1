/* targets.c: see targets.h. */
#include "commands/targets.h"

#include "common/mem.h"
#include "common/term.h"
#include "fault.h"
#include "model/describe.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LEAF_TEXT_MAX = 60, FOLDER_DEPTH_MAX = 16 };

static bool
is_folder(const char *path)
{
    struct stat st;

    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
has_metadata(const char *folder)
{
    char *path = xasprintf("%s/.metadata", folder);
    struct stat st;
    bool found = stat(path, &st) == 0;

    free(path);
    return found;
}

static size_t
without_ending(const char *name, size_t n, const char *ending)
{
    size_t m = strlen(ending);

    return n > m && memcmp(name + n - m, ending, m) == 0 ? n - m : n;
}

/* Files people keep beside checkpoints are passed over. */
static bool
looks_like_checkpoint(const char *name)
{
    static const char *const endings[] = {
        ".pt",  ".pth",  ".pt2",    ".ckpt", ".bin",
        ".npy", ".npz",  ".ftsv",   ".p",    ".safetensors.index.json",
        ".zip", ".pkl",  ".pickle", ".dill", ".safetensors",
        ".tar", ".model"};
    size_t n = strlen(name);

    n = without_ending(name, n, ".gz");
    n = without_ending(name, n, ".zst");
    for (size_t i = 0; i < COUNT_OF(endings); i++)
        if (without_ending(name, n, endings[i]) < n)
            return true;
    return false;
}

static int
compare_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

/* Paths to visit, in order. */
struct paths {
    char **items; /* owned, as the strings are */
    size_t count;
};

static void
add_path(struct paths *p, char *path)
{
    p->items = xrealloc(p->items, p->count + 1, sizeof(*p->items));
    p->items[p->count++] = path;
}

static bool
is_link(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static void
paths_clear(struct paths *p)
{
    for (size_t i = 0; i < p->count; i++)
        free(p->items[i]);
    free(p->items);
    *p = (struct paths){0};
}

/* The checkpoints below a folder; depth: folders that may still be entered. */
static bool
add_folder(struct paths *out, const char *folder, int depth, struct error *err)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    struct paths found = {0};
    size_t n = strlen(folder);
    bool ok = true;

    if (!dir) {
        (void)error_errno(err, "cannot read the folder");
        return error_in(err, folder);
    }
    while (n > 1 && folder[n - 1] == '/')
        n--;
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.')
            add_path(&found, xasprintf("%.*s/%s", (int)n, folder, entry->d_name));
    (void)closedir(dir);
    if (found.count > 0)
        qsort(found.items, found.count, sizeof(*found.items), compare_text);
    for (size_t i = 0; ok && i < found.count; i++) {
        const char *path = found.items[i];
        bool enter = is_folder(path) && !has_metadata(path);

        if (enter && depth > 0 && !is_link(path))
            ok = add_folder(out, path, depth - 1, err);
        else if (!enter && (is_folder(path) || looks_like_checkpoint(path)))
            add_path(out, xstrdup(path));
    }
    paths_clear(&found);
    return ok;
}

static bool
add_operand(struct paths *out, const char *path, struct error *err)
{
    size_t before = out->count;

    if (!is_folder(path) || has_metadata(path)) {
        add_path(out, xstrdup(path));
        return true;
    }
    if (!add_folder(out, path, FOLDER_DEPTH_MAX, err))
        return false;
    return out->count > before ||
           error_set(err, ERR_MALFORMED, "no checkpoint in this folder") ||
           error_in(err, path);
}

/*
 * What is wrong with one file is said, and the next one is visited; the last such error
 * is left for the caller.
 */
int
targets_each(struct cli *cli, target_visit *visit, void *context, struct error *err)
{
    struct paths paths = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < cli->operand_count; i++)
        ok = add_operand(&paths, cli->operands[i], err);
    if (!ok) {
        paths_clear(&paths);
        return CLI_ERROR;
    }
    for (size_t i = 0; i < paths.count; i++) {
        struct error now = {0};

        if (visit(cli, paths.items[i], context, &now))
            continue;
        if (!ok)
            cli_report(cli, err);
        ok = false;
        *err = now;
    }
    paths_clear(&paths);
    return ok ? 0 : CLI_ERROR;
}

const char *
targets_name(const char *name, size_t size, char *out, size_t out_size)
{
    return fault_text(name ? name : "", size, out, out_size);
}

void
targets_shape(const struct tensor *t, struct buf *out)
{
    buf_putc(out, '[');
    for (uint32_t i = 0; i < t->rank && t->shape; i++)
        buf_printf(out, "%s%" PRIu64, i ? ", " : "", t->shape[i]);
    buf_putc(out, ']');
}

const char *
targets_leaf_type(const struct value *v)
{
    return describe_type(v);
}

void
targets_leaf_text(const struct value *v, struct buf *out)
{
    describe_text(v, out);
    if (out->size > LEAF_TEXT_MAX) {
        out->size = LEAF_TEXT_MAX;
        while (out->size > 0 && (out->data[out->size] & 0xc0) == 0x80)
            out->size--;
        buf_puts(out, "...");
    }
}

void
targets_print_diagnostics(const struct diagnostics *d, FILE *out)
{
    for (size_t i = 0; i < d->count; i++)
        (void)fprintf(out, "%swarning%s %s: %s: %s\n", term_on(out, TERM_WARN),
                      term_off(out, TERM_WARN), d->items[i].code, d->items[i].where,
                      d->items[i].message);
}
