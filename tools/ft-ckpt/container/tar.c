/*
 * tar.c: see tar.h (torch/serialization.py, legacy_load).
 *
 * Members: sys_info; storages: a count, then for each a pickle (key, location, type),
 * i64 numel and octets, then a list of views; tensors: a count, then for each a pickle
 * (key, storage key, type), i32 rank, 4 octets of padding, i64 sizes, strides and
 * offset; pickle: the object, whose persistent ids are tensor keys.
 */
#include "container/tar.h"

#include "common/bytes.h"
#include "fault.h"
#include "model/rebuild.h"
#include "model/tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 512, COUNT_MAX = 1 << 20 };

struct section {
    const uint8_t *data;
    uint64_t size, at;
};

struct reader {
    struct checkpoint *c;
    const struct open_options *options;
    struct section sys_info, pickle, tensors, storages;
    struct tree tree; /* for the globals of each pickle */
    struct tensor_source source;
    struct error *err;
};

static bool
malformed(struct reader *r, const char *what)
{
    return fault(r->err, ERR_MALFORMED, "tar-malformed", "%s", what);
}

bool
tar_is(const uint8_t *data, uint64_t size)
{
    return size >= 2 * BLOCK && memcmp(data + 257, "ustar", 5) == 0;
}

bool
tar_is_torch(const uint8_t *data)
{
    static const char *const names[] = {"sys_info", "pickle", "tensors", "storages"};
    const char *first = (const char *)data;

    if (strncmp(first, "./", 2) == 0)
        first += 2;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strncmp(first, names[i], strlen(names[i]) + 1) == 0)
            return true;
    return false;
}

static bool
octal(const uint8_t *p, size_t n, uint64_t *out)
{
    size_t i = 0;

    *out = 0;
    while (i < n && p[i] == ' ')
        i++;
    if (i == n || p[i] < '0' || p[i] > '7')
        return false;
    for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
        *out = *out << 3 | (uint64_t)(p[i] - '0');
    return i == n || p[i] == ' ' || p[i] == '\0';
}

static bool
header_sum_ok(const uint8_t *p)
{
    uint64_t said, sum = 8 * ' ';

    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= 148 && i < 156 ? 0u : p[i];
    return octal(p + 148, 8, &said) && said == sum;
}

static struct section *
section_of(struct reader *r, const char *name)
{
    if (strcmp(name, "sys_info") == 0)
        return &r->sys_info;
    if (strcmp(name, "pickle") == 0)
        return &r->pickle;
    if (strcmp(name, "tensors") == 0)
        return &r->tensors;
    return strcmp(name, "storages") == 0 ? &r->storages : NULL;
}

/* The four members of the archive; anything else is refused. */
static bool
read_archive(struct reader *r)
{
    const struct checkpoint *c = r->c;
    uint64_t at = 0, size;

    while (at + BLOCK <= c->size && c->data[at] != 0) {
        const uint8_t *p = c->data + at;
        char name[101] = {0};
        struct section *s;

        memcpy(name, p, 100);
        if (!header_sum_ok(p) || !octal(p + 124, 12, &size))
            return malformed(r, "a tar header with a wrong checksum");
        if (size > c->size - at - BLOCK)
            return malformed(r, "a tar member reaches beyond the file");
        s = section_of(r, strncmp(name, "./", 2) == 0 ? name + 2 : name);
        if ((p[156] != '0' && p[156] != 0) || !s || s->data)
            return malformed(r, "a tar member torch does not write, or one twice");
        *s = (struct section){p + BLOCK, size, 0};
        at += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
    }
    for (; at < c->size; at++)
        if (c->data[at] != 0)
            return malformed(r, "octets behind the last tar member");
    if (!r->sys_info.data || !r->pickle.data || !r->tensors.data || !r->storages.data)
        return malformed(r, "sys_info, pickle, tensors or storages is missing");
    return true;
}

static bool
next_pickle(struct reader *r, struct section *s, const char *name,
            struct checkpoint_pickle **out)
{
    if (!checkpoint_run_pickle(r->c, name, s->data + s->at, s->size - s->at, false, out,
                               r->err))
        return false;
    s->at += (*out)->size;
    return tree_check_globals(&r->tree, *out, r->err);
}

static bool
next_count(struct reader *r, struct section *s, const char *name, uint64_t *out)
{
    struct checkpoint_pickle *p = NULL;

    if (!next_pickle(r, s, name, &p))
        return false;
    if (p->pickle.root->kind != VALUE_INT || p->pickle.root->integer < 0 ||
        p->pickle.root->integer > COUNT_MAX)
        return malformed(r, "a count that is none");
    *out = (uint64_t)p->pickle.root->integer;
    return true;
}

/* An integer key as text, which the tables use. */
static const char *
key_text(struct reader *r, const struct value *v, size_t *size)
{
    char text[24];

    if (v->kind != VALUE_INT)
        return NULL;
    *size = (size_t)snprintf(text, sizeof text, "%" PRId64, v->integer);
    return arena_strndup(&r->c->arena, text, *size);
}

