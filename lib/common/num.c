/*
 * num.c: text to numbers.
 *
 * Decimal to double by the first of three ways that is certain: both factors exact
 * in a double (Clinger 1990); one 128-bit product whose error cannot change the
 * rounding (Lemire, "Number parsing at a gigabyte per second", 2021); strtod().
 * No LC_NUMERIC is ever set, so strtod() reads a point.
 */
#include "num.h"

#include "mem.h"
#include "num_pow10.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

static bool
is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

bool
num_parse_u64(const char *text, size_t size, uint64_t *out)
{
    uint64_t value = 0;

    if (size == 0)
        return false;
    for (size_t i = 0; i < size; i++)
        if (!is_digit(text[i]) || __builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, (unsigned)(text[i] - '0'), &value))
            return false;
    *out = value;
    return true;
}

bool
num_parse_i64(const char *text, size_t size, int64_t *out)
{
    size_t sign = size > 0 && text[0] == '-';
    uint64_t magnitude;

    if (!num_parse_u64(text + sign, size - sign, &magnitude) ||
        magnitude > (uint64_t)INT64_MAX + sign)
        return false;
    /* -(x - 1) - 1, so that INT64_MIN does not overflow on the way */
    *out = sign && magnitude ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
    return true;
}

bool
num_parse_size(const char *text, uint64_t *out)
{
    static const char units[] = "KMGT";
    size_t n = strlen(text);
    const char *unit = n ? strchr(units, text[n - 1]) : NULL;
    uint64_t value;
    int shift = unit ? 10 * (int)(unit - units + 1) : 0;

    if (!num_parse_u64(text, n - (unit != NULL), &value) || value > UINT64_MAX >> shift)
        return false;
    *out = value << shift;
    return true;
}

/* A decimal number taken apart: (-1)^negative * digits * 10^exponent. */
struct decimal {
    uint64_t digits;
    int64_t exponent;
    bool negative;
    bool exact; /* no digit was left out of digits */
};

/* Add the digits at *p to d; returns how many there were. */
static size_t
read_digits(const char **p, const char *end, struct decimal *d)
{
    const char *start = *p;

    for (; *p < end && is_digit(**p); (*p)++) {
        if (d->digits < UINT64_MAX / 10) {
            d->digits = d->digits * 10 + (uint64_t)(**p - '0');
        } else {
            d->exact = false;
            d->exponent++;
        }
    }
    return (size_t)(*p - start);
}

/* JSON's grammar of numbers, whole text. */
static bool
read_decimal(const char *p, const char *end, struct decimal *d)
{
    int64_t exponent = 0;
    bool negative;
    size_t n;

    *d = (struct decimal){.negative = p < end && *p == '-', .exact = true};
    p += d->negative;
    n = read_digits(&p, end, d);
    if (n == 0 || (n > 1 && p[-(ptrdiff_t)n] == '0'))
        return false;
    if (p < end && *p == '.') {
        p++;
        n = read_digits(&p, end, d);
        if (n == 0)
            return false;
        d->exponent -= (int64_t)n;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        negative = p < end && *p == '-';
        p += p < end && (*p == '-' || *p == '+');
        if (p == end)
            return false;
        for (; p < end && is_digit(*p); p++)
            if (exponent < INT32_MAX / 10)
                exponent = exponent * 10 + (*p - '0');
        d->exponent += negative ? -exponent : exponent;
        if (!is_digit(p[-1]))
            return false;
    }
    return p == end;
}

/*
 * digits * 10^k with one or two 64-bit products; false when the result is not a
 * normal number or the error of the table might matter.
 */
