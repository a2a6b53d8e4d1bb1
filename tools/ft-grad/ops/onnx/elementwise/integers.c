/*
 * integers.c: arithmetic on integers in their own type, wrapping as it does in numpy,
 * and exact comparisons.
 *
 * One loop for each operation and type, over 64-bit values of the type's signedness.
 */
#include "ops/onnx/kernel.h"

#include "tensor/elementwise.h"

#define SIGNED(LOOP, ...)                                                                \
    LOOP(I8, int8_t, int64_t, s, __VA_ARGS__)                                            \
    LOOP(I16, int16_t, int64_t, s, __VA_ARGS__)                                          \
    LOOP(I32, int32_t, int64_t, s, __VA_ARGS__)                                          \
    LOOP(I64, int64_t, int64_t, s, __VA_ARGS__)
#define UNSIGNED(LOOP, ...)                                                              \
    LOOP(U8, uint8_t, uint64_t, u, __VA_ARGS__)                                          \
    LOOP(U16, uint16_t, uint64_t, u, __VA_ARGS__)                                        \
    LOOP(U32, uint32_t, uint64_t, u, __VA_ARGS__)                                        \
    LOOP(U64, uint64_t, uint64_t, u, __VA_ARGS__)
#define INTEGERS(LOOP, ...) SIGNED(LOOP, __VA_ARGS__) UNSIGNED(LOOP, __VA_ARGS__)

/* Wrapping operations are the same bits for both. */
static int64_t
add_s(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x + (uint64_t)y);
}
static uint64_t
add_u(uint64_t x, uint64_t y)
{
    return x + y;
}
static int64_t
sub_s(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x - (uint64_t)y);
}
static uint64_t
sub_u(uint64_t x, uint64_t y)
{
    return x - y;
}
static int64_t
mul_s(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x * (uint64_t)y);
}
static uint64_t
mul_u(uint64_t x, uint64_t y)
{
    return x * y;
}
/* Zero divisors were refused. */
static int64_t
div_s(int64_t x, int64_t y)
{
    return y == -1 ? sub_s(0, x) : x / y;
}
static uint64_t
div_u(uint64_t x, uint64_t y)
{
    return x / y;
}
static int64_t
fmod_s(int64_t x, int64_t y)
{
    return y == -1 ? 0 : x % y;
}
static uint64_t
fmod_u(uint64_t x, uint64_t y)
{
    return x % y;
}

/* With the sign of the divisor. */
static int64_t
mod_s(int64_t x, int64_t y)
{
    int64_t r = fmod_s(x, y);

    return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
static uint64_t
mod_u(uint64_t x, uint64_t y)
{
    return x % y;
}

static uint64_t
pow_u(uint64_t x, uint64_t y)
{
    uint64_t result = 1;

    for (; y > 0; y >>= 1, x *= x)
        result *= y & 1 ? x : 1;
    return result;
}

/* A negative power is a fraction, cut off: 0, but for bases 1 and -1. */
static int64_t
pow_s(int64_t x, int64_t y)
{
    if (y >= 0)
        return (int64_t)pow_u((uint64_t)x, (uint64_t)y);
    return x == 1 ? 1 : x == -1 ? (y & 1 ? -1 : 1) : 0;
}

static int64_t
max_s(int64_t x, int64_t y)
{
    return x > y ? x : y;
}
static uint64_t
max_u(uint64_t x, uint64_t y)
{
    return x > y ? x : y;
}
static int64_t
min_s(int64_t x, int64_t y)
{
    return x < y ? x : y;
}
static uint64_t
min_u(uint64_t x, uint64_t y)
{
    return x < y ? x : y;
}
static int64_t
and_s(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x & (uint64_t)y);
}
static uint64_t
and_u(uint64_t x, uint64_t y)
{
    return x & y;
}
static int64_t
or_s(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x | (uint64_t)y);
}
static uint64_t
or_u(uint64_t x, uint64_t y)
{
    return x | y;
}
static int64_t
xor_s(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x ^ (uint64_t)y);
}
static uint64_t
xor_u(uint64_t x, uint64_t y)
{
    return x ^ y;
}
static uint64_t
shl_u(uint64_t x, uint64_t y)
{
    return y < 64 ? x << y : 0;
}
static uint64_t
shr_u(uint64_t x, uint64_t y)
{
    return y < 64 ? x >> y : 0;
}

