/*
 * npy.h: arrays in numpy's .npy format, versions 1 to 3, read in place and written.
 *
 * A refusal names its reason in error.subclass: npy-magic, npy-version, npy-header,
 * npy-object (elements that would have to be unpickled), npy-truncated, npy-trailing.
 */
#ifndef COMMON_NPY_H
#define COMMON_NPY_H

#include "arena.h"
#include "buf.h"
#include "diagnostic.h"
#include "dtype.h"

enum { NPY_RANK_MAX = 64, NPY_HEADER_MAX = 10000 };

struct npy {
    struct arena arena;
    enum dtype dtype; /* DTYPE_NONE: strings, times, records, ...; see descr */
    const char
        *descr;      /* as written in UTF-8, without the quotes of a simple one: "<f4" */
    bool record;     /* descr is a list of fields */
    bool big_endian; /* of a simple dtype */
    bool fortran;    /* the first index varies fastest */
    unsigned rank;
    uint64_t shape[NPY_RANK_MAX];
    uint64_t item_size; /* octets */
    uint64_t numel;
    uint8_t version[2];   /* major, minor */
    uint32_t header_size; /* of the dict and its padding */
    const uint8_t *data;  /* borrowed; not aligned */
    uint64_t data_size;   /* numel * item_size */
};

/*
 * Check and take apart a whole file in memory, which must outlive *out.  Octets behind
 * the data are refused, or with `diagnostics` left to them; NULL: refused.  Only the
 * header, at most NPY_HEADER_MAX + 12 octets, is looked at.
 */
MUST_CHECK bool npy_read(struct npy *out, const uint8_t *file, size_t size,
                         struct diagnostics *diagnostics, struct error *err);
void npy_clear(struct npy *n);

/* The elements as numel * item_size octets, little-endian and in C order; no records. */
void npy_copy(const struct npy *n, uint8_t *out);

/*
 * Append all of a file but the data, as numpy.save() does: magic, version 1.0, header.
 * The data is little-endian.  False for dtypes numpy lacks (bfloat16) and rank > 64.
 */
MUST_CHECK bool npy_header(struct buf *out, enum dtype dtype, bool fortran, unsigned rank,
                           const uint64_t *shape, struct error *err);

#endif
