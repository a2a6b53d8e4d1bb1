/* rebuild_storage.c: persistent ids: storages, views of storages, numbered tensors. */
#include "model/rebuild.h"

#include "fault.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    enum dtype dtype;
} storage_types[] = {
    {"BoolStorage", DTYPE_BOOL},
    {"ByteStorage", DTYPE_UINT8},
    {"CharStorage", DTYPE_INT8},
    {"ShortStorage", DTYPE_INT16},
    {"IntStorage", DTYPE_INT32},
    {"LongStorage", DTYPE_INT64},
    {"HalfStorage", DTYPE_FLOAT16},
    {"BFloat16Storage", DTYPE_BFLOAT16},
    {"FloatStorage", DTYPE_FLOAT32},
    {"DoubleStorage", DTYPE_FLOAT64},
    {"ComplexFloatStorage", DTYPE_COMPLEX64},
    {"ComplexDoubleStorage", DTYPE_COMPLEX128},
    {"QInt8Storage", DTYPE_QINT8},
    {"QUInt8Storage", DTYPE_QUINT8},
    {"QInt32Storage", DTYPE_QINT32},
    {"QUInt4x2Storage", DTYPE_QUINT4X2},
    {"QUInt2x4Storage", DTYPE_QUINT2X4},
    {"UntypedStorage", DTYPE_UINT8},
    {"_UntypedStorage", DTYPE_UINT8},
};

bool
rebuild_storage_type(const struct global *g, struct storage *s, struct error *err)
{
    static const char *const modules[] = {"torch", "torch.storage", "torch.cuda"};
    bool known = false;

    for (size_t i = 0; i < COUNT_OF(modules); i++)
        known |= strlen(modules[i]) == g->module_size &&
                 memcmp(modules[i], g->name, g->module_size) == 0;
    s->type = g->name + g->module_size + 1;
    for (size_t i = 0; known && i < COUNT_OF(storage_types); i++)
        if (strcmp(storage_types[i].name, s->type) == 0) {
            s->dtype = storage_types[i].dtype;
            s->untyped = strstr(s->type, "Untyped") != NULL;
            return true;
        }
    return fault(err, ERR_UNSUPPORTED, "dtype-unknown", "%s is no storage type", g->name);
}

static bool
bad_id(struct error *err, const char *what)
{
    return fault(err, ERR_MALFORMED, "persid-invalid", "persistent id: %s", what);
}

/* ('storage', type, key, location, numel[, view]) */
bool
rebuild_parse_id(const struct value *id, struct storage *s, struct error *err)
{
    const struct value *key, *numel;

    if (id->kind != VALUE_TUPLE)
        return fault(err, ERR_MALFORMED, "pickle-malformed",
                     "a persistent id that is no tuple");
    if (id->count != 5 && id->count != 6)
        return bad_id(err, "not a tuple of five");
    if (!value_is_text(id->items[0], "storage", 7))
        return bad_id(err, "not of a storage");
    if (id->items[1]->kind != VALUE_GLOBAL)
        return bad_id(err, "the storage type is not a global");
    key = id->items[2];
    if (key->kind != VALUE_TEXT)
        return bad_id(err, "the key is not text");
    if (key->count == 0 || key->count > 200 || memchr(key->text, 0, key->count) ||
        memchr(key->text, '/', key->count) || memchr(key->text, '\\', key->count))
        return bad_id(err, "the key is empty or holds a path");
    if (id->items[3]->kind != VALUE_TEXT || id->items[3]->count > 100 ||
        memchr(id->items[3]->text, 0, id->items[3]->count))
        return bad_id(err, "the location is not text");
    numel = id->items[4];
    if (numel->kind != VALUE_INT || numel->integer < 0)
        return fault(err, ERR_BOUNDS, "storage-size",
                     "persistent id: the size is not a count");
    s->numel = (uint64_t)numel->integer;
    if (!rebuild_storage_type(id->items[1]->global, s, err))
        return false;
    s->key_size = key->count;
    return true;
}

