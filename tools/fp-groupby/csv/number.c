/*
 * number.c: the number parsers of pandas' C tokenizer (src/parser/tokenizer.c:
 * str_to_int64, str_to_uint64, precise_xstrtod, round_trip) and the words of its
 * parsers.pyx.
 */
#include "csv/number.h"

#include "common/mem.h"

#include <stdlib.h>

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

struct number_integer
number_integer(const uint8_t *text, size_t size, char thousands)
{
    struct number_integer x = {.how = NUMBER_INVALID};
    const uint8_t *end = text + size;
    const uint8_t *p = begin(text, end, &x.negative);

    if (p == end || !is_digit(*p))
        return x;
    for (; p < end && (is_digit(*p) || (thousands && *p == (uint8_t)thousands)); p++)
        if (is_digit(*p) &&
            (__builtin_mul_overflow(x.magnitude, 10, &x.magnitude) ||
             __builtin_add_overflow(x.magnitude, (uint64_t)(*p - '0'), &x.magnitude))) {
            x.how = NUMBER_OVERFLOWED;
            return x;
        }
    if (!ends(p, end))
        return x;
    x.how = NUMBER_PARSED;
    x.fits_signed = x.magnitude <= (uint64_t)INT64_MAX + x.negative;
    return x;
}

bool
number_i64(const uint8_t *text, size_t size, int64_t *out)
{
    struct number_integer x = number_integer(text, size, 0);

    *out = number_signed(x);
    return x.fits_signed;
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
mantissa(const uint8_t *p, const uint8_t *end, const struct number_style *style,
         struct decimal *d, int *count)
{
    while (p < end && is_digit(*p)) {
        if (*count < DIGITS_MAX) {
            d->digits = d->digits * 10.0 + (*p - '0');
            ++*count;
        } else {
            d->exponent++;
        }
        p++;
        p += style->thousands && p < end && *p == (uint8_t)style->thousands;
    }
    if (p == end || *p != (uint8_t)style->decimal)
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

/* The correctly rounded value, through strtod on the text in C's own spelling. */
static bool
round_trip(const uint8_t *p, const uint8_t *end, const struct number_style *style,
           double *out)
{
    char local[128];
    size_t size = (size_t)(end - p);
    char *text = size < sizeof local ? local : xcalloc(size + 1, 1);
    size_t n = 0;

    for (; p < end; p++)
        if (!style->thousands || *p != (uint8_t)style->thousands)
            text[n++] = *p == (uint8_t)style->decimal ? '.' : (char)*p;
    text[n] = 0;
    *out = strtod(text, NULL);
    if (text != local)
        free(text);
    return !isinf(*out);
}

bool
number_real(const uint8_t *text, size_t size, const struct number_style *style,
            double *out)
{
    const uint8_t *end = text + size;
    struct decimal d = {0};
    bool negative;
    int count = 0;
    const uint8_t *first = begin(text, end, &negative);
    const uint8_t *p = mantissa(first, end, style, &d, &count);

    if (count == 0)
        return infinity_word(text, size, out);
    p = exponent(p, end, &d.exponent);
    if (!ends(p, end))
        return false;
    if (style->round_trip ? !round_trip(first, p, style, out) : !scale(d, out))
        return false;
    if (negative)
        *out = -*out;
    return true;
}

bool
number_f64(const uint8_t *text, size_t size, double *out)
{
    static const struct number_style plain = {.decimal = '.'};

    return number_real(text, size, &plain, out);
}

bool
number_is_na(const uint8_t *text, size_t size)
{
    static const char *const words[] = {
        "",     "#N/A",   "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN",
        "-nan", "1.#IND", "1.#QNAN",  "<NA>", "N/A",     "NA",       "NULL",
        "NaN",  "None",   "n/a",      "nan",  "null"};

    /* None is longer than 8 octets or begins otherwise. */
    if (size > 8 || (size > 0 && !memchr("#-1<Nn", *text, 6)))
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
