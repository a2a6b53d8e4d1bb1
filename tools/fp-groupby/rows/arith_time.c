/*
 * arith_time.c: times and spans: differences, sums, and spans as many times as a number.
 *
 * NumPy's loops: spans wrap around, products with floats are cut, and what is divided by
 * zero or missing is NaT.  A boolean is a nanosecond or none.
 */
#include "rows/arith_impl.h"

static bool
refuse_times(enum arith op, const struct column *left, const struct column *right,
             struct error *err)
{
    bool lt = coltype_class(left->dtype) == CLASS_TIME;
    enum coltype other = lt ? right->dtype : left->dtype;
    bool real = coltype_floating(other) || other == COLTYPE_NULLABLE_FLOAT;
    bool spans = left->dtype == COLTYPE_SPAN && right->dtype == COLTYPE_SPAN;
    bool number = coltype_numeric(other) || coltype_nullable(other);
    bool numpy = op == ARITH_MUL ? spans
                 : op == ARITH_DIV
                     ? number && (right->dtype == COLTYPE_SPAN ||
                                  (lt && !coltype_is_time(left->dtype)))
                     : real && (op == ARITH_ADD || !coltype_is_time(right->dtype));

    return raise_error(err, numpy ? "UFuncTypeError" : "TypeError",
                       "cannot perform this operation between %s and %s",
                       coltype_name(left->dtype), coltype_name(right->dtype));
}

/* Sums and differences. */
static bool
add_times(struct arena *a, enum arith op, const struct column *left,
          const struct column *right, const struct column **out, struct error *err)
{
    bool lt = coltype_is_time(left->dtype);
    bool rt = coltype_is_time(right->dtype);

    if (op == ARITH_SUB ? rt && !lt : lt && rt)
        return refuse_times(op, left, right, err);
    if (lt && rt && coltype_is_zoned(left->dtype) != coltype_is_zoned(right->dtype))
        return raise_error(
            err, "TypeError",
            "Cannot subtract tz-naive and tz-aware datetime-like objects.");

    enum coltype type = lt == rt ? COLTYPE_SPAN : lt ? left->dtype : right->dtype;
    struct column *result = column_new(a, type, left->size);

    for (size_t i = 0; i < left->size; i++)
        result->u[i] = column_missing(left, i) || column_missing(right, i)
                           ? (uint64_t)INT64_MIN
                       : op == ARITH_ADD ? left->u[i] + right->u[i]
                                         : left->u[i] - right->u[i];
    *out = result;
    return true;
}

static int64_t
cut(double x)
{
    return x >= -0x1p63 && x < 0x1p63 ? (int64_t)x : INT64_MIN;
}

/* A span times a number or through one; an integer beyond int64 counts as a float. */
static int64_t
scaled(enum arith op, int64_t span, struct cell by, bool real)
{
    double x = cell_to_f64(by);

    if (real)
        return cut(op == ARITH_MUL ? (double)span * x : (double)span / x);
    if (op == ARITH_MUL)
        return (int64_t)((uint64_t)span * by.u);
    return by.i == 0    ? INT64_MIN
           : by.i == -1 ? (int64_t)(0 - (uint64_t)span)
                        : span / by.i;
}

static struct column *
scale_spans(struct arena *a, enum arith op, const struct column *spans,
            const struct column *by)
{
    struct column *out = column_new(a, COLTYPE_SPAN, spans->size);
    bool real = coltype_floating(by->dtype) || by->dtype == COLTYPE_NULLABLE_FLOAT ||
                by->dtype == COLTYPE_UINT64;

    for (size_t i = 0; i < spans->size; i++)
        out->i[i] = column_missing(spans, i) || column_missing(by, i)
                        ? INT64_MIN
                        : scaled(op, spans->i[i], column_get(by, i), real);
    return out;
}

static struct column *
span_ratios(struct arena *a, const struct column *left, const struct column *right)
{
    struct column *out = column_new(a, COLTYPE_FLOAT64, left->size);

    for (size_t i = 0; i < left->size; i++)
        out->f[i] = column_missing(left, i) || column_missing(right, i)
                        ? (double)NAN
                        : (double)left->i[i] / (double)right->i[i];
    return out;
}

static bool
may_add(enum coltype t)
{
    return coltype_class(t) == CLASS_TIME || t == COLTYPE_BOOL;
}

bool
arith_times(struct arena *a, enum arith op, const struct column *left,
            const struct column *right, const struct column **out, struct error *err)
{
    bool spans = left->dtype == COLTYPE_SPAN;
    bool both = spans && right->dtype == COLTYPE_SPAN;
    const struct column *by = spans ? right : left;
    bool is_bool = coltype_class(by->dtype) == CLASS_BOOL;
    bool number = coltype_numeric(by->dtype) || coltype_nullable(by->dtype);
    bool times = op == ARITH_MUL && (right->dtype == COLTYPE_SPAN || !by->na);
    bool scales = number && (spans || right->dtype == COLTYPE_SPAN) &&
                  (times || (op == ARITH_DIV && spans && !is_bool));

    if ((op == ARITH_ADD || op == ARITH_SUB) && may_add(left->dtype) &&
        may_add(right->dtype))
        return add_times(a, op, left, right, out, err);
    if (op == ARITH_DIV && both)
        *out = span_ratios(a, left, right);
    else if (scales)
        *out = scale_spans(a, op, spans ? left : right, by);
    else
        return refuse_times(op, left, right, err);
    return true;
}
