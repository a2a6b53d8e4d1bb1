/*
 * arith_divide.c: floor division, remainders and powers of numbers.
 *
 * NumPy's npy_divmod and integer loops; where an integer is divided by zero pandas
 * makes the column one of floats, with infinities and NaN (ops/missing.py).
 */
#include "rows/arith_impl.h"

#include <math.h>

static double
divide_f64(enum arith op, enum coltype t, double x, double y)
{
    double mod = fmod(x, y);
    double quotient;
    double whole;

    if (op == ARITH_POW)
        return pow(x, y);
    if (y == 0)
        return op == ARITH_MOD ? mod : x / y;
    quotient = column_round(t, column_round(t, x - mod) / y);
    if (mod != 0) {
        if ((y < 0) != (mod < 0)) {
            mod = column_round(t, mod + y);
            quotient = column_round(t, quotient - 1);
        }
    } else
        mod = copysign(0, y);
    if (op == ARITH_MOD)
        return mod;
    if (quotient == 0)
        return copysign(0, x / y);
    whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1 : whole;
}

static uint64_t
power_u64(uint64_t x, uint64_t y)
{
    uint64_t out = 1;

    for (; y > 0; y >>= 1, x *= x)
        if (y & 1)
            out *= x;
    return out;
}

/* y is not 0. */
static int64_t
divide_i64(enum arith op, int64_t x, int64_t y)
{
    int64_t q;
    int64_t r;

    if (op == ARITH_POW)
        return (int64_t)power_u64((uint64_t)x, (uint64_t)y);
    if (y == -1)
        return op == ARITH_MOD ? 0 : (int64_t)(0 - (uint64_t)x);
    q = x / y;
    r = x % y;
    if (r != 0 && (r < 0) != (y < 0)) {
        q--;
        r += y;
    }
    return op == ARITH_MOD ? r : q;
}

static uint64_t
divide_u64(enum arith op, uint64_t x, uint64_t y)
{
    return op == ARITH_POW ? power_u64(x, y) : op == ARITH_MOD ? x % y : x / y;
}

/* *by_zero: a divisor was 0; the result is 0 there. */
static struct column *
integer_columns(struct arena *a, enum arith op, enum coltype t, const struct column *left,
                const struct column *right, bool *by_zero)
{
    struct column *out = column_new(a, t, left->size);
    bool is_unsigned = coltype_class(t) == CLASS_UINT;

    for (size_t i = 0; i < left->size; i++) {
        struct cell x = column_get(left, i);
        struct cell y = column_get(right, i);

        if (y.i == 0 && op != ARITH_POW)
            *by_zero = true;
        else if (is_unsigned)
            out->u[i] = coltype_wrap_u64(t, divide_u64(op, x.u, y.u));
        else
            out->i[i] = coltype_wrap_i64(t, divide_i64(op, x.i, y.i));
    }
    return out;
}

/* Infinities and NaN where a divisor is 0. */
static struct column *
with_infinities(struct arena *a, enum arith op, const struct column *whole,
                const struct column *left, const struct column *right)
{
    struct column *real = column_new(a, COLTYPE_FLOAT64, left->size);

    for (size_t i = 0; i < left->size; i++) {
        double x = cell_to_f64(column_get(left, i));

        if (column_get(right, i).i == 0)
            real->f[i] = op == ARITH_MOD ? (double)NAN : x / 0.0;
        else
            real->f[i] = cell_to_f64(column_get(whole, i));
    }
    return real;
}

const struct column *
arith_divide_raw(struct arena *a, enum arith op, const struct column *left,
                 const struct column *right)
{
    bool by_zero = false;

    return integer_columns(a, op, coltype_result(left->dtype, right->dtype), left, right,
                           &by_zero);
}

bool
arith_divide(struct arena *a, enum arith op, const struct column *left,
             const struct column *right, const struct column **out, struct error *err)
{
    enum coltype t = coltype_result(left->dtype, right->dtype);
    struct column *result;
    bool by_zero = false;

    if (t == COLTYPE_BOOL)
        return raise_error(err, "NotImplementedError",
                           "operator '%s' not implemented for bool dtypes",
                           op == ARITH_MOD   ? "mod"
                           : op == ARITH_POW ? "pow"
                                             : "floordiv");
    if (!coltype_floating(t)) {
        for (size_t i = 0; op == ARITH_POW && i < right->size; i++)
            if (coltype_class(right->dtype) == CLASS_INT && right->i[i] < 0)
                return raise_error(
                    err, "ValueError",
                    "Integers to negative integer powers are not allowed.");
        *out = integer_columns(a, op, t, left, right, &by_zero);
        if (by_zero)
            *out = with_infinities(a, op, *out, left, right);
        return true;
    }
    result = column_new(a, t, left->size);
    for (size_t i = 0; i < left->size; i++)
        result->f[i] = column_round(
            t, divide_f64(op, t, column_round(t, cell_to_f64(column_get(left, i))),
                          column_round(t, cell_to_f64(column_get(right, i)))));
    *out = result;
    return true;
}
