/* zip.c: see zip.h.  All fields are little-endian. */
#include "archive/zip.h"

#include "archive/paging.h"
#include "archive/zip_name.h"
#include "common/bytes.h"
#include "common/mem.h"
#include "fault.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOCAL_SIZE = 30,
    CENTRAL_SIZE = 46,
    END_SIZE = 22,
    LOCATOR_SIZE = 20,
    END64_SIZE = 56,
    FLAG_DESCRIPTOR = 0x0008,
    FLAG_UTF8 = 0x0800,
    FLAGS_KNOWN = FLAG_DESCRIPTOR | FLAG_UTF8 | 0x0006, /* 1, 2: deflate's effort */
};
static const uint32_t local_magic = 0x04034b50;
static const uint32_t central_magic = 0x02014b50;
static const uint32_t end_magic = 0x06054b50;
static const uint32_t locator_magic = 0x07064b50;
static const uint32_t end64_magic = 0x06064b50;
static const uint32_t descriptor_magic = 0x08074b50;

static bool
bad(struct error *err, uint64_t at, const char *what)
{
    (void)fault(err, ERR_MALFORMED, "zip-malformed", "%s", what);
    return error_at_byte(err, at);
}

static bool
mismatch(struct error *err, const struct zip_entry *e, const char *what)
{
    char name[96];

    (void)fault(err, ERR_MALFORMED, "zip-local-mismatch",
                "'%s': local header and central directory differ in the %s",
                fault_text(e->name, e->name_size, name, sizeof name), what);
    return error_at_byte(err, e->header_at);
}

/* The end record must be the last thing in the file. */
static bool
find_end(const struct zip *z, const uint8_t **end, struct error *err)
{
    uint64_t limit = z->size < 65535 + END_SIZE ? z->size : 65535 + END_SIZE;

    if (z->size < END_SIZE)
        return bad(err, 0, "too short for a zip archive");
    *end = z->data + z->size - END_SIZE;
    if (get_le32(*end) == end_magic && get_le16(*end + 20) == 0)
        return true;
    for (uint64_t back = END_SIZE; back <= limit; back++)
        if (get_le32(z->data + z->size - back) == end_magic)
            return bad(err, z->size - back,
                       "bytes or a comment behind the end-of-central-directory record");
    return bad(err, z->size,
               "no central directory at the end (a truncated file? try ft-ckpt salvage)");
}

struct directory {
    uint64_t at, size, count, end_at; /* end_at: of the record that follows it */
};

static bool
read_end64(const struct zip *z, const uint8_t *end, struct directory *d,
           struct error *err)
{
    const uint8_t *locator = end - LOCATOR_SIZE;
    uint64_t locator_at = (uint64_t)(locator - z->data), at = get_le64(locator + 8);
    const uint8_t *e;

    if (get_le32(locator + 4) != 0 || get_le32(locator + 16) != 1)
        return bad(err, locator_at, "a multi-volume archive");
    if (locator_at < END64_SIZE || at != locator_at - END64_SIZE ||
        get_le32(z->data + at) != end64_magic)
        return bad(err, locator_at, "the zip64 end record is not where it is said to be");
    e = z->data + at;
    if (get_le64(e + 4) != END64_SIZE - 12 || get_le32(e + 16) != 0 ||
        get_le32(e + 20) != 0 || get_le64(e + 24) != get_le64(e + 32))
        return bad(err, at, "an inconsistent zip64 end record");
    d->count = get_le64(e + 32);
    d->size = get_le64(e + 40);
    d->at = get_le64(e + 48);
    d->end_at = at;
    if ((get_le16(end + 10) != 0xffff && get_le16(end + 10) != d->count) ||
        (get_le32(end + 12) != 0xffffffff && get_le32(end + 12) != d->size) ||
        (get_le32(end + 16) != 0xffffffff && get_le32(end + 16) != d->at))
        return bad(err, at, "the two end records contradict each other");
    return true;
}

