/* join.c: merge, merge_asof, merge_ordered and chains of them with a group-by. */
#include "cases/case.h"

#include "group/groupby.h"
#include "join/join.h"
#include "table/order.h"

static bool
read_suffixes(const struct case_call *c, const struct json *args, const char *out[2],
              struct error *err)
{
    const struct json *list = json_get(args, "suffixes");
    const struct json *item = list ? json_first(list) : NULL;

    if (!list)
        return true;
    if (json_type(list) != JSON_ARRAY || json_count(list) != 2)
        return raise_error(err, "TypeError",
                           "Passing 'suffixes' as this is not supported");
    for (int i = 0; i < 2; i++, item = json_next(item)) {
        if (json_type(item) != JSON_STRING && json_type(item) != JSON_NULL)
            return json_fail(c->doc, item, err, ERR_MALFORMED,
                             "a suffix must be a string");
        out[i] = json_type(item) == JSON_STRING ? json_text(item) : NULL;
    }
    return true;
}

static bool
read_how(const struct case_call *c, enum join_how *how, struct error *err)
{
    const char *word = NULL;

    if (!case_opt_text(c, "how", &word, err))
        return false;
    return !word || join_how_parse(word, how) ||
           raise_error(err, "UnboundLocalError",
                       "cannot access local variable 'lidx' where it is not associated "
                       "with a value");
}

static bool
read_join(const struct case_call *c, struct join_options *o, struct error *err)
{
    static const char *const keys[] = {"on",         "how",         "left_on", "right_on",
                                       "left_index", "right_index", "sort",    "suffixes",
                                       "indicator",  "validate",    NULL};
    const struct json *indicator = c->args ? json_get(c->args, "indicator") : NULL;
    const char **names = NULL;

    *o = join_defaults;
    if (!c->args)
        return true;
    if (!case_only(c, keys, err) || !read_how(c, &o->how, err) ||
        !case_opt_bool(c, "sort", &o->sort, err) ||
        !case_opt_bool(c, "left_index", &o->left_index, err) ||
        !case_opt_bool(c, "right_index", &o->right_index, err) ||
        !case_opt_text(c, "validate", &o->validate, err) ||
        !read_suffixes(c, c->args, o->suffixes, err) ||
        !case_names(c, "on", &names, &o->n_on, err))
        return false;
    o->on = o->n_on > 0 ? names : NULL;
    if (!case_names(c, "left_on", &names, &o->n_left_on, err))
        return false;
    o->left_on = names;
    if (!case_names(c, "right_on", &names, &o->n_right_on, err))
        return false;
    o->right_on = names;
    if (indicator && json_type(indicator) == JSON_STRING)
        o->indicator = json_text(indicator);
    else if (indicator && json_is_true(indicator))
        o->indicator = "_merge";
    return true;
}

static bool
two_frames(const struct case_call *c, struct frame **left, struct frame **right,
           struct error *err)
{
    return case_frame(c, "left", left, err) && case_frame(c, "right", right, err);
}

static bool
run_merge(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    struct join_options o;
    struct frame *left;
    struct frame *right;
    struct frame *result;

    return read_join(c, &o, err) && two_frames(c, &left, &right, err) &&
           join_frames(c->a, left, right, &o, &result, err) &&
           case_answer(out, FIXTURE_FRAME, result);
}

static bool
run_asof(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    static const char *const keys[] = {"on",        "left_on",   "right_on",
                                       "by",        "direction", "allow_exact_matches",
                                       "tolerance", "suffixes",  NULL};
    static const char *const directions[] = {"backward", "forward", "nearest", NULL};
    struct asof_options o = {.allow_exact_matches = true, .suffixes = {"_x", "_y"}};
    const char *on = NULL;
    const char **by = NULL;
    struct frame *left;
    struct frame *right;
    struct frame *result;
    struct cell tolerance;
    bool present;
    int direction = 0;

    if (!case_only(c, keys, err) || !case_opt_text(c, "on", &on, err))
        return false;
    o.left_on = on;
    o.right_on = on;
    if (!case_opt_text(c, "left_on", &o.left_on, err) ||
        !case_opt_text(c, "right_on", &o.right_on, err) ||
        !case_names(c, "by", &by, &o.n_by, err) ||
        !case_opt_word(c, "direction", directions, &direction, err) ||
        !case_opt_bool(c, "allow_exact_matches", &o.allow_exact_matches, err) ||
        !case_opt_cell(c, c->args, "tolerance", &tolerance, &present, err) ||
        !read_suffixes(c, c->args, o.suffixes, err))
        return false;
    if (!o.left_on || !o.right_on)
        return error_set(err, ERR_MALFORMED, "the case has no argument 'on'");
    o.by = by;
    o.direction = direction == 0   ? ASOF_BACKWARD
                  : direction == 1 ? ASOF_FORWARD
                                   : ASOF_NEAREST;
    o.tolerance = present ? &tolerance : NULL;
    return two_frames(c, &left, &right, err) &&
           join_asof(c->a, left, right, &o, &result, err) &&
           case_answer(out, FIXTURE_FRAME, result);
}

