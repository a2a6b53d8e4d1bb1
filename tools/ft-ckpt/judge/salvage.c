/* salvage.c: see salvage.h. */
#include "judge/salvage.h"

#include "archive/crc32.h"
#include "archive/paging.h"
#include "archive/unwrap.h"
#include "common/bytes.h"
#include "common/mem.h"
#include "container/numpy.h"
#include "fault.h"
#include "model/names.h"
#include "model/tree.h"

#include <stdlib.h>
#include <string.h>

enum { LOCAL = 30, DESCRIPTOR_FLAG = 8, WINDOW = 1 << 20 };

struct found {
    const char *name; /* arena */
    size_t name_size;
    uint64_t at, size;
    bool whole; /* its length and checksum are right */
};

struct walk {
    struct storage_source source; /* first */
    struct checkpoint *c;
    struct names names;  /* owned */
    struct found *items; /* owned */
    size_t count;
};

/* Checksum of octets from .. to, continued; what was read is not kept in memory. */
static uint32_t
sum(const struct checkpoint *c, uint32_t crc, uint64_t from, uint64_t to)
{
    while (from < to) {
        uint64_t n = to - from < WINDOW ? to - from : WINDOW;

        crc = crc32_update(crc, c->data + from, (size_t)n);
        if (c->mapped)
            paging_forget(c->data + from, n);
        from += n;
    }
    return crc;
}

static bool
is_descriptor(const uint8_t *p, uint64_t left, uint64_t size)
{
    return get_le32(p) == 0x08074b50 &&
           ((left >= 24 && get_le64(p + 8) == size) || get_le32(p + 8) == size);
}

/*
 * A descriptor whose length is the distance to it and whose checksum is right.  The
 * sum goes on from candidate to candidate: no file makes this take quadratic time.
 */
static bool
find_descriptor(const struct checkpoint *c, uint64_t data_at, uint64_t *end)
{
    uint64_t at = data_at, summed = data_at;
    uint32_t crc = 0;

    while (at + 16 <= c->size) {
        uint64_t left = c->size - at - 15, n = left < WINDOW ? left : WINDOW;
        const uint8_t *p = memchr(c->data + at, 'P', (size_t)n);

        at = p ? (uint64_t)(p - c->data) : at + n;
        if (!p || is_descriptor(p, c->size - at, at - data_at)) {
            crc = sum(c, crc, summed, at);
            summed = at;
            if (p && crc == get_le32(p + 4)) {
                *end = at;
                return true;
            }
        }
        at += p ? 1 : 0;
    }
    return false;
}

/* The sizes of a local header, which are in its extra field when they are 0xffffffff. */
static uint64_t
stored_size(const uint8_t *p, const uint8_t *extra, size_t n)
{
    uint64_t size = get_le32(p + 18);

    for (size_t i = 0; size == 0xffffffff && i + 4 <= n;
         i += 4u + get_le16(extra + i + 2))
        if (get_le16(extra + i) == 0x0001 && i + 20 <= n)
            return get_le64(extra + i + 12);
    return size;
}

static void
add_record(struct walk *w, const struct found *found)
{
    struct found *f;

    w->items = xrealloc(w->items, w->count + 1, sizeof *w->items);
    f = &w->items[w->count];
    *f = *found;
    f->name = arena_strndup(&w->c->arena, found->name, found->name_size);
    if (f->whole)
        (void)names_add(&w->names, f->name, f->name_size, w->count);
    w->count++;
}

/* Behind a descriptor of 32-bit sizes, or of 64-bit ones. */
static uint64_t
after_descriptor(const struct checkpoint *c, uint64_t at)
{
    if (at + 28 <= c->size && get_le32(c->data + at + 16) != 0x04034b50 &&
        get_le32(c->data + at + 24) == 0x04034b50)
        return at + 24;
    return at + 16;
}

/* Where the record ends and whether it is whole; false: nothing can follow. */
static bool
measure(const struct checkpoint *c, const uint8_t *p, struct found *f, uint64_t *next)
{
    bool stored = get_le16(p + 8) == ZIP_STORED;
    uint64_t size =
        stored_size(p, p + LOCAL + get_le16(p + 26), (size_t)get_le16(p + 28));
    uint64_t end;

    if (get_le16(p + 6) & DESCRIPTOR_FLAG && size == 0) {
        if (!stored || !find_descriptor(c, f->at, &end))
            return false;
        f->whole = true;
        *next = after_descriptor(c, end);
    } else {
        if (size > c->size - f->at)
            return false;
        end = *next = f->at + size;
        f->whole = stored && sum(c, 0, f->at, end) == get_le32(p + 14);
    }
    f->size = end - f->at;
    return true;
}

/* The next record, whole or not; false when it was the last. */
static bool
next_record(struct walk *w, uint64_t *at)
{
    const struct checkpoint *c = w->c;
    const uint8_t *p = c->data + *at;
    struct found f = {0};
    bool more;

    if (c->size - *at < LOCAL || get_le32(p) != 0x04034b50)
        return false;
    f.name = (const char *)p + LOCAL;
    f.name_size = get_le16(p + 26);
    f.at = *at + LOCAL + f.name_size + get_le16(p + 28);
    if (f.at > c->size)
        return false;
    more = measure(c, p, &f, at);
    add_record(w, &f);
    return more;
}

