/*
 * tensor.c: headers, storage, and the copies that make strided data contiguous.
 */
#include "tensor/tensor.h"

#include "tensor/half.h"

#include "common/mem.h"

#include <string.h>

size_t
tensor_type_size(enum tensor_type type)
{
    static const size_t size[] = {
#define TENSOR_TYPE(id, type, dtype) sizeof(type),
#include "tensor/types.def"
#undef TENSOR_TYPE
    };

    return size[type];
}

enum dtype
tensor_type_dtype(enum tensor_type type)
{
    static const enum dtype dtypes[] = {
#define TENSOR_TYPE(id, type, dtype) DTYPE_##dtype,
#include "tensor/types.def"
#undef TENSOR_TYPE
    };

    return dtypes[type];
}

enum tensor_type
tensor_type_of(enum dtype dtype)
{
    enum tensor_type type = TENSOR_F32;

    while (type < TENSOR_TYPES && tensor_type_dtype(type) != dtype)
        type++;
    return type;
}

const char *
tensor_type_name(enum tensor_type type)
{
    return dtype_name(tensor_type_dtype(type));
}

int64_t
shape_count(int dims, const int64_t *size, bool *ok)
{
    int64_t count = 1;
    bool empty = false, fits = true;

    for (int d = 0; d < dims; d++) {
        empty = empty || size[d] == 0;
        fits = fits && size[d] >= 0;
        if (size[d] > 0 && __builtin_mul_overflow(count, size[d], &count))
            fits = false;
    }
    fits = fits && count < INT64_C(1) << 59;
    if (ok)
        *ok = *ok && fits;
    return empty || !fits ? 0 : count;
}

int64_t
tensor_count(const struct tensor *t)
{
    return shape_count(t->dims, t->size, NULL);
}

bool
tensor_is_contiguous(const struct tensor *t)
{
    int64_t step = 1;

    if (tensor_count(t) == 0)
        return true;
    for (int d = t->dims - 1; d >= 0; d--) {
        if (t->size[d] == 1)
            continue;
        if (t->stride[d] != step)
            return false;
        step *= t->size[d];
    }
    return true;
}

bool
tensor_same_shape(const struct tensor *a, const struct tensor *b)
{
    return a->dims == b->dims &&
           memcmp(a->size, b->size, (size_t)a->dims * sizeof(a->size[0])) == 0;
}

static struct tensor *
allocate(struct heap *h, enum tensor_type type, int dims, const int64_t *size, bool zero)
{
    bool ok = dims <= TENSOR_DIMS_MAX;
    int64_t count = ok ? shape_count(dims, size, &ok) : 0, step = 1;
    size_t octets = (size_t)count * tensor_type_size(type);
    struct tensor *t;

    if (!ok) {
        h->full = true;
        return NULL;
    }
    t = heap_alloc(h, sizeof(*t));
    if (!t)
        return NULL;
    t->storage = heap_alloc(h, sizeof(*t->storage));
    if (!t->storage)
        return NULL;
    t->storage->data = zero ? heap_alloc(h, octets) : heap_alloc_dirty(h, octets);
    t->storage->size = octets;
    if (!t->storage->data)
        return NULL;
    t->type = type;
    t->dims = dims;
    for (int d = dims - 1; d >= 0; d--) {
        t->size[d] = size[d];
        t->stride[d] = step;
        step *= size[d] > 1 ? size[d] : 1;
    }
    return t;
}

struct tensor *
tensor_new(struct heap *h, enum tensor_type type, int dims, const int64_t *size)
{
    return allocate(h, type, dims, size, false);
}

struct tensor *
tensor_zeros(struct heap *h, enum tensor_type type, int dims, const int64_t *size)
{
    return allocate(h, type, dims, size, true);
}

struct tensor *
tensor_full(struct heap *h, enum tensor_type type, int dims, const int64_t *size,
            double value)
{
    struct tensor *t = allocate(h, type, dims, size, false);
    int64_t n = t ? tensor_count(t) : 0;

    for (int64_t i = 0; i < n; i++)
        tensor_set(t, i, value);
    return t;
}

struct tensor *
tensor_scalar(struct heap *h, enum tensor_type type, double value)
{
    return tensor_full(h, type, 0, NULL, value);
}

struct tensor *
tensor_like(struct heap *h, const struct tensor *t)
{
    return allocate(h, t->type, t->dims, t->size, false);
}

struct tensor *
tensor_alias(struct heap *h, const struct tensor *t)
{
    struct tensor *alias = heap_alloc(h, sizeof(*alias));

    if (!alias)
        return NULL;
    *alias = *t;
    alias->requires_grad = false;
    alias->multi_view = false;
    alias->grad_fn = NULL;
    alias->accumulator = NULL;
    alias->grad = NULL;
    alias->base = NULL;
    alias->output_nr = 0;
    return alias;
}

void *
tensor_data(const struct tensor *t)
{
    return (char *)t->storage->data + (size_t)t->offset * tensor_type_size(t->type);
}

