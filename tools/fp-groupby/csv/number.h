/*
 * number.h: text of a CSV field to a number, as the parsers of read_csv do.
 *
 * The text is a whole field.  Blanks around a number are allowed, a sign too.  The
 * functions agree with pandas 2.2.3 to the bit; they are not correctly rounded where
 * pandas is not (num_parse_f64() of common/num.h is).
 *
 * number_integer() and number_real() are the parsers; the others are they with the
 * default spelling, and the _short ones fast ways in front for what is most common.
 */
#ifndef FP_CSV_NUMBER_H
#define FP_CSV_NUMBER_H

#include "common/attr.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* How numbers are written. */
struct number_style {
    char decimal;
    char thousands;  /* 0: none */
    bool round_trip; /* floats correctly rounded */
};

enum number_parsed { NUMBER_PARSED, NUMBER_INVALID, NUMBER_OVERFLOWED };

/* A field read as an integer: OVERFLOWED as soon as its digits exceed 64 bits. */
struct number_integer {
    enum number_parsed how;
    bool negative; /* there is a minus sign, whatever follows */
    bool fits_signed;
    uint64_t magnitude;
};

struct number_integer number_integer(const uint8_t *text, size_t size, char thousands);

/* Its value, when it fits. */
static inline int64_t
number_signed(struct number_integer x)
{
    return (int64_t)(x.negative ? 0 - x.magnitude : x.magnitude);
}

/*
 * float_precision=None ("high"): the first 17 digits are gathered in a double, which
 * one multiplication or division by a power of ten then scales.  Words for infinity
 * count; an overflow to infinity is no number.  NaN words are the caller's matter.
 */
MUST_CHECK bool number_real(const uint8_t *text, size_t size,
                            const struct number_style *style, double *out);

/* With the default style.  False: not an integer, or out of range; no number. */
MUST_CHECK bool number_i64(const uint8_t *text, size_t size, int64_t *out);
MUST_CHECK bool number_f64(const uint8_t *text, size_t size, double *out);

/* Is the text one of read_csv's default NA values ("" among them)? */
bool number_is_na(const uint8_t *text, size_t size);

/* True/TRUE/true in any case, or False. */
bool number_is_bool(const uint8_t *text, size_t size, bool *out);

/* Is the integer's text one number as an integer and as a float? */
static inline bool
number_same_either_way(int64_t integer, double real)
{
    const int64_t most = INT64_C(1) << 53;

    return integer >= -most && integer <= most && (integer != 0 || !signbit(real));
}

/* Octets before a field that the functions below may read. */
enum { NUMBER_SLACK = 8 };

/* The last n <= 8 octets before end as eight digits, padded with '0' in front. */
static inline uint64_t
number_tail(const uint8_t *end, size_t n)
{
    const uint64_t zeros = 0x3030303030303030u;
    uint64_t word;

    memcpy(&word, end - 8, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    if (n == 0)
        return zeros;
    uint64_t keep = ~UINT64_C(0) << (8 * (8 - n)); /* the first octet is the lowest */

    return (word & keep) | (zeros & ~keep);
}

static inline bool
number_all_digits(uint64_t word)
{
    return (((word + 0x4646464646464646u) | (word - 0x3030303030303030u)) &
            0x8080808080808080u) == 0;
}

/* Eight digits to their value: pairs, fours, eights. */
static inline uint64_t
number_eight(uint64_t word)
{
    word -= 0x3030303030303030u;
    word = (word * 10) + (word >> 8);
    return (((word & 0x000000ff000000ffu) * 0x000f424000000064u) +
            (((word >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u)) >>
           32;
}

/* number_i64() for the common case: 1 to 8 digits; false: ask number_i64(). */
static inline bool
number_i64_short(const uint8_t *text, size_t size, int64_t *out)
{
    uint64_t word;

    if (size - 1 >= 8)
        return false;
    word = number_tail(text + size, size);
    *out = (int64_t)number_eight(word);
    return number_all_digits(word);
}

/*
 * number_f64() for the common case: up to 8 digits, a point, up to 7 digits.  Both
 * parts together are exact in a double, so that the one division is the only
 * rounding, as in number_f64().  False: ask number_f64().
 */
static inline bool
number_f64_short(const uint8_t *text, size_t size, double *out)
{
    static const double power[8] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
    static const uint32_t scale[8] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    const uint8_t *end = text + size;
    uint64_t word, dots;

    if (size - 1 >= 16)
        return false;
    memcpy(&word, end - 8, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    /* The highest octet that equals '.' (exact, whatever the others hold). */
    dots = word ^ 0x2e2e2e2e2e2e2e2eu;
    dots = ~(((dots & 0x7f7f7f7f7f7f7f7fu) + 0x7f7f7f7f7f7f7f7fu) | dots |
             0x7f7f7f7f7f7f7f7fu);

    size_t decimals = dots ? (size_t)__builtin_clzll(dots) / 8 : 0;
    size_t point = dots ? decimals + 1 : 0;

    if (point > size || size - point - 1 >= 8) {
        /* No point in the field itself, or too many digits before it. */
        if (size > 8)
            return false;
        decimals = point = 0;
    }

    uint64_t whole = number_tail(end - point, size - point);
    uint64_t part = number_tail(end, decimals);

    *out = (double)(number_eight(whole) * scale[decimals] + number_eight(part)) /
           power[decimals];
    return number_all_digits(whole) && number_all_digits(part);
}

#endif
