/*
 * convert.c: Cast and CastLike between the types that tensors have.
 *
 * Floats to integers are cut off towards zero; what the target cannot hold takes the
 * value that x86's conversion instructions give, as in ONNX Runtime and numpy there.
 * Integers to integers keep their low bits.  Anything but zero is true.
 */
#include "ops/onnx/kernel.h"

#include "tensor/half.h"

#include <math.h>

static bool
is_float(enum tensor_type type)
{
    return dtype_kind(tensor_type_dtype(type)) == DTYPE_KIND_FLOAT;
}

/* Element i of an integer or bool tensor; uint64 keeps its bits. */
static int64_t
get_integer(const struct tensor *x, int64_t i)
{
    const void *data = tensor_data(x);

    if (x->type == TENSOR_I64)
        return ((const int64_t *)data)[i];
    if (x->type == TENSOR_U64)
        return (int64_t)((const uint64_t *)data)[i];
    return (int64_t)tensor_get(x, i);
}

static void
set_integer(struct tensor *y, int64_t i, int64_t value)
{
    void *data = tensor_data(y);

    switch (tensor_type_size(y->type)) {
    case 1: ((uint8_t *)data)[i] = (uint8_t)value; break;
    case 2: ((uint16_t *)data)[i] = (uint16_t)value; break;
    case 4: ((uint32_t *)data)[i] = (uint32_t)value; break;
    default: ((uint64_t *)data)[i] = (uint64_t)value; break;
    }
}

/* 32 bits and wider out of range: the smallest number; narrower: by way of int32. */
static int64_t
integer_of(double value, enum tensor_type type)
{
    const double two31 = 2147483648.0, two63 = 9223372036854775808.0;
    bool narrow = tensor_type_size(type) < 4 || type == TENSOR_I32;

    if (type == TENSOR_U64 && value >= two63)
        return value < 2 * two63 ? (int64_t)(uint64_t)value : 0;
    if (narrow)
        return value > -two31 - 1 && value < two31 ? (int64_t)value : INT32_MIN;
    return value >= -two63 && value < two63 ? (int64_t)value : INT64_MIN;
}

static void
convert(struct tensor *y, const struct tensor *x)
{
    int64_t n = tensor_count(x);
    bool from_float = is_float(x->type), to_float = is_float(y->type);

    for (int64_t i = 0; i < n; i++) {
        if (y->type == TENSOR_BOOL)
            tensor_bool(y)[i] =
                from_float ? tensor_get(x, i) != 0 : get_integer(x, i) != 0;
        else if (!from_float && !to_float)
            set_integer(y, i, get_integer(x, i));
        else if (!to_float)
            set_integer(y, i, integer_of(tensor_get(x, i), y->type));
        else if (y->type == TENSOR_F32 && x->type == TENSOR_I64)
            tensor_f32(y)[i] = (float)tensor_i64(x)[i];
        else if (y->type == TENSOR_F32 && x->type == TENSOR_U64)
            tensor_f32(y)[i] = (float)((const uint64_t *)tensor_data(x))[i];
        else
            tensor_set(y, i, tensor_get(x, i));
    }
}

struct tensor *
onnx_convert(struct tape *t, struct tensor *x, enum tensor_type type)
{
    struct tensor *from, *y;

    if (!x || x->type == type)
        return x;
    if (tensor_is_real(x) && (type == TENSOR_F32 || type == TENSOR_F64))
        return op_cast(t, x, type);
    from = tape_check(t, tensor_contiguous(&t->heap, x));
    y = tape_check(t, tensor_new(&t->heap, type, x->dims, x->size));
    if (from && y)
        convert(y, from);
    return y;
}

void
onnx_cast(struct tape *t, struct op_call *call)
{
    call->out[0] = onnx_convert(t, call->in[0], onnx_type_of(attr_int(call, "to")));
}

void
onnx_cast_like(struct tape *t, struct op_call *call)
{
    call->out[0] = onnx_convert(t, call->in[0], call->in[1]->type);
}
