/*
 * quantize.c: between numbers and small integers by a scale and a zero point.
 *
 * Scales and zero points are one for all, one for each place of an axis, or one for
 * each block of an axis.
 */
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <math.h>

/* Where the scale of element i stands. */
struct blocks {
    int64_t inner, size, count; /* of the axis, below and at it */
    int64_t block, scales;      /* elements of the axis to a scale, scales along it */
};

static bool
read_blocks(struct tape *t, struct op_call *call, const struct tensor *x,
            const struct tensor *scale, struct blocks *b)
{
    int64_t block = operator_attr_kind(call->op, "block_size") != 0
                        ? attr_int(call, "block_size")
                        : 0;
    int axis;

    *b = (struct blocks){.inner = 1, .size = 1, .block = 1, .scales = 1};
    if (block < 0 || block > INT32_MAX || (block > 0 && scale->dims <= 1)) {
        (void)onnx_unsupported(t, call,
                               "block_size %" PRId64 " for a scale of %d dimensions "
                               "(supported: 0, and above 0 where the scale has blocks)",
                               block, scale->dims);
        return false;
    }
    if (tensor_count(scale) == 1 && scale->dims <= 1)
        return true;
    axis = operator_attr_kind(call->op, "axis") == 0
               ? x->dims - 1
               : onnx_axis(t, call, attr_int(call, "axis"), x->dims);
    if (axis < 0)
        return false;
    for (int d = axis + 1; d < x->dims; d++)
        b->inner *= x->size[d];
    b->size = x->size[axis];
    b->count = b->size;
    if (scale->dims == 1 && block == 0 && scale->size[0] == b->size) {
        b->scales = -1; /* one for each place */
        return true;
    }
    b->block = block;
    b->scales = block > 0 ? (b->size + block - 1) / block : 0;
    if (block > 0 && scale->dims == x->dims && scale->size[axis] == b->scales) {
        bool same = true;

        for (int d = 0; d < x->dims; d++)
            same = same && (d == axis || scale->size[d] == x->size[d]);
        if (same)
            return true;
    }
    (void)onnx_malformed(t, call,
                         "the scale's shape fits neither the axis nor its blocks");
    return false;
}

static int64_t
scale_of(const struct blocks *b, int64_t i)
{
    int64_t at = i / b->inner % b->size, outer = i / b->inner / b->size;

    if (b->count == 0)
        return 0;
    if (b->scales < 0)
        return at;
    return (outer * b->scales + at / b->block) * b->inner + i % b->inner;
}

static void
limits(enum tensor_type type, double *low, double *high)
{
    bool is_signed = type == TENSOR_I8 || type == TENSOR_I16;
    double range = tensor_type_size(type) == 1 ? 256 : 65536;

    *low = is_signed ? -range / 2 : 0;
    *high = *low + range - 1;
}

static struct tensor *
quantize(struct tape *t, struct tensor *x, struct tensor *scale, struct tensor *zero,
         enum tensor_type type, const struct blocks *b)
{
    bool single = x->type != TENSOR_F64;
    struct tensor *y = tape_check(t, tensor_new(&t->heap, type, x->dims, x->size));
    double low, high;

    x = tape_check(t, tensor_contiguous(&t->heap, x));
    scale = tape_check(t, tensor_contiguous(&t->heap, scale));
    zero = zero ? tape_check(t, tensor_contiguous(&t->heap, zero)) : NULL;
    limits(type, &low, &high);
    for (int64_t i = 0; x && y && scale && i < tensor_count(y); i++) {
        int64_t k = scale_of(b, i);
        double value = tensor_get(x, i) / tensor_get(scale, k);

        value = nearbyint(single ? (double)(float)value : value);
        value += zero ? tensor_get(zero, k) : 0;
        tensor_set(y, i, value >= high ? high : value > low ? value : low);
    }
    return y;
}

struct tensor *
onnx_quantize(struct tape *t, struct op_call *call, struct tensor *x,
              struct tensor *scale, struct tensor *zero)
{
    struct blocks b = {.inner = 1, .size = 1, .block = 1, .scales = 1};

    if (!x || !scale || !zero)
        return NULL;
    if (tensor_count(scale) != 1 || tensor_count(zero) != 1 || scale->dims > 1 ||
        zero->dims > 1)
        return onnx_unsupported(t, call, "more than one scale of the result");
    return quantize(t, x, scale, zero, zero->type, &b);
}

static bool
check_zero(struct tape *t, struct op_call *call, const struct tensor *scale,
           const struct tensor *zero)
{
    if (!zero || tensor_same_shape(scale, zero) ||
        (tensor_count(scale) == 1 && tensor_count(zero) == 1))
        return true;
    (void)onnx_malformed(t, call, "scale and zero point differ in shape");
    return false;
}

void
onnx_quantize_linear(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *scale = call->in[1], *zero = onnx_in(call, 2);
    enum tensor_type type = zero ? zero->type : TENSOR_U8;
    struct blocks b;

    if (operator_attr_kind(call->op, "output_dtype") != 0 &&
        attr_int(call, "output_dtype") != 0) {
        enum tensor_type wanted = onnx_type_of(attr_int(call, "output_dtype"));

        if (zero && wanted != type) {
            (void)onnx_malformed(t, call, "output_dtype is not the zero point's type");
            return;
        }
        type = wanted;
    }
    if (check_zero(t, call, scale, zero) && read_blocks(t, call, x, scale, &b))
        call->out[0] = quantize(t, x, scale, zero, type, &b);
}

void
onnx_dequantize_linear(struct tape *t, struct op_call *call)
{
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, call->in[0])), *y;
    struct tensor *scale = tape_check(t, tensor_contiguous(&t->heap, call->in[1]));
    struct tensor *zero = onnx_in(call, 2);
    struct blocks b;

    if (!x || !scale || !check_zero(t, call, scale, zero) ||
        !read_blocks(t, call, x, scale, &b))
        return;
    zero = zero ? tape_check(t, tensor_contiguous(&t->heap, zero)) : NULL;
    y = tape_check(t, tensor_new(&t->heap, TENSOR_F32, x->dims, x->size));
    for (int64_t i = 0; y && i < tensor_count(y); i++) {
        int64_t k = scale_of(&b, i);
        double centred = tensor_get(x, i) - (zero ? tensor_get(zero, k) : 0);

        tensor_f32(y)[i] = (float)centred * (float)tensor_get(scale, k);
    }
    call->out[0] = y;
}

/* To uint8 with a scale and zero point from the range of x, which includes 0. */
void
onnx_dynamic_quantize_linear(struct tape *t, struct op_call *call)
{
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, call->in[0]));
    struct blocks b = {.inner = 1, .size = 1, .block = 1, .scales = 1};
    float low = 0, high = 0, scale, zero;
    struct tensor *out[3];

    for (int64_t i = 0; x && i < tensor_count(x); i++) {
        low = fminf(low, tensor_f32(x)[i]);
        high = fmaxf(high, tensor_f32(x)[i]);
    }
    scale = high == low ? 1.0F : (high - low) / 255.0F;
    zero = nearbyintf(fminf(255.0F, fmaxf(0.0F, 0.0F - low / scale)));
    out[1] = onnx_scalar(t, TENSOR_F32, (double)scale);
    out[2] = onnx_scalar(t, TENSOR_U8, (double)zero);
    out[0] = x && out[1] && out[2] ? quantize(t, x, out[1], out[2], TENSOR_U8, &b) : NULL;
    for (size_t i = 0; i < call->out_count && i < COUNT_OF(out); i++)
        call->out[i] = out[i];
}
