/* groupby.c: the operation "groupby" of the case files. */
#include "group/groupby.h"
#include "group/filter.h"
#include "rows/align.h"

#include "cases/case.h"
#include <stdio.h>

static const char *const groupby_arguments[] = {
    "by",       "col",      "agg",       "sort", "dropna",
    "as_index", "observed", "min_count", "ddof", "nunique_dropna",
    "named",    "kw",       "pos",       NULL};

static bool
read_terms(const struct case_call *c, const struct json *named, struct groupby *q,
           struct error *err)
{
    struct groupby_term *terms =
        arena_alloc(c->a, (json_count(named) + 1) * sizeof *terms);

    for (const struct json *t = json_first(named); t; t = json_next(t)) {
        const struct json *name = json_first(t);
        const struct json *column = name ? json_next(name) : NULL;
        const struct json *how = column ? json_next(column) : NULL;
        struct groupby_term *term = &terms[q->n_terms++];

        if (!how || json_type(name) != JSON_STRING || json_type(column) != JSON_STRING ||
            json_type(how) != JSON_STRING)
            return json_fail(c->doc, t, err, ERR_MALFORMED,
                             "must be [name, column, aggregate]");
        term->name = json_text(name);
        term->column = json_text(column);
        term->options = aggregate_defaults;
        if (!aggregate_parse(json_text(how), &term->how))
            return raise_error(err, "AttributeError",
                               "'SeriesGroupBy' object has no attribute '%s'",
                               json_text(how));
    }
    q->terms = terms;
    return true;
}

static bool
read_groupby(const struct case_call *c, struct groupby *q, struct error *err)
{
    const char **by = NULL;

    *q = groupby_defaults;
    if (!case_only(c, groupby_arguments, err) || !case_names(c, "by", &by, &q->n_by, err))
        return false;
    q->by = by;
    return case_opt_bool(c, "sort", &q->group.sort, err) &&
           case_opt_bool(c, "dropna", &q->group.dropna, err) &&
           case_opt_bool(c, "observed", &q->group.observed, err) &&
           case_opt_bool(c, "as_index", &q->as_index, err);
}

static bool
run_terms(const struct case_call *c, const struct groupby *q, struct fixture_value *out,
          struct error *err)
{
    struct frame *f;
    struct frame *result;

    if (!case_frame(c, "df", &f, err) || !groupby_frame(c->a, f, q, &result, err))
        return false;
    *out = (struct fixture_value){.kind = FIXTURE_FRAME, .frame = result};
    return true;
}

static bool
run_aggregate(const struct case_call *c, struct groupby *q, enum aggregate how,
              struct fixture_value *out, struct error *err)
{
    struct groupby_term *term = arena_alloc(c->a, sizeof *term);

    *term = (struct groupby_term){.how = how, .options = aggregate_defaults};
    if (!case_text(c, "col", &term->column, err) ||
        !case_opt_i64(c, "min_count", &term->options.min_count, err) ||
        !case_opt_i64(c, "ddof", &term->options.ddof, err) ||
        !case_opt_bool(c, "nunique_dropna", &term->options.nunique_dropna, err))
        return false;
    if (how == AGGREGATE_SIZE)
        term->column = q->by[0]; /* it is of the frame, not of a column */
    q->terms = term;
    q->n_terms = 1;

    bool ok = run_terms(c, q, out, err);

    q->terms = NULL; /* it was ours */
    q->n_terms = 0;
    if (ok && q->as_index)
        out->kind = FIXTURE_SERIES;
    else if (ok && how == AGGREGATE_SIZE) {
        const struct column **size = &out->frame->columns[out->frame->n_columns - 1];

        *size = column_named(c->a, *size, cell_str("size"));
    }
    return ok;
}

static bool
run_rows(const struct case_call *c, const struct groupby *q, const char *how,
         struct fixture_value *out, struct error *err)
{
    const struct column *const *keys;
    struct groups g;
    struct frame *f;

    if (!case_frame(c, "df", &f, err) ||
        !groupby_keys(c->a, f, q->by, q->n_by, &keys, err))
        return false;
    groups_make(c->a, keys, q->n_by, &q->group, &g);
    return case_group_rows(c, f, &g, how, out, err);
}

