/* frames.c: operations on whole frames. */
#include "cases/case.h"

#include "group/pivot.h"
#include "rows/concat.h"
#include "table/order.h"

static bool
run_concat_frames(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    static const char *const keys[] = {"axis", "join", "sort", "ignore_index", NULL};
    static const char *const joins[] = {"outer", "inner", NULL};
    struct concat_options o = {.blocks = true};
    struct frame *parts[2];
    struct frame *result;
    int64_t axis = 0;
    int join = 0;

    if (!case_only(c, keys, err) || !case_opt_i64(c, "axis", &axis, err) ||
        !case_opt_word(c, "join", joins, &join, err) ||
        !case_opt_bool(c, "sort", &o.sort, err) ||
        !case_opt_bool(c, "ignore_index", &o.ignore_index, err) ||
        !case_frame(c, "d1", &parts[0], err) || !case_frame(c, "d2", &parts[1], err))
        return false;
    if (axis != 0 && axis != 1)
        return raise_error(err, "ValueError",
                           "No axis named %lld for object type DataFrame",
                           (long long)axis);
    o.axis = (int)axis;
    o.inner = join == 1;
    return concat_frames(c->a, parts, 2, &o, &result, err) &&
           case_answer(out, FIXTURE_FRAME, result);
}

static bool
run_pivot(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    static const char *const keys[] = {"index",      "columns", "values",   "aggfunc",
                                       "fill_value", "dropna",  "observed", NULL};
    struct pivot_options o = {.how = AGGREGATE_MEAN, .dropna = true};
    const char *how = "mean";
    struct frame *f;
    struct frame *result;
    struct cell fill;
    bool present;

    if (!case_only(c, keys, err) || !case_text(c, "index", &o.index, err) ||
        !case_text(c, "columns", &o.columns, err) ||
        !case_text(c, "values", &o.values, err) ||
        !case_opt_text(c, "aggfunc", &how, err) ||
        !case_opt_bool(c, "dropna", &o.dropna, err) ||
        !case_opt_bool(c, "observed", &o.observed, err) ||
        !case_opt_cell(c, c->args, "fill_value", &fill, &present, err) ||
        !case_frame(c, "df", &f, err))
        return false;
    if (!aggregate_parse(how, &o.how))
        return raise_error(err, "AttributeError",
                           "'DataFrameGroupBy' object has no attribute '%s'", how);
    o.fill_value = present ? &fill : NULL;
    return pivot(c->a, f, &o, &result, err) && case_answer(out, FIXTURE_FRAME, result);
}

static bool
run_sort(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    static const char *const keys[] = {"by", "ascending", "ignore_index", NULL};
    const char **by = NULL;
    const struct column **columns;
    bool *directions;
    bool ascending = true;
    bool renumber = false;
    struct frame *f;
    size_t n;

    if (!case_only(c, keys, err) || !case_names(c, "by", &by, &n, err) ||
        !case_opt_bool(c, "ascending", &ascending, err) ||
        !case_opt_bool(c, "ignore_index", &renumber, err) ||
        !case_frame(c, "df", &f, err))
        return false;
    columns = arena_alloc(c->a, (n + 1) * sizeof *columns);
    directions = arena_alloc(c->a, n + 1);
    for (size_t i = 0; i < n; i++) {
        directions[i] = ascending;
        if (!frame_want(f, by[i], &columns[i], err))
            return false;
    }
    if (!order_check(columns, n, err))
        return false;
    f = frame_take(c->a, f, order_by(c->a, columns, n, directions), n ? f->n_rows : 0);
    if (renumber)
        f->index = index_range(c->a, f->n_rows);
    return case_answer(out, FIXTURE_FRAME, f);
}

const struct case_operation case_frame_table[] = {
    {"concat_frames", run_concat_frames},
    {"pivot_table", run_pivot},
    {"sort_values", run_sort},
    {NULL, NULL},
};
