/* dcp.c: see dcp.h (torch/distributed/checkpoint/{metadata,filesystem}.py, 2.6). */
#include "container/dcp.h"

#include "common/mem.h"
#include "container/bundle.h"
#include "fault.h"
#include "model/describe.h"
#include "model/names.h"
#include "model/rebuild.h"
#include "model/tree.h"
#include "tensors/stream.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ASSEMBLED_MAX = 1 << 30 };

struct reader {
    struct checkpoint *c;
    const struct open_options *options;
    struct tree tree;
    struct dcp *dcp;
    struct names tensors;       /* owned: flat names to tensor numbers */
    struct names files;         /* owned: file names to their order in the parts */
    struct checkpoint **opened; /* owned */
    size_t file_count;
    struct error *err;
};

static bool
malformed(struct reader *r, const char *what)
{
    return fault(r->err, ERR_MALFORMED, "dcp-malformed", ".metadata: %s", what);
}

/* The attribute of a dataclass: BUILD's state is a dict. */
static struct value *
attribute(const struct value *object, const char *name)
{
    if (object->kind != VALUE_OBJECT || !object->object->state)
        return NULL;
    return (struct value *)(uintptr_t)value_get(object->object->state, name);
}

static bool
class_is(const struct value *v, const char *class)
{
    const struct global *g = v->kind == VALUE_OBJECT ? value_global(v) : NULL;

    return g && strcmp(g->name + g->module_size + 1, class) == 0;
}

/* properties: a dtype first, requires_grad third. */
static bool
read_properties(struct reader *r, struct tensor *t, const struct value *properties)
{
    const struct value *state = properties ? properties->object->state : NULL;

    if (!properties || !class_is(properties, "TensorProperties") || !state ||
        state->kind != VALUE_TUPLE || state->count < 3 ||
        state->items[2]->kind != VALUE_BOOL)
        return malformed(r, "tensor properties are not a tuple");
    t->dtype = rebuild_dtype(state->items[0]);
    t->requires_grad = state->items[2]->truth;
    return t->dtype != DTYPE_NONE || malformed(r, "an unknown dtype");
}

static bool
read_tensor(struct reader *r, const struct value *key, const struct value *v)
{
    struct checkpoint *c = r->c;
    const struct value *properties = attribute(v, "properties");
    struct tensor *t;

    if (class_is(v, "BytesStorageMetadata"))
        return true;
    if (!class_is(v, "TensorStorageMetadata") ||
        (properties && properties->kind != VALUE_OBJECT))
        return malformed(r, "an entry that is neither tensor nor object");
    (void)names_add(&r->tensors, (const char *)key->text, key->count, c->tensor_count);
    t = checkpoint_add_tensor(c, path_text(c, NULL, (const char *)key->text, key->count));
    return read_properties(r, t, properties) &&
           rebuild_sizes(&r->tree, attribute(v, "size"), &t->shape, &t->rank, r->err) &&
           tensor_measure(t, r->err);
}

static bool
read_tensors(struct reader *r, const struct value *map)
{
    if (!map || map->kind != VALUE_DICT)
        return malformed(r, "no state_dict_metadata");
    for (size_t i = 0; i < map->count; i += 2)
        if (map->items[i]->kind != VALUE_TEXT)
            return malformed(r, "a name that is no text");
        else if (!read_tensor(r, map->items[i], map->items[i + 1]))
            return false;
    return true;
}

