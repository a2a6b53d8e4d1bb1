/* typed.c: columns of a type that the caller asks for (parsers.pyx, _convert_with_dtype).
 */
#include "csv/convert.h"

#include "table/key_table.h"
#include "table/order.h"

struct typed {
    struct arena *a;
    const struct cell *fields;
    size_t n;
    const struct csv_options *o;
    enum coltype type;
    size_t field;
    struct csv_cast *cast;
};

/* The error is about field i; false. */
static bool
about(const struct typed *t, size_t i)
{
    t->cast->fault = i;
    return false;
}

static bool
not_number(const struct typed *t, const char *what, struct error *err)
{
    for (size_t i = 0; i < t->n; i++) {
        double x;

        if (!csv_field_missing(t->fields[i], t->o) &&
            !csv_parse_float(t->fields[i], t->o, &x))
            return raise_error(err, "ValueError", "%s: %s", what,
                               cell_repr(t->a, t->fields[i])) ||
                   about(t, i);
    }
    return raise_error(err, "ValueError", "%s", what);
}

static bool
unsafe_cast(const struct typed *t, const struct column *c, struct error *err)
{
    return raise_error(err, "ValueError",
                       "cannot safely convert passed user dtype of %s for %s dtyped data "
                       "in column %zu",
                       coltype_name(t->type), coltype_name(c->dtype), t->field);
}

/* A float that the type holds as it is. */
static bool
whole_in(enum coltype t, double x)
{
    int bits = 8 * (int)coltype_octets(t);
    bool is_signed = coltype_class(t) == CLASS_INT;
    double end = ldexp(1, bits - is_signed);

    return x == trunc(x) && x >= (is_signed ? -end : 0) && x < end;
}

static bool
as_integers(const struct typed *t, const struct column **out, struct error *err)
{
    struct csv_field_error why;
    const struct column *c = csv_convert(t->a, t->fields, t->n, t->o, &why);

    for (size_t i = 0; i < t->n; i++)
        if (csv_field_missing(t->fields[i], t->o))
            return raise_error(err, "ValueError",
                               "Integer column has NA values in column %zu", t->field) ||
                   about(t, i);
    if (t->n == 0 || coltype_integer(c->dtype) || c->dtype == COLTYPE_BOOL) {
        bool above = c->dtype == COLTYPE_UINT64 && t->type == COLTYPE_INT64;

        *out = t->n == 0 ? column_new(t->a, t->type, 0)
               : above   ? c /* pandas lets it be */
                         : column_cast(t->a, c, t->type);
        return true;
    }
    if (c->dtype == COLTYPE_OBJECT)
        return not_number(t, "invalid literal for int() with base 10", err);
    for (size_t i = 0; i < t->n; i++)
        if (!whole_in(t->type, c->f[i]))
            return unsafe_cast(t, c, err) || about(t, i);
    *out = column_cast(t->a, c, t->type);
    return true;
}

static bool
as_floats(const struct typed *t, const struct column **out, struct error *err)
{
    struct column *c = column_new(t->a, COLTYPE_FLOAT64, t->n);
    struct csv_field_error why;
    const struct column *own;

    for (size_t i = 0; i < t->n; i++) {
        c->f[i] = (double)NAN;
        if (csv_field_missing(t->fields[i], t->o))
            continue;
        if (csv_parse_float(t->fields[i], t->o, &c->f[i])) {
            if (csv_number_missing(c->f[i], t->o))
                c->f[i] = (double)NAN;
            continue;
        }
        own = csv_convert(t->a, t->fields, t->n, t->o, &why);
        if (own->dtype != COLTYPE_BOOL)
            return not_number(t, "could not convert string to float", err);
        *out = column_cast(t->a, own, t->type);
        return true;
    }
    *out = column_cast(t->a, c, t->type);
    return true;
}

/* Numbers that are all 0 or 1 are truth values too. */
static bool
numbers_as_bools(const struct typed *t, const struct column **out, struct error *err)
{
    struct csv_field_error why;
    const struct column *numbers = csv_convert(t->a, t->fields, t->n, t->o, &why);
    struct column *c = column_new(t->a, COLTYPE_BOOL, t->n);

    for (size_t i = 0; i < t->n; i++) {
        struct cell v = column_get(numbers, i);
        double x = cell_numeric(v) ? cell_to_f64(v) : -1;

        if (x != 0 && x != 1)
            return unsafe_cast(t, numbers, err) || about(t, i);
        c->i[i] = x == 1;
    }
    *out = c;
    return true;
}