static bool
find_directory(struct zip *z, struct directory *d, struct error *err)
{
    const uint8_t *end = NULL;
    uint64_t end_at;

    if (!find_end(z, &end, err))
        return false;
    end_at = (uint64_t)(end - z->data);
    z->end_record_at = end_at;
    if (get_le16(end + 4) != 0 || get_le16(end + 6) != 0 ||
        get_le16(end + 8) != get_le16(end + 10))
        return bad(err, end_at, "a multi-volume archive");
    *d = (struct directory){get_le32(end + 16), get_le32(end + 12), get_le16(end + 10),
                            end_at};
    if (end_at >= LOCATOR_SIZE && get_le32(end - LOCATOR_SIZE) == locator_magic &&
        !read_end64(z, end, d, err))
        return false;
    if (d->at > d->end_at || d->size != d->end_at - d->at)
        return bad(err, end_at, "the central directory is not where it is said to be");
    if (d->count > d->size / CENTRAL_SIZE)
        return bad(err, end_at, "more entries than the central directory can hold");
    if (d->count > ZIP_ENTRIES_MAX)
        return fault(err, ERR_LIMIT, "resource-limit", "%llu entries, more than %d",
                     (unsigned long long)d->count, ZIP_ENTRIES_MAX);
    z->directory_at = d->at;
    return true;
}

/* The 64-bit fields of extra 0x0001 replace those that are 0xffffffff, in order. */
static bool
apply_zip64(const uint8_t *extra, size_t n, uint64_t *const fields[], size_t count)
{
    for (size_t i = 0; i + 4 <= n;) {
        size_t size = get_le16(extra + i + 2);

        if (size > n - i - 4)
            return false;
        if (get_le16(extra + i) == 0x0001) {
            size_t used = 0;

            for (size_t k = 0; k < count; k++) {
                if (*fields[k] != 0xffffffff)
                    continue;
                if (used + 8 > size)
                    return false;
                *fields[k] = get_le64(extra + i + 4 + used);
                used += 8;
            }
            return true;
        }
        i += 4 + size;
    }
    return true;
}

/* Alignment is padding of one octet repeated ('Z'); anything else hides something. */
static bool
padding_is_plain(const uint8_t *extra, size_t n)
{
    for (size_t i = 0; i + 4 <= n; i += 4u + get_le16(extra + i + 2)) {
        size_t size = get_le16(extra + i + 2);

        if (get_le16(extra + i) != 0x4246 /* "FB" */)
            continue;
        if (size > n - i - 4)
            return false;
        for (size_t k = 0; k < size; k++)
            if (extra[i + 4 + k] != 'Z')
                return false;
    }
    return true;
}

static bool
has_zip64(const uint8_t *extra, size_t n)
{
    for (size_t i = 0; i + 4 <= n; i += 4 + get_le16(extra + i + 2))
        if (get_le16(extra + i) == 0x0001)
            return true;
    return false;
}

static bool
read_central(struct zip *z, const struct directory *d, uint64_t *at, struct zip_entry *e,
             struct error *err)
{
    const uint8_t *p = z->data + *at;
    uint64_t left = d->end_at - *at;
    uint64_t *const fields[] = {&e->size, &e->stored_size, &e->header_at};
    size_t name_size, extra_size, comment_size;

    if (left < CENTRAL_SIZE || get_le32(p) != central_magic)
        return bad(err, *at, "not a central directory entry");
    name_size = get_le16(p + 28);
    extra_size = get_le16(p + 30);
    comment_size = get_le16(p + 32);
    if (name_size + extra_size + comment_size > left - CENTRAL_SIZE)
        return bad(err, *at, "a central directory entry reaches beyond the directory");
    *e = (struct zip_entry){.flags = get_le16(p + 8),
                            .method = get_le16(p + 10),
                            .crc = get_le32(p + 16),
                            .stored_size = get_le32(p + 20),
                            .size = get_le32(p + 24),
                            .header_at = get_le32(p + 42),
                            .name_size = name_size};
    if (get_le16(p + 34) != 0 || comment_size != 0)
        return bad(err, *at, "an entry with a comment or on another volume");
    if (!apply_zip64(p + CENTRAL_SIZE + name_size, extra_size, fields, 3))
        return bad(err, *at, "a broken extra field");
    if (!zip_name_is_safe(p + CENTRAL_SIZE, name_size)) {
        char text[96];

        (void)fault(err, ERR_UNSAFE, "zip-name",
                    "entry name '%s' could name a place outside the archive",
                    fault_text(p + CENTRAL_SIZE, name_size, text, sizeof text));
        return error_at_byte(err, *at);
    }
    e->name = arena_strndup(&z->arena, (const char *)p + CENTRAL_SIZE, name_size);
    *at += CENTRAL_SIZE + name_size + extra_size + comment_size;
    return true;
}

