/* image.c: see image.h. */
#include "merge/image.h"

#include "common/num.h"
#include "io/csv_write.h"
#include "io/value.h"

#include <math.h>

/* The integer prints as it is read: up to eight digits, the first not a zero. */
static inline bool
integer_is_plain(const uint8_t *p, size_t size)
{
    return size - 1 < 8 && number_all_digits(number_tail(p + size, size)) &&
           (*p != '0' || size == 1);
}

/*
 * Up to eight digits, a point, up to seven digits.  Below 1e-4 repr() writes an
 * exponent.
 */
static inline bool
decimal_is_plain(const uint8_t *p, size_t size)
{
    size_t decimals = 0;
    size_t whole;

    if (size < 3 || size > 16)
        return false;
    while (decimals < 8 && decimals < size - 1 && p[size - 1 - decimals] != '.')
        decimals++;
    if (p[size - 1 - decimals] != '.' || decimals - 1 >= 7 || size - decimals - 2 >= 8)
        return false;
    whole = size - decimals - 1;
    if (!number_all_digits(number_tail(p + size, decimals)) ||
        !number_all_digits(number_tail(p + whole, whole)))
        return false;
    if ((p[0] == '0' && whole > 1) || (p[size - 1] == '0' && decimals > 1))
        return false;
    return p[0] != '0' || decimals < 4 || p[2] != '0' || p[3] != '0' || p[4] != '0' ||
           p[5] != '0';
}

/* The narrowest kind that holds the field. */
static enum field_kind
kind_of(const uint8_t *p, size_t size)
{
    int64_t integer;
    double real;

    if (number_i64(p, size, &integer))
        return FIELD_INT;
    return number_is_na(p, size) || number_f64(p, size, &real) ? FIELD_FLOAT : FIELD_TEXT;
}

/* A number that does not print as it is. */
static void
look_closer(const struct image *c, const uint8_t *p, size_t size,
            struct image_finding *found)
{
    enum field_kind kind = kind_of(p, size);
    double real;

    if (kind > found->kind)
        found->kind = kind;
    if (c->kind == FIELD_FLOAT && kind <= FIELD_FLOAT && !field_f64(p, size, &real))
        found->declined = "an integer that a double does not hold";
}

static void
check_integers(const struct image *c, const struct window *w, const struct fields *fields,
               uint8_t *odd, struct image_finding *found)
{
    for (size_t i = 0; i < w->n_rows; i++) {
        struct span s = fields_span(fields, i);
        const uint8_t *p = w->text + s.begin;
        size_t size = s.end - s.begin;

        if (integer_is_plain(p, size))
            continue;
        odd[i] = 1;
        look_closer(c, p, size, found);
    }
}

static void
check_floats(const struct image *c, const struct window *w, const struct fields *fields,
             uint8_t *odd, struct image_finding *found)
{
    for (size_t i = 0; i < w->n_rows; i++) {
        struct span s = fields_span(fields, i);
        const uint8_t *p = w->text + s.begin;
        size_t size = s.end - s.begin;

        if (decimal_is_plain(p, size))
            continue;
        odd[i] = 1;
        look_closer(c, p, size, found);
    }
}

/* Could a field that starts so stand for a missing value? */
static inline bool
may_be_missing(uint8_t c)
{
    return c == 'N' || c == 'n' || c == '#' || c == '-' || c == '1' || c == '<';
}

static void
check_text(const struct window *w, const struct fields *fields, uint8_t *odd,
           struct image_finding *found)
{
    for (size_t i = 0; i < w->n_rows; i++) {
        struct span s = fields_span(fields, i);
        const uint8_t *p = w->text + s.begin;
        size_t size = s.end - s.begin;

        if (size == 0 || (may_be_missing(*p) && number_is_na(p, size)) ||
            (w->quotes && p[-1] == '"'))
            odd[i] = 1;
        if (!found->seen_text && field_is_text(p, size))
            found->seen_text = true;
    }
}

void
image_check(const struct image *c, const struct window *w, const struct fields *fields,
            uint8_t *odd, struct image_finding *found)
{
    *found = (struct image_finding){.kind = c->kind};
    if (c->kind == FIELD_INT)
        check_integers(c, w, fields, odd, found);
    else if (c->kind == FIELD_FLOAT)
        check_floats(c, w, fields, odd, found);
    else
        check_text(w, fields, odd, found);
    if (c->promoted && c->kind == FIELD_INT)
        memset(odd, 1, w->n_rows);
}

void
image_put(struct buf *b, const struct image *c, const uint8_t *text, size_t size)
{
    int64_t integer = 0;
    double real = 0;

    if (number_is_na(text, size))
        return;
    if (c->kind == FIELD_TEXT) {
        csv_put_text(b, (const char *)text, size);
    } else if (c->kind == FIELD_FLOAT) {
        if (field_f64(text, size, &real))
            value_put_float(b, real);
    } else if (number_i64(text, size, &integer)) {
        if (c->promoted)
            value_put_float(b, (double)integer);
        else
            b->size += num_format_i64(integer, (char *)buf_reserve(b, NUM_U64_SIZE));
    }
}
