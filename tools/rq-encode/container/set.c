#include "set.h"

#include "common/file.h"
#include "common/mem.h"
#include "files/mapping.h"
#include "files/names.h"
#include "manifest.h"
#include "rewrite.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *
set_state_name(enum set_state state)
{
    static const char *const names[] = {"intact", "damaged", "missing", "renamed"};

    return names[state];
}

static char *
folder_of(const char *name)
{
    const char *base = base_name(name);

    return base == name ? xstrdup("") : xstrndup(name, (size_t)(base - name));
}

static char *
full_path(const struct set *s, const char *path)
{
    return xasprintf("%s%s", s->folder, path);
}

/* Octets within the contents, or zeros when there is no `from`. */
static void
copy_into(uint8_t *into, const uint8_t *from, uint64_t size)
{
    assert(into);
    for (uint64_t at = 0; at < size; at += SOURCE_CHUNK) {
        size_t n = size - at < SOURCE_CHUNK ? (size_t)(size - at) : SOURCE_CHUNK;

        if (from)
            memcpy(into + at, from + at, n);
        else
            memset(into + at, 0, n);
        mapping_touched(2 * n);
    }
}

/*
 * Octets of a file into memory, which is zero; false, without an error, when it cannot
 * be read.  `past`: what the disk cannot give stays zero.
 */
static bool
read_into(const char *path, uint8_t *into, uint64_t size, bool past)
{
    struct error ignored;
    struct source source;
    bool ok = source_open(&source, path, false, &ignored) && source.size >= size;

    for (uint64_t at = 0; ok && at < size; at += SOURCE_CHUNK) {
        size_t n = size - at < SOURCE_CHUNK ? (size_t)(size - at) : SOURCE_CHUNK;

        if (source_hole(&source, at, n))
            continue;
        if (past)
            source_read_past(&source, at, into + at, n);
        else
            ok = source_read(&source, at, into + at, n, &ignored);
        mapping_touched(n);
    }
    source_close(&source);
    return ok;
}

/* ---- collecting, to protect ---- */

/* `path` relative to the set's folder; NULL when it is not below it. */
static const char *
relative(const struct set *s, const char *path)
{
    size_t n = strlen(s->folder);

    while (n == 0 && strncmp(path, "./", 2) == 0)
        path += 2;
    if (strncmp(path, s->folder, n) != 0 || !file_list_path_ok(path + n))
        return NULL;
    return path + n;
}

static bool
list_files(struct set *s, const struct tree *tree, const char *name, struct error *err)
{
    char *own[] = {sidecar_path(name), manifest_path(name)};
    bool ok = true;

    s->list.file = xcalloc(tree->count + 1, sizeof *s->list.file);
    for (size_t i = 0; ok && i < tree->count; i++) {
        const char *path = relative(s, tree->path[i]);
        struct listed_file *f = &s->list.file[s->list.count];
        struct stat st;

        if (!path)
            ok = error_set(err, ERR_USAGE, "%s is not below the folder of the set '%s'",
                           tree->path[i], name);
        else if (strcmp(path, relative(s, own[0])) == 0 ||
                 strcmp(path, relative(s, own[1])) == 0)
            continue;
        else if (stat(tree->path[i], &st) != 0)
            ok = error_errno(err, "cannot stat") || error_in(err, tree->path[i]);
        if (!ok)
            break;
        *f = (struct listed_file){.path = xstrdup(path),
                                  .size = (uint64_t)st.st_size,
                                  .mode = st.st_mode & 0777};
        s->list.count++;
    }
    free(own[0]);
    free(own[1]);
    return ok;
}

static int
by_path(const void *a, const void *b)
{
    const struct listed_file *x = a, *y = b;

    return strcmp(x->path, y->path);
}

static bool
read_files(struct set *s, uint64_t memory, struct error *err)
{
    uint64_t total = 0;

    qsort(s->list.file, s->list.count, sizeof *s->list.file, by_path);
    for (size_t i = 0; i < s->list.count; i++) {
        s->list.file[i].offset = total;
        total += s->list.file[i].size;
    }
    if (!scratch_alloc(&s->contents, total, memory / 4, err))
        return false;
    s->contents.size = total;
    for (size_t i = 0; i < s->list.count; i++) {
        struct listed_file *f = &s->list.file[i];
        char *path = full_path(s, f->path);
        bool ok = read_into(path, s->contents.data + f->offset, f->size, false) ||
                  error_set(err, ERR_IO, "cannot read, or it changed (try again)") ||
                  error_in(err, path);

        free(path);
        if (!ok)
            return false;
        source_digest_of(s->contents.data + f->offset, f->size, &f->digest);
    }
    return true;
}