static bool
multiply(uint64_t digits, int64_t k, double *out)
{
    int zeros = __builtin_clzll(digits), exponent, upper, shift;
    struct num_pow10 g = num_pow10[k - NUM_POW10_FIRST];
    bool exact = k >= 0 && k <= NUM_POW10_EXACT;
    uint64_t w = digits << zeros, high, low, significand;
    uint128 product;

    /* The proof wants the power rounded down; the table rounds up. */
    if (!exact) {
        g.high -= g.low == 0;
        g.low--;
    }
    product = (uint128)w * g.high;
    high = (uint64_t)(product >> 64);
    low = (uint64_t)product;
    if ((high & 0x1ff) == 0x1ff) {
        uint64_t more = (uint64_t)(((uint128)w * g.low) >> 64);

        high += __builtin_add_overflow(low, more, &low);
        if (low == UINT64_MAX && !exact)
            return false;
    }
    upper = (int)(high >> 63);
    shift = upper + 64 - 52 - 3;
    significand = high >> shift;
    exponent = (int)((k * 217706) >> 16) + 63 + upper - zeros + 1023;
    if (exponent <= 0 || exponent >= 0x7fe)
        return false;
    /* Halfway between two doubles, exactly: to even, which is down here. */
    if (low <= 1 && k >= -4 && k <= 23 && (significand & 3) == 1 &&
        significand << shift == high)
        significand &= ~UINT64_C(1);
    significand = (significand + (significand & 1)) >> 1;
    if (significand >> 53) {
        significand >>= 1;
        exponent++;
    }
    significand = (significand & ((UINT64_C(1) << 52) - 1)) | (uint64_t)exponent << 52;
    memcpy(out, &significand, sizeof *out);
    return true;
}

static bool
slow_parse(const char *text, size_t size, double *out)
{
    char small[128];
    char *copy = size < sizeof small ? small : xcalloc(size + 1, 1);

    memcpy(copy, text, size);
    copy[size] = '\0';
    *out = strtod(copy, NULL);
    if (copy != small)
        free(copy);
    return isfinite(*out);
}

static bool
is_word(const char *text, size_t size, const char *word)
{
    return size == strlen(word) && memcmp(text, word, size) == 0;
}

bool
num_parse_f64(const char *text, size_t size, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct decimal d;
    double value;

    if (size == 0)
        return false;
    if (!read_decimal(text, text + size, &d)) {
        if (is_word(text, size, "NaN"))
            *out = (double)NAN;
        else if (is_word(text, size, "Infinity"))
            *out = (double)INFINITY;
        else if (is_word(text, size, "-Infinity"))
            *out = -(double)INFINITY;
        else
            return false;
        return true;
    }
    if (d.exact && d.digits == 0)
        value = 0;
    else if (d.exact && d.digits >> 53 == 0 && d.exponent >= -22 && d.exponent <= 22)
        value = d.exponent < 0 ? (double)d.digits / powers[-d.exponent]
                               : (double)d.digits * powers[d.exponent];
    else if (!d.exact || d.exponent < NUM_POW10_FIRST || d.exponent > 308 ||
             !multiply(d.digits, d.exponent, &value))
        return slow_parse(text, size, out);
    *out = d.negative ? -value : value;
    return true;
}

/* Pass over hexadecimal digits; returns how many. */
static size_t
hex_digits(const char **p)
{
    size_t n = strspn(*p, "0123456789abcdefABCDEF");

    *p += n;
    return n;
}

bool
num_parse_hexfloat(const char *text, double *out)
{
    const char *p = text + (text[0] == '-');
    size_t n;

    if (strcmp(p, "nan") == 0 || strcmp(p, "inf") == 0) {
        *out = strtod(text, NULL);
        return true;
    }
    if (p[0] != '0' || (p[1] != 'x' && p[1] != 'X'))
        return false;
    p += 2;
    n = hex_digits(&p);
    if (*p == '.') {
        p++;
        n += hex_digits(&p);
    }
    if (n == 0 || (*p != 'p' && *p != 'P'))
        return false;
    p++;
    p += *p == '-' || *p == '+';
    n = strspn(p, "0123456789");
    if (n == 0 || p[n] != '\0')
        return false;
    *out = strtod(text, NULL);
    return isfinite(*out);
}