static bool
run_groupby(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    const struct json *named = c->args ? json_get(c->args, "named") : NULL;
    const char *how_name = NULL;
    struct groupby q;
    enum aggregate how;

    if (!read_groupby(c, &q, err))
        return false;
    if (named)
        return read_terms(c, named, &q, err) && run_terms(c, &q, out, err);
    if (!case_text(c, "agg", &how_name, err))
        return false;
    if (aggregate_parse(how_name, &how) && how != AGGREGATE_KURT &&
        how != AGGREGATE_QUANTILE)
        return run_aggregate(c, &q, how, out, err);
    return run_rows(c, &q, how_name, out, err);
}

static bool
run_groupby_filter(const struct case_call *c, struct fixture_value *out,
                   struct error *err)
{
    static const char *const keys_known[] = {"by",     "col",  "agg", "ge",
                                             "dropna", "sort", NULL};
    const char *how_name = NULL;
    const char *column = NULL;
    const struct column *const *keys;
    const struct column *values;
    struct groupby q = groupby_defaults;
    const char **by = NULL;
    enum aggregate how;
    struct groups g;
    struct frame *f;
    struct frame *result;
    double least;

    if (!case_only(c, keys_known, err) || !case_names(c, "by", &by, &q.n_by, err) ||
        !case_text(c, "agg", &how_name, err) || !case_text(c, "col", &column, err) ||
        !case_opt_bool(c, "dropna", &q.group.dropna, err) ||
        !json_want_f64(c->doc, c->args, "ge", &least, err) ||
        !case_frame(c, "df", &f, err) || !groupby_keys(c->a, f, by, q.n_by, &keys, err) ||
        !frame_want(f, column, &values, err))
        return false;
    if (!aggregate_parse(how_name, &how))
        return error_set(err, ERR_UNSUPPORTED, "unknown aggregate '%s'", how_name);
    groups_make(c->a, keys, q.n_by, &q.group, &g);
    return group_filter(c->a, f, &g, values, how, least, &result, err) &&
           case_answer(out, FIXTURE_FRAME, result);
}

static bool
read_aligned(const struct case_call *c, struct frame **out, size_t *n_keys,
             struct error *err)
{
    const struct json *keys = c->inputs ? json_get(c->inputs, "keys") : NULL;
    size_t n = keys ? json_count(keys) : 0;
    struct frame **parts = arena_alloc(c->a, (n + 1) * sizeof(struct frame *));
    const char **names = arena_alloc(c->a, (n + 1) * sizeof *names);
    const struct json *key = keys ? json_first(keys) : NULL;

    if (n == 0)
        return error_set(err, ERR_MALFORMED, "the case has no keys");
    for (size_t i = 0; i < n; i++, key = json_next(key)) {
        char name[32];
        int length = snprintf(name, sizeof name, "key%zu", i);

        names[i] = arena_strndup(c->a, name, (size_t)length);
        if (!fixture_read_frame(c->a, c->doc, key, &parts[i], err))
            return false;
    }
    names[n] = "value";
    *n_keys = n;
    return case_frame(c, "values", &parts[n], err) &&
           align_columns(c->a, parts, names, n + 1, out, err);
}

static bool
run_groupby_aligned(const struct case_call *c, struct fixture_value *out,
                    struct error *err)
{
    struct groupby_term term = {.column = "value", .options = aggregate_defaults};
    struct groupby q = groupby_defaults;
    const char *how = "sum";
    struct frame *f;
    struct frame *result;

    if (!case_opt_bool(c, "sort", &q.group.sort, err) ||
        !case_opt_bool(c, "dropna", &q.group.dropna, err) ||
        !case_opt_text(c, "agg", &how, err))
        return false;
    if (!aggregate_parse(how, &term.how))
        return error_set(err, ERR_UNSUPPORTED, "unknown aggregate '%s'", how);
    if (!read_aligned(c, &f, &q.n_by, err))
        return false;

    const char **by = arena_alloc(c->a, q.n_by * sizeof *by);

    for (size_t i = 0; i < q.n_by; i++)
        by[i] = f->columns[i]->name.s;
    q.by = by;
    q.terms = &term;
    q.n_terms = 1;
    if (!groupby_frame(c->a, f, &q, &result, err))
        return false;
    *out = (struct fixture_value){.kind = FIXTURE_SERIES, .frame = result};
    return true;
}

const struct case_operation case_groupby_table[] = {
    {"groupby", run_groupby},
    {"groupby_filter", run_groupby_filter},
    {"groupby_aligned", run_groupby_aligned},
    {NULL, NULL},
};
