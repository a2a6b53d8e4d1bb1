/*
 * zip.h: a zip archive in memory, read so that every reader must agree on it.
 *
 * Python, miniz and streaming tools look at different parts of a zip: first bytes,
 * local headers, central directory, end record.  zip_open() accepts an archive
 * only when all of these views tell the same story: the end record closes the file,
 * the central directory lies before it, and local headers, data and descriptors
 * fill the space before that without gap, overlap or contradiction.
 * (APPNOTE.TXT 6.3.10; PyTorch's caffe2/serialize/inline_container.cc.)
 */
#ifndef CKPT_ARCHIVE_ZIP_H
#define CKPT_ARCHIVE_ZIP_H

#include "archive/inflate.h"
#include "common/arena.h"
#include "common/buf.h"
#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

enum { ZIP_STORED = 0, ZIP_DEFLATED = 8 };
enum { ZIP_ENTRIES_MAX = 16 << 20, ZIP_INFLATE_MAX = 1 << 30 };

struct zip_entry {
    const char *name; /* arena; relative, UTF-8, no "..", no backslash */
    size_t name_size;
    uint16_t method, flags;
    uint32_t crc;
    uint64_t stored_size, size; /* in the file; of the content */
    uint64_t header_at, data_at, end_at;
};

struct zip {
    const uint8_t *data; /* borrowed */
    uint64_t size;
    struct zip_entry *entries; /* arena; in the order of the central directory */
    size_t count;
    uint64_t directory_at, end_record_at;
    uint32_t *slots; /* owned: hash table of entry numbers + 1, by lower-case name */
    size_t capacity;
    bool mapped; /* data lies in the mapping of a file */
    bool agreed; /* all views tell the same: zip_open() succeeded */
    struct arena arena;
};

/* mapped: data lies in the mapping of a file, whose pages can be read again. */
MUST_CHECK bool zip_open(struct zip *z, const uint8_t *data, uint64_t size, bool mapped,
                         struct error *err);
void zip_close(struct zip *z);

/* The entry of that very name, or NULL. */
const struct zip_entry *zip_find(const struct zip *z, const char *name);

/*
 * The first `want` octets of the content (all of it: e->size), inflated when need
 * be.  *out is borrowed from the archive or from *space.  When all is wanted, a
 * deflated entry's checksum is compared too.
 */
MUST_CHECK bool zip_content(const struct zip *z, const struct zip_entry *e, uint64_t want,
                            struct buf *space, const uint8_t **out, struct error *err);

/* All of a deflated entry's content to a sink; checks its size and checksum. */
MUST_CHECK bool zip_inflate(const struct zip *z, const struct zip_entry *e,
                            inflate_sink *sink, void *context, struct error *err);

/* Compare the checksum, whatever it costs to read the content. */
MUST_CHECK bool zip_check_crc(const struct zip *z, const struct zip_entry *e,
                              struct error *err);

#endif