static bool
open_file(struct reader *r, const char *name, struct checkpoint **out)
{
    struct checkpoint *c = r->c, *part, **last = &c->parts;
    size_t number = names_find(&r->files, name, strlen(name));
    char *path;

    if (number != (size_t)NAMES_ABSENT) {
        assert(r->opened && r->opened[number]);
        *out = r->opened[number];
        return true;
    }
    if (strchr(name, '/') || strchr(name, '\\') || name[0] == '\0' ||
        strcmp(name, "..") == 0 || strcmp(name, ".") == 0)
        return fault(r->err, ERR_UNSAFE, "index-path",
                     "'%.100s' is not a plain file name", name);
    path = arena_alloc(&c->arena, strlen(c->path) + strlen(name) + 2);
    memcpy(path, c->path, strlen(c->path));
    path[strlen(c->path)] = '/';
    memcpy(path + strlen(c->path) + 1, name, strlen(name));
    part = xcalloc(1, sizeof *part);
    checkpoint_init(part, path);
    while (*last)
        last = &(*last)->next;
    *last = part;
    (void)names_add(&r->files, name, strlen(name), r->file_count);
    r->opened = xrealloc(r->opened, r->file_count + 1, sizeof(*r->opened));
    r->opened[r->file_count++] = part;
    *out = part;
    if (input_open(&part->input, path, UINT64_MAX, r->err))
        return true;
    return r->err->class == ERR_IO ? fault(r->err, ERR_MALFORMED, "index-missing-shard",
                                           "'%.100s' cannot be opened", name)
                                   : false;
}

static bool
get_count(const struct value *v, uint64_t *out)
{
    if (!v || v->kind != VALUE_INT || v->integer < 0)
        return false;
    *out = (uint64_t)v->integer;
    return true;
}

static bool
read_item(struct reader *r, const struct value *index, const struct value *info,
          struct dcp_item *item)
{
    const struct value *name = attribute(index, "fqn"), *at = attribute(index, "offset");
    const struct value *file = attribute(info, "relative_path");
    struct checkpoint *holder = NULL;

    if (!name || name->kind != VALUE_TEXT || !file || file->kind != VALUE_TEXT ||
        memchr(file->text, 0, file->count) ||
        !get_count(attribute(info, "offset"), &item->offset) ||
        !get_count(attribute(info, "length"), &item->length))
        return malformed(r, "storage_data without name, file, offset or length");
    item->name = arena_strndup(&r->c->arena, (const char *)name->text, name->count);
    item->name_size = name->count;
    item->file = arena_strndup(&r->c->arena, (const char *)file->text, file->count);
    item->tensor = names_find(&r->tensors, item->name, item->name_size);
    if (at && at->kind != VALUE_NONE &&
        !rebuild_sizes(&r->tree, at, &item->at, &item->rank, r->err))
        return false;
    if (!open_file(r, item->file, &holder) || !holder)
        return false;
    if (item->offset > holder->input.size ||
        item->length > holder->input.size - item->offset)
        return fault(r->err, ERR_BOUNDS, "dcp-malformed",
                     "'%.100s' lies beyond the end of %s", item->name, item->file);
    item->data = holder->input.data + item->offset;
    return bundle_add_part(r->c, item->name, item->data, item->length,
                           holder->input.mapped, r->options, &item->part, r->err);
}

/* The chunk's next element is n further on. */
static void
advance(const struct tensor *t, uint64_t *index, uint64_t n)
{
    for (uint32_t i = t->rank; i-- > 0; n = 1) {
        index[i] += n;
        if (index[i] < t->shape[i])
            return;
        index[i] = 0;
    }
}

/* Copy one chunk, at most a row at once, to its place in the whole tensor. */
static bool
place_chunk(const struct tensor *whole, const struct dcp_item *item, uint8_t *out,
            struct error *err)
{
    const struct tensor *t = &item->part->tensors[0];
    size_t size = t->element_size, n = 0;
    uint64_t index[64] = {0};
    const uint8_t *from = NULL;
    struct stream s;