/* A storage that is lost stays empty; its tensors are known all the same. */
static bool
find_storage(struct storage_source *source, struct storage *s, struct error *err)
{
    struct walk *w = (struct walk *)source;
    char *name = xasprintf("%s/data/%s", w->c->archive, s->key);
    size_t i = names_find(&w->names, name, strlen(name));

    free(name);
    if (__builtin_mul_overflow(s->numel, (uint64_t)dtype_size(s->dtype), &s->nbytes))
        return fault(err, ERR_BOUNDS, "storage-size", "storage '%s': the size overflows",
                     s->key);
    if (i != (size_t)NAMES_ABSENT && w->items[i].size >= s->nbytes)
        s->blob = (struct blob){.data = w->c->data + w->items[i].at,
                                .size = w->items[i].size,
                                .mapped = w->c->mapped};
    return true;
}

static bool
is_array(const struct found *f)
{
    return f->name_size >= 4 && memcmp(f->name + f->name_size - 4, ".npy", 4) == 0;
}

static bool
load_torch(struct salvage *s, struct walk *w, const struct found *object,
           const struct open_options *options, struct error *err)
{
    struct tree tree = {.c = &s->c, .source = &w->source, .options = options};
    struct checkpoint_pickle *p = NULL;
    bool ok;

    s->c.format = FORMAT_TORCH_ZIP;
    s->c.archive = arena_strndup(&s->c.arena, object->name,
                                 (size_t)(strchr(object->name, '/') - object->name));
    ok = checkpoint_run_pickle(&s->c, "data.pkl", s->c.data + object->at, object->size,
                               true, &p, err) &&
         tree_check_globals(&tree, p, err) && tree_walk(&tree, p->pickle.root, err);
    tree_clear(&tree);
    return ok;
}

/* Arrays stand for themselves; of one that is not whole only the name is known. */
static bool
load_arrays(struct salvage *s, const struct walk *w, const struct open_options *options,
            struct error *err)
{
    s->c.format = FORMAT_NPZ;
    for (size_t i = 0; i < w->count; i++) {
        const struct found *f = &w->items[i];
        size_t n = f->name_size >= 4 ? f->name_size - 4 : 0;

        if (f->whole && is_array(f)) {
            if (!numpy_add_array(&s->c, f->name, n, s->c.data + f->at, f->size,
                                 s->c.mapped, options, err))
                return false;
        } else if (is_array(f)) {
            (void)checkpoint_add_tensor(&s->c, path_text(&s->c, NULL, f->name, n));
        }
    }
    return true;
}

static bool
load(struct salvage *s, struct walk *w, struct diagnostics *d, struct error *err)
{
    struct open_options options = {.diagnostics = d, .opaque = true};
    const struct found *object = NULL;
    bool arrays = false;
    uint64_t at = 0;

    while (next_record(w, &at))
        ;
    s->complete = s->c.size - at >= 4 && get_le32(s->c.data + at) == 0x02014b50;
    for (size_t i = 0; i < w->count; i++) {
        const struct found *f = &w->items[i];
        const char *slash = strchr(f->name, '/');

        s->records += f->whole;
        arrays |= is_array(f);
        if (!object && f->whole && slash && strcmp(slash, "/data.pkl") == 0)
            object = f;
    }
    if (object)
        return load_torch(s, w, object, &options, err);
    if (arrays)
        return load_arrays(s, w, &options, err);
    return fault(err, ERR_MALFORMED, "zip-malformed",
                 "data.pkl is not whole: without it no tensor has a name");
}

static bool
sort_out(struct salvage *s, struct diagnostics *d, struct error *err)
{
    struct walk w = {.source = {.find = find_storage}, .c = &s->c};
    bool ok = load(s, &w, d, err);

    s->intact = xcalloc(s->c.tensor_count + 1, sizeof *s->intact);
    for (size_t i = 0; ok && i < s->c.tensor_count; i++) {
        const struct tensor *t = &s->c.tensors[i];

        s->intact[i] = !t->composite && !t->meta && t->storage &&
                       (t->storage->blob.data || t->nbytes == 0);
        s->kept += s->intact[i];
        s->lost += !s->intact[i] && !t->composite && !t->meta;
    }
    names_clear(&w.names);
    free(w.items);
    return ok;
}

bool
salvage_octets(struct salvage *s, const uint8_t *data, uint64_t size,
               struct diagnostics *d, struct error *err)
{
    *s = (struct salvage){0};
    checkpoint_init(&s->c, "-");
    s->c.data = data;
    s->c.size = size;
    return sort_out(s, d, err);
}

bool
salvage_file(struct salvage *s, const char *path, struct diagnostics *d,
             struct error *err)
{
    *s = (struct salvage){0};
    checkpoint_init(&s->c, path);
    if (!unwrap_open(&s->c.input, path, err))
        return false;
    s->c.data = s->c.input.data;
    s->c.size = s->c.input.size;
    s->c.mapped = s->c.input.mapped;
    return sort_out(s, d, err) || error_in(err, path);
}

void
salvage_clear(struct salvage *s)
{
    free(s->intact);
    checkpoint_close(&s->c);
}
