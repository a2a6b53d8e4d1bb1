/*
 * fuzz_index.c: an index of shards and one shard.
 *
 * The input is the index, a NUL, and the octets of a shard called "a" beside it.
 */
#include "container/index.h"
#include "load.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/fuzz_index.XXXXXX";
static char shard[sizeof folder + 2], index_path[sizeof folder + 6];

static void
remove_folder(void)
{
    (void)unlink(shard);
    (void)rmdir(folder);
}

static void
make_folder(void)
{
    if (index_path[0] != '\0')
        return;
    if (!mkdtemp(folder))
        abort();
    (void)snprintf(shard, sizeof shard, "%s/a", folder);
    (void)snprintf(index_path, sizeof index_path, "%s/index", folder);
    (void)atexit(remove_folder);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\0', size) : NULL;
    size_t text = end ? (size_t)(end - data) : size;
    int fd;

    make_folder();
    fd = open(shard, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || (end && write(fd, end + 1, size - text - 1) < 0))
        abort();
    (void)close(fd);
    fuzz_load(index_load, index_path, data, text);
    return 0;
}
