/*
 * legacy.c: see legacy.h.
 *
 * Five pickles: magic number, protocol 1001, sys_info, the object, the list of
 * storage keys; then for each key i64 numel and its octets, little-endian, with no
 * padding (torch/serialization.py _legacy_save, THPStorage_writeFileRaw).
 */
#include "container/legacy.h"

#include "common/bytes.h"
#include "container/raw.h"
#include "fault.h"
#include "model/tree.h"

#include <inttypes.h>
#include <string.h>

/* 0x1950a86a20f9469cfc6c, little-endian */
static const uint8_t magic[10] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9,
                                  0x20, 0x6a, 0xa8, 0x50, 0x19};
enum { MAGIC_PICKLE_MAX = 64 };
enum { PROTOCOL = 1001 };

/* A stream of pickles whose first is an integer too large for anything else. */
bool
legacy_is(const uint8_t *data, uint64_t size)
{
    struct error ignored = {0};
    struct pickle p;
    bool found;

    if (size < 15 || data[0] != 0x80)
        return false;
    found =
        pickle_run(&p, data, size < MAGIC_PICKLE_MAX ? (size_t)size : MAGIC_PICKLE_MAX,
                   PICKLE_STRICT, &ignored) &&
        p.root->kind == VALUE_BIGINT && p.size < size && data[p.size] == 0x80;
    pickle_clear(&p);
    return found;
}

struct reader {
    struct checkpoint *c;
    const struct open_options *options;
    struct tree tree;
    uint64_t at;
    struct error *err;
};

/* The octets follow the keys, far behind this pickle; here only sizes are checked. */
static bool
declare(struct storage_source *source, struct storage *s, struct error *err)
{
    (void)source;
    if (__builtin_mul_overflow(s->numel, (uint64_t)dtype_size(s->dtype), &s->nbytes))
        return fault(err, ERR_BOUNDS, "storage-size", "storage '%s': the size overflows",
                     s->key);
    s->blob.size = s->nbytes;
    return true;
}

static bool
next_pickle(struct reader *r, const char *name, struct checkpoint_pickle **out)
{
    struct checkpoint *c = r->c;

    if (!checkpoint_run_pickle(c, name, c->data + r->at, c->size - r->at, false, out,
                               r->err))
        return error_at(r->err, "%s at byte %" PRIu64, name, r->at);
    r->at += (*out)->size;
    return tree_check_globals(&r->tree, *out, r->err);
}

static bool
read_preamble(struct reader *r)
{
    struct checkpoint_pickle *p = NULL;
    const struct value *version, *little;

    if (!next_pickle(r, "magic", &p))
        return false;
    if (p->pickle.root->kind != VALUE_BIGINT || p->pickle.root->count != sizeof magic ||
        memcmp(p->pickle.root->text, magic, sizeof magic) != 0)
        return fault(r->err, ERR_MALFORMED, "legacy-magic",
                     "a stream of pickles whose first is not torch's magic number");
    if (!next_pickle(r, "protocol", &p))
        return false;
    if (p->pickle.root->kind != VALUE_INT || p->pickle.root->integer != PROTOCOL)
        return fault(r->err, ERR_VERSION, "legacy-protocol",
                     "the protocol is not %d, the only one there is", PROTOCOL);
    if (!next_pickle(r, "sys_info", &p))
        return false;
    version = value_get(p->pickle.root, "protocol_version");
    little = value_get(p->pickle.root, "little_endian");
    if (!version || version->kind != VALUE_INT || version->integer != PROTOCOL ||
        !little || little->kind != VALUE_BOOL)
        return fault(r->err, ERR_MALFORMED, "legacy-protocol",
                     "sys_info lacks protocol_version or little_endian");
    r->c->sys_info = p->pickle.root;
    return true;
}

/* numel and octets of one storage. */
static bool
read_storage(struct reader *r, struct storage *s)
{
    uint64_t left = r->c->size - r->at, numel;

    if (left < 8)
        return fault(r->err, ERR_MALFORMED, "legacy-truncated",
                     "the file ends before storage '%s'", s->key);
    numel = get_le64(r->c->data + r->at);
    if (numel != s->numel)
        return fault(r->err, ERR_BOUNDS, "storage-size",
                     "storage '%s' has %" PRId64 " elements, %" PRIu64 " are declared",
                     s->key, (int64_t)numel, s->numel);
    if (s->nbytes > left - 8)
        return fault(r->err, ERR_MALFORMED, "legacy-truncated",
                     "storage '%s' needs %" PRIu64 " octets, %" PRIu64 " remain", s->key,
                     s->nbytes, left - 8);
    s->blob = (struct blob){
        .data = r->c->data + r->at + 8, .size = s->nbytes, .mapped = r->c->mapped};
    r->at += 8 + s->nbytes;
    return true;
}

static bool
read_storages(struct reader *r, const struct value *keys)
{
    struct checkpoint *c = r->c;

    if (keys->kind != VALUE_LIST)
        return fault(r->err, ERR_MALFORMED, "storage-missing",
                     "the storage keys are not a list");
    for (size_t i = 0; i < keys->count; i++) {
        const struct value *key = keys->items[i];
        size_t number = (size_t)NAMES_ABSENT;

        if (key->kind == VALUE_TEXT)
            number = names_find(&r->tree.keys, (const char *)key->text, key->count);
        if (number == (size_t)NAMES_ABSENT)
            return fault(r->err, ERR_MALFORMED, "storage-missing",
                         "storage key %zu names no storage of the object", i);
        if (c->storages[number]->blob.data)
            return fault(r->err, ERR_MALFORMED, "storage-missing",
                         "storage '%s' is listed twice", c->storages[number]->key);
        if (!read_storage(r, c->storages[number]))
            return error_at_byte(r->err, r->at);
    }
    return true;
}

/* Every storage has got its octets; views get theirs from the root. */
static bool
finish(struct reader *r)
{
    struct checkpoint *c = r->c;

    for (size_t i = 0; i < c->storage_count; i++) {
        struct storage *s = c->storages[i];

        if (s->root) {
            s->blob = s->root->blob;
            s->blob.size = s->nbytes;
            if (s->blob.data)
                s->blob.data += s->root_at;
        }
        if (!s->blob.data)
            return fault(r->err, ERR_MALFORMED, "storage-missing",
                         "storage '%s' has no data in the file", s->key);
    }
    if (r->at == c->size)
        return true;
    (void)fault(r->err, ERR_MALFORMED, "trailing-data",
                "%" PRIu64 " octets behind the last storage", c->size - r->at);
    return error_at_byte(r->err, r->at);
}

bool
legacy_load(struct checkpoint *c, const struct open_options *options, struct error *err)
{
    struct storage_source source = {.find = declare};
    struct reader r = {.c = c,
                       .options = options,
                       .tree = {.c = c, .source = &source, .options = options},
                       .err = err};
    struct checkpoint_pickle *object = NULL, *keys = NULL;
    bool ok;

    c->format = FORMAT_TORCH_LEGACY;
    ok = read_preamble(&r) && next_pickle(&r, "object", &object) &&
         tree_walk(&r.tree, object->pickle.root, err) && next_pickle(&r, "keys", &keys) &&
         read_storages(&r, keys->pickle.root) && finish(&r);
    tree_clear(&r.tree);
    return ok;
}
