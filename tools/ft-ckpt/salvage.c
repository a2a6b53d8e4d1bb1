/* salvage.c: see salvage.h. */
#include "salvage.h"

#include "common/bytes.h"
#include "common/mem.h"
#include "container/crc32.h"
#include "container/unwrap.h"
#include "fault.h"
#include "names.h"
#include "tree.h"

#include <stdlib.h>
#include <string.h>

enum { LOCAL = 30, DESCRIPTOR_FLAG = 8 };

struct found {
    const char *name; /* arena */
    uint64_t at, size;
};

struct walk {
    struct storage_source source; /* first */
    struct checkpoint *c;
    struct names names;  /* owned */
    struct found *items; /* owned */
    size_t count;
};

/*
 * A descriptor whose length is the distance to it and whose checksum is right.  The
 * sum goes on from candidate to candidate: no file makes this take quadratic time.
 */
static bool
find_descriptor(const struct checkpoint *c, uint64_t data_at, uint64_t *end)
{
    static const uint8_t magic[] = {'P', 'K', 7, 8};
    uint64_t at = data_at, summed = data_at;
    uint32_t crc = 0;

    while (at + 16 <= c->size) {
        const uint8_t *p = memchr(c->data + at, 'P', (size_t)(c->size - at - 15));

        if (!p)
            return false;
        at = (uint64_t)(p - c->data);
        if (memcmp(p, magic, 4) == 0) {
            uint64_t size = at - data_at;
            bool wide = at + 24 <= c->size && get_le64(p + 8) == size;

            if (wide || get_le32(p + 8) == size) {
                crc = crc32_update(crc, c->data + summed, at - summed);
                summed = at;
                if (crc == get_le32(p + 4)) {
                    *end = at;
                    return true;
                }
            }
        }
        at++;
    }
    return false;
}

/* The next record; false when none that is whole follows. */
static bool
next_record(struct walk *w, uint64_t *at)
{
    const struct checkpoint *c = w->c;
    const uint8_t *p = c->data + *at;
    uint64_t data_at, end;

    if (c->size - *at < LOCAL || get_le32(p) != 0x04034b50)
        return false;
    data_at = *at + LOCAL + get_le16(p + 26) + get_le16(p + 28);
    if (data_at > c->size || get_le16(p + 8) != ZIP_STORED)
        return false;
    end = data_at + get_le32(p + 18);
    if (get_le16(p + 6) & DESCRIPTOR_FLAG && get_le32(p + 18) == 0) {
        if (!find_descriptor(c, data_at, &end))
            return false;
        *at = end + 16;
        if (*at + 12 <= c->size && get_le32(c->data + *at) != 0x04034b50 &&
            get_le32(c->data + *at + 8) == 0x04034b50)
            *at += 8; /* 64-bit sizes */
    } else {
        if (end > c->size ||
            crc32_update(0, c->data + data_at, end - data_at) != get_le32(p + 14))
            return false;
        *at = end;
    }
    w->items = xrealloc(w->items, w->count + 1, sizeof *w->items);
    w->items[w->count] = (struct found){
        arena_strndup(&w->c->arena, (const char *)p + LOCAL, get_le16(p + 26)), data_at,
        end - data_at};
    (void)names_add(&w->names, w->items[w->count].name, get_le16(p + 26), w->count);
    w->count++;
    return true;
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
load(struct salvage *s, struct walk *w, struct diagnostics *d, struct error *err)
{
    struct open_options options = {.diagnostics = d, .opaque = true};
    struct tree tree = {.c = &s->c, .source = &w->source, .options = &options};
    struct checkpoint_pickle *p = NULL;
    size_t object = SIZE_MAX;
    uint64_t at = 0;
    bool ok;

    while (next_record(w, &at)) {
        const char *name = w->items[w->count - 1].name, *slash = strchr(name, '/');

        if (slash && strcmp(slash, "/data.pkl") == 0 && object == SIZE_MAX) {
            s->c.archive = arena_strndup(&s->c.arena, name, (size_t)(slash - name));
            object = w->count - 1;
        }
    }
    s->records = w->count;
    if (object == SIZE_MAX)
        return fault(err, ERR_MALFORMED, "zip-malformed",
                     "data.pkl is not whole: without it no tensor has a name");
    ok = checkpoint_run_pickle(&s->c, "data.pkl", s->c.data + w->items[object].at,
                               w->items[object].size, true, &p, err) &&
         tree_check_globals(&tree, p, err) && tree_walk(&tree, p->pickle.root, err);
    tree_clear(&tree);
    return ok;
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
    s->c.format = FORMAT_TORCH_ZIP;
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
    s->c.format = FORMAT_TORCH_ZIP;
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