static bool
check_kind(const struct zip_entry *e, struct error *err)
{
    char name[96];

    (void)fault_text(e->name, e->name_size, name, sizeof name);
    if (e->flags & ~FLAGS_KNOWN)
        return fault(err, ERR_UNSUPPORTED, "zip-flags",
                     "'%s': general purpose flags 0x%04x (encryption or patches)", name,
                     e->flags);
    if (e->method != ZIP_STORED && e->method != ZIP_DEFLATED)
        return fault(err, ERR_UNSUPPORTED, "zip-method",
                     "'%s': compression method %u (stored and deflate are supported)",
                     name, e->method);
    if (e->method == ZIP_STORED && e->size != e->stored_size)
        return bad(err, e->header_at, "a stored entry whose two sizes differ");
    return true;
}

/* The data descriptor of `gap` octets behind the data: with or without its magic. */
static bool
check_descriptor(const struct zip *z, const struct zip_entry *e, uint64_t at, bool wide,
                 struct error *err)
{
    const uint8_t *p = z->data + at;
    uint64_t n = wide ? 24 : 16;

    if (e->end_at - at != n || get_le32(p) != descriptor_magic)
        return bad(err, at, "no data descriptor where one is announced");
    if (get_le32(p + 4) != e->crc ||
        (wide ? get_le64(p + 8) : get_le32(p + 8)) != e->stored_size ||
        (wide ? get_le64(p + 16) : get_le32(p + 12)) != e->size)
        return mismatch(err, e, "data descriptor");
    return true;
}

/* e->end_at: where the next local header, or the directory, begins. */
static bool
read_local(const struct zip *z, struct zip_entry *e, struct error *err)
{
    const uint8_t *p = z->data + e->header_at;
    uint64_t stored, size, *const fields[] = {&size, &stored};
    size_t name_size, extra_size;
    bool descriptor = e->flags & FLAG_DESCRIPTOR, wide;

    if (e->end_at - e->header_at < LOCAL_SIZE || get_le32(p) != local_magic)
        return bad(err, e->header_at, "no local header where the directory says");
    name_size = get_le16(p + 26);
    extra_size = get_le16(p + 28);
    e->data_at = e->header_at + LOCAL_SIZE + name_size + extra_size;
    if (e->data_at > e->end_at || e->stored_size > e->end_at - e->data_at)
        return bad(err, e->header_at, "an entry reaches into the next one");
    if (name_size != e->name_size || memcmp(p + LOCAL_SIZE, e->name, name_size) != 0)
        return mismatch(err, e, "name");
    if (get_le16(p + 8) != e->method || get_le16(p + 6) != e->flags)
        return mismatch(err, e, "method or flags");
    stored = get_le32(p + 18);
    size = get_le32(p + 22);
    p += LOCAL_SIZE + name_size;
    wide = has_zip64(p, extra_size);
    if (!padding_is_plain(p, extra_size))
        return bad(err, e->header_at, "padding that is not plain");
    if ((size == 0xffffffff || stored == 0xffffffff) &&
        !apply_zip64(p, extra_size, fields, 2))
        return bad(err, e->header_at, "a broken extra field");
    if (!descriptor || stored != 0 || size != 0) {
        uint32_t crc = get_le32(z->data + e->header_at + 14);

        if (stored != e->stored_size || size != e->size)
            return mismatch(err, e, "sizes");
        if (crc != e->crc && !(descriptor && crc == 0))
            return mismatch(err, e, "checksum");
    }
    if (descriptor)
        return check_descriptor(z, e, e->data_at + e->stored_size, wide, err);
    if (e->end_at != e->data_at + e->stored_size)
        return bad(err, e->data_at + e->stored_size, "bytes between two entries");
    return true;
}

