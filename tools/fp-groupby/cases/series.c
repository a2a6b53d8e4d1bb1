/* series.c: operations on one or two Series. */
#include "cases/case.h"

#include "rows/align.h"
#include "rows/arith.h"
#include "rows/combine.h"
#include "rows/concat.h"
#include "rows/dedup.h"
#include "rows/select.h"

static bool
run_arith(const struct case_call *c, enum arith op, struct fixture_value *out,
          struct error *err)
{
    static const char *const keys[] = {"fill_value", NULL};
    struct frame *left;
    struct frame *right;
    struct frame *result;
    struct cell fill;
    bool present;

    return case_only(c, keys, err) &&
           case_opt_cell(c, c->args, "fill_value", &fill, &present, err) &&
           case_frame(c, "left", &left, err) && case_frame(c, "right", &right, err) &&
           arith_series(c->a, op, left, right, present ? &fill : NULL, &result, err) &&
           case_answer(out, FIXTURE_SERIES, result);
}

static bool
run_add(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    return run_arith(c, ARITH_ADD, out, err);
}

static bool
run_sub(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    return run_arith(c, ARITH_SUB, out, err);
}

static bool
run_mul(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    return run_arith(c, ARITH_MUL, out, err);
}

static bool
run_div(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    return run_arith(c, ARITH_DIV, out, err);
}

static bool
refuse_condition(const struct column *cond, bool mask, struct error *err)
{
    bool whole = coltype_integer(cond->dtype) || cond->dtype == COLTYPE_NULLABLE_INT;

    if (cond->categories || (mask && !whole))
        return raise_error(err, "TypeError", "the condition is of type %s",
                           coltype_name(cond->dtype));
    return raise_error(err, "ValueError",
                       "Boolean array expected for the condition, not %s",
                       coltype_name(cond->dtype));
}

/* A mask is inverted first, which only booleans and integers can be. */
static bool
check_condition(const struct column *cond, bool mask, struct error *err)
{
    bool whole = true;

    if (cond->size == 0 || cond->dtype == COLTYPE_BOOL ||
        cond->dtype == COLTYPE_NULLABLE_BOOL)
        return true;
    if (cond->dtype != COLTYPE_OBJECT)
        return refuse_condition(cond, mask, err);
    for (size_t i = 0; i < cond->size; i++) {
        struct cell v = cond->cells[i];

        whole &= v.kind == CELL_BOOL || v.kind == CELL_INT;
        if (!mask && v.kind != CELL_BOOL && !cell_missing(v))
            return refuse_condition(cond, mask, err);
    }
    if (!mask)
        return true;
    return whole ? raise_error(err, "ValueError",
                               "Boolean array expected for the condition, not int64")
                 : refuse_condition(cond, mask, err);
}

/* The condition lined up with s; a label it lacks is false, inverted or not. */
static bool
read_condition(const struct case_call *c, const struct frame *s, bool keep_where,
               bool **out, struct error *err)
{
    struct frame *cond;
    bool *keep = arena_alloc(c->a, s->n_rows + 1);

    if (!case_frame(c, "cond", &cond, err) ||
        !check_condition(cond->columns[0], !keep_where, err))
        return false;
    if (cond->n_rows > 0 && !index_equal(&s->index, &cond->index)) {
        if (s->index.n_levels != 1 || cond->index.n_levels != 1)
            return error_set(err, ERR_UNSUPPORTED, "a condition of several levels");
        if (align_has_duplicates(c->a, &cond->index))
            return raise_error(err, "ValueError",
                               "Array conditional must be same shape as self");
        if (!align_reindex(c->a, cond, s->index.levels[0], &cond, err))
            return false;
    }
    for (size_t i = 0; i < s->n_rows && cond->n_rows > 0; i++) {
        struct cell v = column_get(cond->columns[0], i);

        keep[i] = !cell_missing(v) && cell_truth(v) == keep_where;
    }
    *out = keep;
    return true;
}

static bool
run_where_or_mask(const struct case_call *c, bool keep_where, struct fixture_value *out,
                  struct error *err)
{
    static const char *const keys[] = {"other", NULL};
    struct frame *s;
    struct cell other;
    bool present;
    bool *keep = NULL;

    if (!case_only(c, keys, err) ||
        !case_opt_cell(c, c->args, "other", &other, &present, err) ||
        !case_frame(c, "s", &s, err) || !read_condition(c, s, keep_where, &keep, err))
        return false;
    s->columns[0] = select_where(c->a, s->columns[0], keep, present ? &other : NULL);
    return case_answer(out, FIXTURE_SERIES, s);
}

static bool
run_where(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    return run_where_or_mask(c, true, out, err);
}

static bool
run_mask(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    return run_where_or_mask(c, false, out, err);
}

static bool
run_value_counts(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    static const char *const keys[] = {"normalize", "dropna", "sort", "ascending", NULL};
    struct count_options o = {.sort = true, .dropna = true};
    struct frame *s;

    return case_only(c, keys, err) && case_opt_bool(c, "normalize", &o.normalize, err) &&
           case_opt_bool(c, "dropna", &o.dropna, err) &&
           case_opt_bool(c, "sort", &o.sort, err) &&
           case_opt_bool(c, "ascending", &o.ascending, err) &&
           case_frame(c, "s", &s, err) &&
           case_answer(out, FIXTURE_SERIES, dedup_value_counts(c->a, s->columns[0], &o));
}

static bool
run_concat(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    static const char *const keys[] = {"ignore_index", NULL};
    struct frame *parts[2];
    bool ignore = false;

    return case_only(c, keys, err) && case_opt_bool(c, "ignore_index", &ignore, err) &&
           case_frame(c, "s1", &parts[0], err) && case_frame(c, "s2", &parts[1], err) &&
           case_answer(out, FIXTURE_SERIES, concat_series(c->a, parts, 2, ignore));
}

static bool
run_combine_first(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    struct frame *left;
    struct frame *right;
    struct frame *result;

    return case_frame(c, "left", &left, err) && case_frame(c, "right", &right, err) &&
           combine_first(c->a, left, right, &result, err) &&
           case_answer(out, FIXTURE_SERIES, result);
}

const struct case_operation case_series_table[] = {
    {"series_add", run_add},
    {"series_sub", run_sub},
    {"series_mul", run_mul},
    {"series_div", run_div},
    {"where", run_where},
    {"mask", run_mask},
    {"value_counts", run_value_counts},
    {"concat", run_concat},
    {"combine_first", run_combine_first},
    {NULL, NULL},
};
