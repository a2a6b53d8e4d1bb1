/* align_frame.c: whole frames lined up by label. */
#include "rows/align.h"

#include "rows/label.h"

bool
align_reindex(struct arena *a, const struct frame *f, const struct column *labels,
              struct frame **out, struct error *err)
{
    int64_t *rows = arena_alloc(a, (labels->size + 1) * sizeof *rows);
    struct label_lookup own;

    label_lookup_init(a, &own, f->index.levels[0], labels);
    if (!own.unique)
        return raise_error(err, "ValueError",
                           "cannot reindex on an axis with duplicate labels");
    for (size_t i = 0; i < labels->size; i++)
        rows[i] = label_lookup_find(&own, i);
    *out = frame_take(a, f, rows, labels->size);
    (*out)->index = index_of(a, labels);
    return true;
}

/* Index.sort_values has no order for numbers beside text. */
static bool
sort_labels(struct arena *a, const struct column **labels, struct error *err)
{
    const struct column *c = *labels;

    for (size_t i = 1; i < c->size; i++)
        if (cell_numeric(column_get(c, i)) != cell_numeric(column_get(c, 0)))
            return raise_error(err, "TypeError",
                               "'<' not supported between instances of 'int' and 'str'");
    *labels = label_sorted(a, c);
    return true;
}

bool
align_columns(struct arena *a, struct frame *const series[], const char *const names[],
              size_t n, struct frame **out, struct error *err)
{
    const struct column *labels = series[0]->index.levels[0];
    bool equal = true;

    for (size_t i = 0; i < n; i++) {
        if (series[i]->index.n_levels != 1)
            return error_set(err, ERR_UNSUPPORTED, "an index of several levels here");
        equal = equal && index_equal(&series[0]->index, &series[i]->index);
    }
    for (size_t i = 1; i < n && !equal; i++) {
        struct index both;
        int64_t *first;
        size_t kept = 0;

        if (!label_set(a, SET_UNION, SET_SORT_NO, labels, series[i]->index.levels[0],
                       &labels, err))
            return false;
        both = index_of(a, labels);
        first = align_first_positions(a, &both);
        for (size_t row = 0; row < labels->size; row++)
            if (first[row] == (int64_t)row)
                first[kept++] = (int64_t)row;
        labels = column_take(a, labels, first, kept);
    }
    if (!equal && !sort_labels(a, &labels, err))
        return false;
    *out = frame_new(a, labels->size, n);
    (*out)->index = index_of(a, labels);
    for (size_t i = 0; i < n; i++) {
        struct frame *part = series[i];

        if (!equal && !align_reindex(a, series[i], labels, &part, err))
            return false;
        frame_add(*out, column_named(a, part->columns[0], cell_str(names[i])));
    }
    return true;
}
