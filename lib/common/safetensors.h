/*
 * safetensors.h: tensors in the safetensors format, read in place and written.
 *
 * A file is u64 n, n octets of JSON, then the data.  The header gives each tensor
 * its dtype, shape and range of the data; the ranges cover the data without gap or
 * overlap.  Everything is checked before a tensor is handed out.
 *
 * A refusal names its reason in error.subclass: st-header-size, st-utf8, st-json,
 * st-dup-key, st-metadata, st-unknown-field, st-dtype, st-offsets, st-overflow,
 * st-misaligned, st-shape, st-size.
 */
#ifndef COMMON_SAFETENSORS_H
#define COMMON_SAFETENSORS_H

#include "arena.h"
#include "buf.h"
#include "diagnostic.h"
#include "dtype.h"

enum { SAFETENSORS_HEADER_MAX = 100000000 };

struct safetensors_tensor {
    const char *name;
    enum dtype dtype;
    unsigned rank;
    const uint64_t *shape;
    uint64_t numel;
    uint64_t begin, end; /* octets of the data; in a file to write: filled by layout */
    const uint8_t *data; /* little-endian, C order; not aligned */
};

struct safetensors_pair {
    const char *key, *value;
};

struct safetensors {
    struct arena arena;
    struct safetensors_tensor *tensors; /* owned; in order of their data */
    size_t count;
    struct safetensors_pair *metadata; /* owned; in order of the header */
    size_t metadata_count;
    bool has_metadata;    /* "__metadata__" is there, be it empty */
    uint64_t header_size; /* n */
    const uint8_t *data;  /* borrowed */
    uint64_t data_size;
};

/*
 * Check and take apart a whole file in memory, which must outlive *out.  What the
 * safetensors library takes although its documentation forbids it (duplicate names,
 * where the last counts, and unknown fields) is refused, or with `diagnostics` left
 * to them; NULL: refused.
 */
MUST_CHECK bool safetensors_read(struct safetensors *out, const uint8_t *file,
                                 size_t size, struct diagnostics *diagnostics,
                                 struct error *err);
void safetensors_clear(struct safetensors *s);

/* NULL when there is none of that name; linear. */
const struct safetensors_tensor *safetensors_find(const struct safetensors *s,
                                                  const char *name);

/*
 * To write: sort tensors as the library does (wider dtypes first, then by name) and
 * fill numel, begin and end.  Then the header, which is followed by the data of each
 * tensor in this order.
 */
MUST_CHECK bool safetensors_layout(struct safetensors_tensor *tensors, size_t count,
                                   struct error *err);
MUST_CHECK bool safetensors_header(struct buf *out,
                                   const struct safetensors_tensor *tensors, size_t count,
                                   const struct safetensors_pair *metadata,
                                   size_t metadata_count, struct error *err);

#endif
