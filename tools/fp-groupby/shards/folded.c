/* folded.c: see folded.h. */
#include "shards/folded.h"

#include "common/file.h"
#include "common/temporary.h"
#include "io/unfold.h"

#include <unistd.h>

/* Into a new file: `most` octets, or with `room` as many as there are. */
static bool
unfold_into(struct shard_file *f, uint64_t most, uint64_t *room, struct error *err)
{
    struct input in;
    off_t size;
    bool ok;

    if (f->fd >= 0)
        (void)close(f->fd);
    f->fd = temporary_unnamed("fp-groupby", "/tmp", err);
    if (f->fd < 0 || !input_open(&in, f->path, UINT64_MAX, err))
        return false;
    ok = in.size == f->stored || error_set(err, ERR_IO, "the file changed");
    ok = ok && (room ? unfold(in.data, in.size, f->fd, room, err)
                     : unfold_start(in.data, in.size, f->fd, most, err));
    input_close(&in);
    size = lseek(f->fd, 0, SEEK_END);
    f->size = size > 0 ? (uint64_t)size : 0;
    return ok;
}

bool
folded_head(struct shard_file *f, uint64_t most, struct error *err)
{
    if (!unfold_into(f, most, NULL, err))
        return false;
    f->loaded = f->size < most;
    return true;
}

bool
folded_load(struct shard_file *f, uint64_t *room, struct error *err)
{
    f->loaded = f->loaded || unfold_into(f, 0, room, err);
    return f->loaded;
}
