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

static struct plain
plain(struct arena *a, const struct column *c)
{
    bool real = coltype_floating(c->dtype) || c->dtype == COLTYPE_NULLABLE_FLOAT;
    bool large = coltype_class(c->dtype) == CLASS_UINT;
    struct plain out = {column_new(a,
                                   real    ? COLTYPE_FLOAT64
                                   : large ? c->dtype
                                           : COLTYPE_INT64,
                                   c->size),
                        arena_alloc(a, c->size + 1)};

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

bool
arith_nullable(struct arena *a, enum arith op, const struct column *left,
               const struct column *right, const struct column **out, struct error *err)
{
    struct plain x = plain(a, left);
    struct plain y = plain(a, right);
    bool whole =
        coltype_integer(x.values->dtype) && coltype_integer(y.values->dtype) && left->na;
    const struct column *values;
    struct column *result;

    if (whole && (op == ARITH_FLOORDIV || op == ARITH_MOD))
        values = arith_divide_raw(a, op, x.values, y.values);
    else if (!arith_columns(a, op, x.values, y.values, &values, err))
        return false;
    result = column_new(a,
                        coltype_floating(values->dtype) ? COLTYPE_NULLABLE_FLOAT
                                                        : COLTYPE_NULLABLE_INT,
                        values->size);
    for (size_t i = 0; i < result->size; i++) {
        bool one = op == ARITH_POW && (is_value(&x, i, 1) || is_value(&y, i, 0));

        result->na[i] = (x.na[i] || y.na[i]) && !one;
        if (!result->na[i])
            result->u[i] = values->u[i]; /* of a float its bits */
    }
    *out = result;
    return true;
}
