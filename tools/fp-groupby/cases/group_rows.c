/* group_rows.c: the results of "groupby" that are not one value a group. */
#include "cases/case.h"

#include "group/groupby.h"
#include "group/summary.h"
#include "group/window.h"
#include "rows/select.h"

/* One result to compute. */
struct group_call {
    const struct case_call *c;
    const struct frame *f;
    const struct groups *g;
    const struct column *values; /* NULL for results of the whole frame */
    bool as_index;
};

static const struct json *
keyword(const struct case_call *c, const char *key)
{
    const struct json *kw = c->args ? json_get(c->args, "kw") : NULL;

    return kw ? json_get(kw, key) : NULL;
}

/* The first positional argument. */
static const struct json *
positional(const struct case_call *c)
{
    const struct json *pos = c->args ? json_get(c->args, "pos") : NULL;

    return pos ? json_first(pos) : NULL;
}

static bool
read_integer(const struct case_call *c, const char *key, int64_t *out, struct error *err)
{
    const struct json *node = keyword(c, key);

    if (!node)
        node = positional(c);
    return !node || json_to_i64(node, out) ||
           json_fail(c->doc, node, err, ERR_MALFORMED, "'%s' must be an integer", key);
}

static void
read_flag(const struct case_call *c, const char *key, bool *out)
{
    const struct json *node = keyword(c, key);

    if (node && json_type(node) == JSON_BOOL)
        *out = json_is_true(node);
}

static const char *
read_word(const struct case_call *c, const char *key)
{
    const struct json *node = keyword(c, key);

    return node && json_type(node) == JSON_STRING ? json_text(node) : NULL;
}

static bool
read_window(const struct case_call *c, enum window how, struct window_options *o,
            struct cell *fill, struct error *err)
{
    const struct json *kw = c->args ? json_get(c->args, "kw") : NULL;
    const char *method = read_word(c, "method");
    const char *missing = read_word(c, "na_option");
    bool present = false;

    *o = window_defaults;
    read_flag(c, "ascending", &o->ascending);
    read_flag(c, "skipna", &o->skipna);
    read_flag(c, "pct", &o->pct);
    if ((how == WINDOW_SHIFT || how == WINDOW_DIFF) &&
        !read_integer(c, "periods", &o->periods, err))
        return false;
    if (!case_opt_cell(c, kw, "fill_value", fill, &present, err))
        return false;
    o->fill_value = present ? fill : NULL;
    if ((method && !rank_method_parse(method, &o->method)) ||
        (missing && !rank_missing_parse(missing, &o->na_option)))
        return raise_error(err, "ValueError",
                           "na_option must be one of 'keep', 'top', or 'bottom'");
    return true;
}

static bool
answer_window(const struct group_call *p, enum window how, struct fixture_value *out,
              struct error *err)
{
    const struct case_call *c = p->c;
    struct window_options o;
    struct cell fill;
    const struct column *result;

    if (!read_window(c, how, &o, &fill, err) ||
        !window(c->a, p->g, p->values, how, &o, &result, err))
        return false;
    if (how == WINDOW_CUMCOUNT || how == WINDOW_NGROUP)
        result = column_named(c->a, result, cell_none());
    return case_answer(out, FIXTURE_SERIES, series_new(c->a, &p->f->index, result));
}

static bool
answer_rows(const struct case_call *c, const struct frame *f, const struct groups *g,
            enum select_group how, struct fixture_value *out, struct error *err)
{
    const struct json *list = keyword(c, "n");
    int64_t standard = how == SELECT_NTH ? 0 : 5;
    int64_t *places = &standard;
    size_t n = 1;

    if (!list)
        list = positional(c);
    if (list && !case_integers(c, list, &places, &n, err))
        return false;
    return case_answer(out, FIXTURE_FRAME, select_in_groups(c->a, f, g, how, places, n));
}

static bool
read_quantiles(const struct case_call *c, double **q, size_t *n, bool *many,
               enum interpolation *how, struct error *err)
{
    static const char *const words[] = {"linear", "lower", "higher", "midpoint",
                                        "nearest"};
    const struct json *node = keyword(c, "q") ? keyword(c, "q") : positional(c);
    const char *word = read_word(c, "interpolation");

    *many = node && json_type(node) == JSON_ARRAY;
    *n = *many ? json_count(node) : 1;
    *q = arena_alloc(c->a, (*n + 1) * sizeof **q);
    (*q)[0] = 0.5;
    node = *many ? json_first(node) : node;
    for (size_t i = 0; i < *n && node; i++, node = *many ? json_next(node) : NULL)
        if (!json_to_f64(node, &(*q)[i]))
            return json_fail(c->doc, node, err, ERR_MALFORMED, "not a number");
    for (size_t i = 0; word && i < COUNT_OF(words); i++)
        if (strcmp(words[i], word) == 0) {
            *how = (enum interpolation)i;
            return true;
        }
    return !word || raise_error(err, "ValueError", "'%s' is not a valid method", word);
}

/* With the keys as columns pandas gets no further than one quantile. */
static bool
quantile_columns(const struct group_call *p, const struct frame *quantiles, size_t n,
                 struct fixture_value *out, struct error *err)
{
    struct arena *a = p->c->a;
    size_t n_groups = p->g->n_groups;
    struct frame *f;

    if (n != 1 && n_groups > 0)
        return raise_error(err, "ValueError",
                           "Length of values (%zu) does not match length of index (%zu)",
                           n_groups, n_groups * n);
    f = groupby_assemble(a, p->g, false, quantiles->columns, NULL, 1);
    if (!p->g->spread) {
        f->index = (struct index){.n_levels = 2};
        f->index.levels = arena_alloc(a, 2 * sizeof(struct column *));
        f->index.levels[0] = index_range(a, n_groups).levels[0];
        f->index.levels[1] = quantiles->index.levels[quantiles->index.n_levels - 1];
    }
    return groups_check(p->g, err) && case_answer(out, FIXTURE_FRAME, f);
}

