/* index.c: see index.h. */
#include "container/index.h"

#include "common/mem.h"
#include "container/open.h"
#include "fault.h"
#include "model/names.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHARDS_MAX = 65536 };

struct shards {
    struct checkpoint *index;
    const struct open_options *options;
    struct names names;         /* owned: file names to numbers */
    struct names entries;       /* owned: the weight_map's tensors */
    struct checkpoint **opened; /* owned array; the checkpoints are the index's parts */
    struct names *tensors;      /* owned: of each shard */
    size_t count, capacity;
    uint64_t listed;
    struct error *err;
};

bool
index_is(const uint8_t *data, uint64_t size)
{
    static const char key[] = "\"weight_map\"", metadata[] = "\"metadata\"";
    uint64_t limit = size < (1 << 16) ? size : 1 << 16;
    uint64_t i = 0;

    while (i < limit && strchr(" \t\r\n", data[i]))
        i++;
    if (i >= limit || data[i++] != '{')
        return false;
    while (i < limit && strchr(" \t\r\n", data[i]))
        i++;
    if (i + sizeof key <= size && memcmp(data + i, key, sizeof key - 1) == 0)
        return true;
    return i + sizeof metadata <= size &&
           memcmp(data + i, metadata, sizeof metadata - 1) == 0;
}

/* Beside the index, and nowhere else. */
static bool
file_name_is_safe(const char *name)
{
    return name[0] != '\0' && !strchr(name, '/') && !strchr(name, '\\') &&
           strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strlen(name) < 256;
}

static bool
open_shard(struct shards *s, const char *name)
{
    const char *slash = strrchr(s->index->path, '/');
    size_t folder = slash ? (size_t)(slash - s->index->path) + 1 : 0;
    struct checkpoint *part = xcalloc(1, sizeof *part);
    char *path = arena_alloc(&s->index->arena, folder + strlen(name) + 1);
    struct checkpoint **last = &s->index->parts;
    struct names *tensors = &s->tensors[s->count];

    memcpy(path, s->index->path, folder);
    memcpy(path + folder, name, strlen(name));
    while (*last)
        last = &(*last)->next;
    *last = part;
    s->opened[s->count++] = part;
    if (!checkpoint_open(part, path, s->options, s->err)) {
        if (s->err->class == ERR_IO) {
            (void)fault(s->err, ERR_MALFORMED, "index-missing-shard",
                        "shard '%.200s' cannot be opened", name);
        }
        return false;
    }
    part->role = name;
    if (part->format != FORMAT_SAFETENSORS)
        return fault(s->err, ERR_UNSUPPORTED, "index-json",
                     "shard '%.200s' is no safetensors file", name);
    for (size_t i = 0; i < part->tensor_count; i++)
        (void)names_add(tensors, part->tensors[i].name, part->tensors[i].name_size, i);
    return true;
}

static bool
find_shard(struct shards *s, const char *name, size_t *out)
{
    size_t n = strlen(name);

    if (!file_name_is_safe(name))
        return fault(s->err, ERR_UNSAFE, "index-path",
                     "shard '%.200s' is not a plain file name", name);
    *out = names_find(&s->names, name, n);
    if (*out != (size_t)NAMES_ABSENT)
        return true;
    if (s->count == SHARDS_MAX)
        return fault(s->err, ERR_LIMIT, "resource-limit", "more than %d shards",
                     SHARDS_MAX);
    if (s->count == s->capacity) {
        size_t capacity = s->capacity ? 2 * s->capacity : 16;

        s->opened = xrealloc(s->opened, capacity, sizeof(*s->opened));
        s->tensors = xrealloc(s->tensors, capacity, sizeof *s->tensors);
        memset(s->tensors + s->capacity, 0,
               (capacity - s->capacity) * sizeof *s->tensors);
        s->capacity = capacity;
    }
    (void)names_add(&s->names, name, n, s->count);
    *out = s->count;
    return open_shard(s, name);
}

