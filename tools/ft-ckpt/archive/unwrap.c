/*
 * unwrap.c: see unwrap.h.
 *
 * gzip through zlib, which tells where the data ends; zstd through libarchive.
 */
#include "archive/unwrap.h"

#include "archive/archive_library.h"
#include "archive/inflate.h"
#include "archive/paging.h"
#include "archive/spool.h"
#include "common/bytes.h"
#include "common/mem.h"
#include "fault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_STEP = 1 << 18 };

/* A file redirected to standard input is as good as a file. */
static bool
map_stdin(struct input *in)
{
    struct stat st;
    struct error ignored = {0};

    return fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
           lseek(STDIN_FILENO, 0, SEEK_CUR) == 0 &&
           spool_map(in, STDIN_FILENO, (uint64_t)st.st_size, &ignored);
}

static bool
copy_stdin(struct spool *s, struct error *err)
{
    uint8_t *chunk = xcalloc(1, COPY_STEP);
    ssize_t got;

    do {
        got = read(STDIN_FILENO, chunk, COPY_STEP);
        if (got > 0 && !spool_write(s, chunk, (size_t)got, err))
            break;
    } while (got > 0 || (got < 0 && errno == EINTR));
    free(chunk);
    return got == 0 || (got < 0 && error_errno(err, "cannot read"));
}

bool
unwrap_open(struct input *in, const char *path, struct error *err)
{
    struct spool s;
    bool ok;

    if (strcmp(path, "-") != 0)
        return input_open(in, path, UINT64_MAX, err);
    *in = (struct input){.path = path};
    if (map_stdin(in))
        return true;
    ok = spool_open(&s, UINT64_MAX, err) && copy_stdin(&s, err);
    return spool_close(&s, ok, in, err) || error_in(err, "<stdin>");
}

static bool
damaged(const struct archive_library *l, struct archive *a, struct error *err)
{
    const char *why = l->error_string(a);

    return fault(err, ERR_MALFORMED, "compressed", "zstd data is damaged: %s",
                 why ? why : "no reason given");
}

static bool
unpack_zstd(const struct input *in, struct spool *s, struct error *err)
{
    uint8_t *chunk = xcalloc(1, COPY_STEP);
    struct archive_library l = {0};
    struct archive_entry *entry;
    struct archive *a = NULL;
    bool ok = archive_library_load(&l, err) && (a = l.read_new()) != NULL;

    if (ok && (l.support_zstd(a) != ARCHIVE_OK || l.support_raw(a) != ARCHIVE_OK ||
               l.open_memory(a, in->data, in->size) != ARCHIVE_OK ||
               l.next_header(a, &entry) != ARCHIVE_OK))
        ok = damaged(&l, a, err);
    while (ok) {
        la_ssize_t got = l.data(a, chunk, COPY_STEP);

        if (got <= 0) {
            ok = got == 0 || damaged(&l, a, err);
            break;
        }
        ok = spool_write(s, chunk, (size_t)got, err);
    }
    if (a)
        (void)l.read_free(a);
    free(chunk);
    return ok;
}

bool
unwrap(struct input *in, const char **name, struct error *err)
{
    bool is_gzip = in->size >= 18 && in->data[0] == 0x1f && in->data[1] == 0x8b;
    bool is_zstd = in->size >= 8 && get_le32(in->data) == 0xfd2fb528;
    struct spool s;
    bool ok;

    if (!is_gzip && !is_zstd)
        return true;
    if (in->mapped)
        paging_whole(in->data, in->size);
    ok = spool_open(&s, inflate_limit(in->size), err) &&
         (is_gzip ? inflate_all(in->data, in->size,
                                INFLATE_GZIP | (in->mapped ? INFLATE_MAPPED : 0u),
                                spool_write, &s, err)
                  : unpack_zstd(in, &s, err));
    if (!spool_close(&s, ok, in, err))
        return false;
    *name = is_gzip ? "gzip" : "zstd";
    return true;
}