static bool
read_storage(struct reader *r)
{
    struct section *sec = &r->storages;
    struct checkpoint_pickle *p = NULL;
    struct storage *s;
    const struct value *v;
    uint64_t size;

    if (!next_pickle(r, sec, "storage", &p))
        return false;
    v = p->pickle.root;
    if (v->kind != VALUE_TUPLE || v->count != 3 || v->items[1]->kind != VALUE_TEXT ||
        v->items[2]->kind != VALUE_GLOBAL)
        return malformed(r, "a storage is not (key, location, type)");
    s = checkpoint_add_storage(r->c);
    s->key = key_text(r, v->items[0], &s->key_size);
    s->key_is_number = true;
    s->location =
        arena_strndup(&r->c->arena, (const char *)v->items[1]->text, v->items[1]->count);
    if (!s->key ||
        !names_add(&r->tree.keys, s->key, s->key_size, r->c->storage_count - 1))
        return malformed(r, "a storage key that is no number, or appears twice");
    if (!rebuild_storage_type(v->items[2]->global, s, r->err))
        return false;
    if (sec->size - sec->at < 8)
        return malformed(r, "the storages are cut off");
    s->numel = get_le64(sec->data + sec->at);
    sec->at += 8;
    if (__builtin_mul_overflow(s->numel, (uint64_t)dtype_size(s->dtype), &size) ||
        size > sec->size - sec->at)
        return fault(r->err, ERR_BOUNDS, "storage-size",
                     "storage '%s' reaches beyond its member", s->key);
    s->nbytes = size;
    s->blob =
        (struct blob){.data = sec->data + sec->at, .size = size, .mapped = r->c->mapped};
    sec->at += size;
    return true;
}

static bool
read_storages(struct reader *r)
{
    struct checkpoint_pickle *views = NULL;
    uint64_t count = 0;

    if (!next_count(r, &r->storages, "storages", &count))
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (!read_storage(r))
            return false;
    if (!next_pickle(r, &r->storages, "storage views", &views))
        return false;
    if (views->pickle.root->kind != VALUE_LIST || views->pickle.root->count > 0)
        return fault(r->err, ERR_UNSUPPORTED, "tar-malformed",
                     "storage views in a tar checkpoint");
    return r->storages.at == r->storages.size ||
           malformed(r, "octets behind the storages");
}

static bool
read_layout(struct reader *r, struct tensor *t)
{
    struct section *sec = &r->tensors;
    uint64_t rank, need, *sizes;

    if (sec->size - sec->at < 8)
        return malformed(r, "the tensors are cut off");
    rank = get_le32(sec->data + sec->at);
    sec->at += 8;
    need = 8 * (2 * rank + 1);
    if (rank > 64 || sec->size - sec->at < need)
        return malformed(r, "a tensor with too many dimensions");
    sizes = arena_alloc(&r->c->arena, (size_t)need);
    for (uint64_t i = 0; i < 2 * rank + 1; i++, sec->at += 8) {
        sizes[i] = get_le64(sec->data + sec->at);
        if (sizes[i] > INT64_MAX)
            return fault(r->err, ERR_BOUNDS, "tensor-bounds", "a negative size");
    }
    t->rank = (uint32_t)rank;
    t->shape = sizes;
    t->stride = sizes + rank;
    t->offset = sizes[2 * rank];
    return true;
}

/* Tensors wait in the source's table until the object names them. */
static bool
read_tensor(struct reader *r, struct tensor *t)
{
    struct checkpoint_pickle *p = NULL;
    const struct value *v;
    const char *key;
    size_t n = 0, number;

    if (!next_pickle(r, &r->tensors, "tensor", &p))
        return false;
    v = p->pickle.root;
    if (v->kind != VALUE_TUPLE || v->count != 3 || v->items[2]->kind != VALUE_GLOBAL)
        return malformed(r, "a tensor is not (key, storage key, type)");
    key = key_text(r, v->items[1], &n);
    number = key ? names_find(&r->tree.keys, key, n) : (size_t)NAMES_ABSENT;
    if (number == (size_t)NAMES_ABSENT)
        return fault(r->err, ERR_MALFORMED, "storage-missing",
                     "a tensor of a storage that is not there");
    t->storage = r->c->storages[number];
    t->dtype = t->storage->dtype;
    t->device = t->storage->location;
    t->layout = "strided";
    t->coalesced = -1;
    key = key_text(r, v->items[0], &n);
    if (!key || !names_add(&r->source.keys, key, n, (size_t)(t - r->source.tensors)))
        return malformed(r, "a tensor key that is no number, or appears twice");
    return read_layout(r, t);
}

static bool
read_tensors(struct reader *r)
{
    uint64_t count = 0;

    if (!next_count(r, &r->tensors, "tensors", &count))
        return false;
    r->source.tensors =
        arena_alloc(&r->c->arena, (size_t)(count + 1) * sizeof *r->source.tensors);
    for (uint64_t i = 0; i < count; i++)
        if (!read_tensor(r, &r->source.tensors[i]))
            return false;
    return r->tensors.at == r->tensors.size || malformed(r, "octets behind the tensors");
}

static bool
load(struct reader *r)
{
    struct checkpoint_pickle *p = NULL;

    if (!read_archive(r) || !next_pickle(r, &r->sys_info, "sys_info", &p) ||
        !read_storages(r) || !read_tensors(r))
        return false;
    r->tree.tensors = &r->source;
    if (!next_pickle(r, &r->pickle, "pickle", &p))
        return false;
    if (r->pickle.at != r->pickle.size)
        return malformed(r, "octets behind the object");
    if (!tree_walk(&r->tree, p->pickle.root, r->err))
        return false;
    r->c->leaf_count = 0; /* listings of this format name tensors only */
    return true;
}

bool
tar_load(struct checkpoint *c, const struct open_options *options, struct error *err)
{
    struct reader r = {
        .c = c, .options = options, .tree = {.c = c, .options = options}, .err = err};
    bool ok;

    c->format = FORMAT_TORCH_TAR;
    ok = load(&r);
    tree_clear(&r.tree);
    names_clear(&r.source.keys);
    return ok;
}
