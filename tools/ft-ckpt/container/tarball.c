/*
 * tarball.c: see tarball.h.
 *
 * libarchive takes the headers apart (ustar, PAX, GNU).  It reads from memory, so each
 * member is found where it lies in the file and nothing is copied.
 */
#include "container/tarball.h"

#include "archive/archive_library.h"
#include "archive/zip_name.h"
#include "container/bundle.h"
#include "fault.h"
#include "model/names.h"
#include "model/nested.h"

#include <string.h>

enum { MEMBERS_MAX = 1 << 20, BLOCK = 512 };

struct reader {
    struct checkpoint *c;
    const struct open_options *options;
    struct archive_library calls;
    struct archive *archive;
    struct names names; /* owned */
    size_t capacity;    /* of c->members */
    uint64_t end;       /* of the last member */
    struct error *err;
};

static bool
malformed(struct reader *r, const char *what)
{
    return fault(r->err, ERR_MALFORMED, "tar-malformed", "%s", what);
}

static bool
damaged(struct reader *r)
{
    const char *why = r->calls.error_string(r->archive);

    return malformed(r, why ? why : "the tar archive is damaged");
}

/* The octets of the current member, which lie in one piece. */
static bool
find_data(struct reader *r, uint64_t size, const uint8_t **data)
{
    const struct checkpoint *c = r->c;
    uint64_t found = 0;

    *data = NULL;
    while (found < size) {
        const void *block = NULL;
        size_t n = 0;
        la_int64_t offset = 0;

        if (r->calls.data_block(r->archive, &block, &n, &offset) != ARCHIVE_OK)
            return damaged(r);
        if ((const uint8_t *)block < c->data || n > size - found ||
            (const uint8_t *)block + n > c->data + c->size ||
            offset != (la_int64_t)found ||
            (*data && (const uint8_t *)block != *data + found))
            return malformed(r, "a sparse member");
        if (!*data)
            *data = block;
        found += n;
    }
    if (*data)
        r->end = (uint64_t)(*data - c->data) + size;
    return true;
}

static bool
is_checkpoint(const char *name)
{
    static const char *const endings[] = {
        ".pt",  ".pth", ".pt2",         ".ckpt", ".bin", ".dill",  ".pkl",
        ".npy", ".npz", ".safetensors", ".ftsv", ".p",   ".pickle"};
    size_t n = strlen(name);

    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        size_t m = strlen(endings[i]);

        if (n > m && memcmp(name + n - m, endings[i], m) == 0)
            return true;
    }
    return false;
}

static bool
add_member(struct reader *r, const char *name, const uint8_t *data, uint64_t size)
{
    struct checkpoint *c = r->c, *part = NULL;

    if (c->member_count == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 16;
        struct member *grown = arena_alloc(&c->arena, capacity * sizeof *grown);

        if (c->member_count > 0)
            memcpy(grown, c->members, c->member_count * sizeof *grown);
        c->members = grown;
        r->capacity = capacity;
    }
    c->members[c->member_count++] =
        (struct member){.name = name, .size = size, .data = data};
    if (!is_checkpoint(name))
        return nested_check_octets(data, (size_t)size, r->err) ||
               error_at(r->err, "%.200s", name);
    if (!bundle_add_part(c, name, data, size, c->mapped, r->options, &part, r->err))
        return false;
    bundle_adopt(c, part);
    return true;
}

/* A folder says nothing; a file is a member; links and devices have no place here. */
static bool
read_member(struct reader *r, struct archive_entry *entry)
{
    const char *name = r->calls.pathname(entry);
    unsigned type = r->calls.filetype(entry);
    la_int64_t size = r->calls.size(entry);
    const uint8_t *data = NULL;
    char text[96];

    if (name && strncmp(name, "./", 2) == 0)
        name += 2;
    if (type == AE_IFDIR && name)
        return *name == '\0' || zip_name_is_safe((const uint8_t *)name, strlen(name)) ||
               fault(r->err, ERR_UNSAFE, "zip-name", "a folder outside of the archive");
    if (type != AE_IFREG || r->calls.hardlink(entry) || size < 0)
        return malformed(r, "a link or device in the archive");
    if (!name || !zip_name_is_safe((const uint8_t *)name, strlen(name)))
        return fault(
            r->err, ERR_UNSAFE, "zip-name",
            "member name '%s' could name a place outside the archive",
            fault_text(name ? name : "", name ? strlen(name) : 0, text, sizeof text));
    name = arena_strndup(&r->c->arena, name, strlen(name));
    if (!names_add(&r->names, name, strlen(name), r->c->member_count))
        return malformed(r, "two members of one name");
    if (r->c->member_count == MEMBERS_MAX)
        return fault(r->err, ERR_LIMIT, "resource-limit", "more than %d members",
                     MEMBERS_MAX);
    return find_data(r, (uint64_t)size, &data) &&
           add_member(r, name, data, (uint64_t)size);
}

/* Behind the last member there are zeros. */
static bool
check_end(struct reader *r)
{
    const struct checkpoint *c = r->c;

    for (uint64_t at = r->end; at < c->size; at++)
        if (c->data[at] != 0 && at >= (r->end + BLOCK - 1) / BLOCK * BLOCK)
            return malformed(r, "octets behind the last member");
    return true;
}

static bool
read_all(struct reader *r)
{
    const struct archive_library *l = &r->calls;
    struct archive_entry *entry = NULL;
    int status;

    if (l->support_tar(r->archive) != ARCHIVE_OK ||
        l->open_memory(r->archive, r->c->data, (size_t)r->c->size) != ARCHIVE_OK)
        return damaged(r);
    while ((status = l->next_header(r->archive, &entry)) == ARCHIVE_OK)
        if (!read_member(r, entry))
            return false;
    if (status != ARCHIVE_EOF)
        return damaged(r);
    if (r->c->member_count == 0)
        return malformed(r, "an empty archive");
    return check_end(r);
}

bool
tarball_load(struct checkpoint *c, const struct open_options *options, struct error *err)
{
    struct reader r = {.c = c, .options = options, .err = err};
    bool ok;

    c->format = FORMAT_TAR;
    if (!archive_library_load(&r.calls, err))
        return false;
    r.archive = r.calls.read_new();
    ok = r.archive ? read_all(&r) : error_set(err, ERR_MEMORY, "libarchive cannot start");
    if (r.archive)
        (void)r.calls.read_free(r.archive);
    names_clear(&r.names);
    return ok;
}
