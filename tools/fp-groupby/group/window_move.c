/* window_move.c: values of neighbouring rows of the same group. */
#include "group/window.h"

#include "rows/arith.h"

/* Source row of every row, or -1. */
static int64_t *
shifted_rows(struct arena *a, const struct groups *g, int64_t periods)
{
    int64_t *from = arena_alloc(a, (g->n_rows + 1) * sizeof *from);

    for (size_t i = 0; i < g->n_rows; i++)
        from[i] = periods == 0 ? (int64_t)i : -1;
    for (size_t k = 0; k < g->n_groups && periods != 0; k++)
        for (int64_t i = g->offsets[k]; i < g->offsets[k + 1]; i++)
            if (periods <= i - g->offsets[k] && i - g->offsets[k + 1] < periods)
                from[g->rows[i]] = g->rows[i - periods];
    return from;
}

static int64_t *
filled_rows(struct arena *a, const struct groups *g, const struct column *values,
            bool forward)
{
    int64_t *from = arena_alloc(a, (g->n_rows + 1) * sizeof *from);

    for (size_t i = 0; i < g->n_rows; i++)
        from[i] = -1;
    for (size_t k = 0; k < g->n_groups; k++) {
        int64_t seen = -1;

        for (int64_t n = 0; n < g->offsets[k + 1] - g->offsets[k]; n++) {
            int64_t at = forward ? g->offsets[k] + n : g->offsets[k + 1] - 1 - n;
            int64_t row = g->rows[at];

            if (!column_missing(values, (size_t)row))
                seen = row;
            from[row] = seen;
        }
    }
    return from;
}

static const struct column *
shift(struct arena *a, const struct column *values, const int64_t *from, size_t n,
      const struct cell *fill)
{
    struct column *out;

    if (!fill)
        return column_take(a, values, from, n);
    out = column_like(a, values, n);
    if (coltype_integer(values->dtype) && fill->kind == CELL_FLOAT)
        out = column_new(a, COLTYPE_FLOAT64, n);
    for (size_t i = 0; i < n; i++)
        column_set(out, i, from[i] < 0 ? *fill : column_get(values, (size_t)from[i]));
    return out;
}

static bool
difference(struct arena *a, const struct column *values, const struct column *shifted,
           const struct column **out, struct error *err)
{
    if (values->dtype == COLTYPE_INT8 || values->dtype == COLTYPE_INT16)
        shifted = column_cast(a, shifted, COLTYPE_FLOAT32);
    return arith_columns(a, ARITH_SUB, values, shifted, out, err);
}

bool
window_move(struct arena *a, const struct groups *g, const struct column *values,
            enum window how, const struct window_options *options,
            const struct column **out, struct error *err)
{
    if (how == WINDOW_FFILL || how == WINDOW_BFILL) {
        int64_t *from = filled_rows(a, g, values, how == WINDOW_FFILL);

        *out = column_take(a, values, from, g->n_rows);
        return true;
    }

    int64_t *from = shifted_rows(a, g, options->periods);
    const struct column *moved = shift(a, values, from, g->n_rows,
                                       how == WINDOW_SHIFT ? options->fill_value : NULL);

    if (how == WINDOW_DIFF)
        return difference(a, values, moved, out, err);
    *out = moved;
    return true;
}
