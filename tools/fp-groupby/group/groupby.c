/* groupby.c: keys to groups, groups to columns, columns to a frame. */
#include "group/groupby.h"
#include "table/order.h"

const struct groupby groupby_defaults = {
    .group = {.sort = true, .dropna = true, .observed = false}, .as_index = true};

bool
groupby_keys(struct arena *a, const struct frame *f, const char *const by[], size_t n_by,
             const struct column *const **out, struct error *err)
{
    const struct column **keys = arena_alloc(a, (n_by + 1) * sizeof(struct column *));

    for (size_t i = 0; i < n_by; i++)
        if (!frame_want(f, by[i], &keys[i], err))
            return false;
    *out = keys;
    return n_by > 0 || raise_error(err, "ValueError", "No group keys passed!");
}

const struct column *
groupby_spread(struct arena *a, const struct groups *g, const struct column *c, bool zero)
{
    if (!zero)
        return column_take(a, c, g->spread, g->n_spread);

    struct column *out = column_like(a, c, g->n_spread);

    for (size_t i = 0; i < g->n_spread; i++)
        column_set(out, i,
                   g->spread[i] < 0 ? cell_int(0) : column_get(c, (size_t)g->spread[i]));
    return out;
}

struct frame *
groupby_assemble(struct arena *a, const struct groups *g, bool as_index,
                 const struct column *const columns[], const bool zero[],
                 size_t n_columns)
{
    const struct index *labels = g->spread  ? &g->spread_labels
                                 : as_index ? &g->labels
                                            : &g->columns;
    size_t n = g->spread ? g->n_spread : g->n_groups;
    struct frame *out = frame_new(a, n, labels->n_levels + n_columns);

    if (as_index)
        out->index = *labels;
    else
        for (size_t i = 0; i < labels->n_levels; i++)
            frame_add(out, labels->levels[i]);
    for (size_t i = 0; i < n_columns; i++)
        frame_add(out, g->spread ? groupby_spread(a, g, columns[i], zero && zero[i])
                                 : columns[i]);
    return out;
}

bool
groupby_column(struct arena *a, const struct frame *f, const struct groups *g,
               const struct groupby_term *term, const struct column **out,
               struct error *err)
{
    const struct column *values = frame_column(f, term->column);

    if (!values)
        return raise_error(err, "KeyError", "'Column not found: %s'", term->column);
    if (term->other) {
        const struct column *other = frame_column(f, term->other);

        if (!other)
            return raise_error(err, "KeyError", "'Column not found: %s'", term->other);
        if (!pair_column(a, g, values, other, term->pair, out, err))
            return false;
    } else if (!aggregate(a, g, values, &f->index, term->how, &term->options, out, err))
        return false;
    else if (term->how == AGGREGATE_SIZE && term->name)
        *out = aggregate_size_of(a, *out, values);
    if (term->name)
        *out = column_named(a, *out, cell_str(term->name));
    return true;
}

void
groupby_infer(struct groups *g, const struct groupby *q)
{
    bool size = q->n_terms == 1 && !q->terms[0].other &&
                q->terms[0].how == AGGREGATE_SIZE &&
                strcmp(q->terms[0].column, q->by[0]) == 0;

    if (size)
        g->columns = g->labels;
}

bool
groupby_frame(struct arena *a, const struct frame *f, const struct groupby *q,
              struct frame **out, struct error *err)
{
    const struct column *const *keys;
    const struct column **columns = arena_alloc(a, (q->n_terms + 1) * sizeof *columns);
    bool *zero = arena_alloc(a, q->n_terms + 1);
    struct groups g;

    if (!groupby_keys(a, f, q->by, q->n_by, &keys, err) ||
        (q->group.sort && !order_check(keys, q->n_by, err)))
        return false;
    groups_make(a, keys, q->n_by, &q->group, &g);
    for (size_t i = 0; i < q->n_terms; i++) {
        if (!groupby_column(a, f, &g, &q->terms[i], &columns[i], err))
            return false;
        zero[i] = !q->terms[i].other && aggregate_spreads_zero(q->terms[i].how);
    }
    groupby_infer(&g, q);
    *out = groupby_assemble(a, &g, q->as_index, columns, zero, q->n_terms);
    return groups_check(&g, err);
}
