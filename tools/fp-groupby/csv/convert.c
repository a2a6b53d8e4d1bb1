/*
 * convert.c: the choice of a column's type.
 *
 * Follows parsers.pyx: int64, on overflow uint64, then float64, bool and text; a type
 * is kept when every field that is not missing reads as it.
 */
#include "csv/convert.h"

#include "common/num.h"

#include <math.h>
#include <stdio.h>

static bool
text_is(struct cell c, const char *text)
{
    return c.size == strlen(text) && memcmp(c.s, text, c.size) == 0;
}

bool
csv_field_missing(struct cell c, const struct csv_options *o)
{
    if (o->keep_default_na && number_is_na((const uint8_t *)c.s, c.size))
        return true;
    for (size_t i = 0; i < o->n_na_values; i++)
        if (text_is(c, o->na_values[i]))
            return true;
    return false;
}

/* "3" and "3.0" of a number without a fraction, as _stringify_na_values has them. */
static size_t
add_forms(struct arena *a, double x, const char **forms)
{
    char text[NUM_F64_SIZE + 4];
    int n;

    if (x != trunc(x) || !isfinite(x))
        return 0;
    n = snprintf(text, sizeof text, "%.0f.0", x == 0 ? 0.0 : x);
    if (n < 0 || (size_t)n >= sizeof text)
        return 0; /* longer than any field that is read as such a number */
    forms[0] = arena_strndup(a, text, (size_t)n);
    forms[1] = arena_strndup(a, text, (size_t)n - 2);
    return 2;
}

void
csv_expand_na(struct arena *a, struct csv_options *o)
{
    const char **forms = arena_alloc(a, (3 * o->n_na_values + 1) * sizeof *forms);
    double *numbers = arena_alloc(a, (o->n_na_values + 1) * sizeof *numbers);
    size_t n = 0;

    o->n_na_numbers = 0;
    for (size_t i = 0; i < o->n_na_values; i++) {
        const char *text = o->na_values[i];
        double x;

        forms[n++] = text;
        if (!num_parse_f64(text, strlen(text), &x) || isnan(x))
            continue;
        numbers[o->n_na_numbers++] = x;
        n += add_forms(a, x, forms + n);
    }
    o->na_values = forms;
    o->n_na_values = n;
    o->na_numbers = numbers;
}

bool
csv_number_missing(double x, const struct csv_options *o)
{
    for (size_t i = 0; i < o->n_na_numbers; i++)
        if (x == o->na_numbers[i])
            return true;
    return false;
}

struct number_integer
csv_parse_integer(struct cell field, const struct csv_options *o)
{
    return number_integer((const uint8_t *)field.s, field.size, o->thousands);
}

bool
csv_parse_float(struct cell field, const struct csv_options *o, double *out)
{
    const struct number_style style = {o->decimal, o->thousands, o->round_trip};

    return number_real((const uint8_t *)field.s, field.size, &style, out);
}

bool
csv_parse_bool(struct cell c, bool *out)
{
    return number_is_bool((const uint8_t *)c.s, c.size, out);
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
        struct number_integer x;

        seen_na |= na[i];
        if (na[i])
            continue;
        x = csv_parse_integer(fields[i], o);
        c->u[i] = x.magnitude;
        seen_negative |= x.negative;
        if (x.how == NUMBER_INVALID && !x.negative)
            return NULL;
        if (x.how == NUMBER_OVERFLOWED && !x.negative)
            return as_text(a, fields, n, na);
        seen_large |= !x.negative && x.magnitude > INT64_MAX;
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
        struct number_integer x;

        any_na |= na[i];
        if (na[i])
            continue;
        x = csv_parse_integer(fields[i], o);
        c->i[i] = number_signed(x);
        if (x.fits_signed)
            continue;
        *why = (struct csv_field_error){i, true};
        return x.how == NUMBER_INVALID ? NULL : as_uint64(a, fields, n, na, o);
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
        if (!na[i] && !csv_parse_float(fields[i], o, &c->f[i])) {
            *why = (struct csv_field_error){i, true};
            return NULL;
        }
        if (csv_number_missing(c->f[i], o))
            c->f[i] = (double)NAN;
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

/*
 * pandas' own parser, which patterns need, keeps the text of a column of floats when an
 * integer beyond int64 stands beside a missing field or a negative integer (even missing
 * fields stay as they are then), or when one is beyond uint64.
 */
static struct column *
kept_text(struct arena *a, const struct cell *fields, size_t n, const bool *na,
          const struct csv_options *o)
{
    bool large = false, conflict = false, beyond = false;

    for (size_t i = 0; i < n; i++) {
        struct number_integer x = {0};

        if (!na[i])
            x = csv_parse_integer(fields[i], o);
        conflict |= na[i] || (x.how == NUMBER_PARSED && x.negative && x.magnitude > 0);
        large |= x.how == NUMBER_PARSED && !x.negative && x.magnitude > INT64_MAX;
        beyond |= x.how == NUMBER_OVERFLOWED;
    }
    return beyond              ? as_text(a, fields, n, na)
           : large && conflict ? as_text(a, fields, n, NULL)
                               : NULL;
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
    if (c && o->pattern && c->dtype == COLTYPE_FLOAT64) {
        struct column *text = kept_text(a, fields, n, na, o);

        c = text ? text : c;
    }
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
