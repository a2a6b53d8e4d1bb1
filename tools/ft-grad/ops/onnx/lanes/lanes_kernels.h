/*
 * lanes_kernels.h: the kernels of lanes.h as NAME, included once an instruction set.
 *
 * Vectors of the compiler, sixteen numbers each, which it cuts to the registers there
 * are; they are passed by pointer, as no calling convention is theirs.  The polynomials
 * interpolate at the 400 Chebyshev nodes of their interval and are cut to a degree.
 */
#include "ops/onnx/lanes/lanes.h"

#include <math.h>
#include <string.h>

enum { LANES = 16 };
typedef float reals __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t words __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef uint32_t naturals __attribute__((vector_size(LANES * sizeof(uint32_t))));

/* n of them, the others are `rest`. */
static inline void
load(reals *to, const float *from, int64_t n, float rest)
{
    if (n >= LANES) {
        memcpy(to, from, sizeof(*to));
        return;
    }
    memset(to, 0, sizeof(*to));
    *to = *to + rest;
    memcpy(to, from, (size_t)n * sizeof(float));
}

static inline void
store(float *to, const reals *from, int64_t n)
{
    memcpy(to, from, (size_t)(n < LANES ? n : LANES) * sizeof(float));
}

/* a where mask is set, b elsewhere. */
static inline void
choose(reals *to, const words *mask, const reals *a, const reals *b)
{
    words x, y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    x = (x & *mask) | (y & ~*mask);
    memcpy(to, &x, sizeof(x));
}

/* Lowest coefficient last. */
static inline void
polynomial(reals *y, const reals *x, const float *c, int count)
{
    reals sum = {0};

    sum = sum + c[0];
    for (int i = 1; i < count; i++)
        sum = sum * *x + c[i];
    *y = sum;
}

/* For x <= 0; below -87 zero. */
static inline void
exp_down(reals *y, const reals *x)
{
    static const float c[] = {0.00139497694F, 0.00837596122F, 0.0416662003F, 0.166664054F,
                              0.500000011F,   1.00000004F,    1.0F};
    const float shift = 12582912.0F; /* 1.5 * 2^23: the sum's low bits are an integer */
    reals top = *x * 1.44269502F + shift, n = top - shift, rest, power;
    naturals exponent;
    words low = *x < -87.0F;
    const reals zero = {0};

    rest = *x - n * 0.693359375F; /* ln 2 in two parts, the first of few bits */
    rest = rest + n * 2.12194440e-4F;
    memcpy(&exponent, &top, sizeof(exponent));
    exponent = (exponent << 23) + (127U << 23);
    memcpy(&power, &exponent, sizeof(power));
    polynomial(&rest, &rest, c, (int)(sizeof(c) / sizeof(c[0])));
    *y = rest * power;
    choose(y, &low, &zero, y);
}

static inline void
erf_lanes(reals *y, const reals *x)
{
    /* erf(x) / x by x^2 from 0 to 1; log(1 - erf(x)) from 1 to 4. */
    static const float small[] = {-9.67358133e-06F, 0.000112682508F, -0.000848439616F,
                                  0.00522105339F,   -0.0268654383F,  0.112837826F,
                                  -0.376126385F,    1.12837917F};
    static const float large[] = {1.61406157e-06F, -4.55906218e-05F, 0.000592769532F,
                                  -0.00474022232F, 0.0263647173F,    -0.109978245F,
                                  -0.631937094F,   -1.13016668F,     0.000303212955F};
    words bits, sign, is_large, beyond;
    reals size, inner, outer, square, four = {0};

    memcpy(&bits, x, sizeof(bits));
    sign = bits & INT32_MIN;
    bits = bits & INT32_MAX;
    memcpy(&size, &bits, sizeof(size));
    is_large = size > 1.0F;
    beyond = size > 4.0F;
    four = four + 4.0F;
    square = size * size;
    polynomial(&inner, &square, small, (int)(sizeof(small) / sizeof(small[0])));
    inner = inner * size;
    choose(&size, &beyond, &four, &size);
    polynomial(&outer, &size, large, (int)(sizeof(large) / sizeof(large[0])));
    exp_down(&outer, &outer);
    outer = 1.0F - outer;
    choose(&inner, &is_large, &outer, &inner);
    memcpy(&bits, &inner, sizeof(bits));
    bits = bits | sign;
    memcpy(y, &bits, sizeof(bits));
}

