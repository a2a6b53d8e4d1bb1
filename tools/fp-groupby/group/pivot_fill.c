/* pivot_fill.c: what holds a column and the value of its gaps. */
#include "group/pivot_fill.h"

#include <float.h>

/* np.min_scalar_type */
static enum coltype
smallest_integer(struct cell x)
{
    static const enum coltype types[2][4] = {
        {COLTYPE_UINT8, COLTYPE_UINT16, COLTYPE_UINT32, COLTYPE_UINT64},
        {COLTYPE_INT8, COLTYPE_INT16, COLTYPE_INT32, COLTYPE_INT64}};
    bool negative = x.kind == CELL_INT && x.i < 0;
    int k = 0;

    while (k < 3 &&
           (negative ? x.i < coltype_min(types[1][k]) : x.u > coltype_max(types[0][k])))
        k++;
    return types[negative][k];
}

static enum coltype
integer_type(enum coltype type, struct cell fill)
{
    enum coltype both;

    if (fill.kind == CELL_FLOAT)
        return COLTYPE_FLOAT64;
    if (fill.kind != CELL_INT && fill.kind != CELL_UINT)
        return COLTYPE_OBJECT;
    if (fill.kind == CELL_INT && fill.i < 0 ? fill.i >= coltype_min(type)
                                            : fill.u <= coltype_max(type))
        return type;
    both = coltype_common(type, smallest_integer(fill));
    return coltype_integer(both) ? both : COLTYPE_OBJECT;
}

/* What these types hold. */
static bool
fits(enum coltype type, struct cell fill)
{
    bool whole = fill.kind == CELL_INT;

    switch ((int)type) {
    case COLTYPE_NULLABLE_INT: return whole;
    case COLTYPE_NULLABLE_FLOAT:
        return whole || fill.kind == CELL_UINT || fill.kind == CELL_FLOAT;
    case COLTYPE_NULLABLE_BOOL: return fill.kind == CELL_BOOL;
    default: return fill.kind == CELL_STR;
    }
}

/* Nullable types and strings stay what they are, and refuse what they do not hold. */
static bool
check_fits(struct arena *a, enum coltype type, struct cell fill, bool gaps,
           struct error *err)
{
    bool text = fill.kind == CELL_STR;

    if (cell_missing(fill) || fits(type, fill))
        return true;
    if (type == COLTYPE_STRING)
        return raise_error(err, gaps ? "ValueError" : "TypeError", "%s",
                           gaps
                               ? "StringArray requires a sequence of strings or pandas.NA"
                               : "Cannot set non-string value into a StringArray.");
    if (gaps && type != COLTYPE_NULLABLE_BOOL)
        return raise_error(err, "KeyError", "dtype('%s')",
                           fill.kind == CELL_FLOAT ? "float64" : "O");
    if (type == COLTYPE_NULLABLE_INT &&
        (fill.kind == CELL_UINT || (fill.kind == CELL_FLOAT && fabs(fill.f) >= 0x1p63)))
        return raise_error(err, "OverflowError",
                           "Python int too large to convert to C long");
    return raise_error(err, "TypeError",
                       text ? "Invalid value %s for dtype %s"
                            : "Invalid value '%s' for dtype %s",
                       cell_repr(a, fill), coltype_name(type));
}

/* Times beside another value are objects, which pandas cannot lay out with gaps. */
static bool
time_type(const struct column *values, struct cell fill, bool gaps, enum coltype *out,
          struct error *err)
{
    bool same = values->dtype == COLTYPE_SPAN
                    ? fill.kind == CELL_SPAN
                    : fill.kind == CELL_TIME &&
                          (fill.zone != 0) == coltype_is_zoned(values->dtype);

    if (same || cell_missing(fill))
        return true;
    if (coltype_is_zoned(values->dtype) && (gaps || column_any_missing(values)))
        return raise_error(err, "TypeError",
                           "value should be a 'Timestamp', 'NaT', or array of those.");
    if (gaps)
        return raise_error(err, "TypeError",
                           "Cannot change data-type for array of references.");
    if (column_any_missing(values))
        *out = COLTYPE_OBJECT;
    return true;
}

bool
pivot_fill_type(struct arena *a, const struct column *values, struct cell fill, bool gaps,
                enum coltype *out, struct error *err)
{
    enum coltype type = values->dtype;
    bool number = cell_numeric(fill) && fill.kind != CELL_BOOL;

    *out = type;
    if (values->categories)
        return cell_missing(fill) || category_code(values->categories, fill) >= 0 ||
               raise_error(
                   err, "TypeError",
                   "Cannot setitem on a Categorical with a new category (%s), set "
                   "the categories first",
                   cell_repr(a, fill));
    if (coltype_class(type) == CLASS_TIME)
        return time_type(values, fill, gaps, out, err);
    if (!gaps && !column_any_missing(values))
        return true;
    if (coltype_nullable(type) || type == COLTYPE_STRING)
        return check_fits(a, type, fill, gaps, err);
    if (coltype_integer(type))
        *out = integer_type(type, fill);
    else if (type == COLTYPE_BOOL)
        *out = fill.kind == CELL_BOOL ? type : COLTYPE_OBJECT;
    else if (!number)
        *out = COLTYPE_OBJECT;
    else if (type == COLTYPE_FLOAT32 && gaps && fill.kind == CELL_FLOAT &&
             isfinite(fill.f) && fabs(fill.f) > (double)FLT_MAX)
        *out = COLTYPE_FLOAT64;
    return true;
}
