/*
 * truth.c: comparisons, logic, bits, and selection by truth values.
 */
#include "ops/onnx/kernel.h"

#include "tensor/elementwise.h"

#include <math.h>
#include <string.h>

#define RELATION(name, relation)                                                         \
    void onnx_##name(struct tape *t, struct op_call *call)                               \
    {                                                                                    \
        call->out[0] = onnx_relation(t, relation, call->in[0], call->in[1]);             \
    }
RELATION(equal, ONNX_EQ)
RELATION(less, ONNX_LT)
RELATION(less_or_equal, ONNX_LE)
RELATION(greater, ONNX_GT)
RELATION(greater_or_equal, ONNX_GE)

#define BITS(name, operation)                                                            \
    void onnx_##name(struct tape *t, struct op_call *call)                               \
    {                                                                                    \
        call->out[0] = onnx_int_binary(t, operation, call->in[0], call->in[1]);          \
    }
BITS(bitwise_and, ONNX_AND)
BITS(bitwise_or, ONNX_OR)
BITS(bitwise_xor, ONNX_XOR)

void
onnx_bitwise_not(struct tape *t, struct op_call *call)
{
    call->out[0] = onnx_int_unary(t, ONNX_NOT, call->in[0]);
}

void
onnx_bit_shift(struct tape *t, struct op_call *call)
{
    bool left = strcmp(attr_text(call, "direction"), "LEFT") == 0;

    call->out[0] =
        onnx_int_binary(t, left ? ONNX_SHL : ONNX_SHR, call->in[0], call->in[1]);
}

#define TRUTH_LOOP(name, expression)                                                     \
    static void name(void *out, const void *const *in, const int64_t *step, int64_t n,   \
                     const double *p)                                                    \
    {                                                                                    \
        const uint8_t *a = in[0], *b = in[1];                                            \
        uint8_t *to = out;                                                               \
                                                                                         \
        (void)p;                                                                         \
        for (int64_t i = 0; i < n; i++) {                                                \
            bool x = a[i * step[0]] != 0, y = b[i * step[1]] != 0;                       \
                                                                                         \
            to[i] = expression;                                                          \
        }                                                                                \
    }
TRUTH_LOOP(both, x &&y)
TRUTH_LOOP(either, x || y)
TRUTH_LOOP(one, x != y)

static void
logic(struct tape *t, struct op_call *call, elementwise_loop *loop)
{
    if (operands_meet(t, call->in, 2))
        call->out[0] = tape_check(
            t, elementwise_apply(&t->heap, call->in, 2, TENSOR_BOOL, loop, NULL));
}

void
onnx_and(struct tape *t, struct op_call *call)
{
    logic(t, call, both);
}

void
onnx_or(struct tape *t, struct op_call *call)
{
    logic(t, call, either);
}

void
onnx_xor(struct tape *t, struct op_call *call)
{
    logic(t, call, one);
}

void
onnx_not(struct tape *t, struct op_call *call)
{
    call->out[0] = onnx_relation(t, ONNX_EQ, call->in[0], onnx_scalar(t, TENSOR_BOOL, 0));
}

void
onnx_is_nan(struct tape *t, struct op_call *call)
{
    struct tensor *same = onnx_relation(t, ONNX_EQ, call->in[0], call->in[0]);

    call->out[0] = onnx_relation(t, ONNX_EQ, same, onnx_scalar(t, TENSOR_BOOL, 0));
}

void
onnx_is_inf(struct tape *t, struct op_call *call)
{
    struct tensor *x = tape_check(t, tensor_contiguous(&t->heap, call->in[0]));
    struct tensor *y = tape_check(
        t, tensor_new(&t->heap, TENSOR_BOOL, x ? x->dims : 0, call->in[0]->size));
    bool negative = attr_int(call, "detect_negative") == 1;
    bool positive = attr_int(call, "detect_positive") == 1;

    for (int64_t i = 0; x && y && i < tensor_count(x); i++) {
        double value = tensor_get(x, i);

        tensor_bool(y)[i] = isinf(value) && (value < 0 ? negative : positive);
    }
    call->out[0] = y;
}

#define WHERE_LOOP(type)                                                                 \
    static void where_##type(void *out, const void *const *in, const int64_t *step,      \
                             int64_t n, const double *p)                                 \
    {                                                                                    \
        const uint8_t *mask = in[0];                                                     \
        const type *a = in[1], *b = in[2];                                               \
        type *to = out;                                                                  \
                                                                                         \
        (void)p;                                                                         \
        for (int64_t i = 0; i < n; i++)                                                  \
            to[i] = mask[i * step[0]] ? a[i * step[1]] : b[i * step[2]];                 \
    }
WHERE_LOOP(uint8_t)
WHERE_LOOP(uint16_t)
WHERE_LOOP(uint32_t)
WHERE_LOOP(uint64_t)

void
onnx_where(struct tape *t, struct op_call *call)
{
    static elementwise_loop *const loops[] = {[1] = where_uint8_t,
                                              [2] = where_uint16_t,
                                              [4] = where_uint32_t,
                                              [8] = where_uint64_t};
    enum tensor_type type = call->in[1]->type;

    if (tensor_is_real(call->in[1]))
        call->out[0] = op_where(t, call->in[0], call->in[1], call->in[2]);
    else if (operands_meet(t, call->in, 3))
        call->out[0] =
            tape_check(t, elementwise_apply(&t->heap, call->in, 3, type,
                                            loops[tensor_type_size(type)], NULL));
}
