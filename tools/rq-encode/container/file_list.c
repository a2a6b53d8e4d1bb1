#include "file_list.h"

#include "common/bytes.h"
#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRY_FIXED = 4 + 8 + 4 + 32 + 16, PATH_LIMIT = 4096 };

bool
file_list_path_ok(const char *path)
{
    while (true) {
        size_t n = strcspn(path, "/");

        if (n == 0 || (n == 1 && path[0] == '.') ||
            (n == 2 && path[0] == '.' && path[1] == '.'))
            return false;
        if (path[n] == 0)
            return true;
        path += n + 1;
    }
}

void
file_list_pack(const struct file_list *list, struct buf *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct listed_file *f = &list->file[i];
        uint8_t fixed[ENTRY_FIXED];

        put_le32(fixed, (uint32_t)strlen(f->path));
        put_le64(fixed + 4, f->size);
        put_le32(fixed + 12, f->mode);
        memcpy(fixed + 16, f->digest.blake2b, 32);
        memcpy(fixed + 48, f->digest.xxh3, 16);
        buf_put(out, fixed, sizeof fixed);
        buf_puts(out, f->path);
    }
}

static bool
take(struct file_list *list, const uint8_t *data, size_t *at, size_t size,
     uint64_t *offset)
{
    const uint8_t *p = data + *at;
    struct listed_file *f = &list->file[list->count];
    uint32_t n;

    if (size - *at < ENTRY_FIXED)
        return false;
    n = get_le32(p);
    if (n == 0 || n > PATH_LIMIT || n > size - *at - ENTRY_FIXED ||
        memchr(p + ENTRY_FIXED, 0, n))
        return false;
    *f = (struct listed_file){.path = xstrndup((const char *)p + ENTRY_FIXED, n),
                              .offset = *offset,
                              .size = get_le64(p + 4),
                              .mode = get_le32(p + 12) & 0777};
    list->count++;
    f->digest.tree = f->size > SOURCE_FLAT_MAX;
    memcpy(f->digest.blake2b, p + 16, 32);
    memcpy(f->digest.xxh3, p + 48, 16);
    *at += ENTRY_FIXED + n;
    return !__builtin_add_overflow(*offset, f->size, offset) &&
           file_list_path_ok(f->path) &&
           (list->count < 2 || strcmp(f[-1].path, f->path) < 0);
}

bool
file_list_unpack(struct file_list *list, const uint8_t *data, size_t size, uint64_t total,
                 struct error *err)
{
    uint64_t offset = 0;
    size_t at = 0;

    *list = (struct file_list){0};
    list->file = xcalloc(size / ENTRY_FIXED + 1, sizeof *list->file);
    while (at < size)
        if (!take(list, data, &at, size, &offset)) {
            file_list_clear(list);
            return error_set(err, ERR_MALFORMED, "bad entry in the list of files");
        }
    if (offset == total)
        return true;
    file_list_clear(list);
    return error_set(err, ERR_MALFORMED, "the sizes of the files do not add up");
}

void
file_list_clear(struct file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->file[i].path);
    free(list->file);
    *list = (struct file_list){0};
}
