/* targets.c: see targets.h. */
#include "commands/targets.h"

#include "common/mem.h"
#include "common/term.h"
#include "describe.h"
#include "fault.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LEAF_TEXT_MAX = 60 };

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

/* Files people keep beside checkpoints are passed over. */
static bool
looks_like_checkpoint(const char *name)
{
    static const char *const endings[] = {
        ".pt",  ".pth", ".pt2",  ".ckpt",        ".bin",
        ".npy", ".npz", ".ftsv", ".safetensors", ".safetensors.index.json",
        ".zip", ".pkl", ".dill", ".tar"};
    size_t n = strlen(name);

    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        size_t m = strlen(endings[i]);

        if (n > m && strcmp(name + n - m, endings[i]) == 0)
            return true;
    }
    return false;
}

static int
compare_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

static bool
visit_folder(struct cli *cli, const char *folder, target_visit *visit, void *context,
             struct error *err)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    char **names = NULL;
    size_t n = 0;
    bool ok = true;

    if (!dir) {
        (void)error_errno(err, "cannot read the folder");
        return error_in(err, folder);
    }
    while ((entry = readdir(dir)) != NULL)
        if (looks_like_checkpoint(entry->d_name)) {
            names = xrealloc(names, n + 1, sizeof(*names));
            names[n++] = xasprintf("%s/%s", folder, entry->d_name);
        }
    (void)closedir(dir);
    if (n > 0)
        qsort(names, n, sizeof(*names), compare_text);
    else
        ok = error_set(err, ERR_MALFORMED, "no checkpoint in this folder") ||
             error_in(err, folder);
    for (size_t i = 0; i < n; i++) {
        ok = ok && visit(cli, names[i], context, err);
        free(names[i]);
    }
    free(names);
    return ok;
}

int
targets_each(struct cli *cli, target_visit *visit, void *context, struct error *err)
{
    for (size_t i = 0; i < cli->operand_count; i++) {
        const char *path = cli->operands[i];
        bool folder = is_folder(path) && !has_metadata(path);

        if (!(folder ? visit_folder(cli, path, visit, context, err)
                     : visit(cli, path, context, err)))
            return CLI_ERROR;
    }
    return 0;
}

const char *
targets_name(const char *name, size_t size, char *out, size_t out_size)
{
    return fault_text(name ? name : "", size, out, out_size);
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