static bool
answer_quantile(const struct group_call *p, struct fixture_value *out, struct error *err)
{
    const struct case_call *c = p->c;
    struct aggregate_options o = aggregate_defaults;
    const struct column *result;
    const bool zero = false;
    struct frame *f;
    double *q;
    size_t n;
    bool many;

    if (!read_quantiles(c, &q, &n, &many, &o.interpolation, err))
        return false;
    if (many)
        return summary_quantiles(c->a, p->g, p->values, q, n, o.interpolation, &f, err) &&
               (p->as_index ? case_answer(out, FIXTURE_SERIES, f)
                            : quantile_columns(p, f, n, out, err));
    o.q = q[0];
    if (!aggregate(c->a, p->g, p->values, NULL, AGGREGATE_QUANTILE, &o, &result, err))
        return false;
    f = groupby_assemble(c->a, p->g, p->as_index, &result, &zero, 1);
    return groups_check(p->g, err) &&
           case_answer(out, p->as_index ? FIXTURE_SERIES : FIXTURE_FRAME, f);
}

static bool
answer_transform(const struct case_call *c, const struct frame *f, const struct groups *g,
                 const struct column *values, struct fixture_value *out,
                 struct error *err)
{
    const struct json *name = positional(c);
    const char *how = name && json_type(name) == JSON_STRING ? json_text(name) : "";
    const struct column *result;
    enum aggregate aggregate_how;
    enum window window_how;

    if (window_parse(how, &window_how)) {
        if (!window(c->a, g, values, window_how, &window_defaults, &result, err))
            return false;
    } else if (!aggregate_parse(how, &aggregate_how))
        return raise_error(err, "ValueError",
                           "'%s' is not a valid function name for transform(name)", how);
    else if (!summary_transform(c->a, g, values, &f->index, aggregate_how, &result, err))
        return false;
    return case_answer(out, FIXTURE_SERIES, series_new(c->a, &f->index, result));
}

static bool
answer_counts(const struct group_call *p, struct fixture_value *out, struct error *err)
{
    const struct case_call *c = p->c;
    struct count_options o = {.sort = true, .dropna = true};
    struct frame *f;

    read_flag(c, "sort", &o.sort);
    read_flag(c, "ascending", &o.ascending);
    read_flag(c, "dropna", &o.dropna);
    read_flag(c, "normalize", &o.normalize);
    if (!summary_value_counts(c->a, p->g, p->values, &o, &f, err))
        return false;
    return p->as_index ? case_answer(out, FIXTURE_SERIES, f)
                       : case_answer(out, FIXTURE_FRAME, frame_reset_index(c->a, f));
}

static bool
answer_ohlc(const struct group_call *p, struct fixture_value *out, struct error *err)
{
    struct frame *f;

    if (!summary_ohlc(p->c->a, p->g, p->values, &f, err))
        return false;
    f = groupby_assemble(p->c->a, p->g, true, f->columns, NULL, f->n_columns);
    return groups_check(p->g, err) && case_answer(out, FIXTURE_FRAME, f);
}

static bool
answer_group(const struct case_call *c, const struct frame *f, const struct groups *g,
             struct fixture_value *out, struct error *err)
{
    const struct json *name = positional(c);
    struct cell cell = cell_none();
    struct frame *result;

    if (name && !fixture_read_cell(c->a, c->doc, name, &cell, err))
        return false;
    if (g->labels.n_levels > 1 && g->n_groups > 0)
        return raise_error(err, "ValueError",
                           "must supply a tuple to get_group with multiple grouping "
                           "keys");
    return select_group_named(c->a, f, g, cell, &result, err) &&
           case_answer(out, FIXTURE_FRAME, result);
}

/* The results that need one column. */
static bool
answer_column(const struct group_call *p, const char *how, bool *known,
              struct fixture_value *out, struct error *err)
{
    const struct case_call *c = p->c;
    enum window window_how;

    if (window_parse(how, &window_how))
        return answer_window(p, window_how, out, err);
    if (strcmp(how, "quantile") == 0)
        return answer_quantile(p, out, err);
    if (strcmp(how, "transform") == 0)
        return answer_transform(c, p->f, p->g, p->values, out, err);
    if (strcmp(how, "value_counts") == 0)
        return answer_counts(p, out, err);
    if (strcmp(how, "ohlc") == 0)
        return answer_ohlc(p, out, err);
    if (strcmp(how, "describe") == 0)
        return case_group_describe(c, p->f, p->g, p->values, p->as_index, out, err);
    *known = false;
    return true;
}

bool
case_group_rows(const struct case_call *c, const struct frame *f, const struct groups *g,
                const char *how, struct fixture_value *out, struct error *err)
{
    static const char *const rows[] = {"head", "tail", "nth"};
    struct group_call p = {c, f, g, NULL, true};
    const char *name = NULL;
    bool known = true;

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcmp(rows[i], how) == 0)
            return answer_rows(c, f, g, (enum select_group)i, out, err);
    if (strcmp(how, "get_group") == 0)
        return answer_group(c, f, g, out, err);
    if (!case_text(c, "col", &name, err) ||
        !case_opt_bool(c, "as_index", &p.as_index, err))
        return false;
    p.values = frame_column(f, name);
    if (!p.values)
        return raise_error(err, "KeyError", "'Column not found: %s'", name);
    return answer_column(&p, how, &known, out, err) &&
           (known || raise_error(err, "AttributeError",
                                 "'SeriesGroupBy' object has no attribute '%s'", how));
}
