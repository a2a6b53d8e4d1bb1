/*
 * where.c: Series.where and mask.
 *
 * pandas fills what is missing in the condition with False before it looks at the type: a
 * condition of any type that is all missing will do, unless its type cannot hold False.
 */
#include "rows/where.h"

#include "rows/label.h"

static bool
whole_number(struct cell v)
{
    return v.kind == CELL_INT || v.kind == CELL_UINT ||
           (v.kind == CELL_FLOAT && v.f == trunc(v.f));
}

static bool
holds_integer(enum coltype t, struct cell v)
{
    if (v.kind == CELL_FLOAT && v.f >= -0x1p63 && v.f < 0x1p63 && v.f == trunc(v.f))
        v = cell_int((int64_t)v.f);
    if (coltype_class(t) == CLASS_INT)
        return v.kind == CELL_INT && coltype_wrap_i64(t, v.i) == v.i;
    return (v.kind == CELL_UINT || (v.kind == CELL_INT && v.i >= 0)) &&
           v.u <= coltype_max(t);
}

static bool
holds(const struct column *c, struct cell v)
{
    switch (coltype_class(c->dtype)) {
    case CLASS_BOOL: return v.kind == CELL_BOOL;
    case CLASS_INT:
    case CLASS_UINT: return holds_integer(c->dtype, v);
    case CLASS_FLOAT: return cell_numeric(v) && v.kind != CELL_BOOL;
    case CLASS_CELL: return c->dtype != COLTYPE_STRING || v.kind == CELL_STR;
    case CLASS_TIME:
        if (c->dtype == COLTYPE_SPAN)
            return v.kind == CELL_SPAN;
        return v.kind == CELL_TIME && (v.zone != 0) == coltype_is_zoned(c->dtype);
    case CLASS_CODE: break;
    }
    for (size_t i = 0; c->categories && i < c->categories->size; i++)
        if (cell_equal(column_get(c->categories, i), v))
            return true;
    return false;
}

/* Of a type whose own values do not include `other`. */
static enum coltype
wider_type(enum coltype t, struct cell other)
{
    static const enum coltype signed_types[] = {COLTYPE_INT8, COLTYPE_INT16,
                                                COLTYPE_INT32, COLTYPE_INT64};

    if (coltype_integer(t) && other.kind == CELL_FLOAT)
        return COLTYPE_FLOAT64;
    if (coltype_class(t) == CLASS_UINT && other.kind == CELL_INT && other.i >= 0)
        return COLTYPE_INT64;
    for (size_t i = 0; i < COUNT_OF(signed_types); i++)
        if (coltype_integer(t) && other.kind == CELL_INT &&
            coltype_common(t, signed_types[i]) == signed_types[i] &&
            holds_integer(signed_types[i], other))
            return signed_types[i];
    return COLTYPE_OBJECT;
}

static bool
refuse_value(struct arena *a, const struct column *c, struct cell other,
             struct error *err)
{
    if (c->categories)
        return raise_error(err, "TypeError",
                           "Cannot setitem on a Categorical with a new category (%s), "
                           "set the categories first",
                           cell_repr(a, other));
    if (c->dtype == COLTYPE_STRING)
        return raise_error(err, "TypeError",
                           "Cannot set non-string value '%s' into a StringArray.",
                           cell_repr(a, other));
    return raise_error(err, "TypeError", "Invalid value '%s' for dtype %s",
                       cell_repr(a, other), coltype_name(c->dtype));
}

bool
where_fits(struct arena *a, const struct column *c, struct cell value, struct error *err)
{
    bool fixed = c->categories || c->na || c->dtype == COLTYPE_STRING ||
                 coltype_class(c->dtype) == CLASS_TIME;

    return !fixed || cell_missing(value) || holds(c, value) ||
           refuse_value(a, c, value, err);
}

/* A column that had to become one of objects, of which all are one type of number. */
static const struct column *
downcast(struct arena *a, const struct column *c)
{
    const struct column *out = column_infer(a, c->cells, c->size);
    bool whole = true;

    for (size_t i = 0; i < c->size; i++)
        whole =
            whole && whole_number(c->cells[i]) && c->cells[i].kind == c->cells[0].kind;
    if (out->dtype == COLTYPE_BOOL)
        return column_named(a, out, c->name);
    return whole ? column_cast(a, c, COLTYPE_INT64) : c;
}