static bool
add_entry(struct shards *s, const struct json *entry)
{
    const char *name = json_key(entry);
    size_t number = 0, n = strlen(name);

    if (json_type(entry) != JSON_STRING)
        return fault(s->err, ERR_MALFORMED, "index-json",
                     "the shard of '%.200s' is not a text", name);
    if (!find_shard(s, json_text(entry), &number))
        return false;
    if (names_find(&s->tensors[number], name, n) == (size_t)NAMES_ABSENT)
        return fault(s->err, ERR_MALFORMED, "index-missing-tensor",
                     "tensor '%.200s' is not in shard '%.200s'", name, json_text(entry));
    if (!names_add(&s->entries, name, n, number))
        return fault(s->err, ERR_MALFORMED, "index-json", "two entries '%.200s'", name);
    return true;
}

static int
compare_role(const void *a, const void *b)
{
    const struct checkpoint *const *x = a, *const *y = b;

    return strcmp((*x)->role, (*y)->role);
}

/* Shard by shard, in the order of their data. */
static void
list_tensors(struct shards *s)
{
    if (s->count > 0)
        qsort(s->opened, s->count, sizeof(*s->opened), compare_role);
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->opened[i]->tensor_count; k++) {
            const struct tensor *from = &s->opened[i]->tensors[k];
            struct tensor *t;

            if (names_find(&s->entries, from->name, from->name_size) ==
                (size_t)NAMES_ABSENT)
                continue;
            t = checkpoint_add_tensor(s->index, from->path);
            {
                const char *own = t->name;

                *t = *from;
                t->name = own;
            }
            t->member = s->opened[i]->role;
            s->listed += t->nbytes;
        }
}

/* The other way round: nothing in a shard that the index does not know. */
static bool
check_shards(struct shards *s)
{
    size_t tensors = 0;

    for (size_t i = 0; i < s->count; i++)
        tensors += s->opened[i]->tensor_count;
    if (tensors == s->index->tensor_count)
        return true;
    return diagnostics_recover(s->options->diagnostics, "index-extra-tensor", "index",
                               s->err, "the shards hold %zu tensors, the index names %zu",
                               tensors, s->index->tensor_count);
}

static bool
read_total(struct shards *s, const struct json *root)
{
    const struct json *metadata = json_get(root, "metadata");
    const struct json *total = metadata ? json_get(metadata, "total_size") : NULL;

    if (metadata && json_type(metadata) != JSON_OBJECT)
        return fault(s->err, ERR_MALFORMED, "index-json", "metadata is not an object");
    if (!total)
        return true;
    if (!json_to_u64(total, &s->index->total_size)) {
        double x;

        /* transformers writes it as a float now and then */
        if (!json_to_f64(total, &x) || !(x >= 0) || x >= 0x1p53 ||
            x != (double)(uint64_t)x)
            return fault(s->err, ERR_MALFORMED, "index-json",
                         "total_size is not a count");
        s->index->total_size = (uint64_t)x;
    }
    if (s->index->total_size == s->listed)
        return true;
    return diagnostics_recover(
        s->options->diagnostics, "index-total-size", "total_size", s->err,
        "total_size is %" PRIu64 ", the tensors have %" PRIu64 " octets",
        s->index->total_size, s->listed);
}

static bool
load(struct shards *s)
{
    struct checkpoint *c = s->index;
    const struct json *root, *map;

    if (!json_parse(&c->header, (const char *)c->data, (size_t)c->size, NULL, s->err))
        return error_subclass(s->err, "index-json");
    root = json_root(c->header);
    map = json_type(root) == JSON_OBJECT ? json_get(root, "weight_map") : NULL;
    if (!map || json_type(map) != JSON_OBJECT)
        return fault(s->err, ERR_MALFORMED, "index-json", "no weight_map object");
    for (const struct json *e = json_first(map); e; e = json_next(e))
        if (!add_entry(s, e))
            return false;
    list_tensors(s);
    return check_shards(s) && read_total(s, root);
}

bool
index_load(struct checkpoint *c, const struct open_options *options, struct error *err)
{
    struct shards s = {.index = c, .options = options, .err = err};
    bool ok;

    c->format = FORMAT_INDEX;
    ok = load(&s);
    for (size_t i = 0; i < s.count; i++)
        names_clear(&s.tensors[i]);
    free(s.tensors);
    free(s.opened);
    names_clear(&s.names);
    names_clear(&s.entries);
    return ok;
}
