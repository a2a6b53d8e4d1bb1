/* window_rank.c: ranks inside groups; equal values share a rank. */
#include "group/window.h"

#include "table/order.h"

struct ranking {
    const struct window_options *o;
    const struct column *values;
    const int64_t *rows; /* sorted, missing ones last */
    size_t n;
    size_t present;
    struct column *out;
};

/* Rows lo .. hi-1 are equal; they are number `distinct` of the different values. */
static void
rank_ties(const struct ranking *r, size_t lo, size_t hi, size_t distinct, double divisor)
{
    for (size_t i = lo; i < hi; i++) {
        double rank = 0;

        switch (r->o->method) {
        case RANK_AVERAGE: rank = ((double)lo + 1 + (double)hi) / 2; break;
        case RANK_MIN: rank = (double)lo + 1; break;
        case RANK_MAX: rank = (double)hi; break;
        case RANK_FIRST: rank = (double)i + 1; break;
        case RANK_DENSE: rank = (double)distinct; break;
        }
        r->out->f[r->rows[i]] = r->o->pct ? rank / divisor : rank;
    }
}

static size_t
tie_end(const struct ranking *r, size_t lo)
{
    size_t hi = lo + 1;

    while (hi < r->n && cell_equal(column_get(r->values, (size_t)r->rows[lo]),
                                   column_get(r->values, (size_t)r->rows[hi])))
        hi++;
    return hi;
}

static void
rank_group(const struct ranking *r)
{
    size_t ranked = r->o->na_option == RANK_KEEP ? r->present : r->n;
    size_t distinct = 0;

    for (size_t lo = 0; lo < ranked; lo = tie_end(r, lo))
        distinct++;

    double divisor = r->o->method == RANK_DENSE ? (double)distinct : (double)ranked;
    size_t number = 0;

    for (size_t lo = 0; lo < ranked;) {
        size_t hi = tie_end(r, lo);

        if (hi > ranked)
            hi = ranked;
        rank_ties(r, lo, hi, ++number, divisor);
        lo = hi;
    }
}

/* Text beside numbers: pandas sorts the whole column, of whatever groups. */
static bool
check_sortable(const struct column *c, struct error *err)
{
    struct cell before = cell_none();

    if (c->categories && !c->ordered)
        return raise_error(err, "TypeError",
                           "Cannot perform rank with non-ordered Categorical");
    for (size_t i = 0; i < c->size && coltype_class(c->dtype) == CLASS_CELL; i++) {
        struct cell v = column_get(c, i);

        if (cell_missing(v))
            continue;
        if (!cell_missing(before) && !cell_comparable(v, before))
            return raise_unordered(err, "<", v, before);
        before = v;
    }
    return true;
}

bool
window_rank(struct arena *a, const struct groups *g, const struct column *given,
            const struct window_options *options, const struct column **answer,
            struct error *err)
{
    const struct column *values = window_floats(a, g, given);

    if (!check_sortable(values, err))
        return false;

    struct column *out =
        column_new(a, values->na ? COLTYPE_NULLABLE_FLOAT : COLTYPE_FLOAT64, g->n_rows);

    for (size_t i = 0; i < g->n_rows; i++) {
        out->f[i] = (double)NAN;
        if (values->na && options->na_option == RANK_KEEP)
            out->na[i] = values->na[i];
    }
    for (size_t k = 0; k < g->n_groups; k++) {
        size_t n = group_size(g, k);
        int64_t *rows = arena_alloc(a, (n + 1) * sizeof *rows);
        struct ranking r = {options, values, rows, n, 0, out};

        memcpy(rows, g->rows + g->offsets[k], n * sizeof *rows);
        order_rows(a, values, rows, n, options->ascending);
        while (r.present < n && !column_missing(values, (size_t)rows[r.present]))
            r.present++;
        if (options->na_option == RANK_TOP && r.present < n) {
            /* the missing ones, in row order, go before the rest */
            int64_t *top = arena_alloc(a, n * sizeof *top);
            size_t missing = n - r.present;

            memcpy(top, rows + r.present, missing * sizeof *top);
            memcpy(top + missing, rows, r.present * sizeof *top);
            r.rows = top;
        }
        rank_group(&r);
    }
    *answer = out;
    return true;
}
