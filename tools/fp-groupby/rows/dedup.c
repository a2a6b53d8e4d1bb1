/* dedup.c: everything that is a question to the key table. */
#include "rows/dedup.h"

#include "table/key_table.h"
#include "table/order.h"

bool *
dedup_marks(struct arena *a, const struct column *const columns[], size_t n_columns,
            enum dedup_keep keep)
{
    size_t n = n_columns > 0 ? columns[0]->size : 0;
    struct key_codes *parts = arena_alloc(a, (n_columns + 1) * sizeof *parts);
    bool *marks = arena_alloc(a, n + 1);
    struct key_codes all;

    if (n_columns == 0)
        return marks;
    for (size_t i = 0; i < n_columns; i++)
        key_codes(a, columns[i], n_columns == 1 ? KEY_EACH : KEY_ONE, &parts[i]);
    key_combine(a, parts, n_columns, &all);

    int64_t *times = arena_alloc(a, (all.n_keys + 1) * sizeof *times);

    for (size_t i = 0; i < n; i++)
        times[all.codes[i]]++;
    for (size_t i = 0; i < n; i++) {
        size_t row = keep == DEDUP_LAST ? n - 1 - i : i;
        int64_t *left = &times[all.codes[row]];

        if (keep == DEDUP_NONE)
            marks[row] = *left > 1;
        else {
            marks[row] = *left < 0;
            *left = -1;
        }
    }
    return marks;
}

bool
dedup_subset(struct arena *a, const struct frame *f, const char *const names[], size_t n,
             const struct column ***out, size_t *n_out, struct error *err)
{
    *n_out = n > 0 ? n : f->n_columns;
    *out = arena_alloc(a, (*n_out + 1) * sizeof(struct column *));
    for (size_t i = 0; i < *n_out; i++) {
        (*out)[i] = n > 0 ? frame_column(f, names[i]) : f->columns[i];
        if (!(*out)[i])
            return raise_error(err, "KeyError", "Index(['%s'], dtype='object')",
                               names[i]);
    }
    return true;
}

int64_t *
dedup_factorize(struct arena *a, const struct column *c, bool sort, bool sentinel,
                const struct column **uniques)
{
    struct key_codes k;
    const struct column *first;

    key_codes(a, c, sentinel ? KEY_DROP : KEY_ONE, &k);
    first = column_take(a, c, k.first, k.n_keys);
    if (sort) {
        int64_t *order = order_labels(a, first);
        int64_t *rank = arena_alloc(a, (k.n_keys + 1) * sizeof *rank);

        for (size_t i = 0; i < k.n_keys; i++)
            rank[order[i]] = (int64_t)i;
        key_renumber(a, &k, rank);
        first = column_take(a, first, order, k.n_keys);
    }
    if (coltype_class(first->dtype) == CLASS_CELL && !sentinel) {
        struct column *labels = column_like(a, first, first->size);

        for (size_t i = 0; i < first->size; i++)
            labels->cells[i] =
                cell_missing(first->cells[i]) ? cell_nan() : first->cells[i];
        first = labels;
    }
    *uniques = column_named(a, first, cell_none());
    return k.codes;
}

/* Nullable columns count <NA> after the values. */
static void
missing_key_last(struct arena *a, const struct column *c, struct key_codes *k)
{
    int64_t *rank = arena_alloc(a, (k->n_keys + 1) * sizeof *rank);
    int64_t next = 0;

    for (size_t i = 0; i < k->n_keys; i++)
        rank[i] =
            column_missing(c, (size_t)k->first[i]) ? (int64_t)k->n_keys - 1 : next++;
    key_renumber(a, k, rank);
}

/* Values to be counted: of a category every one, in category order. */
static void
counted_values(struct arena *a, const struct column *c, bool dropna, struct key_codes *k,
               const struct column **values)
{
    struct column *all;
    bool missing = column_any_missing(c) && !dropna;

    if (!c->categories) {
        key_codes(a, c, dropna ? KEY_DROP : KEY_EACH, k);
        if (c->na && !dropna)
            missing_key_last(a, c, k);
        *values = column_take(a, c, k->first, k->n_keys);
        return;
    }
    k->n_rows = c->size;
    k->n_keys = c->categories->size + missing;
    k->codes = arena_alloc(a, (c->size + 1) * sizeof(int64_t));
    all = column_like(a, c, k->n_keys);
    for (size_t i = 0; i < k->n_keys; i++)
        all->i[i] = i < c->categories->size ? (int64_t)i : -1;
    for (size_t i = 0; i < c->size; i++)
        k->codes[i] = c->i[i] >= 0 ? c->i[i] : missing ? (int64_t)k->n_keys - 1 : -1;
    *values = all;
}

struct frame *
dedup_value_counts(struct arena *a, const struct column *c, const struct count_options *o)
{
    const struct column *values;
    struct key_codes k = {0};
    bool descending = !o->ascending;

    counted_values(a, c, o->dropna, &k, &values);

    struct column *counts = column_new(a, COLTYPE_INT64, k.n_keys);
    int64_t total = 0;

    for (size_t i = 0; i < c->size; i++)
        if (k.codes[i] >= 0) {
            counts->i[k.codes[i]]++;
            total++;
        }

    const struct column *columns[] = {counts};
    bool ascending[] = {!descending};
    int64_t *order =
        o->sort ? order_by(a, columns, 1, ascending) : order_identity(a, k.n_keys);
    struct column *out =
        column_new(a,
                   o->normalize ? c->na ? COLTYPE_NULLABLE_FLOAT : COLTYPE_FLOAT64
                   : c->na      ? COLTYPE_NULLABLE_INT
                                : COLTYPE_INT64,
                   k.n_keys);
    struct index index =
        index_of(a, column_named(a, column_take(a, values, order, k.n_keys), c->name));

    for (size_t i = 0; i < k.n_keys; i++)
        if (o->normalize)
            out->f[i] = (double)counts->i[order[i]] / (double)total;
        else
            out->i[i] = counts->i[order[i]];
    out->name = cell_str(o->normalize ? "proportion" : "count");
    return series_new(a, &index, out);
}

struct frame *
frame_filter(struct arena *a, const struct frame *f, const bool *keep)
{
    int64_t *rows = arena_alloc(a, (f->n_rows + 1) * sizeof *rows);
    size_t n = 0;

    for (size_t i = 0; i < f->n_rows; i++)
        if (keep[i])
            rows[n++] = (int64_t)i;
    return frame_take(a, f, rows, n);
}
