/*
 * zip_writer.h: a zip archive of stored entries, streamed, laid out as PyTorch's
 * writer does: data at a multiple of 64, sizes and checksum in a descriptor behind it.
 * The same content gives the same bytes.
 */
#ifndef CKPT_ARCHIVE_ZIP_WRITER_H
#define CKPT_ARCHIVE_ZIP_WRITER_H

#include "common/buf.h"
#include "common/file.h"

enum { ZIP_WRITER_ALIGNMENT = 64 };

struct zip_writer {
    struct out_file *out; /* borrowed */
    uint64_t at;          /* octets written */
    uint64_t count;
    struct buf directory; /* owned */
    /* the open entry */
    const char *name; /* borrowed */
    size_t name_size;
    uint64_t header_at, size, left;
    uint32_t crc;
    uint64_t checksums; /* over the CRCs of all entries, in order */
};

void zip_writer_begin(struct zip_writer *w, struct out_file *out);
/* An entry of exactly `size` octets; they follow through zip_writer_data(). */
MUST_CHECK bool zip_writer_entry(struct zip_writer *w, const char *name, size_t name_size,
                                 uint64_t size, struct error *err);
MUST_CHECK bool zip_writer_data(struct zip_writer *w, const void *data, size_t size,
                                struct error *err);
MUST_CHECK bool zip_writer_end_entry(struct zip_writer *w, struct error *err);
/* An entry from memory. */
MUST_CHECK bool zip_writer_put(struct zip_writer *w, const char *name, const void *data,
                               size_t size, struct error *err);
/* Directory and end records. */
MUST_CHECK bool zip_writer_finish(struct zip_writer *w, struct error *err);
void zip_writer_clear(struct zip_writer *w);

#endif
