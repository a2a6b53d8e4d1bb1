/* scan.c: see scan.h. */
#include "judge/scan.h"

#include "archive/inflate.h"
#include "common/bytes.h"
#include "common/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PICKLES_MAX = 1 << 16, MEMBER_MAX = 256 << 20 };

const char *
scan_verdict_name(enum scan_verdict v)
{
    static const char *const names[] = {
        [SCAN_CLEAN] = "clean",
        [SCAN_OPAQUE] = "unknown-globals",
        [SCAN_TORCHSCRIPT] = "torchscript",
        [SCAN_UNSAFE] = "unsafe",
        [SCAN_MALFORMED] = "malformed",
    };

    return names[v];
}

static void
add(struct scan *s, const char *member, uint64_t at, const struct global *g, bool script)
{
    struct scan_finding *f;

    if (s->count == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 16;
        s->findings = xrealloc(s->findings, s->capacity, sizeof *s->findings);
    }
    f = &s->findings[s->count++];
    *f = (struct scan_finding){.member = arena_strndup(&s->arena, member, strlen(member)),
                               .global = arena_strndup(&s->arena, g->name, g->size),
                               .opcode = g->opcode,
                               .at = at + g->at};
    f->verdict =
        script && policy_is_torchscript(g) ? VERDICT_ALLOWED : policy_judge(g, &f->why);
}

/*
 * Pickles one behind the other, until something is no pickle.  Each must stand for
 * itself: one that names no global and does not end is other data.
 */
static void
scan_stream(struct scan *s, const char *member, const uint8_t *data, uint64_t size,
            bool script)
{
    uint64_t at = 0;

    for (int n = 0; n < PICKLES_MAX && at < size; n++) {
        struct error ignored = {0};
        struct pickle p;
        bool whole =
            pickle_run(&p, data + at, (size_t)(size - at), PICKLE_LENIENT, &ignored);

        for (const struct global *g = p.globals; g; g = g->next)
            add(s, member, at, g, script);
        at += p.size;
        pickle_clear(&p);
        if (!whole)
            return;
    }
}

/* Could this member be unpickled by someone? */
static bool
is_candidate(const struct zip_entry *e, const uint8_t *data)
{
    static const char *const endings[] = {".pkl", ".dill", ".pickle", ".p"};

    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        size_t n = strlen(endings[i]);

        if (e->name_size > n && strcasecmp(e->name + e->name_size - n, endings[i]) == 0)
            return true;
    }
    return e->size >= 2 && data[0] == 0x80 && data[1] <= 5;
}

static void
scan_members(struct scan *s, const struct zip *z, bool script)
{
    for (size_t i = 0; i < z->count; i++) {
        const struct zip_entry *e = &z->entries[i];
        struct error ignored = {0};
        struct buf space = {0};
        const uint8_t *data = NULL;

        /* tensor records are stored; their first octets tell */
        if (e->size <= MEMBER_MAX &&
            zip_content(z, e, e->size, &space, &data, &ignored) && is_candidate(e, data))
            scan_stream(s, e->name, data, e->size, script);
        buf_clear(&space);
    }
}

/*
 * An archive whose views differ: some reader takes each local header by itself, so
 * every one of them counts.
 */
static void
scan_local_headers(struct scan *s, const uint8_t *data, uint64_t size)
{
    enum { HEADER = 30 };

    for (uint64_t at = 0; at + HEADER < size; at++) {
        const uint8_t *p = data + at;
        struct zip_entry e = {0};
        struct error ignored = {0};
        struct buf space = {0};
        uint64_t start, stored;

        if (get_le32(p) != 0x04034b50)
            continue;
        start = at + HEADER + get_le16(p + 26) + get_le16(p + 28);
        stored = get_le32(p + 18);
        if (start >= size)
            continue;
        e.name = arena_strndup(&s->arena, (const char *)p + HEADER, get_le16(p + 26));
        e.name_size = get_le16(p + 26);
        e.size = get_le32(p + 22);
        if (get_le16(p + 8) == ZIP_STORED && is_candidate(&e, data + start))
            scan_stream(s, e.name, data + start, size - start, false);
        else if (get_le16(p + 8) == ZIP_DEFLATED && stored <= size - start &&
                 e.size <= MEMBER_MAX &&
                 inflate_prefix(data + start, stored, e.size, e.size, &space, &ignored))
            scan_stream(s, e.name, space.data, space.size, false);
        buf_clear(&space);
    }
}

static void
judge(struct scan *s, const struct checkpoint *c)
{
    const struct error *r = &s->refusal;
    bool opaque = false, unsafe = r->class == ERR_UNSAFE;

    for (size_t i = 0; i < s->count; i++) {
        opaque |= s->findings[i].verdict == VERDICT_OPAQUE;
        unsafe |= r->class != ERR_NONE && s->findings[i].verdict >= VERDICT_UNKNOWN;
    }
    unsafe |= strcmp(r->subclass, "unknown-global") == 0;
    if (unsafe)
        s->verdict = SCAN_UNSAFE;
    else if (r->class != ERR_NONE)
        s->verdict = SCAN_MALFORMED;
    else if (c->format == FORMAT_TORCHSCRIPT)
        s->verdict = SCAN_TORCHSCRIPT;
    else
        s->verdict = opaque ? SCAN_OPAQUE : SCAN_CLEAN;
}

/* Globals of what the strict reader has already run, in all parts. */
static void
collect(struct scan *s, const struct checkpoint *c, bool script)
{
    size_t first = s->count;

    for (const struct checkpoint_pickle *p = c->pickles; p; p = p->next)
        for (const struct global *g = p->pickle.globals; g; g = g->next)
            add(s, c->role ? c->role : p->name, p->at, g, script);
    /* the classes of a folder's .metadata are understood by its reader */
    for (size_t i = first; i < s->count && c->format == FORMAT_DCP; i++)
        if (s->findings[i].verdict == VERDICT_OPAQUE)
            s->findings[i].verdict = VERDICT_ALLOWED;
    for (const struct checkpoint *part = c->parts; part; part = part->next)
        collect(s, part, script || part->format == FORMAT_TORCHSCRIPT);
}

bool
scan_file(struct scan *s, const char *path, const char *raw_dtype, struct diagnostics *d,
          struct error *err)
{
    struct open_options options = {.diagnostics = d, .raw_dtype = raw_dtype};
    struct checkpoint c;
    bool ok;

    *s = (struct scan){0};
    ok = checkpoint_open(&c, path, &options, &s->refusal);
    if (!ok && s->refusal.class == ERR_IO) {
        *err = s->refusal;
        checkpoint_close(&c);
        return false;
    }
    if (ok)
        collect(s, &c, c.format == FORMAT_TORCHSCRIPT);
    else if (c.zip.agreed)
        scan_members(s, &c.zip, false);
    else if (c.size >= 4 && get_le32(c.data) == 0x04034b50)
        scan_local_headers(s, c.data, c.size);
    else if (c.data)
        scan_stream(s, "", c.data, c.size, false);
    judge(s, &c);
    checkpoint_close(&c);
    return true;
}

void
scan_clear(struct scan *s)
{
    free(s->findings);
    arena_clear(&s->arena);
    *s = (struct scan){0};
}
