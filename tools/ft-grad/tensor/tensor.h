/*
 * tensor.h: n-dimensional arrays, strided, over storage that views share.
 *
 * Everything lives in a heap and is never freed alone.  No function here records
 * anything: derivatives are the business of tape/ and ops/.
 */
#ifndef FTG_TENSOR_TENSOR_H
#define FTG_TENSOR_TENSOR_H

#include "tensor/heap.h"

#include "common/dtype.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tensor_type {
#define TENSOR_TYPE(id, type, dtype) TENSOR_##id,
#include "tensor/types.def"
#undef TENSOR_TYPE
    TENSOR_TYPES
};

enum { TENSOR_DIMS_MAX = 16 };

struct storage {
    void *data;
    size_t size;      /* octets */
    uint64_t version; /* in-place writes so far */
};

struct tensor {
    struct storage *storage; /* borrowed from the heap */
    enum tensor_type type;
    int dims;
    int64_t size[TENSOR_DIMS_MAX];
    int64_t stride[TENSOR_DIMS_MAX]; /* in elements */
    int64_t offset;                  /* in elements */
    /* For the tape: */
    bool requires_grad;
    bool multi_view;          /* one of several views of one call (unbind, split) */
    uint32_t output_nr;       /* which output of grad_fn this is */
    struct node *grad_fn;     /* NULL: a leaf */
    struct node *accumulator; /* of a leaf, once it was used */
    struct tensor *grad;      /* of a leaf, once it was accumulated */
    struct tensor *base;      /* what this is a view of, or NULL */
    const char *name;         /* for people, or NULL */
};

size_t tensor_type_size(enum tensor_type type);
const char *tensor_type_name(enum tensor_type type); /* "float32", ... */
enum dtype tensor_type_dtype(enum tensor_type type);
/* TENSOR_TYPES when tensors cannot hold it. */
enum tensor_type tensor_type_of(enum dtype dtype);

static inline bool
tensor_is_real(const struct tensor *t)
{
    return t->type == TENSOR_F32 || t->type == TENSOR_F64;
}

/* Product of the sizes; *ok (may be NULL) turns false when it does not fit. */
int64_t shape_count(int dims, const int64_t *size, bool *ok);
int64_t tensor_count(const struct tensor *t);
bool tensor_is_contiguous(const struct tensor *t);
bool tensor_same_shape(const struct tensor *a, const struct tensor *b);

/* New ones: contiguous; NULL when over the heap's limit or 2^62 elements. */
struct tensor *tensor_new(struct heap *h, enum tensor_type type, int dims,
                          const int64_t *size); /* content undefined */
struct tensor *tensor_zeros(struct heap *h, enum tensor_type type, int dims,
                            const int64_t *size);
struct tensor *tensor_full(struct heap *h, enum tensor_type type, int dims,
                           const int64_t *size, double value);
struct tensor *tensor_scalar(struct heap *h, enum tensor_type type, double value);
struct tensor *tensor_like(struct heap *h, const struct tensor *t); /* undefined */

/* Another header over the same storage, without any link to the tape. */
struct tensor *tensor_alias(struct heap *h, const struct tensor *t);
/* The tensor itself when contiguous, else a contiguous copy. */
struct tensor *tensor_contiguous(struct heap *h, struct tensor *t);
struct tensor *tensor_copy(struct heap *h, const struct tensor *t);
struct tensor *tensor_cast(struct heap *h, struct tensor *t, enum tensor_type type);
/* Copy src (same shape) into dst, which may be strided. */
void tensor_copy_into(struct tensor *dst, const struct tensor *src);

/* Pointer to the first element; elements of contiguous tensors follow each other. */
void *tensor_data(const struct tensor *t);
static inline double *
tensor_f64(const struct tensor *t)
{
    return (double *)t->storage->data + t->offset;
}
static inline float *
tensor_f32(const struct tensor *t)
{
    return (float *)t->storage->data + t->offset;
}
static inline int64_t *
tensor_i64(const struct tensor *t)
{
    return (int64_t *)t->storage->data + t->offset;
}
static inline uint8_t *
tensor_bool(const struct tensor *t)
{
    return (uint8_t *)t->storage->data + t->offset;
}

/* Element i in row-major order of a contiguous tensor, as a double (64-bit integers
 * are rounded).  Setting an integer wants a value in its range. */
double tensor_get(const struct tensor *t, int64_t i);
void tensor_set(struct tensor *t, int64_t i, double value);

/* Offset, in elements of the storage, of row-major element i of any tensor. */
int64_t tensor_offset_of(const struct tensor *t, int64_t i);

#endif