bool
where_column(struct arena *a, const struct column *c, const bool *keep,
             const struct cell *other, const struct column **out, struct error *err)
{
    struct cell value = other ? *other : cell_nan();
    bool fits = cell_missing(value) || holds(c, value);
    enum coltype t = cell_missing(value) ? coltype_with_missing(c->dtype)
                     : fits              ? c->dtype
                                         : wider_type(c->dtype, value);
    struct column *result;
    bool all = true;

    for (size_t i = 0; i < c->size; i++)
        all = all && keep[i];
    *out = c;
    if (all)
        return true;
    if (!fits && c->dtype == COLTYPE_STRING)
        return raise_error(err, "ValueError",
                           "StringArray requires a sequence of strings or pandas.NA");
    if (!fits && (c->categories || c->na))
        return refuse_value(a, c, value, err);
    result = t == c->dtype ? column_like(a, c, c->size) : column_new(a, t, c->size);
    result->name = c->name;
    for (size_t i = 0; i < c->size; i++)
        column_set(result, i, keep[i] ? column_get(c, i) : value);
    *out = t == COLTYPE_OBJECT && c->dtype != t && !cell_missing(value)
               ? downcast(a, result)
               : result;
    return true;
}

static bool
refuse_condition(const struct column *c, struct error *err)
{
    return raise_error(err, "ValueError",
                       "Boolean array expected for the condition, not %s",
                       coltype_name(c->dtype));
}

/* ~condition, of what Python can invert: the bits of an object that is True are -2. */
static bool
check_inverted(const struct column *c, struct error *err)
{
    bool can = c->dtype == COLTYPE_BOOL || coltype_integer(c->dtype) ||
               c->dtype == COLTYPE_NULLABLE_INT || c->dtype == COLTYPE_NULLABLE_BOOL ||
               c->dtype == COLTYPE_OBJECT;

    for (size_t i = 0; can && c->dtype == COLTYPE_OBJECT && i < c->size; i++)
        can = c->cells[i].kind == CELL_BOOL || c->cells[i].kind == CELL_INT;
    return can || c->size == 0 ||
           raise_error(err, "TypeError", "bad operand type for unary ~: %s",
                       coltype_name(c->dtype));
}

/*
 * The condition as it is lined up: may False stand for what is missing, is it boolean?
 * Objects that were inverted are numbers by now.
 */
static bool
check_condition(struct arena *a, const struct column *c, bool numbers, struct error *err)
{
    struct cell no = cell_bool(false);
    bool gaps = column_any_missing(c);

    if ((c->categories || (gaps && (c->na || c->dtype == COLTYPE_STRING))) &&
        !where_fits(a, c, no, err))
        return false;
    for (size_t i = 0; i < c->size; i++) {
        struct cell v = column_get(c, i);

        if (!cell_missing(v) && (v.kind != CELL_BOOL || numbers))
            return refuse_condition(c, err);
    }
    return true;
}

static bool
align_condition(struct arena *a, const struct frame *s, const struct frame *condition,
                const struct column **out, struct error *err)
{
    const struct column *labels = s->index.levels[0];
    int64_t *rows = arena_alloc(a, (s->n_rows + 1) * sizeof *rows);
    struct label_lookup own;

    *out = condition->columns[0];
    if (label_index_equal(&s->index, &condition->index))
        return true;
    if (s->index.n_levels != 1 || condition->index.n_levels != 1)
        return error_set(err, ERR_UNSUPPORTED, "a condition of several levels");
    label_lookup_init(a, &own, condition->index.levels[0], labels);
    for (size_t i = 0; i < s->n_rows; i++) {
        rows[i] = label_lookup_find(&own, i);
        if (rows[i] >= 0 && label_lookup_next(&own, rows[i]) >= 0)
            return raise_error(err, "ValueError",
                               "cannot reindex on an axis with duplicate labels");
    }
    *out = column_take(a, *out, rows, s->n_rows);
    return true;
}

bool
where_series(struct arena *a, const struct frame *s, const struct frame *condition,
             bool invert, const struct cell *other, struct frame **out, struct error *err)
{
    bool numbers = invert && condition->columns[0]->dtype == COLTYPE_OBJECT;
    bool *keep = arena_alloc(a, s->n_rows + 1);
    const struct column *c;
    const struct column *result;

    if ((invert && !check_inverted(condition->columns[0], err)) ||
        !align_condition(a, s, condition, &c, err) ||
        !check_condition(a, c, numbers, err))
        return false;
    for (size_t i = 0; i < s->n_rows; i++) {
        struct cell v = column_get(c, i);

        keep[i] = !cell_missing(v) && cell_truth(v) != invert;
    }
    if (!where_column(a, s->columns[0], keep, other, &result, err))
        return false;
    *out = series_new(a, &s->index, result);
    return true;
}
