/*
 * convert.c: text to numbers and the choice of a column's type.
 *
 * Follows parsers.pyx: int64, on overflow uint64, then float64, bool and text; a type
 * is kept when every field that is not missing reads as it.
 */
#include "csv/convert.h"

#include "common/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

static const char *const default_na[] = {
    "",     "#N/A",   "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN",
    "-nan", "1.#IND", "1.#QNAN",  "<NA>", "N/A",     "NA",       "NULL",
    "NaN",  "None",   "n/a",      "nan",  "null"};

static bool
text_is(struct cell c, const char *text)
{
    return c.size == strlen(text) && memcmp(c.s, text, c.size) == 0;
}

bool
csv_field_missing(struct cell c, const struct csv_options *o)
{
    /* What begins otherwise than they do, or is longer than 9 octets, is none of them. */
    bool may_be =
        o->keep_default_na && c.size <= 9 && (c.size == 0 || memchr("#-1<Nn", c.s[0], 6));

    for (size_t i = 0; may_be && i < COUNT_OF(default_na); i++)
        if (text_is(c, default_na[i]))
            return true;
    for (size_t i = 0; i < o->n_na_values; i++)
        if (text_is(c, o->na_values[i]))
            return true;
    return false;
}

static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void
trim(const char **s, const char **end)
{
    while (*s < *end && is_blank(**s))
        ++*s;
    while (*end > *s && is_blank((*end)[-1]))
        --*end;
}

/* Magnitude and sign; CSV_OVERFLOWED as soon as the digits exceed 64 bits. */
static enum csv_parsed
parse_integer(struct cell c, char thousands, bool *negative, uint64_t *out)
{
    const char *s = c.s;
    const char *end = c.s + c.size;

    trim(&s, &end);
    *negative = s < end && *s == '-';
    *out = 0;
    if (s < end && (*s == '-' || *s == '+'))
        s++;
    if (s == end || !is_digit(*s))
        return CSV_INVALID;
    for (; s < end; s++) {
        if (thousands && *s == thousands)
            continue;
        if (!is_digit(*s))
            return CSV_INVALID;
        if (__builtin_mul_overflow(*out, (uint64_t)10, out) ||
            __builtin_add_overflow(*out, (uint64_t)(*s - '0'), out))
            return CSV_OVERFLOWED;
    }
    return CSV_PARSED;
}

static enum csv_parsed
parse_i64(struct cell c, char thousands, int64_t *out)
{
    bool negative;
    uint64_t magnitude;
    enum csv_parsed how = parse_integer(c, thousands, &negative, &magnitude);

    if (how == CSV_PARSED && magnitude > (uint64_t)INT64_MAX + negative)
        how = CSV_OVERFLOWED;
    *out = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return how;
}

struct csv_integer
csv_parse_integer(struct cell field, const struct csv_options *o)
{
    struct csv_integer x = {0};

    x.how = parse_integer(field, o->thousands, &x.negative, &x.magnitude);
    x.fits_signed =
        x.how == CSV_PARSED && x.magnitude <= (uint64_t)INT64_MAX + x.negative;
    return x;
}

