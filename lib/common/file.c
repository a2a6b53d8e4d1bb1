#include "file.h"

#include "buf.h"
#include "mem.h"
#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
read_stream(struct input *in, int fd, uint64_t limit, struct error *err)
{
    struct buf content = {0};

    for (;;) {
        ssize_t got = read(fd, buf_reserve(&content, 1 << 16), 1 << 16);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            (void)error_errno(err, "cannot read");
            buf_clear(&content);
            return false;
        }
        if (got == 0)
            break;
        content.size += (size_t)got;
        if (content.size > limit) {
            buf_clear(&content);
            return error_set(err, ERR_LIMIT, "more than %" PRIu64 " octets", limit);
        }
    }
    in->data = content.data;
    in->size = content.size;
    return true;
}

static bool
map_file(struct input *in, int fd, uint64_t size, uint64_t limit, struct error *err)
{
    void *data;

    if (size > limit || size > SIZE_MAX)
        return error_set(err, ERR_LIMIT,
                         "%" PRIu64 " octets, more than the limit of %" PRIu64, size,
                         limit);
    data = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return error_errno(err, "cannot map");
    in->data = data;
    in->size = (size_t)size;
    in->mapped = true;
    return true;
}

bool
input_open(struct input *in, const char *path, uint64_t limit, struct error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    bool ok;

    *in = (struct input){.path = path};
    if (fd < 0) {
        (void)error_errno(err, "cannot open");
        return error_in(err, path);
    }
    if (fstat(fd, &st) != 0)
        ok = error_errno(err, "cannot stat");
    else if (S_ISDIR(st.st_mode))
        ok = error_set(err, ERR_IO, "is a directory");
    else if (S_ISREG(st.st_mode) && st.st_size > 0 && !is_stdin)
        ok = map_file(in, fd, (uint64_t)st.st_size, limit, err);
    else
        ok = read_stream(in, fd, limit, err);
    if (!is_stdin)
        (void)close(fd);
    return ok || error_in(err, is_stdin ? "<stdin>" : path);
}

void
input_close(struct input *in)
{
    union {
        const uint8_t *borrowed;
        uint8_t *owned;
    } data = {in->data};

    if (in->mapped)
        (void)munmap(data.owned, in->size);
    else
        free(data.owned);
    *in = (struct input){0};
}

/* What open() would have given; a temporary file is private. */
static mode_t
default_mode(void)
{
    mode_t mask = umask(0);

    (void)umask(mask);
    return 0666 & ~mask;
}

bool
out_open(struct out_file *out, const char *path, struct error *err)
{
    struct stat st;
    int fd;

    *out = (struct out_file){.path = path};
    if (strcmp(path, "-") == 0) {
        out->stream = stdout;
        return true;
    }
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        out->stream = fopen(path, "wbe");
        if (out->stream)
            return true;
        (void)error_errno(err, "cannot open");
        return error_in(err, path);
    }
    out->temp = xasprintf("%s.XXXXXX", path);
    fd = temporary_named(out->temp);
    if (fd >= 0 && fchmod(fd, default_mode()) == 0)
        out->stream = fdopen(fd, "wb");
    if (!out->stream) {
        (void)error_errno(err, "cannot create");
        if (fd >= 0) {
            (void)close(fd);
            (void)unlink(out->temp);
            temporary_forget(out->temp);
        }
        free(out->temp);
        *out = (struct out_file){0};
        return error_in(err, path);
    }
    return true;
}

bool
out_write(struct out_file *out, const void *data, size_t size, struct error *err)
{
    if (fwrite(data, 1, size, out->stream) == size)
        return true;
    (void)error_errno(err, "cannot write");
    return error_in(err, out->path);
}

/* A rename is on disk only once the directory is. */
static void
sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd); /* some file systems cannot; the rename itself held */
        (void)close(fd);
    }
    free(folder);
}

bool
out_commit(struct out_file *out, struct error *err)
{
    FILE *stream = out->stream;
    bool ok;

    if (stream == stdout) {
        if (fflush(stream) == 0 && !ferror(stream))
            return true;
        (void)error_errno(err, "cannot write to standard output");
        return false;
    }
    out->stream = NULL;
    ok = fflush(stream) == 0 && !ferror(stream);
    ok = ok && (fsync(fileno(stream)) == 0 || errno == EINVAL || errno == ENOTSUP);
    ok = fclose(stream) == 0 && ok;
    if (!ok || (out->temp && rename(out->temp, out->path) != 0)) {
        (void)error_errno(err, "cannot write");
        return error_in(err, out->path);
    }
    if (out->temp) {
        temporary_forget(out->temp);
        sync_directory(out->path);
    }
    free(out->temp);
    out->temp = NULL;
    return true;
}

void
out_discard(struct out_file *out)
{
    if (out->stream && out->stream != stdout)
        (void)fclose(out->stream);
    if (out->temp) {
        (void)unlink(out->temp);
        temporary_forget(out->temp);
    }
    free(out->temp);
    *out = (struct out_file){0};
}

bool
out_put(const char *path, const void *data, size_t size, struct error *err)
{
    struct out_file out;
    bool ok = out_open(&out, path, err) && out_write(&out, data, size, err) &&
              out_commit(&out, err);

    out_discard(&out);
    return ok;
}

bool
file_pread(int fd, void *data, size_t size, uint64_t offset, size_t *got,
           struct error *err)
{
    uint8_t *p = data;

    *got = 0;
    while (*got < size) {
        ssize_t n = pread(fd, p + *got, size - *got, (off_t)(offset + *got));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, "cannot read at byte %" PRIu64, offset + *got);
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return true;
}

bool
file_pwrite(int fd, const void *data, size_t size, uint64_t offset, struct error *err)
{
    const uint8_t *p = data;

    while (size > 0) {
        ssize_t n = pwrite(fd, p, size, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, "cannot write at byte %" PRIu64, offset);
        p += n;
        size -= (size_t)n;
        offset += (size_t)n;
    }
    return true;
}
