/* series.c: operations on one or two Series. */
#include "cases/case.h"

#include "rows/arith.h"
#include "rows/combine.h"
#include "rows/concat.h"
#include "rows/dedup.h"
#include "rows/where.h"

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
run_where_or_mask(const struct case_call *c, bool invert, struct fixture_value *out,
                  struct error *err)
{
    static const char *const keys[] = {"other", NULL};
    struct frame *s;
    struct frame *condition;
    struct cell other;
    bool present;

    return case_only(c, keys, err) &&
           case_opt_cell(c, c->args, "other", &other, &present, err) &&
           case_frame(c, "s", &s, err) && case_frame(c, "cond", &condition, err) &&
           where_series(c->a, s, condition, invert, present ? &other : NULL, &s, err) &&
           case_answer(out, FIXTURE_SERIES, s);
}

static bool
run_where(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    return run_where_or_mask(c, false, out, err);
}

static bool
run_mask(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    return run_where_or_mask(c, true, out, err);
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