bool
set_collect(struct set *s, const char *name, char *const *paths, size_t count,
            uint64_t memory, struct error *err)
{
    struct tree tree = {0};
    bool ok = true;

    *s = (struct set){.folder = folder_of(name)};
    for (size_t i = 0; ok && i < count; i++)
        ok = tree_add(&tree, paths[i], NULL, err);
    tree_sort(&tree);
    ok = ok && list_files(s, &tree, name, err) && read_files(s, memory, err);
    tree_clear(&tree);
    return ok;
}

/* ---- gathering, to verify ---- */

static bool
is_listed(const struct set *s, const char *path)
{
    const struct listed_file key = {.path = xstrdup(path)};
    bool found = s->list.count > 0 && bsearch(&key, s->list.file, s->list.count,
                                              sizeof *s->list.file, by_path);

    free(key.path);
    return found;
}

/* Files beside those listed, in the folders the listed ones are in. */
static bool
find_extra(struct set *s, const char *name, struct error *err)
{
    char *own[] = {sidecar_path(name), manifest_path(name)};
    struct tree all = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < s->list.count; i++) {
        const char *path = s->list.file[i].path;
        size_t n = strcspn(path, "/");
        char *top = xasprintf("%s%.*s", s->folder, (int)n, path);
        struct stat st;

        /* Sorted: each top folder once.  Files beside the sidecar are not ours. */
        if (path[n] == '/' && lstat(top, &st) == 0 &&
            (i == 0 || strncmp(s->list.file[i - 1].path, path, n + 1) != 0))
            ok = tree_add(&all, top, NULL, err);
        free(top);
    }
    tree_sort(&all);
    for (size_t i = 0; ok && i < all.count; i++) {
        const char *path = relative(s, all.path[i]);

        if (path && !is_listed(s, path) && strcmp(all.path[i], own[0]) != 0 &&
            strcmp(all.path[i], own[1]) != 0)
            ok = tree_add(&s->extra, all.path[i], NULL, err);
    }
    tree_clear(&all);
    free(own[0]);
    free(own[1]);
    return ok;
}

/* One of the extra files with just the contents wanted. */
static bool
find_renamed(struct set *s, size_t i)
{
    const struct listed_file *f = &s->list.file[i];

    for (size_t k = 0; f->size > 0 && k < s->extra.count; k++) {
        struct source_digest digest;
        struct stat st;

        if (stat(s->extra.path[k], &st) != 0 || (uint64_t)st.st_size != f->size ||
            !read_into(s->extra.path[k], s->contents.data + f->offset, f->size, false))
            continue;
        source_digest_of(s->contents.data + f->offset, f->size, &digest);
        if (source_digest_equal(&digest, &f->digest)) {
            s->member[i].found = xstrdup(s->extra.path[k]);
            return true;
        }
        copy_into(s->contents.data + f->offset, NULL, f->size);
    }
    return false;
}

/* What is there of one file to its place; what it has too much to `spill`. */
static void
gather_one(struct set *s, size_t i, uint64_t *spill)
{
    const struct listed_file *f = &s->list.file[i];
    char *path = full_path(s, f->path);
    struct source_digest digest = {0};
    struct stat st;
    uint64_t there;

    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        s->member[i].state = find_renamed(s, i) ? SET_RENAMED : SET_MISSING;
    } else {
        there = (uint64_t)st.st_size;
        if (there <= f->size) {
            (void)read_into(path, s->contents.data + f->offset, there, true);
        } else if (read_into(path, s->contents.data + *spill, there, true)) {
            /* Longer than it was: all of it behind the others, for a search. */
            copy_into(s->contents.data + f->offset, s->contents.data + *spill, f->size);
            *spill += there;
        }
        source_digest_of(s->contents.data + f->offset, f->size, &digest);
        s->member[i].state = there == f->size && source_digest_equal(&digest, &f->digest)
                                 ? SET_INTACT
                                 : SET_DAMAGED;
    }
    free(path);
}

bool
set_gather(struct set *s, const char *name, struct file_list *list, uint64_t memory,
           struct error *err)
{
    uint64_t total = 0, longer = 0;

    *s = (struct set){.folder = folder_of(name), .list = *list};
    *list = (struct file_list){0};
    s->member = xcalloc(s->list.count + 1, sizeof *s->member);
    for (size_t i = 0; i < s->list.count; i++) {
        char *path = full_path(s, s->list.file[i].path);
        struct stat st;

        total += s->list.file[i].size;
        if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
            (uint64_t)st.st_size > s->list.file[i].size)
            longer += (uint64_t)st.st_size;
        free(path);
    }
    if (!scratch_alloc(&s->contents, total + longer, memory / 4, err))
        return false;
    if (!find_extra(s, name, err))
        return false;
    s->contents.size = total + longer;
    longer = total;
    for (size_t i = 0; i < s->list.count; i++)
        gather_one(s, i, &longer);
    return true;
}

