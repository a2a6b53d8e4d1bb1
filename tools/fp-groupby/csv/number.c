/*
 * number.c: the number parsers of pandas' C tokenizer (src/parser/tokenizer.c:
 * str_to_int64, str_to_uint64, precise_xstrtod) and the words of its parsers.pyx.
 */
#include "csv/number.h"

#include <math.h>

enum { DIGITS_MAX = 17, EXPONENT_MAX = 308 };

#define POWERS(d)                                                                        \
    1e##d##0, 1e##d##1, 1e##d##2, 1e##d##3, 1e##d##4, 1e##d##5, 1e##d##6, 1e##d##7,      \
        1e##d##8, 1e##d##9

static const double powers[EXPONENT_MAX + 1] = {
    POWERS(0),  POWERS(1),  POWERS(2),  POWERS(3),  POWERS(4),  POWERS(5),  POWERS(6),
    POWERS(7),  POWERS(8),  POWERS(9),  POWERS(10), POWERS(11), POWERS(12), POWERS(13),
    POWERS(14), POWERS(15), POWERS(16), POWERS(17), POWERS(18), POWERS(19), POWERS(20),
    POWERS(21), POWERS(22), POWERS(23), POWERS(24), POWERS(25), POWERS(26), POWERS(27),
    POWERS(28), POWERS(29), 1e300,      1e301,      1e302,      1e303,      1e304,
    1e305,      1e306,      1e307,      1e308};

static bool
is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Is the rest of the text blank? */
static bool
ends(const uint8_t *p, const uint8_t *end)
{
    while (p < end && is_blank(*p))
        p++;
    return p == end;
}

/* Blanks and a sign; returns where the number itself begins. */
static const uint8_t *
begin(const uint8_t *p, const uint8_t *end, bool *negative)
{
    while (p < end && is_blank(*p))
        p++;
    *negative = p < end && *p == '-';
    return p + (p < end && (*p == '-' || *p == '+'));
}

static bool
digits_u64(const uint8_t *p, const uint8_t *end, uint64_t *out)
{
    uint64_t value = 0;

    if (p == end || !is_digit(*p))
        return false;
    for (; p < end && is_digit(*p); p++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
            return false;
    *out = value;
    return ends(p, end);
}

bool
number_i64(const uint8_t *text, size_t size, int64_t *out)
{
    bool negative;
    uint64_t value;
    const uint8_t *p = begin(text, text + size, &negative);

    if (!digits_u64(p, text + size, &value) ||
        value > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *out = (int64_t)(negative ? 0 - value : value);
    return true;
}

bool
number_u64(const uint8_t *text, size_t size, uint64_t *out)
{
    bool negative;
    const uint8_t *p = begin(text, text + size, &negative);

    return !negative && digits_u64(p, text + size, out);
}

static bool
same_word(const uint8_t *text, size_t size, const char *word)
{
    if (size != strlen(word))
        return false;
    for (size_t i = 0; i < size; i++) {
        uint8_t c = text[i];

        if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != (uint8_t)word[i])
            return false;
    }
    return true;
}

static bool
infinity_word(const uint8_t *text, size_t size, double *out)
{
    bool negative = size > 0 && text[0] == '-';
    size_t sign = negative || (size > 0 && text[0] == '+');

    *out = negative ? -(double)INFINITY : (double)INFINITY;
    return same_word(text + sign, size - sign, "inf") ||
           same_word(text + sign, size - sign, "infinity");
}

struct decimal {
    double digits;
    int64_t exponent;
};

/* Digits with an optional point; the 18th digit and later ones only count. */
static const uint8_t *
mantissa(const uint8_t *p, const uint8_t *end, struct decimal *d, int *count)
{
    for (; p < end && is_digit(*p); p++) {
        if (*count < DIGITS_MAX) {
            d->digits = d->digits * 10.0 + (*p - '0');
            ++*count;
        } else {
            d->exponent++;
        }
    }
    if (p == end || *p != '.')
        return p;
    for (p++; p < end && is_digit(*p) && *count < DIGITS_MAX; p++) {
        d->digits = d->digits * 10.0 + (*p - '0');
        ++*count;
        d->exponent--;
    }
    while (p < end && is_digit(*p) && *count >= DIGITS_MAX)
        p++;
    return p;
}

/* 'e', a sign, up to 17 digits; without digits it is left where it is. */
static const uint8_t *
exponent(const uint8_t *p, const uint8_t *end, int64_t *out)
{
    const uint8_t *start = p;
    bool negative = false;
    int64_t value = 0;
    int count = 0;

    if (p == end || (*p != 'e' && *p != 'E'))
        return p;
    p++;
    if (p < end && (*p == '-' || *p == '+'))
        negative = *p++ == '-';
    for (; p < end && is_digit(*p) && count < DIGITS_MAX; p++, count++)
        if (value < INT32_MAX)
            value = value * 10 + (*p - '0');
    *out += negative ? -value : value;
    return count ? p : start;
}

static bool
scale(struct decimal d, double *out)
{
    double x = d.digits;

    if (d.exponent > EXPONENT_MAX)
        return false;
    if (d.exponent > 0)
        x *= powers[d.exponent];
    else if (d.exponent >= -EXPONENT_MAX)
        x /= powers[-d.exponent];
    else if (d.exponent >= -2 * EXPONENT_MAX)
        x = x / powers[-EXPONENT_MAX - d.exponent] / powers[EXPONENT_MAX];
    else
        x = 0;
    *out = x;
    return !isinf(x);
}

bool
number_f64(const uint8_t *text, size_t size, double *out)
{
    const uint8_t *end = text + size;
    struct decimal d = {0};
    bool negative;
    int count = 0;
    const uint8_t *p = mantissa(begin(text, end, &negative), end, &d, &count);

    if (count == 0)
        return infinity_word(text, size, out);
    p = exponent(p, end, &d.exponent);
    if (!scale(d, out) || !ends(p, end))
        return false;
    if (negative)
        *out = -*out;
    return true;
}

bool
number_is_na(const uint8_t *text, size_t size)
{
    static const char *const words[] = {
        "",     "#N/A",   "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN",
        "-nan", "1.#IND", "1.#QNAN",  "<NA>", "N/A",     "NA",       "NULL",
        "NaN",  "None",   "n/a",      "nan",  "null"};

    if (size > 8) /* the longest word has 8 octets */
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (size == strlen(words[i]) && memcmp(text, words[i], size) == 0)
            return true;
    return false;
}

bool
number_is_bool(const uint8_t *text, size_t size, bool *out)
{
    *out = same_word(text, size, "true");
    return *out || same_word(text, size, "false");
}
