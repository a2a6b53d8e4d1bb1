/*
 * group_describe.c: describe() of "groupby", which pandas puts together by unstack().
 *
 * That sorts the rows, makes an index of the categories that occur only, and has its own
 * ideas where there is no group.
 */
#include "cases/case.h"

#include "group/summary.h"
#include "table/key_table.h"
#include "table/order.h"

/*
 * The place of each group's label among the labels of its level.  A level that has other
 * labels, too, is made anew, of the labels as they come.
 */
static const struct column *
places_in_level(struct arena *a, const struct groups *g, size_t level)
{
    const struct column *key = g->keys[level];
    struct column *out = column_new(a, COLTYPE_INT64, g->n_groups);
    const struct column *labels;
    struct key_codes used;
    const int64_t *codes =
        dedup_factorize(a, key, g->options.sort, g->options.dropna, &labels);
    size_t all = key->categories && !g->options.observed
                     ? key->categories->size + (labels->size && !g->options.dropna)
                     : labels->size;

    key_codes(a, g->labels.levels[level], KEY_ONE, &used);
    for (size_t k = 0; k < g->n_groups; k++)
        out->i[k] = used.n_keys < all ? used.codes[k] : codes[g->rows[g->offsets[k]]];
    return out;
}

static const int64_t *
unstacked_order(struct arena *a, const struct groups *g)
{
    const struct column **levels = arena_alloc(a, g->n_keys * sizeof *levels);

    if (g->n_keys == 1)
        return order_identity(a, g->n_groups);
    for (size_t i = 0; i < g->n_keys; i++)
        levels[i] = places_in_level(a, g, i);
    return order_by(a, levels, g->n_keys, NULL);
}

/* The same labels of the categories that occur in the key. */
static const struct column *
occurring_categories(struct arena *a, const struct column *labels,
                     const struct column *key, bool sort)
{
    const struct column *values;
    struct column *out = column_like(a, labels, labels->size);
    const int64_t *codes = dedup_factorize(a, key, sort, true, &values);
    int64_t *renamed = arena_alloc(a, (key->categories->size + 1) * sizeof *renamed);

    for (size_t i = 0; i < key->size; i++)
        if (key->i[i] >= 0)
            renamed[key->i[i]] = codes[i];
    for (size_t i = 0; i < labels->size; i++)
        out->i[i] = labels->i[i] < 0 ? -1 : renamed[labels->i[i]];
    out->categories = column_take(a, key->categories, values->i, values->size);
    return out;
}

static struct index
unstacked_index(struct arena *a, const struct groups *g)
{
    struct index out = {.n_levels = g->labels.n_levels};

    out.levels = arena_alloc(a, out.n_levels * sizeof(struct column *));
    for (size_t i = 0; i < out.n_levels; i++)
        out.levels[i] = g->keys[i]->categories && g->options.observed
                            ? occurring_categories(a, g->labels.levels[i], g->keys[i],
                                                   g->options.sort)
                            : g->labels.levels[i];
    return out;
}

/* The keys are left out of the order of the rows beside them. */
static const struct frame *
with_keys(struct arena *a, const struct groups *g, const struct frame *described)
{
    struct frame *out =
        frame_new(a, g->n_groups, g->columns.n_levels + described->n_columns);

    for (size_t i = 0; i < g->columns.n_levels; i++)
        frame_add(out, g->columns.levels[i]);
    for (size_t i = 0; i < described->n_columns; i++)
        frame_add(out, described->columns[i]);
    return out;
}

/* The last key becomes columns, of which there is none. */
static bool
no_groups(const struct groups *g, struct frame *out, struct error *err)
{
    if (g->n_keys == 1)
        return raise_error(err, "ValueError", "index must be a MultiIndex to unstack");
    out->n_columns = 0;
    out->index = g->labels;
    out->index.n_levels--;
    return true;
}

/* pandas compares the names of the first two groups, and <NA> with nothing. */
static bool
check_names(const struct groups *g, struct error *err)
{
    for (size_t i = 0; g->n_groups > 1 && i < g->labels.n_levels; i++) {
        struct cell x = column_get(g->labels.levels[i], 0);
        struct cell y = column_get(g->labels.levels[i], 1);

        if ((x.kind == CELL_NA) != (y.kind == CELL_NA))
            return raise_error(err, "TypeError", "boolean value of NA is ambiguous");
        if (!cell_equal(x, y))
            break;
    }
    return true;
}

bool
case_group_describe(const struct case_call *c, const struct frame *f,
                    const struct groups *g, const struct column *values, bool as_index,
                    struct fixture_value *out, struct error *err)
{
    struct frame *described = summary_describe(c->a, g, values);

    described->index = unstacked_index(c->a, g);
    described = frame_take(c->a, described, unstacked_order(c->a, g),
                           f->n_rows > 0 ? g->n_groups : 0);
    if (f->n_rows == 0) { /* no group describes itself, the column does */
        described->index = index_of(c->a, column_new(c->a, COLTYPE_OBJECT, 0));
        return case_answer(out, FIXTURE_FRAME, described);
    }
    if (!check_names(g, err) || (g->n_groups == 0 && !no_groups(g, described, err)))
        return false;
    return case_answer(out, FIXTURE_FRAME,
                       as_index ? described : with_keys(c->a, g, described));
}
