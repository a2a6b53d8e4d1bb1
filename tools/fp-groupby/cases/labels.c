/* labels.c: index sets, first positions, factorize, duplicated, loc and filter. */
#include "cases/case.h"

#include "rows/align.h"
#include "rows/dedup.h"
#include "rows/label.h"
#include "rows/select.h"

static bool
run_set(const struct case_call *c, enum set_operation operation, enum set_sort standard,
        struct fixture_value *out, struct error *err)
{
    static const char *const keys[] = {"sort", NULL};
    const struct json *node = c->args ? json_get(c->args, "sort") : NULL;
    enum set_sort sort = standard;
    struct frame *left;
    struct frame *right;
    const struct column *result;

    if (!case_only(c, keys, err) || !case_frame(c, "left", &left, err) ||
        !case_frame(c, "right", &right, err))
        return false;
    if (node)
        sort = json_type(node) == JSON_NULL ? SET_SORT_MAYBE
               : json_is_true(node)         ? SET_SORT_YES
                                            : SET_SORT_NO;
    return label_set(c->a, operation, sort, left->columns[0], right->columns[0], &result,
                     err) &&
           case_answer(out, FIXTURE_INDEX, series_new(c->a, NULL, result));
}

static bool
run_union(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    return run_set(c, SET_UNION, SET_SORT_MAYBE, out, err);
}

static bool
run_intersection(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    return run_set(c, SET_INTERSECTION, SET_SORT_NO, out, err);
}

static bool
run_difference(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    return run_set(c, SET_DIFFERENCE, SET_SORT_MAYBE, out, err);
}

static bool
run_symmetric(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    return run_set(c, SET_SYMMETRIC_DIFFERENCE, SET_SORT_MAYBE, out, err);
}

static bool
run_first_positions(const struct case_call *c, struct fixture_value *out,
                    struct error *err)
{
    struct frame *s;

    if (!case_frame(c, "s", &s, err))
        return false;

    struct index index = index_of(c->a, s->columns[0]);

    *out = (struct fixture_value){.kind = FIXTURE_LIST,
                                  .list = align_first_positions(c->a, &index),
                                  .n_list = s->n_rows};
    return true;
}

static bool
run_factorize(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    static const char *const keys[] = {"sort", "na_sentinel", NULL};
    const struct column *uniques;
    struct frame *s;
    bool sort = false;
    bool sentinel = true;

    if (!case_only(c, keys, err) || !case_opt_bool(c, "sort", &sort, err) ||
        !case_opt_bool(c, "na_sentinel", &sentinel, err) || !case_frame(c, "s", &s, err))
        return false;
    *out = (struct fixture_value){.kind = FIXTURE_CODES, .n_list = s->n_rows};
    out->list = dedup_factorize(c->a, s->columns[0], sort, sentinel, &uniques);
    out->frame = series_new(c->a, NULL, uniques);
    return true;
}

static bool
read_keep(const struct case_call *c, enum dedup_keep *keep, struct error *err)
{
    const struct json *node = c->args ? json_get(c->args, "keep") : NULL;
    const char *word = node && json_type(node) == JSON_STRING ? json_text(node) : NULL;

    *keep = DEDUP_FIRST;
    if (node && json_type(node) == JSON_BOOL && !json_is_true(node))
        *keep = DEDUP_NONE;
    else if (word && strcmp(word, "last") == 0)
        *keep = DEDUP_LAST;
    else if (node && (!word || strcmp(word, "first") != 0))
        return raise_error(err, "ValueError",
                           "keep must be either \"first\", \"last\" or False");
    return true;
}

static bool
marks(const struct case_call *c, struct frame **f, bool **out, struct error *err)
{
    static const char *const keys[] = {"keep", "subset", "ignore_index", NULL};
    const char **subset = NULL;
    const struct column **columns;
    enum dedup_keep keep;
    size_t n;

    if (!case_only(c, keys, err) || !read_keep(c, &keep, err) ||
        !case_names(c, "subset", &subset, &n, err) || !case_frame(c, "df", f, err) ||
        !dedup_subset(c->a, *f, subset, n, &columns, &n, err))
        return false;
    *out = dedup_marks(c->a, columns, n, keep);
    return true;
}

static bool
run_duplicated(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    struct frame *f;
    struct column *result;
    bool *drop;

    if (!marks(c, &f, &drop, err))
        return false;
    result = column_new(c->a, COLTYPE_BOOL, f->n_rows);
    for (size_t i = 0; i < f->n_rows; i++)
        result->i[i] = drop[i];
    return case_answer(out, FIXTURE_SERIES, series_new(c->a, &f->index, result));
}

static bool
run_drop_duplicates(const struct case_call *c, struct fixture_value *out,
                    struct error *err)
{
    bool renumber = false;
    struct frame *f;
    bool *drop;

    if (!marks(c, &f, &drop, err) || !case_opt_bool(c, "ignore_index", &renumber, err))
        return false;
    for (size_t i = 0; i < f->n_rows; i++)
        drop[i] = !drop[i];
    f = frame_filter(c->a, f, drop);
    if (renumber)
        f->index = index_range(c->a, f->n_rows);
    return case_answer(out, FIXTURE_FRAME, f);
}

static bool
run_loc(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    struct frame *f;
    struct cell *labels;
    size_t n;

    return case_cells(c, "labels", &labels, &n, err) && case_frame(c, "df", &f, err) &&
           select_labels(c->a, f, labels, n, &f, err) &&
           case_answer(out, FIXTURE_FRAME, f);
}

static bool
run_iloc(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    const struct json *list = c->args ? json_get(c->args, "positions") : NULL;
    struct frame *f;
    int64_t *positions;
    size_t n;

    return case_integers(c, list, &positions, &n, err) && case_frame(c, "df", &f, err) &&
           select_positions(c->a, f, positions, n, &f, err) &&
           case_answer(out, FIXTURE_FRAME, f);
}

static bool
run_filter(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    struct frame *f;
    struct frame *mask;

    return case_frame(c, "df", &f, err) && case_frame(c, "mask", &mask, err) &&
           select_key(c->a, f, mask, &f, err) && case_answer(out, FIXTURE_FRAME, f);
}

const struct case_operation case_label_table[] = {
    {"index_union", run_union},
    {"index_intersection", run_intersection},
    {"index_difference", run_difference},
    {"index_symmetric_difference", run_symmetric},
    {"first_positions", run_first_positions},
    {"factorize", run_factorize},
    {"duplicated", run_duplicated},
    {"drop_duplicates", run_drop_duplicates},
    {"loc", run_loc},
    {"iloc", run_iloc},
    {"filter", run_filter},
    {NULL, NULL},
};
