#include "source.h"

#include "common/file.h"
#include "common/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SECTOR = 512 };

bool
source_open(struct source *s, const char *path, bool may_lack, struct error *err)
{
    void *map;

    *s = (struct source){.path = path};
    s->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0 && errno == ENOENT && may_lack)
        return true;
    if (s->fd < 0 || fstat(s->fd, &s->st) != 0) {
        (void)error_errno(err, "cannot open");
        goto failed;
    }
    if (!S_ISREG(s->st.st_mode)) {
        (void)error_set(err, ERR_IO, "is not a regular file");
        goto failed;
    }
    s->size = (uint64_t)s->st.st_size;
    if (s->size == 0)
        return true;
    map = s->size > SIZE_MAX
              ? MAP_FAILED
              : mmap(NULL, (size_t)s->size, PROT_READ, MAP_SHARED, s->fd, 0);
    if (map == MAP_FAILED) {
        (void)error_errno(err, "cannot map");
        goto failed;
    }
    s->map = map;
    return true;
failed:
    source_close(s);
    return error_in(err, path);
}

void
source_from_memory(struct source *s, const uint8_t *data, uint64_t size)
{
    *s = (struct source){
        .path = "", .fd = -1, .size = size, .map = data, .borrowed = true};
}

void
source_close(struct source *s)
{
    union {
        const uint8_t *map;
        void *owned;
    } map = {s->map};

    if (s->map && !s->borrowed)
        (void)munmap(map.owned, (size_t)s->size);
    if (s->fd >= 0)
        (void)close(s->fd);
    *s = (struct source){.fd = -1};
}

/* Sector by sector what could not be read in one go. */
static void
read_sectors(struct source *s, uint8_t *data, size_t size, uint64_t offset)
{
    for (size_t at = 0; at < size; at += SECTOR) {
        size_t n = size - at < SECTOR ? size - at : SECTOR, got = 0;
        struct error ignored;

        if (!file_pread(s->fd, data + at, n, offset + at, &got, &ignored) || got < n) {
            memset(data + at + got, 0, n - got);
            s->unreadable += n - got;
        }
    }
}

static bool
unchanged(const struct source *s, struct error *err)
{
    struct stat now;

    if (fstat(s->fd, &now) != 0)
        return error_errno(err, "cannot stat");
    if (now.st_size == s->st.st_size && now.st_mtim.tv_sec == s->st.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == s->st.st_mtim.tv_nsec)
        return true;
    return error_set(err, ERR_IO, "changed while it was read (try again)");
}

bool
source_scan(struct source *s, bool forgiving, source_visit *visit, void *context,
            struct error *err)
{
    uint8_t *chunk;
    bool ok = true;

    s->unreadable = 0;
    if (s->borrowed) {
        for (uint64_t at = 0; at < s->size; at += SOURCE_CHUNK)
            visit(context, at, s->map + at,
                  s->size - at < SOURCE_CHUNK ? (size_t)(s->size - at) : SOURCE_CHUNK);
        return true;
    }
    chunk = xaligned(4096, SOURCE_CHUNK);
    for (uint64_t at = 0; ok && at < s->size; at += SOURCE_CHUNK) {
        size_t n = s->size - at < SOURCE_CHUNK ? (size_t)(s->size - at) : SOURCE_CHUNK;
        size_t got = 0;

        if (!file_pread(s->fd, chunk, n, at, &got, err)) {
            ok = forgiving;
            if (ok)
                read_sectors(s, chunk, n, at);
        } else if (got < n) {
            ok = error_set(err, ERR_IO, "shrank while it was read (try again)");
        }
        if (ok)
            visit(context, at, chunk, n);
    }
    free(chunk);
    ok = ok && (s->fd < 0 || unchanged(s, err));
    return ok || error_in(err, s->path);
}
