/* shards.c: see shards.h. */
#include "write/shards.h"

#include "common/mem.h"
#include "model/names.h"
#include "write/write.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHARD_NAME_SIZE = 64 };

static void
shard_name(size_t i, size_t count, char out[static SHARD_NAME_SIZE])
{
    (void)snprintf(out, SHARD_NAME_SIZE, "model-%05zu-of-%05zu.safetensors", i + 1,
                   count);
}

/* Where each shard begins among the selected tensors; ends with their number. */
static size_t
cut(const struct checkpoint *c, const struct selection *all, uint64_t max_size,
    size_t *starts)
{
    uint64_t size = 0;
    size_t count = 0;

    for (size_t i = 0; i < all->count; i++) {
        uint64_t n = c->tensors[all->tensors[i]].nbytes;

        if (i == 0 || n > max_size - size) {
            starts[count++] = i;
            size = 0;
        }
        size = n > max_size ? max_size : size + n;
    }
    starts[count] = all->count;
    return count;
}

static bool
write_shard(struct checkpoint *c, const struct selection *part, const char *path,
            struct error *err)
{
    struct out_file out = {0};
    bool ok = out_open(&out, path, err) && write_safetensors(c, part, &out, err) &&
              out_commit(&out, err);

    out_discard(&out);
    return ok;
}

static bool
write_index(const struct checkpoint *c, const struct selection *all, const size_t *starts,
            size_t count, const char *folder, struct error *err)
{
    char *path = xasprintf("%s/model.safetensors.index.json", folder);
    char name[SHARD_NAME_SIZE];
    struct out_file out = {0};
    struct json_out j;
    uint64_t total = 0;
    bool ok = out_open(&out, path, err);

    for (size_t i = 0; i < all->count; i++)
        total += c->tensors[all->tensors[i]].nbytes;
    if (ok) {
        json_start(&j, out.stream, JSON_PRETTY);
        json_object(&j, NULL);
        json_object(&j, "metadata");
        json_u64(&j, "total_size", total);
        json_end(&j);
        json_object(&j, "weight_map");
        for (size_t s = 0; s < count; s++)
            for (size_t i = starts[s]; i < starts[s + 1]; i++) {
                shard_name(s, count, name);
                json_string(&j, c->tensors[all->tensors[i]].name, name);
            }
        json_end(&j);
        json_end(&j);
        ok = out_commit(&out, err);
    }
    out_discard(&out);
    free(path);
    return ok;
}

bool
shards_split(struct checkpoint *c, const char *folder, uint64_t max_size, size_t *count,
             struct error *err)
{
    struct selection all;
    size_t *space = NULL, *starts;
    bool ok = true;

    write_select_all(c, &all, &space);
    starts = xcalloc(all.count + 2, sizeof *starts);
    *count = cut(c, &all, max_size, starts);
    for (size_t i = 0; ok && i < *count; i++) {
        struct selection part = {all.tensors + starts[i], starts[i + 1] - starts[i]};
        char name[SHARD_NAME_SIZE];
        char *path;

        shard_name(i, *count, name);
        path = xasprintf("%s/%s", folder, name);
        ok = write_shard(c, &part, path, err) || error_in(err, path);
        free(path);
    }
    ok = ok && write_index(c, &all, starts, *count, folder, err);
    free(starts);
    free(space);
    return ok;
}