/* uint8 bytes and untyped bytes are the same; torch writes both for one key. */
static bool
same_storage(const struct storage *a, const struct storage *b, struct error *err)
{
    if (a->dtype != b->dtype)
        return fault(err, ERR_MALFORMED, "storage-dtype-conflict",
                     "storage '%s' is named as %s and as %s", a->key, a->type, b->type);
    if (a->numel != b->numel)
        return fault(err, ERR_MALFORMED, "storage-size",
                     "storage '%s' is said to have %" PRIu64 " and %" PRIu64 " elements",
                     a->key, a->numel, b->numel);
    return true;
}

static bool
find_storage(struct tree *t, const struct value *id, struct storage **out,
             struct error *err)
{
    struct storage wanted = {0}, *s;
    const struct value *key;
    size_t number;

    if (!t->source || !t->source->find)
        return bad_id(err, "this format has no storages");
    if (!rebuild_parse_id(id, &wanted, err))
        return false;
    key = id->items[2];
    number = names_find(&t->keys, (const char *)key->text, key->count);
    if (number != (size_t)NAMES_ABSENT) {
        *out = t->c->storages[number];
        return same_storage(*out, &wanted, err);
    }
    s = checkpoint_add_storage(t->c);
    *s = wanted;
    s->key = arena_strndup(&t->c->arena, (const char *)key->text, key->count);
    s->location = arena_strndup(&t->c->arena, (const char *)id->items[3]->text,
                                id->items[3]->count);
    s->big_endian = t->big_endian;
    (void)names_add(&t->keys, s->key, s->key_size, t->c->storage_count - 1);
    *out = s;
    return t->source->find(t->source, s, err);
}

/* A view of a storage, as torch before 0.4 wrote: (key, offset, size). */
static bool
find_view(struct tree *t, const struct value *view, struct storage *root,
          struct storage **out, struct error *err)
{
    struct storage *s;
    uint64_t at, size, end;

    assert(root);
    if (view->kind != VALUE_TUPLE || view->count != 3 ||
        view->items[0]->kind != VALUE_TEXT || view->items[0]->count > 200 ||
        view->items[1]->kind != VALUE_INT || view->items[2]->kind != VALUE_INT)
        return bad_id(err, "the view is not a tuple of key, offset and size");
    at = (uint64_t)view->items[1]->integer;
    size = (uint64_t)view->items[2]->integer;
    if (view->items[1]->integer < 0 || view->items[2]->integer < 0 ||
        __builtin_add_overflow(at, size, &end) || end > root->numel)
        return fault(err, ERR_BOUNDS, "tensor-bounds",
                     "a storage view reaches beyond its root");
    s = checkpoint_add_storage(t->c);
    *s = *root;
    s->key = arena_strndup(&t->c->arena, (const char *)view->items[0]->text,
                           view->items[0]->count);
    s->key_size = view->items[0]->count;
    s->numel = size;
    s->nbytes = size * dtype_size(root->dtype);
    s->root = root;
    s->root_at = at * dtype_size(root->dtype);
    *out = s;
    return true;
}

bool
rebuild_storage(struct tree *t, const struct value *v, struct storage **out,
                struct error *err)
{
    const struct value *id;
    struct storage *found = NULL;

    if (v->kind != VALUE_PERSISTENT)
        return bad_id(err, "a storage is no persistent id");
    id = v->items[0];
    if (!find_storage(t, id, &found, err))
        return false;
    if (id->count == 6 && id->items[5]->kind != VALUE_NONE &&
        !find_view(t, id->items[5], found, &found, err))
        return false;
    if (out)
        *out = found;
    return true;
}

bool
rebuild_numbered(struct tree *tree, const struct value *v, const struct path *path,
                 bool *is_tensor, struct error *err)
{
    const struct value *id = v->items[0];
    char key[24];
    size_t n, number;
    struct tensor *t, named;

    if (!tree->tensors || id->kind != VALUE_INT)
        return true;
    n = (size_t)snprintf(key, sizeof key, "%" PRId64, id->integer);
    number = names_find(&tree->tensors->keys, key, n);
    if (number == (size_t)NAMES_ABSENT)
        return bad_id(err, "no tensor of that number");
    t = checkpoint_add_tensor(tree->c, path);
    named = *t;
    *t = tree->tensors->tensors[number];
    t->path = named.path;
    t->name = named.name;
    t->name_size = named.name_size;
    t->storage->users++;
    *is_tensor = true;
    return tensor_measure(t, err);
}