static void
erf_all(int64_t n, const float *x, float *y)
{
    for (int64_t i = 0; i < n; i += LANES) {
        reals v;

        load(&v, x + i, n - i, 0);
        erf_lanes(&v, &v);
        store(y + i, &v, n - i);
    }
}

/* The lanes in pairs of halves. */
static inline float
total(const reals *v)
{
    float sum[LANES];

    memcpy(sum, v, sizeof(sum));
    for (int half = LANES / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++)
            sum[i] += sum[i + half];
    }
    return sum[0];
}

static inline float
largest(int64_t n, const float *x)
{
    reals top, v;
    float best;

    load(&top, x, n, -INFINITY);
    for (int64_t i = LANES; i < n; i += LANES) {
        words above;

        load(&v, x + i, n - i, -INFINITY);
        above = v > top;
        choose(&top, &above, &v, &top);
    }
    best = top[0];
    for (int i = 1; i < LANES; i++)
        best = top[i] > best ? top[i] : best;
    return best;
}

static void
softmax(int64_t rows, int64_t n, const float *x, float *y)
{
    for (; rows > 0; rows--, x += n, y += n) {
        const float top = largest(n, x);
        reals sum = {0}, v;
        float whole;

        for (int64_t i = 0; i < n; i += LANES) {
            load(&v, x + i, n - i, -INFINITY);
            v = v - top;
            exp_down(&v, &v);
            store(y + i, &v, n - i);
            sum = sum + v;
        }
        whole = total(&sum);
        for (int64_t i = 0; i < n; i += LANES) {
            load(&v, y + i, n - i, 0);
            v = v / whole;
            store(y + i, &v, n - i);
        }
    }
}

static void
layer_norm(int64_t rows, int64_t n, const float *x, const float *scale, const float *bias,
           float epsilon, float *y)
{
    for (; rows > 0; rows--, x += n, y += n) {
        const reals zero = {0};
        reals sum = zero, v, s, b;
        float mean, inverse;

        for (int64_t i = 0; i < n; i += LANES) {
            load(&v, x + i, n - i, 0);
            sum = sum + v;
        }
        mean = total(&sum) / (float)n;
        sum = zero;
        for (int64_t i = 0; i < n; i += LANES) {
            load(&v, x + i, n - i, mean);
            v = v - mean;
            sum = sum + v * v;
        }
        inverse = 1.0F / sqrtf(total(&sum) / (float)n + epsilon);
        for (int64_t i = 0; i < n; i += LANES) {
            load(&v, x + i, n - i, 0);
            load(&s, scale + i, n - i, 0);
            v = (v - mean) * inverse * s;
            if (bias) {
                load(&b, bias + i, n - i, 0);
                v = v + b;
            }
            store(y + i, &v, n - i);
        }
    }
}

static void
larger(int64_t n, const float *x, float *y)
{
    reals most = {0};

    most = most + INFINITY;
    for (int64_t i = 0; i < n; i += LANES) {
        reals a, b;
        words keep;

        load(&a, x + i, n - i, 0);
        load(&b, y + i, n - i, 0);
        keep = (a <= b) | ~(b <= most); /* a number, or none already */
        choose(&b, &keep, &b, &a);
        store(y + i, &b, n - i);
    }
}

const struct lanes NAME = {
    .erf = erf_all, .softmax = softmax, .layer_norm = layer_norm, .larger = larger};