    if (!stream_begin(&s, item->part, t, err))
        return false;
    while (stream_next(&s, &from, &n))
        while (n > 0) {
            uint64_t to = 0, run = 1;

            for (uint32_t i = 0; i < t->rank; i++)
                to = to * whole->shape[i] + item->at[i] + index[i];
            if (t->rank > 0)
                run = t->shape[t->rank - 1] - index[t->rank - 1];
            if (run > n / size)
                run = n / size;
            memcpy(out + to * size, from, (size_t)run * size);
            from += run * size;
            n -= (size_t)run * size;
            advance(t, index, run);
        }
    stream_end(&s);
    return true;
}

struct assembly {
    const struct dcp *dcp;
    const struct tensor *whole; /* arena copy */
    size_t tensor;
};

static bool
assemble(const struct blob *blob, uint8_t *out, struct error *err)
{
    const struct assembly *a = blob->context;

    memset(out, 0, (size_t)blob->size);
    for (size_t i = 0; i < a->dcp->count; i++)
        if (a->dcp->items[i].tensor == a->tensor &&
            !place_chunk(a->whole, &a->dcp->items[i], out, err))
            return false;
    return true;
}

/* The archive at a chunk's place must hold that part of that tensor. */
static bool
check_chunk(struct reader *r, const struct dcp_item *item, const struct tensor *whole)
{
    const struct tensor *t;

    if (item->part->tensor_count != 1 || item->part->tensors[0].path)
        return malformed(r, "a chunk that is not one tensor");
    t = &item->part->tensors[0];
    if (t->element_size == 0 || t->dtype != whole->dtype || t->rank != whole->rank ||
        (t->rank > 0 && item->rank != t->rank))
        return malformed(r, "a chunk of another dtype or rank than its tensor");
    for (uint32_t i = 0; i < t->rank; i++)
        if (item->at[i] > whole->shape[i] || t->shape[i] > whole->shape[i] - item->at[i])
            return malformed(r, "a chunk outside of its tensor");
    return true;
}

/* Data of one tensor: its only chunk in place, or all of them assembled. */
static bool
connect_tensor(struct reader *r, size_t number, size_t chunks, uint64_t covered,
               const struct dcp_item *only)
{
    struct checkpoint *c = r->c;
    struct tensor *t = &c->tensors[number];
    struct storage *s;
    struct assembly *a;
    struct tensor *copy;

    if (covered != t->numel)
        return malformed(r, "the chunks of a tensor do not cover it");
    if (chunks == 1) {
        const struct tensor *from = &only->part->tensors[0];

        t->storage = from->storage;
        t->stride = from->stride;
        t->offset = from->offset;
        t->conj = from->conj;
        t->neg = from->neg;
        return true;
    }
    if (t->nbytes > ASSEMBLED_MAX)
        return fault(r->err, ERR_LIMIT, "resource-limit",
                     "a tensor of %" PRIu64 " octets in %zu chunks", t->nbytes, chunks);
    a = arena_alloc(&c->arena, sizeof *a);
    copy = arena_alloc(&c->arena, sizeof *copy);
    *copy = *t;
    *a = (struct assembly){r->dcp, copy, number};
    s = checkpoint_add_storage(c);
    *s = (struct storage){
        .dtype = t->dtype, .numel = t->numel, .nbytes = t->nbytes, .users = 1};
    s->blob = (struct blob){.size = t->nbytes, .fill = assemble, .context = a};
    t->storage = s;
    return true;
}

static bool
connect(struct reader *r)
{
    struct checkpoint *c = r->c;
    size_t *chunks = xcalloc(c->tensor_count + 1, sizeof *chunks);
    uint64_t *covered = xcalloc(c->tensor_count + 1, sizeof *covered);
    size_t *last = xcalloc(c->tensor_count + 1, sizeof *last);
    bool ok = true;

    for (size_t i = 0; ok && i < r->dcp->count; i++) {
        const struct dcp_item *item = &r->dcp->items[i];
        size_t n = item->tensor;

        if (n == (size_t)NAMES_ABSENT)
            continue;
        ok = check_chunk(r, item, &c->tensors[n]);
        if (ok) {
            chunks[n]++;
            covered[n] += item->part->tensors[0].numel;
            last[n] = i;
        }
    }
    for (size_t n = 0; ok && n < c->tensor_count; n++)
        ok = chunks[n] > 0
                 ? connect_tensor(r, n, chunks[n], covered[n], &r->dcp->items[last[n]])
                 : malformed(r, "a tensor without chunks");
    free(last);
    free(covered);
    free(chunks);
    return ok;
}