#define BINARY_LOOP(id, type, wide, sign, op)                                            \
    static void op##_##id(void *out, const void *const *in, const int64_t *step,         \
                          int64_t n, const double *p)                                    \
    {                                                                                    \
        const type *x = in[0], *y = in[1];                                               \
        type *to = out;                                                                  \
                                                                                         \
        (void)p;                                                                         \
        for (int64_t i = 0; i < n; i++)                                                  \
            to[i] = (type)op##_##sign((wide)x[i * step[0]], (wide)y[i * step[1]]);       \
    }
INTEGERS(BINARY_LOOP, add)
INTEGERS(BINARY_LOOP, sub)
INTEGERS(BINARY_LOOP, mul)
INTEGERS(BINARY_LOOP, div)
INTEGERS(BINARY_LOOP, mod)
INTEGERS(BINARY_LOOP, fmod)
INTEGERS(BINARY_LOOP, pow)
INTEGERS(BINARY_LOOP, max)
INTEGERS(BINARY_LOOP, min)
INTEGERS(BINARY_LOOP, and)
INTEGERS(BINARY_LOOP, or)
INTEGERS(BINARY_LOOP, xor)
UNSIGNED(BINARY_LOOP, shl)
UNSIGNED(BINARY_LOOP, shr)

#define ENTRY(id, type, wide, sign, op) [TENSOR_##id] = op##_##id,
static elementwise_loop *const binary[][TENSOR_TYPES] = {
    [ONNX_ADD] = {INTEGERS(ENTRY, add)}, [ONNX_SUB] = {INTEGERS(ENTRY, sub)},
    [ONNX_MUL] = {INTEGERS(ENTRY, mul)}, [ONNX_DIV] = {INTEGERS(ENTRY, div)},
    [ONNX_MOD] = {INTEGERS(ENTRY, mod)}, [ONNX_FMOD] = {INTEGERS(ENTRY, fmod)},
    [ONNX_POW] = {INTEGERS(ENTRY, pow)}, [ONNX_MAX] = {INTEGERS(ENTRY, max)},
    [ONNX_MIN] = {INTEGERS(ENTRY, min)}, [ONNX_AND] = {INTEGERS(ENTRY, and)},
    [ONNX_OR] = {INTEGERS(ENTRY, or)},   [ONNX_XOR] = {INTEGERS(ENTRY, xor)},
    [ONNX_SHL] = {UNSIGNED(ENTRY, shl)}, [ONNX_SHR] = {UNSIGNED(ENTRY, shr)},
};

static int64_t
neg_s(int64_t x)
{
    return sub_s(0, x);
}
static uint64_t
neg_u(uint64_t x)
{
    return 0 - x;
}
static int64_t
abs_s(int64_t x)
{
    return x < 0 ? sub_s(0, x) : x;
}
static uint64_t
abs_u(uint64_t x)
{
    return x;
}
static int64_t
sign_s(int64_t x)
{
    return (x > 0) - (x < 0);
}
static uint64_t
sign_u(uint64_t x)
{
    return x > 0;
}
static int64_t
relu_s(int64_t x)
{
    return x > 0 ? x : 0;
}
static uint64_t
relu_u(uint64_t x)
{
    return x;
}
static int64_t
not_s(int64_t x)
{
    return (int64_t) ~(uint64_t)x;
}
static uint64_t
not_u(uint64_t x)
{
    return ~x;
}

#define UNARY_LOOP(id, type, wide, sign, op)                                             \
    static void op##_##id(void *out, const void *const *in, const int64_t *step,         \
                          int64_t n, const double *p)                                    \
    {                                                                                    \
        const type *x = in[0];                                                           \
        type *to = out;                                                                  \
                                                                                         \
        (void)p;                                                                         \
        for (int64_t i = 0; i < n; i++)                                                  \
            to[i] = (type)op##_##sign((wide)x[i * step[0]]);                             \
    }