static uint64_t
name_hash(const char *name, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)name[i];

        h = (h ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 0x100000001b3u;
    }
    return h ^ h >> 29;
}

static bool
same_name(const struct zip_entry *e, const char *name, size_t n)
{
    if (e->name_size != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int a = (unsigned char)e->name[i], b = (unsigned char)name[i];

        a = a >= 'A' && a <= 'Z' ? a + 32 : a;
        b = b >= 'A' && b <= 'Z' ? b + 32 : b;
        if (a != b)
            return false;
    }
    return true;
}

/* miniz finds names without regard to case, so they must differ without it too. */
static uint32_t *
find_slot(const struct zip *z, const char *name, size_t n)
{
    size_t i = (size_t)name_hash(name, n) & (z->capacity - 1);

    while (z->slots[i] && !same_name(&z->entries[z->slots[i] - 1], name, n))
        i = (i + 1) & (z->capacity - 1);
    return &z->slots[i];
}

static bool
index_names(struct zip *z, struct error *err)
{
    for (z->capacity = 16; z->capacity < 2 * z->count;)
        z->capacity *= 2;
    z->slots = xcalloc(z->capacity, sizeof *z->slots);
    for (size_t i = 0; i < z->count; i++) {
        const struct zip_entry *e = &z->entries[i];
        uint32_t *slot = find_slot(z, e->name, e->name_size);
        char name[96];

        if (*slot) {
            (void)fault(err, ERR_MALFORMED, "zip-duplicate", "two entries named '%s'",
                        fault_text(e->name, e->name_size, name, sizeof name));
            return error_at_byte(err, e->header_at);
        }
        *slot = (uint32_t)i + 1;
    }
    return true;
}

static bool
read_entries(struct zip *z, const struct directory *d, struct error *err)
{
    uint64_t at = d->at;

    z->entries = arena_alloc(&z->arena, ((size_t)d->count + 1) * sizeof *z->entries);
    for (; z->count < d->count; z->count++) {
        struct zip_entry *e = &z->entries[z->count];

        if (!read_central(z, d, &at, e, err))
            return false;
        if (e->header_at > d->at ||
            (z->count == 0 ? e->header_at != 0 : e->header_at <= e[-1].header_at))
            return bad(err, at,
                       "local headers are not in the order of the central directory");
        if (!check_kind(e, err))
            return false;
        if (z->count > 0)
            e[-1].end_at = e->header_at;
        e->end_at = d->at;
    }
    if (at != d->end_at)
        return bad(err, at, "bytes behind the last central directory entry");
    if (z->count == 0)
        return bad(err, 0, "an empty archive");
    return true;
}

/*
 * A local header costs a page and, by the system's read-around, fifteen more; they go
 * back now and then, so that listing a large file stays small.
 */
static void
give_back(const struct zip *z, size_t i)
{
    enum { EVERY = 16 };

    if (i % EVERY == EVERY - 1) {
        uint64_t from = z->entries[i - (EVERY - 1)].header_at;

        paging_forget(z->data + from, z->entries[i].data_at - from);
    }
}

bool
zip_open(struct zip *z, const uint8_t *data, uint64_t size, bool mapped,
         struct error *err)
{
    struct directory d = {0};

    *z = (struct zip){.data = data, .size = size, .mapped = mapped};
    if (!find_directory(z, &d, err))
        return false;
    if (mapped)
        paging_whole(z->data + d.at, d.size);
    if (!read_entries(z, &d, err) || !index_names(z, err))
        return false;
    for (size_t i = 0; i < z->count; i++) {
        if (!read_local(z, &z->entries[i], err))
            return false;
        if (mapped)
            give_back(z, i);
    }
    z->agreed = true;
    return true;
}

void
zip_close(struct zip *z)
{
    free(z->slots);
    arena_clear(&z->arena);
    *z = (struct zip){0};
}

const struct zip_entry *
zip_find(const struct zip *z, const char *name)
{
    size_t n = strlen(name);
    uint32_t slot = z->capacity ? *find_slot(z, name, n) : 0;
    const struct zip_entry *e = slot ? &z->entries[slot - 1] : NULL;

    return e && memcmp(e->name, name, n) == 0 ? e : NULL;
}
