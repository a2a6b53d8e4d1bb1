/* compare.c: NumPy's comparisons of numbers, Python's of objects. */
#include "rows/compare.h"

#include "table/key_table.h"

static bool
holds(enum compare op, int order)
{
    switch (op) {
    case COMPARE_LESS: return order < 0;
    case COMPARE_LESS_EQUAL: return order <= 0;
    case COMPARE_EQUAL: return order == 0;
    case COMPARE_NOT_EQUAL: return order != 0;
    case COMPARE_GREATER_EQUAL: return order >= 0;
    case COMPARE_GREATER: break;
    }
    return order > 0;
}

static bool
not_ordered(enum compare op, struct cell x, struct cell y, struct error *err)
{
    static const char *const signs[] = {"<", "<=", "==", "!=", ">=", ">"};

    return raise_unordered(err, signs[op], x, y);
}

/* Times of columns cannot be ordered when only one of them has a zone. */
static bool
zones_part(enum coltype x, enum coltype y)
{
    return coltype_is_time(x) && coltype_is_time(y) &&
           coltype_is_zoned(x) != coltype_is_zoned(y);
}

/* NumPy compares an integer with a float as two floats. */
static int
order_of(struct cell x, struct cell y, enum coltype real)
{
    double fx;
    double fy;

    if (x.kind != CELL_FLOAT && y.kind != CELL_FLOAT)
        return cell_compare(x, y);
    fx = column_round(real, cell_to_f64(x));
    fy = column_round(real, cell_to_f64(y));
    return (fx > fy) - (fx < fy);
}

static const struct column *
without_categories(struct arena *a, const struct column *c)
{
    return c->categories ? column_take(a, c->categories, c->i, c->size) : c;
}

/* Beside <NA>, what is missing in a column of another kind is <NA>, too. */
static bool
unknown(const struct column *c, struct cell v)
{
    return c->na ? v.kind == CELL_NA : cell_missing(v);
}

bool
compare_columns(struct arena *a, enum compare op, const struct column *left,
                const struct column *right, const struct column **out, struct error *err)
{
    bool equality = op == COMPARE_EQUAL || op == COMPARE_NOT_EQUAL;
    bool nullable = left->na || right->na;
    struct column *result =
        column_new(a, nullable ? COLTYPE_NULLABLE_BOOL : COLTYPE_BOOL, left->size);
    enum coltype real = left->dtype == COLTYPE_FLOAT32 && right->dtype == COLTYPE_FLOAT32
                            ? COLTYPE_FLOAT32
                            : COLTYPE_FLOAT64;

    if ((left->categories || right->categories) && !equality)
        return raise_error(err, "TypeError",
                           "Unordered Categoricals can only compare equality or not");
    if (!equality && zones_part(left->dtype, right->dtype))
        return raise_error(err, "TypeError", "Invalid comparison between %s and %s",
                           coltype_name(left->dtype), coltype_name(right->dtype));
    left = without_categories(a, left);
    right = without_categories(a, right);
    for (size_t i = 0; i < left->size; i++) {
        struct cell x = column_get(left, i);
        struct cell y = column_get(right, right->size == 1 ? 0 : i);

        if (nullable && (unknown(left, x) || unknown(right, y)))
            result->na[i] = 1;
        else if (cell_missing(x) || cell_missing(y))
            result->i[i] = op == COMPARE_NOT_EQUAL;
        else if (cell_comparable(x, y))
            result->i[i] = holds(op, order_of(x, y, real));
        else if (equality)
            result->i[i] = op == COMPARE_NOT_EQUAL;
        else
            return not_ordered(op, x, y, err);
    }
    *out = result;
    return true;
}

struct column *
compare_isin(struct arena *a, const struct column *c, const struct column *values)
{
    const struct column *const levels[] = {without_categories(a, values)};
    const struct column *const rows[] = {without_categories(a, c)};
    struct column *out = column_new(a, COLTYPE_BOOL, c->size);
    struct key_lookup lookup;

    key_lookup_init(a, &lookup, levels, 1);
    for (size_t i = 0; i < c->size; i++)
        out->i[i] = key_lookup_find(&lookup, rows, i) >= 0;
    return out;
}

/* 0, 1, or -1: not known; of object columns missing values are false. */
static bool
truths(struct arena *a, const struct column *c, int8_t **out, struct error *err)
{
    *out = arena_alloc(a, c->size + 1);
    for (size_t i = 0; i < c->size; i++) {
        struct cell v = column_get(c, i);

        if (v.kind == CELL_BOOL)
            (*out)[i] = v.i != 0;
        else if (c->dtype == COLTYPE_NULLABLE_BOOL)
            (*out)[i] = -1;
        else if (c->dtype != COLTYPE_OBJECT || !cell_missing(v))
            return raise_error(err, "TypeError",
                               "a column of %s is no condition (compare it first)",
                               coltype_name(c->dtype));
    }
    return true;
}

/* known decides whatever the other side is: false for and, true for or. */
static bool
combine(struct arena *a, const struct column *left, const struct column *right,
        bool known, const struct column **out, struct error *err)
{
    bool nullable = left->na || right->na;
    struct column *result =
        column_new(a, nullable ? COLTYPE_NULLABLE_BOOL : COLTYPE_BOOL, left->size);
    int8_t *x;
    int8_t *y;

    if (!truths(a, left, &x, err) || !truths(a, right, &y, err))
        return false;
    for (size_t i = 0; i < left->size; i++)
        if (x[i] == known || y[i] == known)
            result->i[i] = known;
        else if (x[i] < 0 || y[i] < 0)
            result->na[i] = 1;
        else
            result->i[i] = !known;
    *out = result;
    return true;
}

bool
compare_and(struct arena *a, const struct column *left, const struct column *right,
            const struct column **out, struct error *err)
{
    return combine(a, left, right, false, out, err);
}

bool
compare_or(struct arena *a, const struct column *left, const struct column *right,
           const struct column **out, struct error *err)
{
    return combine(a, left, right, true, out, err);
}

bool
compare_not(struct arena *a, const struct column *c, const struct column **out,
            struct error *err)
{
    struct column *result;

    if (coltype_class(c->dtype) != CLASS_BOOL)
        return raise_error(err, "TypeError", "bad operand type for unary ~: %s",
                           coltype_name(c->dtype));
    result = column_like(a, c, c->size);
    result->name = cell_none();
    for (size_t i = 0; i < c->size; i++) {
        if (c->na)
            result->na[i] = c->na[i];
        result->i[i] = !(c->na && c->na[i]) && !c->i[i];
    }
    *out = result;
    return true;
}
