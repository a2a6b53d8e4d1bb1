#include "scratch.h"

#include "common/mem.h"
#include "common/temporary.h"
#include "mapping.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A file of that size which nobody else sees; -1 and *err otherwise. */
static int
unlinked_file(uint64_t size, struct error *err)
{
    int fd = temporary_unnamed("rq-encode", "/var/tmp", err);

    if (fd >= 0 &&
        (ftruncate(fd, (off_t)size) != 0 || posix_fallocate(fd, 0, (off_t)size) != 0)) {
        (void)error_errno(err, "cannot reserve %zu octets of working file", (size_t)size);
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

bool
scratch_alloc(struct scratch *s, uint64_t size, uint64_t limit, struct error *err)
{
    void *data;
    int fd;

    *s = (struct scratch){0};
    if (size > SIZE_MAX / 2)
        return error_set(err, ERR_LIMIT, "more working memory than there are addresses");
    size = size > 0 ? size : 1;
    if (size <= limit) {
        *s = (struct scratch){.data = xcalloc((size_t)size, 1),
                              .size = (size_t)size,
                              .capacity = (size_t)size};
        return true;
    }
    fd = unlinked_file(size, err);
    if (fd < 0)
        return false;
    data = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (data == MAP_FAILED)
        return error_errno(err, "cannot map %zu octets of working memory", (size_t)size);
    mapping_add(data, (size_t)size);
    *s = (struct scratch){
        .data = data, .size = (size_t)size, .capacity = (size_t)size, .mapped = true};
    return true;
}

void
scratch_free(struct scratch *s)
{
    mapping_remove(s->mapped ? s->data : NULL);
    if (s->mapped)
        (void)munmap(s->data, s->capacity);
    else
        free(s->data);
    *s = (struct scratch){0};
}
