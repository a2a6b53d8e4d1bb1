/* unfold.c: libarchive's filters over its raw format, a quarter megabyte at a time. */
#include "io/unfold.h"

#include "common/mem.h"
#include "io/archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEP = 1 << 18 };

bool
unfold_looks(const uint8_t *data, size_t size)
{
    static const struct {
        size_t size;
        const char *magic;
    } kinds[] = {{2, "\x1f\x8b"},
                 {4, "\x28\xb5\x2f\xfd"},
                 {6, "\xfd"
                     "7zXZ"},
                 {3, "BZh"},
                 {4, "\x04\x22\x4d\x18"}};

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (size >= kinds[i].size && memcmp(data, kinds[i].magic, kinds[i].size) == 0)
            return true;
    return false;
}

bool
unfold_copy(const uint8_t *data, size_t size, int fd, uint64_t *room, struct error *err)
{
    if (size > *room)
        return error_set(err, ERR_LIMIT,
                         "it unfolds to more than --memory allows (name a larger one)");
    *room -= size;
    while (size > 0) {
        ssize_t n = write(fd, data, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, "cannot write a temporary file");
        data += n;
        size -= (size_t)n;
    }
    return true;
}

static bool
begin(const struct archive_library *l, struct archive *a, const uint8_t *data,
      size_t size)
{
    struct archive_entry *entry;

    return l->archive_read_support_filter_gzip(a) == ARCHIVE_OK &&
           l->archive_read_support_filter_zstd(a) == ARCHIVE_OK &&
           l->archive_read_support_filter_xz(a) == ARCHIVE_OK &&
           l->archive_read_support_filter_bzip2(a) == ARCHIVE_OK &&
           l->archive_read_support_filter_lz4(a) == ARCHIVE_OK &&
           l->archive_read_support_format_raw(a) == ARCHIVE_OK &&
           l->archive_read_open_memory(a, data, size) == ARCHIVE_OK &&
           l->archive_read_next_header(a, &entry) == ARCHIVE_OK;
}

/* start: end where there is no more room. */
static bool
stream(const uint8_t *data, size_t size, int fd, uint64_t *room, bool start,
       struct error *err)
{
    static const char what[] = "the compressed data is damaged";
    struct archive_library l;
    struct archive *a;
    uint8_t *chunk;
    la_ssize_t n = 1;
    bool ok;

    if (!archive_load(&l, err))
        return false;
    a = l.archive_read_new();
    if (!a)
        return error_set(err, ERR_MEMORY, "out of memory");
    chunk = xcalloc(1, STEP);
    ok = begin(&l, a, data, size) || archive_fail(&l, a, ERR_MALFORMED, what, err);
    while (ok && n > 0 && !(start && *room == 0)) {
        n = l.archive_read_data(a, chunk, start && *room < STEP ? (size_t)*room : STEP);
        ok = n < 0 ? archive_fail(&l, a, ERR_MALFORMED, what, err)
                   : unfold_copy(chunk, (size_t)n, fd, room, err);
    }
    (void)l.archive_read_free(a);
    free(chunk);
    return ok;
}

bool
unfold(const uint8_t *data, size_t size, int fd, uint64_t *room, struct error *err)
{
    return stream(data, size, fd, room, false, err);
}

bool
unfold_start(const uint8_t *data, size_t size, int fd, uint64_t most, struct error *err)
{
    return stream(data, size, fd, &most, true, err);
}
