/*
 * num_format.c: numbers to text.
 *
 * Shortest digits by Schubfach (R. Giulietti, "The Schubfach way to render
 * doubles", 2020): the interval of reals that round to the value is scaled by a
 * power of ten so that it holds at least one and at most a few integers; of the
 * multiples of ten in it there is at most one, and else the integer closest to the
 * value is taken.  The scaled bounds are computed to 128 bits and rounded to odd,
 * which the paper proves to be enough for every comparison made.
 */
#include "num.h"
#include "num_pow10.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    DIGITS_ROOM = 24, /* for any 64 bits, eight digits at a time */
    COPY = 16         /* digits are copied so many at a time, whatever lies behind them */
};

struct decimal {
    uint64_t digits;
    int exponent; /* the value is digits * 10^exponent */
};

__extension__ typedef unsigned __int128 uint128;

/* floor(log2(10^k)), floor(log10(2^q)) and floor(log10(3/4 * 2^q)), |k|, |q| < 1233. */
static int
floor_log2_pow10(int k)
{
    return (k * 1741647) >> 19;
}

static int
floor_log10_pow2(int q, bool three_quarters)
{
    return (q * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}

/*
 * g * c / 2^64, of it the high 64 bits, the lowest bit set when any lower one was.
 * For binary32 (narrow) 64 bits of g and 32 bits of the result are enough.
 */
static inline uint64_t
multiply_to_odd(struct num_pow10 g, uint64_t c, bool narrow)
{
    uint128 low, high;

    if (narrow) {
        high = (uint128)(g.high + (g.low != 0)) * c;
        return (uint64_t)(high >> 64) | ((uint32_t)((uint64_t)high >> 32) > 1);
    }
    low = (uint128)g.low * c;
    high = (uint128)g.high * c + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/*
 * c * 2^q to decimal.  closer: the neighbour below is half as far away as the one
 * above (c is the smallest significand of its binade).
 */
static inline struct decimal
shortest(uint64_t c, int q, bool closer, bool narrow)
{
    int k = floor_log10_pow2(q, closer);
    int shift = q + floor_log2_pow10(-k) + 1;
    struct num_pow10 g = num_pow10[-k - NUM_POW10_FIRST];
    unsigned odd = c & 1; /* the bounds belong to the interval when c is even */
    uint64_t lower = multiply_to_odd(g, (4 * c - 2 + closer) << shift, narrow) + odd;
    uint64_t value = multiply_to_odd(g, 4 * c << shift, narrow);
    uint64_t upper = multiply_to_odd(g, (4 * c + 2) << shift, narrow) - odd;
    uint64_t s = value / 4, tens = s / 10, middle = 4 * s + 2;
    bool below, above;

    if (s >= 10) {
        below = lower <= 40 * tens;
        above = 40 * tens + 40 <= upper;
        if (below != above)
            return (struct decimal){tens + above, k + 1};
    }
    below = lower <= 4 * s;
    above = 4 * s + 4 <= upper;
    if (below == above)
        above = value > middle || (value == middle && (s & 1));
    return (struct decimal){s + above, k};
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

/* Eight digits of value < 10^8: four pairs that do not wait for each other. */
static inline void
eight_digits(uint32_t value, char *out)
{
    uint32_t a = value / 10000, b = value % 10000;

    memcpy(out, pairs + (size_t)2 * (a / 100), 2);
    memcpy(out + 2, pairs + (size_t)2 * (a % 100), 2);
    memcpy(out + 4, pairs + (size_t)2 * (b / 100), 2);
    memcpy(out + 6, pairs + (size_t)2 * (b % 100), 2);
}

/* The digits of value before `end`, which has DIGITS_ROOM there; returns their first. */
static inline char *
digits_before(uint64_t value, char *end)
{
    if (value < 10) {
        *--end = (char)('0' + value);
        return end;
    }
    for (; value >= 100000000; value /= 100000000) {
        end -= 8;
        eight_digits((uint32_t)(value % 100000000), end);
    }
    eight_digits((uint32_t)value, end - 8);
    end -= 8;
    while (*end == '0')
        end++;
    return end;
}

/* d as repr() of Python lays it out; d.digits is not 0. */
static size_t
lay_out(struct decimal d, char *out)
{
    char text[DIGITS_ROOM + COPY];
    char *end = text + DIGITS_ROOM, *digits = digits_before(d.digits, end);
    int point = (int)(end - digits) + d.exponent; /* digits before the point */
    char *p = out;
    int n;

    while (end - digits > 1 && end[-1] == '0')
        end--;
    n = (int)(end - digits);
    if (point > 16 || point <= -4) {
        int exponent = point - 1;

        *p++ = digits[0];
        if (n > 1) {
            *p++ = '.';
            memcpy(p, digits + 1, (size_t)n - 1);
            p += n - 1;
        }
        *p++ = 'e';
        *p++ = exponent < 0 ? '-' : '+';
        exponent = exponent < 0 ? -exponent : exponent;
        if (exponent >= 100)
            *p++ = (char)('0' + exponent / 100);
        memcpy(p, pairs + (ptrdiff_t)2 * (exponent % 100), 2);
        p += 2;
    } else if (point <= 0) {
        memcpy(p, "0.000", 5);
        p += 2 - point;
        memcpy(p, digits, (size_t)n);
        p += n;
    } else if (n > point) { /* neither side has more than COPY digits */
        memcpy(p, digits, COPY);
        p[point] = '.';
        memcpy(p + point + 1, digits + point, COPY);
        p += n + 1;
    } else {
        memcpy(p, digits, (size_t)n);
        memset(p + n, '0', (size_t)(point - n));
        memcpy(p + point, ".0", 2);
        p += point + 2;
    }
    *p = '\0';
    return (size_t)(p - out);
}

static size_t
copy_text(char *out, const char *text)
{
    size_t n = strlen(text);

    memcpy(out, text, n + 1);
    return n;
}

/* The fields of an IEEE 754 number of either width. */
struct fields {
    uint64_t fraction;
    int exponent; /* biased */
    int exponent_max;
    int fraction_bits;
    bool negative;
};

static inline size_t
format_fields(struct fields f, char *out)
{
    int q = (f.exponent ? f.exponent : 1) - f.exponent_max / 2 - f.fraction_bits;
    uint64_t c = f.fraction | (uint64_t)(f.exponent != 0) << f.fraction_bits;
    size_t sign = f.negative;
    struct decimal d;

    if (f.exponent == f.exponent_max)
        return f.fraction ? copy_text(out, "NaN")
                          : copy_text(out, f.negative ? "-Infinity" : "Infinity");
    out[0] = '-';
    out += sign;
    if (c == 0)
        return sign + copy_text(out, "0.0");
    if (q <= 0 && -q <= f.fraction_bits && (c & ((UINT64_C(1) << -q) - 1)) == 0)
        d = (struct decimal){c >> -q, 0};
    else
        d = shortest(c, q, f.fraction == 0 && f.exponent > 1, f.fraction_bits == 23);
    return sign + lay_out(d, out);
}

/*
 * Is it the double nearest to some m / 10^6?  Decimals of up to 15 digits are all
 * different doubles, so that no shorter one, and none of its length, could be meant.
 */
static inline bool
has_six_decimals(double value, struct decimal *out)
{
    double million = 1e6, most = 1e15;
    uint64_t m;

    if (!(value >= 1 / million && value * million < most) ||
        (double)(uint64_t)value == value)
        return false; /* whole numbers have a shorter way */
    m = (uint64_t)(value * million + 0.5);
    *out = (struct decimal){m, -6};
    return (double)m / million == value;
}

size_t
num_format_f64(double value, char out[static NUM_F64_SIZE])
{
    struct decimal d;
    uint64_t bits;

    out[0] = '-';
    if (has_six_decimals(value < 0 ? -value : value, &d))
        return (value < 0) + lay_out(d, out + (value < 0));
    memcpy(&bits, &value, sizeof bits);
    return format_fields((struct fields){.fraction = bits & ((UINT64_C(1) << 52) - 1),
                                         .exponent = (int)(bits >> 52 & 0x7ff),
                                         .exponent_max = 0x7ff,
                                         .fraction_bits = 52,
                                         .negative = bits >> 63},
                         out);
}

size_t
num_format_f32(float value, char out[static NUM_F64_SIZE])
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return format_fields((struct fields){.fraction = bits & ((1U << 23) - 1),
                                         .exponent = (int)(bits >> 23 & 0xff),
                                         .exponent_max = 0xff,
                                         .fraction_bits = 23,
                                         .negative = bits >> 31},
                         out);
}

/* A sign and digits, at most NUM_U64_SIZE with the NUL. */
static size_t
format_integer(uint64_t value, bool negative, char *out)
{
    char text[DIGITS_ROOM + COPY];
    char *end = text + DIGITS_ROOM, *p = digits_before(value, end);
    size_t n;

    if (negative)
        *--p = '-';
    n = (size_t)(end - p);
    memcpy(out, p, COPY);
    if (n > COPY)
        memcpy(out + COPY, p + COPY, n - COPY);
    out[n] = '\0';
    return n;
}

size_t
num_format_u64(uint64_t value, char out[static NUM_U64_SIZE])
{
    return format_integer(value, false, out);
}

size_t
num_format_i64(int64_t value, char out[static NUM_U64_SIZE])
{
    return format_integer(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0,
                          out);
}

size_t
num_format_hexfloat(double value, char out[static NUM_F64_SIZE])
{
    uint64_t bits, fraction;
    int exponent;

    memcpy(&bits, &value, sizeof bits);
    fraction = bits & ((UINT64_C(1) << 52) - 1);
    exponent = (int)(bits >> 52 & 0x7ff);
    if (exponent == 0x7ff)
        return copy_text(out, fraction ? "nan" : bits >> 63 ? "-inf" : "inf");
    if (exponent == 0 && fraction == 0)
        return copy_text(out, bits >> 63 ? "-0x0.0p+0" : "0x0.0p+0");
    return (size_t)snprintf(out, NUM_F64_SIZE, "%s0x%d.%013" PRIx64 "p%+d",
                            bits >> 63 ? "-" : "", exponent != 0, fraction,
                            exponent ? exponent - 1023 : -1022);
}
