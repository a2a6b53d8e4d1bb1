/*
 * arith.c: NumPy's loops for numbers, Python's operators for object columns.
 *
 * Integers wrap in their own type; floats are rounded to it; division of integers is
 * float64.
 */
#include "rows/arith_impl.h"

#include "rows/align.h"
#include "rows/where.h"

bool
arith_parse(const char *name, enum arith *out)
{
    static const char *const names[] = {"add",      "sub", "mul", "div",
                                        "floordiv", "mod", "pow"};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum arith)i;
            return true;
        }
    return false;
}

const char *
arith_sign(enum arith op)
{
    static const char *const signs[] = {"+", "-", "*", "/", "//", "%", "**"};

    return signs[op];
}

static double
apply_f64(enum arith op, double x, double y)
{
    switch (op) {
    case ARITH_ADD: return x + y;
    case ARITH_SUB: return x - y;
    case ARITH_MUL: return x * y;
    case ARITH_DIV:
    case ARITH_FLOORDIV:
    case ARITH_MOD:
    case ARITH_POW: break;
    }
    return x / y;
}

static uint64_t
apply_u64(enum arith op, uint64_t x, uint64_t y)
{
    switch (op) {
    case ARITH_ADD: return x + y;
    case ARITH_SUB: return x - y;
    case ARITH_MUL: return x * y;
    case ARITH_DIV:
    case ARITH_FLOORDIV:
    case ARITH_MOD:
    case ARITH_POW: break;
    }
    return 0;
}

/* Both numeric: the type NumPy computes in. */
static enum coltype
number_type(enum arith op, enum coltype x, enum coltype y)
{
    enum coltype t = coltype_result(x, y);

    return op == ARITH_DIV && !coltype_floating(t) ? COLTYPE_FLOAT64 : t;
}

static struct column *
number_columns(struct arena *a, enum arith op, const struct column *left,
               const struct column *right)
{
    enum coltype t = number_type(op, left->dtype, right->dtype);
    struct column *out = column_new(a, t, left->size);

    for (size_t i = 0; i < left->size; i++) {
        struct cell x = column_get(left, i);
        struct cell y = column_get(right, i);

        if (coltype_floating(t)) {
            double fx = column_round(t, cell_to_f64(x));
            double fy = column_round(t, cell_to_f64(y));

            out->f[i] = column_round(t, apply_f64(op, fx, fy));
        } else if (t == COLTYPE_BOOL)
            out->i[i] = op == ARITH_ADD ? x.i | y.i : x.i & y.i;
        else if (coltype_class(t) == CLASS_UINT)
            out->u[i] = coltype_wrap_u64(t, apply_u64(op, x.u, y.u));
        else
            out->i[i] = coltype_wrap_i64(t, (int64_t)apply_u64(op, x.u, y.u));
    }
    return out;
}

static bool
unsupported(enum arith op, struct cell x, struct cell y, struct error *err)
{
    return raise_error(err, "TypeError",
                       "unsupported operand type(s) for %s: '%s' and '%s'",
                       arith_sign(op), cell_type_name(x), cell_type_name(y));
}

static bool
text_cells(struct arena *a, enum arith op, struct cell x, struct cell y, struct cell *out,
           struct error *err)
{
    struct cell text = x.kind == CELL_STR ? x : y;
    struct cell other = x.kind == CELL_STR ? y : x;
    size_t times;
    char *joined;

    if (op == ARITH_ADD && x.kind == CELL_STR && y.kind == CELL_STR) {
        joined = arena_alloc(a, (size_t)x.size + y.size + 1);
        memcpy(joined, x.s, x.size);
        memcpy(joined + x.size, y.s, y.size);
        *out = cell_str_n(joined, (size_t)x.size + y.size);
        return true;
    }
    if (op != ARITH_MUL || (other.kind != CELL_INT && other.kind != CELL_BOOL))
        return unsupported(op, x, y, err);
    if (other.i > 1 << 20)
        return error_set(err, ERR_LIMIT, "text repeated %lld times", (long long)other.i);
    times = other.i > 0 ? (size_t)other.i : 0;
    joined = arena_alloc(a, times * text.size + 1);
    for (size_t i = 0; i < times; i++)
        memcpy(joined + i * text.size, text.s, text.size);
    *out = cell_str_n(joined, times * text.size);
    return true;
}

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/* Python's integers have no end; ours have, and what lies beyond is refused. */
static bool
whole_cells(enum arith op, struct cell x, struct cell y, struct cell *out,
            struct error *err)
{
    int128 l = x.kind == CELL_UINT ? (int128)x.u : (int128)x.i;
    int128 r = y.kind == CELL_UINT ? (int128)y.u : (int128)y.i;
    int128 z;
    bool over = op == ARITH_MUL ? __builtin_mul_overflow(l, r, &z)
                                : (z = op == ARITH_SUB ? l - r : l + r, false);

