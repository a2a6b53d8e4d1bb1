/* spool.c: see spool.h. */
#include "archive/spool.h"

#include "archive/paging.h"
#include "common/temporary.h"
#include "fault.h"

#include <sys/mman.h>
#include <unistd.h>

bool
spool_open(struct spool *s, uint64_t limit, struct error *err)
{
    *s = (struct spool){.fd = temporary_unnamed("ft-ckpt", "/tmp", err), .limit = limit};
    return s->fd >= 0;
}

bool
spool_write(void *context, const uint8_t *data, size_t size, struct error *err)
{
    struct spool *s = context;

    if (size > s->limit - s->size)
        return fault(err, ERR_LIMIT, "resource-limit",
                     "compressed data grows to more than %llu octets "
                     "(decompress it first if it is to be trusted)",
                     (unsigned long long)s->limit);
    if (!file_pwrite(s->fd, data, size, s->size, err))
        return false;
    s->size += size;
    return true;
}

bool
spool_map(struct input *in, int fd, uint64_t size, struct error *err)
{
    void *data = size ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;

    if (data == MAP_FAILED)
        return error_errno(err, "cannot map");
    in->data = data;
    in->size = (size_t)size;
    in->mapped = size > 0;
    if (in->mapped)
        paging_sparse(in->data, size);
    return true;
}

/* What was collected takes the place of what *in held. */
bool
spool_close(struct spool *s, bool ok, struct input *in, struct error *err)
{
    const char *path = in->path;

    if (ok) {
        input_close(in);
        in->path = path;
        ok = spool_map(in, s->fd, s->size, err);
    }
    if (s->fd >= 0)
        (void)close(s->fd);
    return ok;
}
