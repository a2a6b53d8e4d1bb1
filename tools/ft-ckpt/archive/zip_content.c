/* zip_content.c: what is in the entries of a zip archive; see zip.h. */
#include "archive/crc32.h"
#include "archive/zip.h"
#include "fault.h"

#include <string.h>

static bool
other_size(const struct zip_entry *e, struct error *err)
{
    (void)fault(err, ERR_MALFORMED, "zip-malformed",
                "deflate data of another size than announced");
    return error_at_byte(err, e->data_at);
}

static bool
wrong_crc(const struct zip_entry *e, uint32_t crc, struct error *err)
{
    char name[96];

    (void)fault(err, ERR_CHECKSUM, "zip-crc",
                "'%s': CRC-32 is %08x, the directory says %08x",
                fault_text(e->name, e->name_size, name, sizeof name), crc, e->crc);
    return error_at_byte(err, e->data_at);
}

bool
zip_content(const struct zip *z, const struct zip_entry *e, uint64_t want,
            struct buf *space, const uint8_t **out, struct error *err)
{
    if (want > e->size)
        want = e->size;
    if (e->method == ZIP_STORED) {
        *out = z->data + e->data_at;
        return true;
    }
    if (want > ZIP_INFLATE_MAX)
        return fault(err, ERR_LIMIT, "resource-limit",
                     "'%.64s' inflates to %llu octets, more than %d", e->name,
                     (unsigned long long)want, ZIP_INFLATE_MAX);
    if (!inflate_prefix(z->data + e->data_at, e->stored_size, e->size, want, space, err))
        return error_at_byte(err, e->data_at);
    if (want == e->size && crc32_update(0, space->data, space->size) != e->crc)
        return wrong_crc(e, crc32_update(0, space->data, space->size), err);
    *out = space->data;
    return true;
}

struct check {
    inflate_sink *sink; /* NULL: only the checksum counts */
    void *context;
    const struct zip_entry *entry;
    uint64_t left;
    uint32_t crc;
};

static bool
check_chunk(void *context, const uint8_t *data, size_t size, struct error *err)
{
    struct check *k = context;

    if (size > k->left)
        return other_size(k->entry, err);
    k->left -= size;
    k->crc = crc32_update(k->crc, data, size);
    return !k->sink || k->sink(k->context, data, size, err);
}

bool
zip_inflate(const struct zip *z, const struct zip_entry *e, inflate_sink *sink,
            void *context, struct error *err)
{
    struct check k = {.sink = sink, .context = context, .entry = e, .left = e->size};

    if (e->size > inflate_limit(e->stored_size))
        return fault(err, ERR_LIMIT, "resource-limit",
                     "'%.64s' inflates %llu octets to %llu", e->name,
                     (unsigned long long)e->stored_size, (unsigned long long)e->size);
    if (!inflate_all(z->data + e->data_at, e->stored_size,
                     z->mapped ? INFLATE_MAPPED : INFLATE_RAW, check_chunk, &k, err))
        return error_at_byte(err, e->data_at);
    if (k.left > 0)
        return other_size(e, err);
    return k.crc == e->crc || wrong_crc(e, k.crc, err);
}

bool
zip_check_crc(const struct zip *z, const struct zip_entry *e, struct error *err)
{
    uint32_t crc;

    if (e->method != ZIP_STORED)
        return zip_inflate(z, e, NULL, NULL, err);
    crc = crc32_update(0, z->data + e->data_at, e->size);
    return crc == e->crc || wrong_crc(e, crc, err);
}
