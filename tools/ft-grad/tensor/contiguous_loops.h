/*
 * contiguous_loops.h: the loops of contiguous.h for one width of vectors; included with
 *
 *     OCTETS    of a vector
 *     NAME      contiguous_baseline, contiguous_avx2 ...
 */
#include "tensor/contiguous.h"

#include <string.h>

typedef float floats __attribute__((vector_size(OCTETS)));
typedef double doubles __attribute__((vector_size(OCTETS)));
typedef int32_t float_mask __attribute__((vector_size(OCTETS)));
typedef int64_t double_mask __attribute__((vector_size(OCTETS)));
typedef float half_floats __attribute__((vector_size(OCTETS / 2)));

/* Four vectors a turn; `whole` sees vectors x and y, `single` numbers x and y. */
#define LOOP(name, type, vector, operands, whole, single)                                \
    static void name##_##type(void *out, const void *const *in, const int64_t *step,     \
                              int64_t n, const double *p)                                \
    {                                                                                    \
        enum { LANES = OCTETS / sizeof(type), TURN = 4 };                                \
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

static void
widen_add(double *sum, const float *x, int64_t n)
{
    enum { LANES = OCTETS / sizeof(double) };
    int64_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        half_floats narrow;
        doubles total;

        memcpy(&narrow, x + i, sizeof(narrow));
        memcpy(&total, sum + i, sizeof(total));
        total += __builtin_convertvector(narrow, doubles);
        memcpy(sum + i, &total, sizeof(total));
    }
    for (; i < n; i++)
        sum[i] += (double)x[i];
}

const struct contiguous_loops NAME = {.plus = {plus_float, plus_double},
                                      .sub = {sub_float, sub_double},
                                      .mul = {mul_float, mul_double},
                                      .div = {div_float, div_double},
                                      .relu = {relu_float, relu_double},
                                      .stop = {stop_float, stop_double},
                                      .widen_add = widen_add};
