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
    if (c->dtype == COLTYPE_OBJECT && t->n > 0)
        return not_number(t, "invalid literal for int() with base 10", err);
    if (!coltype_integer(c->dtype) && t->n > 0)
        return unsafe_cast(t, c, err) || about(t, why.row);
    *out = t->n > 0 ? column_cast(t->a, c, t->type) : column_new(t->a, t->type, 0);
    return true;
}

static bool
as_floats(const struct typed *t, const struct column **out, struct error *err)
{
    struct column *c = column_new(t->a, COLTYPE_FLOAT64, t->n);

    for (size_t i = 0; i < t->n; i++) {
        c->f[i] = (double)NAN;
        if (!csv_field_missing(t->fields[i], t->o) &&
            !csv_parse_float(t->fields[i], t->o, &c->f[i]))
            return not_number(t, "could not convert string to float", err);
    }
    *out = column_cast(t->a, c, t->type);
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
        if (!csv_parse_truth(t->fields[i], t->o, &value)) {
            struct csv_field_error why;

            return unsafe_cast(t, csv_convert(t->a, t->fields, t->n, t->o, &why), err) ||
                   about(t, i);
        }
        c->i[i] = value;
    }
    *out = c;
    return true;
}

/* Int64: '1.0' counts, '1.5' does not. */
static bool
as_nullable(const struct typed *t, const struct column **out, struct error *err)
{
    struct column *c = column_new(t->a, t->type, t->n);

    for (size_t i = 0; i < t->n; i++) {
        struct cell v = t->fields[i];
        struct number_integer x = csv_parse_integer(v, t->o);
        double real = 0;

        c->na[i] =
            v.size == 0 || csv_field_missing(v, t->o); /* "" is NaN to to_numeric() */
        if (c->na[i])
            continue;
        if (t->type == COLTYPE_NULLABLE_INT && x.fits_signed) {
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