int64_t
tensor_offset_of(const struct tensor *t, int64_t i)
{
    int64_t offset = t->offset;

    for (int d = t->dims - 1; d >= 0; d--) {
        offset += i % t->size[d] * t->stride[d];
        i /= t->size[d];
    }
    return offset;
}

double
tensor_get(const struct tensor *t, int64_t i)
{
    const void *data = tensor_data(t);

    switch (t->type) {
    case TENSOR_F32: return (double)((const float *)data)[i];
    case TENSOR_F64: return ((const double *)data)[i];
    case TENSOR_F16: return half_to_f64(((const uint16_t *)data)[i]);
    case TENSOR_BF16: return bfloat_to_f64(((const uint16_t *)data)[i]);
    case TENSOR_I8: return ((const int8_t *)data)[i];
    case TENSOR_I16: return ((const int16_t *)data)[i];
    case TENSOR_I32: return ((const int32_t *)data)[i];
    case TENSOR_I64: return (double)((const int64_t *)data)[i];
    case TENSOR_BOOL:
    case TENSOR_U8: return ((const uint8_t *)data)[i];
    case TENSOR_U16: return ((const uint16_t *)data)[i];
    case TENSOR_U32: return ((const uint32_t *)data)[i];
    case TENSOR_U64: return (double)((const uint64_t *)data)[i];
    case TENSOR_TYPES: break;
    }
    return 0;
}

void
tensor_set(struct tensor *t, int64_t i, double value)
{
    void *data = tensor_data(t);

    switch (t->type) {
    case TENSOR_F32: ((float *)data)[i] = (float)value; break;
    case TENSOR_F64: ((double *)data)[i] = value; break;
    case TENSOR_F16: ((uint16_t *)data)[i] = half_from_f64(value); break;
    case TENSOR_BF16: ((uint16_t *)data)[i] = bfloat_from_f64(value); break;
    case TENSOR_I8: ((int8_t *)data)[i] = (int8_t)value; break;
    case TENSOR_I16: ((int16_t *)data)[i] = (int16_t)value; break;
    case TENSOR_I32: ((int32_t *)data)[i] = (int32_t)value; break;
    case TENSOR_I64: ((int64_t *)data)[i] = (int64_t)value; break;
    case TENSOR_BOOL: ((uint8_t *)data)[i] = value != 0; break;
    case TENSOR_U8: ((uint8_t *)data)[i] = (uint8_t)value; break;
    case TENSOR_U16: ((uint16_t *)data)[i] = (uint16_t)value; break;
    case TENSOR_U32: ((uint32_t *)data)[i] = (uint32_t)value; break;
    case TENSOR_U64: ((uint64_t *)data)[i] = (uint64_t)value; break;
    case TENSOR_TYPES: break;
    }
}

/* n elements of `size` octets between two strided rows. */
static void
copy_row(char *dst, int64_t dst_step, const char *src, int64_t src_step, int64_t n,
         size_t size)
{
    if (dst_step == 1 && src_step == 1) {
        memcpy(dst, src, (size_t)n * size);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        memcpy(dst + i * dst_step * (int64_t)size, src + i * src_step * (int64_t)size,
               size);
}

void
tensor_copy_into(struct tensor *dst, const struct tensor *src)
{
    int last = src->dims - 1;
    int64_t n = tensor_count(src), row = src->dims > 0 ? src->size[last] : 1;
    size_t size = tensor_type_size(src->type);
    int64_t index[TENSOR_DIMS_MAX] = {0};
    int64_t from = src->offset, to = dst->offset;
    const char *in = src->storage->data;
    char *out = dst->storage->data;

    for (int64_t done = 0; done < n; done += row) {
        copy_row(out + (size_t)to * size, last < 0 ? 1 : dst->stride[last],
                 in + (size_t)from * size, last < 0 ? 1 : src->stride[last], row, size);
        for (int d = last - 1; d >= 0; d--) {
            from += src->stride[d];
            to += dst->stride[d];
            if (++index[d] < src->size[d])
                break;
            from -= src->stride[d] * src->size[d];
            to -= dst->stride[d] * src->size[d];
            index[d] = 0;
        }
    }
}

struct tensor *
tensor_copy(struct heap *h, const struct tensor *t)
{
    struct tensor *copy = tensor_like(h, t);

    if (copy)
        tensor_copy_into(copy, t);
    return copy;
}

struct tensor *
tensor_contiguous(struct heap *h, struct tensor *t)
{
    return tensor_is_contiguous(t) ? t : tensor_copy(h, t);
}

struct tensor *
tensor_cast(struct heap *h, struct tensor *t, enum tensor_type type)
{
    struct tensor *from = tensor_contiguous(h, t);
    struct tensor *to = from ? tensor_new(h, type, t->dims, t->size) : NULL;
    int64_t n = to ? tensor_count(to) : 0;

    for (int64_t i = 0; i < n; i++)
        tensor_set(to, i, tensor_get(from, i));
    return to;
}
