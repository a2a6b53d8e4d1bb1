/*
 * arith_nullable.c: Int64 and its kin: the plain operation, and which results are <NA>.
 *
 * <NA> wins, but for 1 ** x and x ** 0; what is missing in a column of another kind
 * beside one of these counts as <NA>, too.  Division by zero is a value.
 */
#include "rows/arith_impl.h"

struct plain {
    struct column *values; /* 1 where there is none */
    bool *na;
};

/* Booleans are numbers to the operators that come after division. */
static enum coltype
plain_type(enum arith op, enum coltype t)
{
    if (coltype_floating(t) || t == COLTYPE_NULLABLE_FLOAT)
        return COLTYPE_FLOAT64;
    if (coltype_class(t) == CLASS_BOOL && op <= ARITH_DIV)
        return COLTYPE_BOOL;
    return coltype_class(t) == CLASS_UINT ? t : COLTYPE_INT64;
}

static struct plain
plain(struct arena *a, enum arith op, const struct column *c)
{
    struct plain out = {column_new(a, plain_type(op, c->dtype), c->size),
                        arena_alloc(a, c->size + 1)};
    bool real = out.values->dtype == COLTYPE_FLOAT64;

    for (size_t i = 0; i < c->size; i++) {
        struct cell v = column_get(c, i);

        out.na[i] = c->na ? v.kind == CELL_NA : cell_missing(v);
        if (real)
            out.values->f[i] = out.na[i] ? 1 : cell_to_f64(v);
        else
            out.values->u[i] = out.na[i] ? 1 : v.u;
    }
    return out;
}

static bool
is_value(const struct plain *p, size_t i, double value)
{
    return !p->na[i] && cell_to_f64(column_get(p->values, i)) == value;
}

/* boolean beside int8 would be Int8, which there is no column of here. */
static bool
check_width(enum arith op, enum coltype x, enum coltype y, struct error *err)
{
    enum coltype other = x == COLTYPE_NULLABLE_BOOL ? y : x;
    bool narrow = coltype_integer(other) && other != COLTYPE_INT64 && op != ARITH_DIV;

    if ((x == COLTYPE_NULLABLE_BOOL || y == COLTYPE_NULLABLE_BOOL) &&
        (narrow || other == COLTYPE_FLOAT32))
        return error_set(
            err, ERR_UNSUPPORTED, "%s of %s and %s columns, which is a nullable %s",
            arith_sign(op), coltype_name(x), coltype_name(y), coltype_name(other));
    return true;
}

static enum coltype
nullable_of(enum coltype t)
{
    return t == COLTYPE_BOOL     ? COLTYPE_NULLABLE_BOOL
           : coltype_floating(t) ? COLTYPE_NULLABLE_FLOAT
                                 : COLTYPE_NULLABLE_INT;
}

bool
arith_nullable(struct arena *a, enum arith op, const struct column *left,
               const struct column *right, const struct column **out, struct error *err)
{
    struct plain x = plain(a, op, left);
    struct plain y = plain(a, op, right);
    bool whole =
        coltype_integer(x.values->dtype) && coltype_integer(y.values->dtype) && left->na;
    const struct column *values;
    struct column *result;

    if (!check_width(op, left->dtype, right->dtype, err))
        return false;
    if (whole && (op == ARITH_FLOORDIV || op == ARITH_MOD))
        values = arith_divide_raw(a, op, x.values, y.values);
    else if (!arith_columns(a, op, x.values, y.values, &values, err))
        return false;
    result = column_new(a, nullable_of(values->dtype), values->size);
    for (size_t i = 0; i < result->size; i++) {
        bool one = op == ARITH_POW && (is_value(&x, i, 1) || is_value(&y, i, 0));

        result->na[i] = (x.na[i] || y.na[i]) && !one;
        if (!result->na[i])
            result->u[i] = values->u[i]; /* of a float its bits */
    }
    *out = result;
    return true;
}