INTEGERS(UNARY_LOOP, neg)
INTEGERS(UNARY_LOOP, abs)
INTEGERS(UNARY_LOOP, sign)
INTEGERS(UNARY_LOOP, relu)
INTEGERS(UNARY_LOOP, not )

static elementwise_loop *const unary[][TENSOR_TYPES] = {
    [ONNX_NEG] = {INTEGERS(ENTRY, neg)},   [ONNX_ABS] = {INTEGERS(ENTRY, abs)},
    [ONNX_SIGN] = {INTEGERS(ENTRY, sign)}, [ONNX_RELU] = {INTEGERS(ENTRY, relu)},
    [ONNX_NOT] = {INTEGERS(ENTRY, not )},
};

#define COMPARED(LOOP, ...)                                                              \
    INTEGERS(LOOP, __VA_ARGS__)                                                          \
    LOOP(F32, float, float, f, __VA_ARGS__)                                              \
    LOOP(F64, double, double, f, __VA_ARGS__)                                            \
    LOOP(BOOL, uint8_t, uint8_t, u, __VA_ARGS__)
#define RELATION_LOOP(id, type, wide, sign, name, op)                                    \
    static void name##_##id(void *out, const void *const *in, const int64_t *step,       \
                            int64_t n, const double *p)                                  \
    {                                                                                    \
        const type *x = in[0], *y = in[1];                                               \
        uint8_t *to = out;                                                               \
                                                                                         \
        (void)p;                                                                         \
        for (int64_t i = 0; i < n; i++)                                                  \
            to[i] = x[i * step[0]] op y[i * step[1]];                                    \
    }
COMPARED(RELATION_LOOP, eq, ==)
COMPARED(RELATION_LOOP, lt, <)
COMPARED(RELATION_LOOP, le, <=)
COMPARED(RELATION_LOOP, gt, >)
COMPARED(RELATION_LOOP, ge, >=)

static elementwise_loop *const relation[][TENSOR_TYPES] = {
    [ONNX_EQ] = {COMPARED(ENTRY, eq)}, [ONNX_LT] = {COMPARED(ENTRY, lt)},
    [ONNX_LE] = {COMPARED(ENTRY, le)}, [ONNX_GT] = {COMPARED(ENTRY, gt)},
    [ONNX_GE] = {COMPARED(ENTRY, ge)},
};

static bool
has_zero(const struct tensor *x)
{
    int64_t n = tensor_count(x);

    for (int64_t i = 0; i < n; i++) {
        if (tensor_get(x, i) == 0)
            return true;
    }
    return false;
}

struct tensor *
onnx_int_binary(struct tape *t, enum onnx_binary op, struct tensor *x, struct tensor *y)
{
    struct tensor *in[2] = {x, y};

    if (!x || !y || !operands_meet(t, in, 2))
        return NULL;
    if (op == ONNX_DIV || op == ONNX_MOD || op == ONNX_FMOD) {
        struct tensor *divisors = tape_check(t, tensor_contiguous(&t->heap, y));

        if (!divisors)
            return NULL;
        if (has_zero(divisors))
            return tape_fail(t, ERR_MALFORMED, "ZeroDivisionError",
                             "an integer is divided by zero");
    }
    return tape_check(
        t, elementwise_apply(&t->heap, in, 2, x->type, binary[op][x->type], NULL));
}

struct tensor *
onnx_int_unary(struct tape *t, enum onnx_unary op, struct tensor *x)
{
    return x ? tape_check(t, elementwise_apply(&t->heap, &x, 1, x->type,
                                               unary[op][x->type], NULL))
             : NULL;
}

struct tensor *
onnx_relation(struct tape *t, enum onnx_relation op, struct tensor *x, struct tensor *y)
{
    struct tensor *in[2] = {x, y};

    if (!x || !y || !operands_meet(t, in, 2))
        return NULL;
    return tape_check(
        t, elementwise_apply(&t->heap, in, 2, TENSOR_BOOL, relation[op][x->type], NULL));
}