static double
power_of_ten(int n)
{
    static const double small[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    char text[8];

    if (n < (int)COUNT_OF(small))
        return small[n];
    text[0] = '1';
    text[1] = 'e';
    text[2] = (char)('0' + n / 100);
    text[3] = (char)('0' + n / 10 % 10);
    text[4] = (char)('0' + n % 10);
    text[5] = 0;
    return strtod(text, NULL);
}

static bool
scale(double *x, int exponent)
{
    if (exponent > 308)
        return false;
    if (exponent > 0)
        *x *= power_of_ten(exponent);
    else if (exponent >= -308)
        *x /= power_of_ten(-exponent);
    else if (exponent < -616)
        *x = 0;
    else {
        *x /= power_of_ten(-308 - exponent);
        *x /= power_of_ten(308);
    }
    return !isinf(*x);
}

enum { DIGITS_MAX = 17 };

/* Digits before and behind the decimal point; returns how many, at most DIGITS_MAX. */
static int
read_digits(const char **s, const char *end, const struct csv_options *o, double *x,
            int *exponent)
{
    int digits = 0;

    while (*s < end && is_digit(**s)) {
        if (digits < DIGITS_MAX) {
            *x = *x * 10.0 + (**s - '0');
            digits++;
        } else
            ++*exponent;
        ++*s;
        if (o->thousands && *s < end && **s == o->thousands)
            ++*s;
    }
    if (*s < end && **s == o->decimal)
        for (++*s; *s < end && is_digit(**s); ++*s)
            if (digits < DIGITS_MAX) {
                *x = *x * 10.0 + (**s - '0');
                digits++;
                --*exponent;
            }
    return digits;
}

static bool
read_exponent(const char **s, const char *end, int *exponent)
{
    bool negative;
    int n = 0;

    if (*s == end)
        return true;
    if (**s != 'e' && **s != 'E')
        return false;
    ++*s;
    negative = *s < end && **s == '-';
    if (*s < end && (**s == '-' || **s == '+'))
        ++*s;
    if (*s == end || !is_digit(**s))
        return false;
    for (; *s < end && is_digit(**s); ++*s)
        n = n < 100000 ? n * 10 + (**s - '0') : n;
    *exponent += negative ? -n : n;
    return *s == end;
}

/* The correctly rounded value, through strtod on the text in C's own spelling. */
static bool
parse_round_trip(const char *s, const char *end, const struct csv_options *o, double *out)
{
    char local[128];
    size_t size = (size_t)(end - s);
    char *text = size < sizeof local ? local : xcalloc(size + 1, 1);
    size_t n = 0;

    for (; s < end; s++)
        if (!o->thousands || *s != o->thousands)
            text[n++] = *s == o->decimal ? '.' : *s;
    text[n] = 0;
    *out = strtod(text, NULL);
    if (text != local)
        free(text);
    return !isinf(*out);
}

static bool
parse_infinity(const char *s, size_t n, double *out)
{
    static const char *const names[] = {"inf",      "+inf",      "-inf",
                                        "infinity", "+infinity", "-infinity"};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (n == strlen(names[i]) && strncasecmp(s, names[i], n) == 0) {
            *out = *s == '-' ? -(double)INFINITY : (double)INFINITY;
            return true;
        }
    return false;
}

bool
csv_parse_float(const char *s, size_t n, const struct csv_options *o, double *out)
{
    const char *whole = s;
    const char *end = s + n;
    const char *first;
    double x = 0;
    int exponent = 0;
    bool negative;

    trim(&s, &end);
    first = s;
    negative = s < end && *s == '-';
    if (s < end && (*s == '-' || *s == '+'))
        s++;
    if (read_digits(&s, end, o, &x, &exponent) == 0 || !read_exponent(&s, end, &exponent))
        return parse_infinity(whole, n, out);
    if (o->round_trip)
        return parse_round_trip(first, end, o, out);
    if (!scale(&x, exponent))
        return parse_infinity(whole, n, out);
    *out = negative ? -x : x;
    return true;
}

bool
csv_parse_bool(struct cell c, bool *out)
{
    *out = c.size == 4;
    return (c.size == 4 && strncasecmp(c.s, "true", 4) == 0) ||
           (c.size == 5 && strncasecmp(c.s, "false", 5) == 0);
}

bool
csv_parse_truth(struct cell c, const struct csv_options *o, bool *out)
{
    for (size_t i = 0; i < o->n_true_values + o->n_false_values; i++) {
        *out = i < o->n_true_values;
        if (text_is(c, *out ? o->true_values[i] : o->false_values[i - o->n_true_values]))
            return true;
    }
    return csv_parse_bool(c, out);
}

static struct column *
as_text(struct arena *a, const struct cell *fields, size_t n, const bool *na)
{
    struct column *c = column_new(a, COLTYPE_OBJECT, n);

    for (size_t i = 0; i < n; i++)
        c->cells[i] = na && na[i] ? cell_nan() : fields[i];
    return c;
}

/* NULL when the column does not hold integers. */
static struct column *
as_uint64(struct arena *a, const struct cell *fields, size_t n, const bool *na,
          const struct csv_options *o)
{
    struct column *c = column_new(a, COLTYPE_UINT64, n);
    bool seen_negative = false;
    bool seen_large = false;
    bool seen_na = false;

    for (size_t i = 0; i < n; i++) {
        bool negative = false;
        enum csv_parsed how;

        seen_na |= na[i];
        if (na[i])
            continue;
        how = parse_integer(fields[i], o->thousands, &negative, &c->u[i]);
        seen_negative |= negative;
        if (how == CSV_INVALID && !negative)
            return NULL;
        if (how == CSV_OVERFLOWED && !negative)
            return as_text(a, fields, n, na);
        seen_large |= !negative && c->u[i] > INT64_MAX;
    }
    if (seen_large && (seen_negative || seen_na))
        return as_text(a, fields, n, NULL); /* even missing fields stay as they are */
    return seen_negative ? as_text(a, fields, n, na) : c;
}

static struct column *
as_int64(struct arena *a, const struct cell *fields, size_t n, const bool *na,
         const struct csv_options *o, struct csv_field_error *why)
{
    struct column *c = column_new(a, COLTYPE_INT64, n);
    bool any_na = false;

    for (size_t i = 0; i < n; i++) {
        enum csv_parsed how =
            na[i] ? CSV_PARSED : parse_i64(fields[i], o->thousands, &c->i[i]);

        any_na |= na[i];
        if (how == CSV_PARSED)
            continue;
        *why = (struct csv_field_error){i, true};
        return how == CSV_INVALID ? NULL : as_uint64(a, fields, n, na, o);
    }
    if (!any_na)
        return c;
    c->dtype = COLTYPE_FLOAT64;
    for (size_t i = 0; i < n; i++) {
        if (na[i])
            *why = (struct csv_field_error){i, true};
        c->f[i] = na[i] ? (double)NAN : (double)c->i[i];
    }
    return c;
}

static struct column *
as_float64(struct arena *a, const struct cell *fields, size_t n, const bool *na,
           const struct csv_options *o, struct csv_field_error *why)
{
    struct column *c = column_new(a, COLTYPE_FLOAT64, n);

    for (size_t i = 0; i < n; i++) {
        c->f[i] = (double)NAN;
        if (na[i] || csv_parse_float(fields[i].s, fields[i].size, o, &c->f[i]))
            continue;
        *why = (struct csv_field_error){i, true};
        return NULL;
    }
    return c;
}

static struct column *
as_bool(struct arena *a, const struct cell *fields, size_t n, const bool *na,
        const struct csv_options *o)
{
    bool any_na = false;
    bool value;

    for (size_t i = 0; i < n; i++) {
        any_na |= na[i];
        if (!na[i] && !csv_parse_truth(fields[i], o, &value))
            return NULL;
    }

    struct column *c = column_new(a, any_na ? COLTYPE_OBJECT : COLTYPE_BOOL, n);

    for (size_t i = 0; i < n; i++) {
        (void)!csv_parse_truth(fields[i], o, &value);
        column_set(c, i, na[i] ? cell_nan() : cell_bool(value));
    }
    return c;
}

struct column *
csv_convert(struct arena *a, const struct cell *fields, size_t n,
            const struct csv_options *o, struct csv_field_error *why)
{
    bool *na = arena_alloc(a, n + 1);
    struct column *c;

    if (n == 0)
        return column_new(a, COLTYPE_OBJECT, 0);
    for (size_t i = 0; i < n; i++)
        na[i] = csv_field_missing(fields[i], o);
    c = as_int64(a, fields, n, na, o, why);
    if (!c)
        c = as_float64(a, fields, n, na, o, why);
    if (!c)
        c = as_bool(a, fields, n, na, o);
    return c ? c : as_text(a, fields, n, na);
}

struct column *
csv_convert_text(struct arena *a, const struct cell *fields, size_t n,
                 const struct csv_options *o)
{
    bool *na = arena_alloc(a, n + 1);

    for (size_t i = 0; i < n; i++)
        na[i] = csv_field_missing(fields[i], o);
    return as_text(a, fields, n, na);
}
