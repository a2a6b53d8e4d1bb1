/*
 * dtype.c: see dtype.h.  The small floats are those of IEEE 754 binary16, Google's
 * bfloat16 and the 8-bit formats of OCP and Graphcore/AMD ("fnuz": no negative zero,
 * 0x80 is NaN).
 */
#include "dtype.h"

#include "bytes.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name, *safetensors, *numpy;
    unsigned bits, unit;
    enum dtype_kind kind;
} table[DTYPE_COUNT] = {
    [DTYPE_NONE] = {"", "", "", 0, 1, DTYPE_KIND_OPAQUE},
#define DTYPE(id, name, bits, unit, kind, safetensors, numpy)                            \
    [DTYPE_##id] = {name, safetensors, numpy, bits, unit, DTYPE_KIND_##kind},
#include "dtype.def"
#undef DTYPE
};

const char *
dtype_name(enum dtype d)
{
    return table[d].name;
}

const char *
dtype_safetensors(enum dtype d)
{
    return table[d].safetensors;
}

const char *
dtype_numpy(enum dtype d)
{
    return table[d].numpy;
}

unsigned
dtype_bits(enum dtype d)
{
    return table[d].bits;
}

size_t
dtype_size(enum dtype d)
{
    return table[d].bits / 8;
}

size_t
dtype_unit(enum dtype d)
{
    return table[d].unit;
}

enum dtype_kind
dtype_kind(enum dtype d)
{
    return table[d].kind;
}

static bool
same(const char *entry, const char *name, size_t size)
{
    return size > 0 && strlen(entry) == size && memcmp(entry, name, size) == 0;
}

enum dtype
dtype_by_name(const char *name, size_t size)
{
    for (enum dtype d = DTYPE_NONE + 1; d < DTYPE_COUNT; d++)
        if (same(table[d].name, name, size))
            return d;
    return DTYPE_NONE;
}

enum dtype
dtype_by_safetensors(const char *name, size_t size)
{
    for (enum dtype d = DTYPE_NONE + 1; d < DTYPE_COUNT; d++)
        if (same(table[d].safetensors, name, size))
            return d;
    return DTYPE_NONE;
}

enum dtype
dtype_by_numpy(const char *code, size_t size)
{
    for (enum dtype d = DTYPE_NONE + 1; d < DTYPE_COUNT; d++)
        if (same(table[d].numpy, code, size))
            return d;
    return DTYPE_NONE;
}

/* A float of `exponent` and `mantissa` bits with IEEE's infinities and NaNs. */
static double
ieee_small(unsigned bits, unsigned exponent, unsigned mantissa)
{
    unsigned top = (1u << exponent) - 1, e = bits >> mantissa & top;
    unsigned m = bits & ((1u << mantissa) - 1);
    double sign = bits >> (exponent + mantissa) & 1 ? -1.0 : 1.0;
    int bias = (1 << (exponent - 1)) - 1;

    if (e == top)
        return m ? (double)NAN : sign * (double)INFINITY;
    if (e == 0)
        return sign * ldexp(m, 1 - bias - (int)mantissa);
    return sign * ldexp((double)(m | 1u << mantissa), (int)e - bias - (int)mantissa);
}

/* The finite 8-bit formats: a fixed bias, and what is NaN. */
static double
finite_small(unsigned bits, unsigned mantissa, int bias, unsigned nan_bits,
             unsigned nan_mask)
{
    unsigned e = (bits & 0x7f) >> mantissa, m = bits & ((1u << mantissa) - 1);
    double sign = bits & 0x80 ? -1.0 : 1.0;

    if ((bits & nan_mask) == nan_bits)
        return (double)NAN;
    if (e == 0)
        return sign * ldexp(m, 1 - bias - (int)mantissa);
    return sign * ldexp((double)(m | 1u << mantissa), (int)e - bias - (int)mantissa);
}

static double
f32_of(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, sizeof f);
    return (double)f;
}

static double
f64_of(uint64_t bits)
{
    double f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

static double
one_float8(enum dtype d, unsigned bits)
{
    switch ((int)d) {
    case DTYPE_FLOAT8_E4M3FN: return finite_small(bits, 3, 7, 0x7f, 0x7f);
    case DTYPE_FLOAT8_E4M3FNUZ: return finite_small(bits, 3, 8, 0x80, 0xff);
    case DTYPE_FLOAT8_E5M2: return ieee_small(bits, 5, 2);
    case DTYPE_FLOAT8_E5M2FNUZ: return finite_small(bits, 2, 16, 0x80, 0xff);
    default: /* FLOAT8_E8M0FNU: a power of two */
        return bits == 0xff ? (double)NAN : ldexp(1.0, (int)bits - 127);
    }
}

static double
one(enum dtype d, const uint8_t *p)
{
    switch ((int)d) {
    case DTYPE_BOOL:
    case DTYPE_UINT8:
    case DTYPE_QUINT8: return p[0];
    case DTYPE_INT8:
    case DTYPE_QINT8: return (int8_t)p[0];
    case DTYPE_UINT16: return get_le16(p);
    case DTYPE_INT16: return (int16_t)get_le16(p);
    case DTYPE_UINT32: return get_le32(p);
    case DTYPE_INT32:
    case DTYPE_QINT32: return (int32_t)get_le32(p);
    case DTYPE_UINT64: return (double)get_le64(p);
    case DTYPE_INT64: return (double)(int64_t)get_le64(p);
    case DTYPE_FLOAT16:
    case DTYPE_COMPLEX32: return ieee_small(get_le16(p), 5, 10);
    case DTYPE_BFLOAT16: return f32_of((uint32_t)get_le16(p) << 16);
    case DTYPE_FLOAT32:
    case DTYPE_COMPLEX64: return f32_of(get_le32(p));
    case DTYPE_FLOAT64:
    case DTYPE_COMPLEX128: return f64_of(get_le64(p));
    default: return one_float8(d, p[0]);
    }
}

bool
dtype_to_f64(enum dtype d, const uint8_t *data, size_t n, double *out)
{
    size_t size = dtype_size(d);

    if (dtype_kind(d) == DTYPE_KIND_OPAQUE)
        return false;
    if (dtype_kind(d) == DTYPE_KIND_COMPLEX) {
        size /= 2;
        n *= 2;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = one(d, data + i * size);
    return true;
}
