/*
 * file_list.h: the files of a set: the FILES records (docs/FORMATS.md).
 *
 * A set is protected as the concatenation of its files, so that small ones share
 * symbols.
 */
#ifndef RQ_FILE_LIST_H
#define RQ_FILE_LIST_H

#include "common/buf.h"
#include "digest/source_digest.h"

struct listed_file {
    char *path;      /* owned; relative to the sidecar's folder */
    uint64_t offset; /* in the concatenation */
    uint64_t size;
    uint32_t mode; /* permission bits */
    struct source_digest digest;
};

struct file_list {
    struct listed_file *file; /* owned */
    size_t count;
};

void file_list_pack(const struct file_list *list, struct buf *out);

/*
 * Ascending paths that stay below the folder: relative, with no empty, "." or ".."
 * component; sizes that add up to `total`.
 */
MUST_CHECK bool file_list_unpack(struct file_list *list, const uint8_t *data, size_t size,
                                 uint64_t total, struct error *err);
void file_list_clear(struct file_list *list);

/* Is that such a path? */
bool file_list_path_ok(const char *path);

#endif