    if (over || z < INT64_MIN || z > (int128)UINT64_MAX)
        return error_set(err, ERR_UNSUPPORTED, "integers of objects beyond 64 bits");
    *out = z < 0 ? cell_int((int64_t)z) : cell_uint((uint64_t)z);
    return true;
}

/* x / y of Python's integers, rounded once: the quotient has all bits of a double. */
static double
whole_ratio(struct cell x, struct cell y)
{
    bool below_x = x.kind != CELL_UINT && x.i < 0;
    bool below_y = y.kind != CELL_UINT && y.i < 0;
    uint64_t n = below_x ? 0 - x.u : x.u;
    uint64_t d = below_y ? 0 - y.u : y.u;
    int shift = n == 0 ? 0 : __builtin_clzll(n) - __builtin_clzll(d) + 62;
    uint128 scaled = (uint128)n << (shift > 0 ? shift : 0);
    uint64_t quotient = (uint64_t)(scaled / d);
    double ratio;

    if (scaled % d != 0)
        quotient |= 1; /* so that no tie is seen where there is none */
    ratio = ldexp((double)quotient, shift > 0 ? -shift : 0);
    return below_x != below_y ? -ratio : ratio;
}

bool
arith_cells(struct arena *a, enum arith op, struct cell x, struct cell y,
            struct cell *out, struct error *err)
{
    if (op == ARITH_DIV && cell_numeric(x) && cell_numeric(y) && cell_to_f64(y) == 0.0)
        return raise_error(err, "ZeroDivisionError", "division by zero");
    if (cell_missing(x) || cell_missing(y)) {
        *out = cell_nan();
        return true;
    }
    if (x.kind == CELL_STR || y.kind == CELL_STR)
        return text_cells(a, op, x, y, out, err);
    if (!cell_numeric(x) || !cell_numeric(y))
        return unsupported(op, x, y, err);
    if (op != ARITH_DIV && x.kind != CELL_FLOAT && y.kind != CELL_FLOAT)
        return whole_cells(op, x, y, out, err);
    if (x.kind != CELL_FLOAT && y.kind != CELL_FLOAT) {
        *out = cell_float(whole_ratio(x, y));
        return true;
    }
    *out = cell_float(apply_f64(op, cell_to_f64(x), cell_to_f64(y)));
    return true;
}

static bool
object_columns(struct arena *a, enum arith op, const struct column *left,
               const struct column *right, const struct column **out, struct error *err)
{
    struct column *result = column_new(a, COLTYPE_OBJECT, left->size);

    for (size_t i = 0; i < left->size; i++)
        if (!arith_cells(a, op, column_get(left, i), column_get(right, i),
                         &result->cells[i], err))
            return false;
    *out = result;
    return true;
}

/* StringArray: objects where both have a value, which must come out as text. */
static bool
text_columns(struct arena *a, enum arith op, const struct column *left,
             const struct column *right, const struct column **out, struct error *err)
{
    struct column *result = column_new(a, COLTYPE_STRING, left->size);

    for (size_t i = 0; i < left->size; i++) {
        result->cells[i] = (struct cell){.kind = CELL_NA};
        if (!column_missing(left, i) && !column_missing(right, i) &&
            !arith_cells(a, op, column_get(left, i), column_get(right, i),
                         &result->cells[i], err))
            return false;
    }
    *out = result;
    return true;
}

/* Python's operators know no None, and none but numbers beside NaN. */
static bool
check_missing(enum arith op, const struct column *left, const struct column *right,
              struct error *err)
{
    if ((left->dtype != COLTYPE_OBJECT && right->dtype != COLTYPE_OBJECT) || left->na ||
        right->na || left->dtype == COLTYPE_STRING || right->dtype == COLTYPE_STRING)
        return true;
    for (size_t i = 0; i < left->size; i++) {
        struct cell x = column_get(left, i);
        struct cell y = column_get(right, i);

        if (x.kind == CELL_NONE || y.kind == CELL_NONE ||
            (x.kind == CELL_FLOAT && y.kind == CELL_STR) ||
            (x.kind == CELL_STR && y.kind == CELL_FLOAT))
            return unsupported(op, x, y, err);
    }
    return true;
}

/* numpy has no arithmetic of categories, whatever they are. */
static bool
category_columns(enum arith op, const struct column *left, const struct column *right,
                 struct error *err)
{
    static const char *const names[] = {"add",          "subtract",  "multiply", "divide",
                                        "floor_divide", "remainder", "power"};

