/* combine.c: Series.combine_first. */
#include "rows/combine.h"

#include "rows/align.h"
#include "rows/concat.h"
#include "rows/label.h"
#include "table/promote.h"

static const struct column *
fill_missing(struct arena *a, const struct column *left, const struct column *right)
{
    struct column *out = column_like(a, left, left->size);

    for (size_t i = 0; i < left->size; i++)
        column_set(out, i, column_get(column_missing(left, i) ? right : left, i));
    return out;
}

/*
 * to_datetime of what stands in for dates: numbers are nanoseconds since 1970.  Text
 * would be read by a guessed format, which is refused.
 */
static bool
as_dates(struct arena *a, const struct column *c, const struct column **out,
         struct error *err)
{
    struct column *dates = column_new(a, COLTYPE_TIME, c->size);
    struct column *numbers = column_new(a, COLTYPE_INT64, c->size);

    if (coltype_class(c->dtype) == CLASS_BOOL || c->dtype == COLTYPE_SPAN)
        return raise_error(err, "TypeError",
                           "dtype %s cannot be converted to datetime64[ns]",
                           coltype_name(c->dtype));
    for (size_t i = 0; i < c->size; i++) {
        struct cell v = column_get(c, i);

        if (v.kind == CELL_BOOL)
            return raise_error(err, "TypeError",
                               "<class 'bool'> is not convertible to datetime, at "
                               "position %zu",
                               i);
        if (!cell_missing(v) && v.kind != CELL_INT && v.kind != CELL_FLOAT &&
            v.kind != CELL_TIME)
            return error_set(err, ERR_UNSUPPORTED, "dates combined with %s",
                             cell_repr(a, v));
        column_set(numbers, i, v);
        dates->i[i] = cell_missing(v) ? INT64_MIN : numbers->i[i];
    }
    *out = dates;
    return true;
}

/* Aligned: the type stays. */
static bool
combine_aligned(struct arena *a, const struct frame *left, const struct frame *right,
                struct frame **out, struct error *err)
{
    const struct column *x = left->columns[0];
    const struct column *y = right->columns[0];
    struct alignment rows;

    if (!align_outer(a, &left->index, &right->index, &rows, err))
        return false;
    x = column_take(a, x, rows.left, rows.size);
    y = column_take(a, y, rows.right, rows.size);
    *out = series_new(a, &rows.index,
                      column_named(a, fill_missing(a, x, y), left->columns[0]->name));
    return true;
}

/* Which labels each side contributes: right's but for those where left has a value. */
static bool
shares(struct arena *a, const struct frame *left, const struct frame *right,
       const struct column **keep_left, const struct column **keep_right,
       struct error *err)
{
    const struct column *x = left->columns[0];
    const struct column *labels = left->index.levels[0];
    int64_t *rows = arena_alloc(a, (x->size + 1) * sizeof *rows);
    size_t n = 0;

    for (size_t i = 0; i < x->size; i++)
        if (!column_missing(x, i))
            rows[n++] = (int64_t)i;
    return label_set(a, SET_DIFFERENCE, SET_SORT_MAYBE, right->index.levels[0],
                     column_take(a, labels, rows, n), keep_right, err) &&
           label_set(a, SET_DIFFERENCE, SET_SORT_MAYBE, labels, *keep_right, keep_left,
                     err);
}

/* Stacked, and brought into the order of all labels. */
static bool
combine_stacked(struct arena *a, const struct frame *left, const struct frame *right,
                struct frame **out, struct error *err)
{
    const struct column *all;
    const struct column *keep_left;
    const struct column *keep_right;
    struct frame *parts[2];

    if (!label_set(a, SET_UNION, SET_SORT_MAYBE, left->index.levels[0],
                   right->index.levels[0], &all, err) ||
        !shares(a, left, right, &keep_left, &keep_right, err) ||
        !align_reindex(a, left, keep_left, &parts[0], err) ||
        !align_reindex(a, right, keep_right, &parts[1], err))
        return false;
    if (coltype_is_time(parts[0]->columns[0]->dtype) &&
        !coltype_is_time(parts[1]->columns[0]->dtype) &&
        !as_dates(a, parts[1]->columns[0], &parts[1]->columns[0], err))
        return false;
    return align_reindex(a, concat_series(a, parts, 2, false), all, out, err);
}

bool
combine_first(struct arena *a, const struct frame *left, const struct frame *right,
              struct frame **out, struct error *err)
{
    const struct column *x = left->columns[0];
    bool can_miss = coltype_with_missing(x->dtype) == x->dtype;

    if (!align_check(&left->index, &right->index, err))
        return false;
    if (promote_same(a, x, right->columns[0]) &&
        (can_miss || label_equal(left->index.levels[0], right->index.levels[0])))
        return combine_aligned(a, left, right, out, err);
    if (!combine_stacked(a, left, right, out, err))
        return false;
    (*out)->columns[0] = column_named(a, (*out)->columns[0], x->name);
    return true;
}
