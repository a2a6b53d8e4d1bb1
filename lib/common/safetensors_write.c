#include "bytes.h"
#include "json_out.h"
#include "mem.h"
#include "safetensors.h"

#include <stdlib.h>
#include <string.h>

/* The library's order of dtypes, by which it sorts; from narrow to wide. */
static const enum dtype order[] = {
    DTYPE_BOOL,
    DTYPE_FLOAT4_E2M1,
    DTYPE_FLOAT6_E2M3,
    DTYPE_FLOAT6_E3M2,
    DTYPE_UINT8,
    DTYPE_INT8,
    DTYPE_FLOAT8_E5M2,
    DTYPE_FLOAT8_E4M3FN,
    DTYPE_FLOAT8_E8M0FNU,
    DTYPE_FLOAT8_E4M3FNUZ,
    DTYPE_FLOAT8_E5M2FNUZ,
    DTYPE_INT16,
    DTYPE_UINT16,
    DTYPE_FLOAT16,
    DTYPE_BFLOAT16,
    DTYPE_INT32,
    DTYPE_UINT32,
    DTYPE_FLOAT32,
    DTYPE_COMPLEX64,
    DTYPE_FLOAT64,
    DTYPE_INT64,
    DTYPE_UINT64,
};

static size_t
rank_of(enum dtype dtype)
{
    size_t i = 0;

    while (i < COUNT_OF(order) && order[i] != dtype)
        i++;
    return i;
}

static int
compare(const void *a, const void *b)
{
    const struct safetensors_tensor *x = a, *y = b;
    size_t i = rank_of(x->dtype), j = rank_of(y->dtype);

    if (i != j)
        return i > j ? -1 : 1;
    return strcmp(x->name, y->name);
}

static bool
refuse(const struct safetensors_tensor *t, enum error_class class, const char *what,
       struct error *err)
{
    return error_set(err, class, "tensor \"%s\" %s", t->name, what);
}

static int
compare_names(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

/* Tensors of different dtypes are apart after sorting, so names are sorted alone. */
static bool
check_names(const struct safetensors_tensor *tensors, size_t count, struct error *err)
{
    const char **names = xcalloc(count, sizeof *names);
    bool ok = true;

    for (size_t i = 0; i < count; i++)
        names[i] = tensors[i].name;
    if (count > 1)
        qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; ok && i < count; i++) {
        if (strcmp(names[i], "__metadata__") == 0)
            ok = error_set(err, ERR_UNSUPPORTED,
                           "a tensor cannot be named \"__metadata__\" in safetensors");
        else if (i > 0 && strcmp(names[i], names[i - 1]) == 0)
            ok = error_set(err, ERR_MALFORMED, "two tensors are named \"%s\"", names[i]);
    }
    free(names);
    return ok;
}

bool
safetensors_layout(struct safetensors_tensor *tensors, size_t count, struct error *err)
{
    uint64_t at = 0;

    if (!check_names(tensors, count, err))
        return false;
    if (count > 1)
        qsort(tensors, count, sizeof *tensors, compare);
    for (size_t i = 0; i < count; i++) {
        struct safetensors_tensor *t = &tensors[i];
        uint64_t bits = dtype_bits(t->dtype);
        bool over = false;

        if (rank_of(t->dtype) == COUNT_OF(order))
            return refuse(t, ERR_UNSUPPORTED, "has a dtype that safetensors lacks", err);
        t->numel = 1;
        for (unsigned k = 0; k < t->rank && !over; k++)
            over = __builtin_mul_overflow(t->numel, t->shape[k], &t->numel);
        if (over || __builtin_mul_overflow(t->numel, bits, &bits))
            return refuse(t, ERR_BOUNDS, "has a shape that overflows 64 bits", err);
        if (bits % 8 != 0)
            return refuse(t, ERR_UNSUPPORTED, "does not end at a whole octet", err);
        t->begin = at;
        if (__builtin_add_overflow(at, bits / 8, &at))
            return refuse(t, ERR_BOUNDS, "does not fit in 64 bits of data", err);
        t->end = at;
    }
    return true;
}

static void
write_json(FILE *stream, const struct safetensors_tensor *tensors, size_t count,
           const struct safetensors_pair *metadata, size_t metadata_count)
{
    struct json_out j;

    json_start(&j, stream, JSON_LINE);
    json_object(&j, NULL);
    if (metadata_count > 0) {
        json_object(&j, "__metadata__");
        for (size_t i = 0; i < metadata_count; i++)
            json_string(&j, metadata[i].key, metadata[i].value);
        json_end(&j);
    }
    for (size_t i = 0; i < count; i++) {
        const struct safetensors_tensor *t = &tensors[i];

        json_object(&j, t->name);
        json_string(&j, "dtype", dtype_safetensors(t->dtype));
        json_array(&j, "shape");
        for (unsigned k = 0; k < t->rank; k++)
            json_u64(&j, NULL, t->shape[k]);
        json_end(&j);
        json_array(&j, "data_offsets");
        json_u64(&j, NULL, t->begin);
        json_u64(&j, NULL, t->end);
        json_end(&j);
        json_end(&j);
    }
    json_end(&j);
}

bool
safetensors_header(struct buf *out, const struct safetensors_tensor *tensors,
                   size_t count, const struct safetensors_pair *metadata,
                   size_t metadata_count, struct error *err)
{
    char *json = NULL;
    size_t size = 0, padded;
    FILE *stream = xmemstream(&json, &size);
    uint8_t *p;

    write_json(stream, tensors, count, metadata, metadata_count);
    xmemclose(stream);
    size--; /* the line feed */
    padded = (size + 7) & ~(size_t)7;
    if (padded > SAFETENSORS_HEADER_MAX) {
        free(json);
        return error_set(err, ERR_LIMIT, "header of %zu octets is over the limit of %d",
                         padded, SAFETENSORS_HEADER_MAX);
    }
    p = buf_reserve(out, 8 + padded);
    put_le64(p, padded);
    memcpy(p + 8, json, size);
    memset(p + 8 + size, ' ', padded - size);
    out->size += 8 + padded;
    free(json);
    return true;
}