static bool
as_bools(const struct typed *t, const struct column **out, struct error *err)
{
    struct column *c = column_new(t->a, COLTYPE_BOOL, t->n);

    for (size_t i = 0; i < t->n; i++) {
        bool value = false;

        if (csv_field_missing(t->fields[i], t->o))
            return raise_error(err, "ValueError",
                               "Bool column has NA values in column %zu", t->field) ||
                   about(t, i);
        if (!csv_parse_truth(t->fields[i], t->o, &value))
            return numbers_as_bools(t, out, err);
        c->i[i] = value;
    }
    *out = c;
    return true;
}

/* "" is NaN to to_numeric(). */
static bool
nullable_missing(const struct typed *t, size_t i)
{
    return t->fields[i].size == 0 || csv_field_missing(t->fields[i], t->o);
}

/* One field that is no integer makes floats of all, which are made integers again. */
static bool
all_integers(const struct typed *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (!nullable_missing(t, i) && !csv_parse_integer(t->fields[i], t->o).fits_signed)
            return false;
    return true;
}

/* Int64: '1.0' counts, '1.5' does not. */
static bool
as_nullable(const struct typed *t, const struct column **out, struct error *err)
{
    struct column *c = column_new(t->a, t->type, t->n);
    bool exact = t->type == COLTYPE_NULLABLE_INT && all_integers(t);

    for (size_t i = 0; i < t->n; i++) {
        struct cell v = t->fields[i];
        struct number_integer x = csv_parse_integer(v, t->o);
        double real = 0;

        c->na[i] = nullable_missing(t, i);
        if (c->na[i])
            continue;
        if (exact) {
            c->i[i] = number_signed(x);
            continue;
        }
        if (!csv_parse_float(v, t->o, &real))
            return raise_error(err, "ValueError",
                               "Unable to parse string %s at position %zu",
                               cell_repr(t->a, v), i) ||
                   about(t, i);
        if (t->type == COLTYPE_NULLABLE_FLOAT)
            c->f[i] = real;
        else if (real == trunc(real) && fabs(real) < 0x1p63)
            c->i[i] = (int64_t)real;
        else
            return raise_error(err, "TypeError",
                               "cannot safely cast non-equivalent float64 to int64") ||
                   about(t, i);
    }
    *out = c;
    return true;
}

/* Categories are text, sorted. */
static void
as_categories(const struct typed *t, const struct column **out)
{
    const struct column *text = csv_convert_text(t->a, t->fields, t->n, t->o);
    struct column *c = column_new(t->a, COLTYPE_CATEGORY, t->n);
    struct key_codes codes;
    const struct column *uniques;
    int64_t *order;
    int64_t *rank;

    key_codes(t->a, text, KEY_DROP, &codes);
    uniques = column_take(t->a, text, codes.first, codes.n_keys);
    order = order_labels(t->a, uniques);
    rank = arena_alloc(t->a, (codes.n_keys + 1) * sizeof *rank);
    for (size_t i = 0; i < codes.n_keys; i++)
        rank[order[i]] = (int64_t)i;
    c->categories = column_take(t->a, uniques, order, codes.n_keys);
    for (size_t i = 0; i < t->n; i++)
        c->i[i] = codes.codes[i] < 0 ? -1 : rank[codes.codes[i]];
    *out = c;
}

bool
csv_convert_as(struct arena *a, const struct cell *fields, size_t n,
               const struct csv_options *o, struct csv_cast *cast,
               const struct column **out, struct error *err)
{
    const enum coltype type = cast->type;
    const struct typed t = {a, fields, n, o, type, cast->field, cast};

    cast->fault = SIZE_MAX;

    if (coltype_integer(type))
        return as_integers(&t, out, err);
    if (coltype_floating(type))
        return as_floats(&t, out, err);
    if (type == COLTYPE_BOOL)
        return as_bools(&t, out, err);
    if (type == COLTYPE_NULLABLE_INT || type == COLTYPE_NULLABLE_FLOAT)
        return as_nullable(&t, out, err);
    if (type == COLTYPE_CATEGORY) {
        as_categories(&t, out);
        return true;
    }
    if (type != COLTYPE_OBJECT)
        return raise_error(
            err, "TypeError", "the dtype %s is not supported for parsing%s",
            coltype_name(type), coltype_is_time(type) ? " (use parse_dates)" : "");
    *out = csv_convert_text(a, fields, n, o);
    return true;
}