/* ---- writing back ---- */

/* The folders above a path, none of which may be a link to elsewhere. */
static bool
make_folders(const struct set *s, const char *path, struct error *err)
{
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        char *folder = xasprintf("%s%.*s", s->folder, (int)(slash - path), path);
        struct stat st;
        bool ok = mkdir(folder, 0777) == 0 || errno == EEXIST ||
                  error_errno(err, "cannot create folder");

        if (ok && (lstat(folder, &st) != 0 || !S_ISDIR(st.st_mode)))
            ok = error_set(err, ERR_UNSAFE,
                           "is not a folder (a file of the set is below)");
        ok = ok || error_in(err, folder);
        free(folder);
        if (!ok)
            return false;
    }
    return true;
}

/* ERR_MISMATCH when it is not what it was. */
static bool
write_contents(struct out_file *out, const struct listed_file *f,
               const struct recovery *r, struct error *err)
{
    struct source_hasher *hasher = source_hasher_new(f->size);
    uint8_t *chunk = xcalloc(1, SOURCE_CHUNK);
    struct source_digest digest;
    bool ok = true;

    for (uint64_t at = 0; ok && at < f->size; at += SOURCE_CHUNK) {
        size_t n = f->size - at < SOURCE_CHUNK ? (size_t)(f->size - at) : SOURCE_CHUNK;

        recovery_read(r, f->offset + at, chunk, n);
        source_hasher_update(hasher, chunk, n);
        ok = out_write(out, chunk, n, err);
    }
    source_hasher_final(hasher, &digest);
    source_hasher_free(hasher);
    free(chunk);
    return ok &&
           (source_digest_equal(&digest, &f->digest) ||
            error_set(err, ERR_MISMATCH, "the repaired octets are not the original's"));
}

/* Owner and times of what is replaced, the mode of what was protected. */
static bool
set_attributes(struct out_file *out, const struct listed_file *f, const struct stat *old,
               struct error *err)
{
    return (!old || rewrite_keep_attributes(out, old, err)) &&
           (fchmod(fileno(out->stream), f->mode) == 0 ||
            error_errno(err, "cannot set the mode"));
}

static bool
write_one(const struct set *s, const struct listed_file *f, const struct recovery *r,
          bool keep_damaged, struct error *err)
{
    char *path = full_path(s, f->path);
    struct out_file out = {0};
    struct stat old;
    bool there = lstat(path, &old) == 0 && S_ISREG(old.st_mode);
    bool ok = make_folders(s, f->path, err) && out_open(&out, path, err) &&
              write_contents(&out, f, r, err) &&
              set_attributes(&out, f, there ? &old : NULL, err) &&
              (!keep_damaged || !there || rewrite_put_aside(path, err)) &&
              out_commit(&out, err);

    out_discard(&out);
    ok = ok || error_in(err, path);
    free(path);
    return ok;
}

bool
set_write(const struct set *s, const struct recovery *r, bool keep_damaged,
          struct error *err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < s->list.count; i++)
        if (s->member[i].state != SET_INTACT)
            ok = write_one(s, &s->list.file[i], r, keep_damaged, err);
    return ok;
}

void
set_clear(struct set *s)
{
    for (size_t i = 0; s->member && i < s->list.count; i++)
        free(s->member[i].found);
    free(s->member);
    free(s->folder);
    file_list_clear(&s->list);
    tree_clear(&s->extra);
    scratch_free(&s->contents);
    *s = (struct set){0};
}

/* ---- protecting ---- */

bool
protect_set(const char *name, char *const *paths, size_t count,
            const struct protect_options *options, struct protect_report *report,
            struct error *err)
{
    struct source source;
    struct buf files = {0};
    struct set set;
    bool ok;

    mapping_limit(options->memory);
    ok = set_collect(&set, name, paths, count, options->memory, err);
    *report = (struct protect_report){0};
    report->head.name = xstrdup(base_name(name));
    report->head.is_set = true;
    if (ok) {
        file_list_pack(&set.list, &files);
        report->head.file_list = files.data;
        report->head.file_list_size = files.size;
        report->head.file_count = set.list.count;
        source_from_memory(&source, set.contents.data, set.contents.size);
        ok = protect_source(&source, name, options, report, err) || error_in(err, name);
        report->head.file_list = NULL;
        source_close(&source);
    }
    buf_clear(&files);
    set_clear(&set);
    return ok;
}
