/* row_counts.c: how often each row of several columns occurs. */
#include "group/summary.h"

#include "table/order.h"

struct frame *
summary_row_counts(struct arena *a, const struct column *const columns[],
                   size_t n_columns, const struct count_options *o)
{
    const struct group_options grouping = {
        .sort = true, .dropna = o->dropna, .observed = true};
    struct groups g;
    size_t n;
    int64_t total = 0;

    groups_make(a, columns, n_columns, &grouping, &g);
    n = g.n_groups;

    struct column *counts = column_new(a, COLTYPE_INT64, n);

    for (size_t i = 0; i < n; i++) {
        counts->i[i] = (int64_t)group_size(&g, i);
        total += counts->i[i];
    }

    const struct column *by[] = {counts};
    const bool ascending[] = {o->ascending};
    const int64_t *order = o->sort ? order_by(a, by, 1, ascending) : order_identity(a, n);
    struct index labels = index_take(a, &g.labels, order, n);
    struct column *out = column_new(a, o->normalize ? COLTYPE_FLOAT64 : COLTYPE_INT64, n);

    for (size_t i = 0; i < n; i++)
        if (o->normalize)
            out->f[i] = (double)counts->i[order[i]] / (double)total;
        else
            out->i[i] = counts->i[order[i]];
    out->name = cell_str(o->normalize ? "proportion" : "count");
    return series_new(a, &labels, out);
}
