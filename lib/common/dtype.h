/*
 * dtype.h: the element types of tensors, by the names torch, safetensors and numpy
 * give them, and one element as a number.
 */
#ifndef COMMON_DTYPE_H
#define COMMON_DTYPE_H

#include "attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dtype {
    DTYPE_NONE, /* not a dtype of this list */
#define DTYPE(id, name, bits, unit, kind, safetensors, numpy) DTYPE_##id,
#include "dtype.def"
#undef DTYPE
    DTYPE_COUNT,
};

enum dtype_kind {
    DTYPE_KIND_BOOL,
    DTYPE_KIND_UNSIGNED,
    DTYPE_KIND_SIGNED,
    DTYPE_KIND_FLOAT,
    DTYPE_KIND_COMPLEX,
    DTYPE_KIND_OPAQUE, /* bits without arithmetic here */
};

const char *dtype_name(enum dtype d);        /* "float32"; "" for DTYPE_NONE */
const char *dtype_safetensors(enum dtype d); /* "F32", or "" */
const char *dtype_numpy(enum dtype d);       /* "f4", or "" */
unsigned dtype_bits(enum dtype d);
size_t dtype_size(enum dtype d); /* octets; 0 for types below one octet */
size_t dtype_unit(enum dtype d); /* octets that swap together */
enum dtype_kind dtype_kind(enum dtype d);

/* DTYPE_NONE when there is no such name. */
enum dtype dtype_by_name(const char *name, size_t size);
enum dtype dtype_by_safetensors(const char *name, size_t size);
enum dtype dtype_by_numpy(const char *code, size_t size);

/*
 * n little-endian elements as doubles; of a complex type both components, so 2 n.
 * Integers of 64 bits are rounded.  False for types without arithmetic.
 */
MUST_CHECK bool dtype_to_f64(enum dtype d, const uint8_t *data, size_t n, double *out);

#endif