static int
compare_place(const void *a, const void *b)
{
    const struct dcp_item *const *x = a, *const *y = b;
    int order = strcmp((*x)->file, (*y)->file);

    if (order != 0)
        return order;
    return (*x)->offset < (*y)->offset ? -1 : (*x)->offset > (*y)->offset;
}

/* Items lie back to back: no octet of a file is hidden, none is used twice. */
static bool
check_coverage(struct reader *r)
{
    size_t n = r->dcp->count;
    const struct dcp_item **order = xcalloc(n + 1, sizeof(*order));
    uint64_t end = 0;
    bool ok = true;

    for (size_t i = 0; i < n; i++)
        order[i] = &r->dcp->items[i];
    qsort(order, n, sizeof(*order), compare_place);
    for (size_t i = 0; ok && i < n; i++) {
        bool first = i == 0 || strcmp(order[i]->file, order[i - 1]->file) != 0;
        bool last = i + 1 == n || strcmp(order[i]->file, order[i + 1]->file) != 0;
        struct checkpoint *holder = NULL;

        ok = order[i]->offset == (first ? 0 : end) ||
             malformed(r, "items overlap or leave a gap");
        end = order[i]->offset + order[i]->length;
        if (ok && last)
            ok = open_file(r, order[i]->file, &holder) && holder &&
                 (end == holder->input.size ||
                  malformed(r, "octets behind the last item of a file"));
    }
    free(order);
    return ok;
}

static bool
load(struct reader *r)
{
    struct checkpoint_pickle *p = NULL;
    const struct value *root, *map;
    struct dcp *d = r->dcp;

    if (!checkpoint_run_pickle(r->c, ".metadata", r->c->data, r->c->size, true, &p,
                               r->err) ||
        !tree_check_globals(&r->tree, p, r->err))
        return false;
    root = p->pickle.root;
    map = attribute(root, "storage_data");
    if (!class_is(root, "Metadata") || !map || map->kind != VALUE_DICT)
        return malformed(r, "not a Metadata object with storage_data");
    if (!read_tensors(r, attribute(root, "state_dict_metadata")))
        return false;
    d->metadata = p;
    d->plan = attribute(root, "planner_data");
    d->items = arena_alloc(&r->c->arena, (map->count / 2 + 1) * sizeof *d->items);
    for (size_t i = 0; i < map->count; i += 2)
        if (!read_item(r, map->items[i], map->items[i + 1], &d->items[d->count++]))
            return false;
    return check_coverage(r) && connect(r);
}

bool
dcp_load(struct checkpoint *c, const struct open_options *options, struct error *err)
{
    struct reader r = {.c = c,
                       .options = options,
                       .tree = {.c = c, .options = options},
                       .dcp = arena_alloc(&c->arena, sizeof *r.dcp),
                       .err = err};
    char *path = arena_alloc(&c->arena, strlen(c->path) + sizeof "/.metadata");
    bool ok;

    c->format = FORMAT_DCP;
    c->dcp = r.dcp;
    memcpy(path, c->path, strlen(c->path));
    memcpy(path + strlen(c->path), "/.metadata", sizeof "/.metadata" - 1);
    if (!input_open(&c->input, path, UINT64_MAX, err))
        return false;
    c->data = c->input.data;
    c->size = c->input.size;
    c->mapped = c->input.mapped;
    ok = load(&r);
    free(r.opened);
    names_clear(&r.files);
    names_clear(&r.tensors);
    return ok;
}