static bool
run_ordered(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    static const char *const keys[] = {"on", "how", "fill_method", "suffixes", NULL};
    struct join_options o = join_defaults;
    const char *fill = NULL;
    const char **on = NULL;
    struct frame *left;
    struct frame *right;
    struct frame *result;

    o.how = JOIN_OUTER;
    if (!case_only(c, keys, err) || !case_names(c, "on", &on, &o.n_on, err) ||
        !read_how(c, &o.how, err) || !case_opt_text(c, "fill_method", &fill, err) ||
        !read_suffixes(c, c->args, o.suffixes, err))
        return false;
    if (fill && strcmp(fill, "ffill") != 0)
        return raise_error(err, "ValueError", "fill_method must be 'ffill' or None");
    o.on = on;
    return two_frames(c, &left, &right, err) &&
           join_ordered(c->a, left, right, &o, fill != NULL, &result, err) &&
           case_answer(out, FIXTURE_FRAME, result);
}

/* sort_values on the aggregated column: rows keep their labels. */
static bool
order_result(const struct case_call *c, struct frame **f, struct error *err)
{
    const char **names = NULL;
    size_t n;
    bool ascending = true;

    if (!case_names(c, "order_by", &names, &n, err) ||
        !case_opt_bool(c, "ascending", &ascending, err))
        return false;
    if (n == 0)
        return true;

    const struct column **columns = arena_alloc(c->a, n * sizeof *columns);
    bool *directions = arena_alloc(c->a, n);

    for (size_t i = 0; i < n; i++) {
        directions[i] = ascending;
        if (!frame_want(*f, names[i], &columns[i], err))
            return false;
    }
    if (!order_check(columns, n, err))
        return false;
    *f = frame_take(c->a, *f, order_by(c->a, columns, n, directions), (*f)->n_rows);
    return true;
}

static bool
run_chain(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    static const char *const keys[] = {"merge", "by",       "col",       "agg",
                                       "sort",  "order_by", "ascending", NULL};
    struct case_call inner = *c;
    struct groupby_term term = {.options = aggregate_defaults};
    struct groupby q = groupby_defaults;
    struct join_options o;
    struct frame *left;
    struct frame *right;
    struct frame *merged;
    struct frame *result;
    const char *how = NULL;
    const char **by = NULL;

    if (!case_only(c, keys, err) ||
        !json_want(c->doc, c->args, "merge", JSON_OBJECT, &inner.args, err) ||
        !read_join(&inner, &o, err) || !case_names(c, "by", &by, &q.n_by, err) ||
        !case_text(c, "col", &term.column, err) || !case_text(c, "agg", &how, err) ||
        !case_opt_bool(c, "sort", &q.group.sort, err))
        return false;
    if (!aggregate_parse(how, &term.how))
        return error_set(err, ERR_UNSUPPORTED, "unknown aggregate '%s'", how);
    q.by = by;
    q.terms = &term;
    q.n_terms = 1;
    q.as_index = false;
    return two_frames(c, &left, &right, err) &&
           join_frames(c->a, left, right, &o, &merged, err) &&
           groupby_frame(c->a, merged, &q, &result, err) &&
           order_result(c, &result, err) && case_answer(out, FIXTURE_FRAME, result);
}

const struct case_operation case_join_table[] = {
    {"merge", run_merge},
    {"merge_asof", run_asof},
    {"merge_ordered", run_ordered},
    {"chain", run_chain},
    {NULL, NULL},
};
