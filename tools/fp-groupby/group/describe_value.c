/*
 * describe_value.c: groupby.describe of text, booleans and categories.
 *
 * pandas describes a group by a Series, whose type is that of all four together: with a
 * number on top the counts are such numbers, too.  Then it puts the groups together.
 */
#include "group/describe_impl.h"

enum { COUNT, UNIQUE, TOP, FREQ, PARTS };

/* Returns the type of the four. */
static enum coltype
describe_group(struct arena *a, const struct column *values,
               struct cell out[static PARTS])
{
    const struct count_options by_count = {.sort = true, .dropna = true};
    const struct frame *counted = dedup_value_counts(a, values, &by_count);
    const int64_t *counts = counted->columns[0]->i;
    int64_t unique = 0;
    int64_t total = 0;

    for (size_t i = 0; i < counted->n_rows; i++) {
        unique += counts[i] > 0;
        total += counts[i];
    }
    out[COUNT] = cell_int(total);
    out[UNIQUE] = cell_int(unique);
    out[TOP] = cell_nan();
    out[FREQ] = cell_nan();
    if (unique == 0)
        return COLTYPE_OBJECT;
    out[TOP] = column_get(counted->index.levels[0], 0);
    out[FREQ] = cell_int(counts[0]);
    return out[TOP].kind == CELL_INT     ? COLTYPE_INT64
           : out[TOP].kind == CELL_UINT  ? COLTYPE_UINT64
           : out[TOP].kind == CELL_FLOAT ? COLTYPE_FLOAT64
                                         : COLTYPE_OBJECT;
}

void
describe_values(struct arena *a, const struct groups *g, const struct column *values,
                struct frame *out)
{
    static const char *const names[PARTS] = {"count", "unique", "top", "freq"};
    struct cell(*cells)[PARTS] = arena_alloc(a, (g->n_groups + 1) * sizeof *cells);
    enum coltype common = COLTYPE_OBJECT;

    for (size_t k = 0; k < g->n_groups; k++) {
        const struct column *part =
            column_take(a, values, g->rows + g->offsets[k], group_size(g, k));
        enum coltype t = describe_group(a, part, cells[k]);

        for (size_t i = 0; t == COLTYPE_FLOAT64 && i < PARTS; i++)
            cells[k][i] = cell_float(cell_to_f64(cells[k][i]));
        common = k == 0 ? t : coltype_common(common, t);
    }
    for (size_t i = 0; i < PARTS; i++) {
        struct column *c = column_new(a, common, g->n_groups);

        for (size_t k = 0; k < g->n_groups; k++)
            column_set(c, k, cells[k][i]);
        frame_add(out, column_named(a, c, cell_str(names[i])));
    }
}
