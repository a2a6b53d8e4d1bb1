/*
 * contiguous.c: vectors of 16 octets, which every machine of ours has.
 */
#include "tensor/contiguous.h"

#include <string.h>

typedef float floats __attribute__((vector_size(16)));
typedef double doubles __attribute__((vector_size(16)));
typedef int32_t float_mask __attribute__((vector_size(16)));
typedef int64_t double_mask __attribute__((vector_size(16)));
typedef double wide __attribute__((vector_size(32)));

/* Four vectors a turn; `whole` sees vectors x and y, `single` numbers x and y. */
#define LOOP(name, type, vector, operands, whole, single)                                \
    static void name##_##type(void *out, const void *const *in, const int64_t *step,     \
                              int64_t n, const double *p)                                \
    {                                                                                    \
        enum { LANES = 16 / sizeof(type), TURN = 4 };                                    \
        type *to = out;                                                                  \
        const type *a = in[0], *b = in[operands - 1];                                    \
        int64_t i = 0;                                                                   \
                                                                                         \
        (void)step;                                                                      \
        (void)p;                                                                         \
        for (; i + TURN * LANES <= n; i += TURN * LANES) {                               \
            vector v[TURN], w[TURN];                                                     \
                                                                                         \
            memcpy(v, a + i, sizeof(v));                                                 \
            memcpy(w, b + i, sizeof(w));                                                 \
            for (int k = 0; k < TURN; k++) {                                             \
                vector x = v[k], y = w[k];                                               \
                                                                                         \
                (void)y;                                                                 \
                v[k] = (whole);                                                          \
            }                                                                            \
            memcpy(to + i, v, sizeof(v));                                                \
        }                                                                                \
        for (; i < n; i++) {                                                             \
            type x = a[i], y = b[i];                                                     \
                                                                                         \
            (void)y;                                                                     \
            to[i] = (single);                                                            \
        }                                                                                \
    }
#define LOOPS(name, operands, whole, single)                                             \
    LOOP(name, float, floats, operands, whole, single)                                   \
    LOOP(name, double, doubles, operands, whole, single)

LOOPS(plus, 2, x + y, x + y)
LOOPS(sub, 2, x - y, x - y)
LOOPS(mul, 2, x *y, x *y)
LOOPS(div, 2, x / y, x / y)
LOOP(relu, float, floats, 1, (floats)((float_mask)x & ~(float_mask)(x < 0)),
     x < 0 ? 0 : x)
LOOP(relu, double, doubles, 1, (doubles)((double_mask)x & ~(double_mask)(x < 0)),
     x < 0 ? 0 : x)
LOOP(stop, float, floats, 2, (floats)((float_mask)x & ~(float_mask)(y <= 0)),
     y <= 0 ? 0 : x)
LOOP(stop, double, doubles, 2, (doubles)((double_mask)x & ~(double_mask)(y <= 0)),
     y <= 0 ? 0 : x)

static elementwise_loop *
choose(enum tensor_type type, elementwise_loop *single, elementwise_loop *twice)
{
    return type == TENSOR_F32 ? single : type == TENSOR_F64 ? twice : NULL;
}

elementwise_loop *
contiguous_unary(enum unary_kernel kernel, enum tensor_type type)
{
    return kernel == UNARY_relu ? choose(type, relu_float, relu_double) : NULL;
}

elementwise_loop *
contiguous_binary(enum binary_kernel kernel, enum tensor_type type)
{
    static const struct {
        enum binary_kernel kernel;
        elementwise_loop *single, *twice;
    } loops[] = {{BINARY_plus, plus_float, plus_double},
                 {BINARY_sub, sub_float, sub_double},
                 {BINARY_mul, mul_float, mul_double},
                 {BINARY_div, div_float, div_double},
                 {BINARY_relu_backward, stop_float, stop_double}};

    for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
        if (loops[i].kernel == kernel)
            return choose(type, loops[i].single, loops[i].twice);
    }
    return NULL;
}

void
contiguous_widen_add(double *sum, const float *x, int64_t n)
{
    int64_t i = 0;

    for (; i + 4 <= n; i += 4) {
        floats narrow;
        wide total;

        memcpy(&narrow, x + i, sizeof(narrow));
        memcpy(&total, sum + i, sizeof(total));
        total += __builtin_convertvector(narrow, wide);
        memcpy(sum + i, &total, sizeof(total));
    }
    for (; i < n; i++)
        sum[i] += (double)x[i];
}
