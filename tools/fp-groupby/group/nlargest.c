/* nlargest.c: the rows of each group are sorted, and the first n of them taken. */
#include "group/nlargest.h"
#include "table/order.h"

#include <stdlib.h>

struct candidate {
    struct cell value;
    int64_t row;
    int sign; /* -1: the largest first */
};

static int
compare(const void *x, const void *y)
{
    const struct candidate *a = x;
    const struct candidate *b = y;
    bool missing[2] = {cell_missing(a->value), cell_missing(b->value)};
    int order = 0;

    if (missing[0] || missing[1])
        order = missing[0] - missing[1];
    else
        order = a->sign * cell_compare(a->value, b->value);
    return order ? order : a->row < b->row ? -1 : 1;
}

/* Positions of the rows to keep, and the group of each; returns how many. */
static size_t
choose_rows(struct arena *a, const struct groups *g, const struct column *values,
            const struct groupby_term *t, int64_t *rows, int64_t *groups)
{
    struct candidate *all = arena_alloc(a, (g->n_rows + 1) * sizeof *all);
    size_t n = 0;

    for (size_t k = 0; k < g->n_groups; k++) {
        size_t size = group_size(g, k);

        for (size_t i = 0; i < size; i++) {
            int64_t row = g->rows[(size_t)g->offsets[k] + i];

            all[i] = (struct candidate){column_get(values, (size_t)row), row,
                                        t->smallest ? 1 : -1};
        }
        qsort(all, size, sizeof *all, compare);
        for (size_t i = 0; i < size && i < t->top; i++, n++) {
            rows[n] = all[i].row;
            groups[n] = (int64_t)k;
        }
    }
    return n;
}

bool
nlargest_frame(struct arena *a, const struct frame *f, const struct groupby *q,
               struct frame **out, struct error *err)
{
    const struct groupby_term *t = &q->terms[0];
    const struct column *values = frame_column(f, t->column);
    const struct column *const *keys;
    int64_t *rows = arena_alloc(a, (f->n_rows + 1) * sizeof *rows);
    int64_t *groups = arena_alloc(a, (f->n_rows + 1) * sizeof *groups);
    struct groups g;
    size_t n;

    if (!groupby_keys(a, f, q->by, q->n_by, &keys, err) ||
        (q->group.sort && !order_check(keys, q->n_by, err)))
        return false;
    if (!values)
        return raise_error(err, "KeyError", "'Column not found: %s'", t->column);
    if (coltype_class(values->dtype) == CLASS_CELL ||
        coltype_class(values->dtype) == CLASS_CODE)
        return raise_error(err, "TypeError", "Cannot use method '%s' with dtype %s",
                           t->smallest ? "nsmallest" : "nlargest",
                           coltype_name(values->dtype));
    groups_make(a, keys, q->n_by, &q->group, &g);
    n = choose_rows(a, &g, values, t, rows, groups);
    *out = frame_new(a, n, g.columns.n_levels + 1);
    for (size_t i = 0; i < g.columns.n_levels; i++)
        frame_add(*out, column_take(a, g.columns.levels[i], groups, n));
    frame_add(*out, column_take(a, values, rows, n));
    return true;
}
