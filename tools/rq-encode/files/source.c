#define _GNU_SOURCE /* SEEK_DATA */
#include "source.h"

#include "common/file.h"
#include "common/mem.h"
#include "common/term.h"
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SECTOR = 4096 }; /* the page cache has whole pages or nothing */

#define SHRANK "shrank while it was read (try again)"

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
    mapping_add(map, (size_t)s->size);
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

    mapping_remove(map.map);
    if (s->map && !s->borrowed)
        (void)munmap(map.owned, (size_t)s->size);
    if (s->fd >= 0)
        (void)close(s->fd);
    *s = (struct source){.fd = -1};
}

/* Sector by sector what could not be read in one go; octets that are lost. */
static uint64_t
read_sectors(const struct source *s, uint8_t *data, size_t size, uint64_t offset)
{
    uint64_t lost = 0;

    for (size_t at = 0, n; at < size; at += n) {
        size_t to_next = SECTOR - (size_t)((offset + at) % SECTOR), got = 0;
        struct error ignored;

        n = size - at < to_next ? size - at : to_next;
        if (!file_pread(s->fd, data + at, n, offset + at, &got, &ignored) || got < n) {
            memset(data + at + got, 0, n - got);
            lost += n - got;
        }
    }
    return lost;
}

bool
source_read(const struct source *s, uint64_t offset, uint8_t *data, size_t size,
            struct error *err)
{
    size_t got = 0;

    if (s->borrowed) {
        memcpy(data, s->map + offset, size);
        mapping_touched(size + MAPPING_AROUND);
        return true;
    }
    return (file_pread(s->fd, data, size, offset, &got, err) &&
            (got == size || error_set(err, ERR_IO, SHRANK))) ||
           error_in(err, s->path);
}

void
source_read_past(const struct source *s, uint64_t offset, uint8_t *data, size_t size)
{
    struct error ignored;

    if (!source_read(s, offset, data, size, &ignored))
        (void)read_sectors(s, data, size, offset);
}

bool
source_hole(const struct source *s, uint64_t offset, uint64_t size)
{
    off_t data;

    if (s->borrowed || s->fd < 0)
        return false;
    data = lseek(s->fd, (off_t)offset, SEEK_DATA);
    return data < 0 ? errno == ENXIO : (uint64_t)data >= offset + size;
}

bool
source_unchanged(const struct source *s, struct error *err)
{
    struct stat now;

    if (s->fd < 0)
        return true;
    if (fstat(s->fd, &now) != 0)
        return error_errno(err, "cannot stat") || error_in(err, s->path);
    if (now.st_size == s->st.st_size && now.st_mtim.tv_sec == s->st.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == s->st.st_mtim.tv_nsec)
        return true;
    return error_set(err, ERR_IO, "changed while it was read (try again)") ||
           error_in(err, s->path);
}

/* The next chunk: of a hole without asking the disk. */
static bool
read_chunk(struct source *s, uint8_t *chunk, size_t n, uint64_t at, bool forgiving,
           struct error *err)
{
    size_t got = 0;

    if (source_hole(s, at, n)) {
        memset(chunk, 0, n);
        return true;
    }
    if (!file_pread(s->fd, chunk, n, at, &got, err)) {
        if (forgiving)
            s->unreadable += read_sectors(s, chunk, n, at);
        return forgiving;
    }
    return got == n || error_set(err, ERR_IO, SHRANK);
}

bool
source_scan(struct source *s, bool forgiving, source_visit *visit, void *context,
            struct error *err)
{
    struct progress progress = {0};
    uint8_t *chunk;
    bool ok = true;

    s->unreadable = 0;
    if (s->label)
        progress_begin(&progress, s->label, s->size);
    if (s->borrowed) {
        for (uint64_t at = 0; at < s->size; at += SOURCE_CHUNK) {
            visit(context, at, s->map + at,
                  s->size - at < SOURCE_CHUNK ? (size_t)(s->size - at) : SOURCE_CHUNK);
            mapping_touched(SOURCE_CHUNK);
            progress_update(&progress, at);
        }
        progress_end(&progress);
        return true;
    }
    chunk = xaligned(4096, SOURCE_CHUNK);
    for (uint64_t at = 0; ok && at < s->size; at += SOURCE_CHUNK) {
        size_t n = s->size - at < SOURCE_CHUNK ? (size_t)(s->size - at) : SOURCE_CHUNK;

        ok = read_chunk(s, chunk, n, at, forgiving, err);
        if (ok)
            visit(context, at, chunk, n);
        progress_update(&progress, at + n);
    }
    progress_end(&progress);
    free(chunk);
    return (ok && source_unchanged(s, err)) || error_in(err, s->path);
}
