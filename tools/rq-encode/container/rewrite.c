/*
 * The temporary file begins as a copy of the damaged one, made by the system: file
 * systems that can share the octets do.  Only symbols that were not in their place
 * are written.
 */
#define _GNU_SOURCE /* copy_file_range */
#include "rewrite.h"

#include "common/file.h"
#include "common/mem.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/*
 * False when the system cannot, or not to the end: what is there is then written over.
 * Holes stay holes.
 */
static bool
copy_damaged(const struct source *from, int to)
{
    off_t at = 0, size = (off_t)from->size;

    if (from->fd < 0)
        return false;
    if (ioctl(to, FICLONE, from->fd) == 0)
        return true;
    while (at < size) {
        off_t data = lseek(from->fd, at, SEEK_DATA), stop;

        if (data < 0)
            return errno == ENXIO; /* a hole to the end */
        stop = lseek(from->fd, data, SEEK_HOLE);
        if (stop < 0)
            return false;
        for (at = data; at < stop;) {
            off_t into = at;

            if (copy_file_range(from->fd, &at, to, &into, (size_t)(stop - at), 0) <= 0)
                return false;
        }
    }
    return true;
}

/* Symbols in order; those of the damaged file in runs. */
static bool
write_symbols(struct out_file *out, const struct checkup *c, const struct recovery *r,
              struct error *err)
{
    const struct layout *l = &c->sidecar.head.layout;
    uint64_t symbols = layout_source_symbols(l);
    uint32_t *taken = xcalloc(l->Z + 1, sizeof *taken);
    int fd = fileno(out->stream);
    bool copied = copy_damaged(&c->source, fd), ok = true;

    for (uint64_t i = 0; ok && i < symbols;) {
        uint64_t at = c->at[i], n = 1, size = checkup_symbol_size(c, i);
        uint32_t b = (uint32_t)(i % l->Z);

        while (at != SYMBOL_LOST && i + n < symbols && c->at[i + n] == at + n * l->T) {
            size += checkup_symbol_size(c, i + n);
            n++;
        }
        if (at == SYMBOL_LOST)
            ok = file_pwrite(fd, recovery_symbol(r, b, taken[b]++), size, i * l->T, err);
        else if (!copied || at != i * l->T)
            ok = file_pwrite(fd, c->source.map + at, size, i * l->T, err);
        i += n;
    }
    free(taken);
    ok = ok && (ftruncate(fd, (off_t)l->F) == 0 || error_errno(err, "cannot write"));
    return ok || error_in(err, out->path);
}

static void
hash_chunk(void *context, uint64_t offset, const uint8_t *data, size_t size)
{
    (void)offset;
    source_hasher_update(context, data, size);
}

/* Read back what was written: only then may it replace anything. */
static bool
check_written(struct out_file *out, const struct head *head, struct error *err)
{
    struct source_hasher *hasher;
    struct source_digest digest;
    struct source written;
    bool ok;

    if (!source_open(&written, out->temp, false, err))
        return false;
    written.label = "checking";
    hasher = source_hasher_new(written.size);
    ok = source_scan(&written, false, hash_chunk, hasher, err);
    source_hasher_final(hasher, &digest);
    source_hasher_free(hasher);
    ok = ok && ((written.size == head->layout.F &&
                 source_digest_equal(&digest, &head->digest)) ||
                error_set(err, ERR_MISMATCH,
                          "the repaired octets do not have the digest of the original "
                          "(nothing was replaced)"));
    source_close(&written);
    return ok;
}

/* Mode, owner and times of the file that is replaced. */
static bool
keep_attributes(struct out_file *out, const struct source *old, struct error *err)
{
    const struct timespec times[2] = {old->st.st_atim, old->st.st_mtim};
    int fd = fileno(out->stream);

    if (old->fd < 0)
        return true;
    if (fchown(fd, old->st.st_uid, old->st.st_gid) != 0 && errno != EPERM)
        return error_errno(err, "cannot keep the owner");
    if (fchmod(fd, old->st.st_mode & 07777) != 0 || futimens(fd, times) != 0)
        return error_errno(err, "cannot keep mode and times");
    return true;
}

static bool
put_aside(const char *file, struct error *err)
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
    struct out_file out = {0};
    bool ok = out_open(&out, file, err) && write_symbols(&out, c, r, err) &&
              check_written(&out, &c->sidecar.head, err) &&
              keep_attributes(&out, &c->source, err) &&
              (!keep_damaged || c->source.fd < 0 || put_aside(file, err)) &&
              out_commit(&out, err);

    out_discard(&out);
    return ok;
}
