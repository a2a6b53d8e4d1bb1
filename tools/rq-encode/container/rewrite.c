/*
 * The temporary file is written and digested in one pass.  Where the file system can
 * share octets it begins as a clone of the damaged file, and only symbols that were not
 * in their place are written.
 */
#define _GNU_SOURCE /* SEEK_HOLE */
#include "rewrite.h"

#include "common/file.h"
#include "common/mem.h"
#include "common/term.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { CHUNK = 1 << 20 }; /* a multiple of SOURCE_PIECE */

/* Is any symbol of those octets not where it was? */
static bool
displaced(const struct recovery *r, uint64_t offset, size_t size)
{
    uint64_t T = r->layout.T;

    for (uint64_t i = offset / T; i * T < offset + size; i++)
        if (r->at[i] != i * T)
            return true;
    return false;
}

/* Zeros that need not be written: the file has a hole there already. */
static bool
stays_hole(const struct recovery *r, uint64_t offset, const uint8_t *data, size_t size)
{
    return source_hole(r->source, offset, size) && data[0] == 0 &&
           memcmp(data, data + 1, size - 1) == 0;
}

static bool
write_chunk(int fd, const struct recovery *r, bool cloned, const uint8_t *data,
            uint64_t offset, size_t size, struct error *err)
{
    if (cloned ? !displaced(r, offset, size) : stays_hole(r, offset, data, size))
        return true;
    return file_pwrite(fd, data, size, offset, err);
}

/* All of the repaired file to fd; ERR_MISMATCH unless it is what was protected. */
static bool
write_all(int fd, const struct head *head, const struct recovery *r, struct error *err)
{
    bool cloned = r->source->fd >= 0 && ioctl(fd, FICLONE, r->source->fd) == 0;
    struct source_hasher *hasher = source_hasher_new(head->layout.F);
    uint64_t F = head->layout.F;
    struct source_digest digest;
    struct progress progress;
    uint8_t *chunk = xaligned(4096, CHUNK);
    bool ok = true;

    progress_begin(&progress, "writing", F);
    for (uint64_t at = 0; ok && at < F; at += CHUNK) {
        size_t n = F - at < CHUNK ? (size_t)(F - at) : CHUNK;

        recovery_read(r, at, chunk, n);
        source_hasher_update(hasher, chunk, n);
        ok = write_chunk(fd, r, cloned, chunk, at, n, err);
        progress_update(&progress, at + n);
    }
    progress_end(&progress);
    source_hasher_final(hasher, &digest);
    source_hasher_free(hasher);
    free(chunk);
    if (ok && !source_digest_equal(&digest, &head->digest))
        ok = error_set(err, ERR_MISMATCH,
                       "the repaired octets do not have the digest of the original "
                       "(nothing was replaced)");
    return ok && (ftruncate(fd, (off_t)F) == 0 || error_errno(err, "cannot write"));
}

bool
rewrite_keep_attributes(struct out_file *out, const struct stat *old, struct error *err)
{
    const struct timespec times[2] = {old->st_atim, old->st_mtim};
    int fd = fileno(out->stream);

    /* What is written later would change the times. */
    if (fflush(out->stream) != 0)
        return error_errno(err, "cannot write");
    if (fchown(fd, old->st_uid, old->st_gid) != 0 && errno != EPERM)
        return error_errno(err, "cannot keep the owner");
    if (fchmod(fd, old->st_mode & 07777) != 0 || futimens(fd, times) != 0)
        return error_errno(err, "cannot keep mode and times");
    return true;
}

bool
rewrite_put_aside(const char *file, struct error *err)
{
    char *damaged = xasprintf("%s.damaged", file);
    bool ok = link(file, damaged) == 0;

    if (!ok)
        (void)error_errno(err, "cannot keep the damaged file as %s", damaged);
    free(damaged);
    return ok;
}

bool
rewrite_file(const struct checkup *c, const char *file, const struct recovery *r,
             bool keep_damaged, struct error *err)
{
    bool there = c->source.fd >= 0;
    char *target = there ? realpath(file, NULL) : NULL;
    struct out_file out = {0};
    bool ok =
        out_open(&out, target ? target : file, err) &&
        write_all(fileno(out.stream), &c->sidecar.head, r, err) &&
        (!there || rewrite_keep_attributes(&out, &c->source.st, err)) &&
        (!keep_damaged || !there || rewrite_put_aside(target ? target : file, err)) &&
        out_commit(&out, err);

    out_discard(&out);
    free(target);
    return ok;
}