    if (left->dtype == right->dtype)
        return raise_error(
            err, "TypeError",
            "unsupported operand type(s) for %s: 'Categorical' and 'Categorical'",
            arith_sign(op));
    return raise_error(err, "TypeError",
                       "Object with dtype category cannot perform the numpy op %s",
                       names[op]);
}

static bool
counts(enum coltype t)
{
    return coltype_numeric(t) || coltype_nullable(t);
}

bool
arith_columns(struct arena *a, enum arith op, const struct column *left,
              const struct column *right, const struct column **out, struct error *err)
{
    bool bools = left->dtype == COLTYPE_BOOL && right->dtype == COLTYPE_BOOL;

    if (left->dtype == COLTYPE_CATEGORY || right->dtype == COLTYPE_CATEGORY)
        return category_columns(op, left, right, err);
    if (bools && op == ARITH_SUB)
        return raise_error(err, "TypeError",
                           "numpy boolean subtract, the `-` operator, is not supported, "
                           "use the bitwise_xor, the `^` operator, or the logical_xor "
                           "function instead.");
    if (bools && (op == ARITH_DIV || op == ARITH_FLOORDIV || op == ARITH_POW))
        return raise_error(err, "NotImplementedError",
                           "operator '%s' not implemented for bool dtypes",
                           op == ARITH_DIV        ? "truediv"
                           : op == ARITH_FLOORDIV ? "floordiv"
                                                  : "pow");
    if (coltype_class(left->dtype) == CLASS_TIME ||
        coltype_class(right->dtype) == CLASS_TIME)
        return arith_times(a, op, left, right, out, err);
    if ((left->na || right->na) && counts(left->dtype) && counts(right->dtype))
        return arith_nullable(a, op, left, right, out, err);
    if (op > ARITH_DIV && coltype_numeric(left->dtype) && coltype_numeric(right->dtype))
        return arith_divide(a, op, left, right, out, err);
    if (op > ARITH_DIV)
        return error_set(err, ERR_UNSUPPORTED, "%s of %s and %s columns", arith_sign(op),
                         coltype_name(left->dtype), coltype_name(right->dtype));
    if (left->dtype == COLTYPE_STRING || right->dtype == COLTYPE_STRING)
        return text_columns(a, op, left, right, out, err);
    if (coltype_numeric(left->dtype) && coltype_numeric(right->dtype))
        *out = number_columns(a, op, left, right);
    else
        return object_columns(a, op, left, right, out, err);
    return true;
}

/* The value that stands in where only this side is missing. */
static bool
filled(struct arena *a, const struct column *c, const struct column *other,
       struct cell fill, const struct column **out, struct error *err)
{
    struct column *result = column_like(a, c, c->size);

    if (column_any_missing(c) && !where_fits(a, c, fill, err))
        return false;
    for (size_t i = 0; i < c->size; i++)
        column_set(result, i,
                   column_missing(c, i) && !column_missing(other, i) ? fill
                                                                     : column_get(c, i));
    *out = result;
    return true;
}

bool
arith_fill(struct arena *a, const struct column **left, const struct column **right,
           struct cell fill, struct error *err)
{
    const struct column *whole;

    if (!filled(a, *left, *right, fill, &whole, err) ||
        !filled(a, *right, *left, fill, right, err))
        return false;
    *left = whole;
    return true;
}

void
arith_bare(struct arena *a, enum arith op, const struct column **left,
           const struct column **right)
{
    bool divides = op == ARITH_DIV || op == ARITH_FLOORDIV || op == ARITH_POW;

    if (!divides || (*left)->dtype != COLTYPE_BOOL || (*right)->dtype != COLTYPE_BOOL)
        return;
    *left = column_cast(a, *left, COLTYPE_INT8);
    *right = column_cast(a, *right, COLTYPE_INT8);
}

bool
arith_series(struct arena *a, enum arith op, const struct frame *left,
             const struct frame *right, const struct cell *fill, struct frame **out,
             struct error *err)
{
    const struct column *x = left->columns[0];
    const struct column *y = right->columns[0];
    const struct column *result;
    struct alignment rows;

    if (left->index.n_levels != right->index.n_levels)
        return error_set(err, ERR_UNSUPPORTED, "indexes differ in their levels");
    if (!align_outer(a, &left->index, &right->index, &rows, err))
        return false;
    x = column_take(a, x, rows.left, rows.size);
    y = column_take(a, y, rows.right, rows.size);
    if (fill && !arith_fill(a, &x, &y, *fill, err))
        return false;
    arith_bare(a, op, &x, &y);
    if (!check_missing(op, x, y, err) || !arith_columns(a, op, x, y, &result, err))
        return false;
    if (cell_same(left->columns[0]->name, right->columns[0]->name))
        result = column_named(a, result, left->columns[0]->name);
    *out = series_new(a, &rows.index, result);
    return true;
}
