/*
 * value_counts.c: how often each value occurs in each group.
 *
 * To pandas the values are one more key.  When one of the keys is a category, all
 * combinations are counted, those that do not occur 0 times, whatever `observed` says of
 * the other keys.
 */
#include "group/groupby.h"
#include "group/summary.h"
#include "table/key_table.h"
#include "table/order.h"

static void
group_pairs(struct arena *a, const struct groups *g, const struct column *values,
            bool dropna, struct groups *out)
{
    const struct column **keys = arena_alloc(a, (g->n_keys + 1) * sizeof *keys);
    struct group_options *options = arena_alloc(a, (g->n_keys + 1) * sizeof *options);

    for (size_t i = 0; i < g->n_keys; i++) {
        keys[i] = g->keys[i];
        options[i] = g->options;
    }
    keys[g->n_keys] = values;
    options[g->n_keys] =
        (struct group_options){.sort = g->options.sort, .dropna = dropna};
    groups_make_each(a, keys, g->n_keys + 1, options, out);
}

static const struct column *
sizes(struct arena *a, const struct groups *pairs)
{
    struct column *out = column_new(a, COLTYPE_INT64, pairs->n_groups);

    for (size_t i = 0; i < pairs->n_groups; i++)
        out->i[i] = (int64_t)group_size(pairs, i);
    return pairs->spread ? groupby_spread(a, pairs, out, true) : out;
}

/* The group of each pair, numbered as they come. */
static const struct column *
group_numbers(struct arena *a, const struct index *labels, size_t n_keys)
{
    struct key_codes *parts = arena_alloc(a, n_keys * sizeof *parts);
    struct key_codes all;
    struct column *out;

    for (size_t i = 0; i < n_keys; i++)
        key_codes(a, labels->levels[i], KEY_ONE, &parts[i]);
    key_combine(a, parts, n_keys, &all);
    out = column_new(a, COLTYPE_INT64, all.n_rows);
    memcpy(out->i, all.codes, all.n_rows * sizeof *out->i);
    return out;
}

/* Shares of the groups; of a group without any 0, or 0 / 0 in a nullable column. */
static struct column *
proportions(struct arena *a, const struct column *counts, const struct column *groups,
            bool nullable)
{
    size_t n = counts->size;
    struct column *out =
        column_new(a, nullable ? COLTYPE_NULLABLE_FLOAT : COLTYPE_FLOAT64, n);
    int64_t *total = arena_alloc(a, (n + 1) * sizeof *total);

    for (size_t i = 0; i < n; i++)
        total[groups->i[i]] += counts->i[i];
    for (size_t i = 0; i < n; i++)
        if (total[groups->i[i]] > 0 || nullable)
            out->f[i] = (double)counts->i[i] / (double)total[groups->i[i]];
    return out;
}

/* Objects as numbers that are ordered as the groups of that key alone are. */
static const struct column *
ranks(struct arena *a, const struct groups *g, size_t key, const struct column *labels)
{
    struct groups alone;
    struct key_codes codes;

    if (labels->dtype != COLTYPE_OBJECT)
        return labels;
    groups_make(a, &g->keys[key], 1, &g->options, &alone);

    size_t n = alone.n_groups;
    struct column *all = column_new(a, COLTYPE_OBJECT, n + labels->size);
    struct column *out = column_new(a, COLTYPE_INT64, labels->size);

    for (size_t i = 0; i < n; i++)
        all->cells[i] = column_get(alone.labels.levels[0], i);
    memcpy(all->cells + n, labels->cells, labels->size * sizeof *all->cells);
    key_codes(a, all, KEY_ONE, &codes);
    memcpy(out->i, codes.codes + n, labels->size * sizeof *out->i);
    return out;
}

/* Sorted groups are kept together; combinations are sorted again, missing keys last. */
static const int64_t *
result_order(struct arena *a, const struct groups *g, const struct groups *pairs,
             const struct column *counts, const struct count_options *o)
{
    const struct column **by = arena_alloc(a, (g->n_keys + 1) * sizeof *by);
    bool *ascending = arena_alloc(a, g->n_keys + 1);
    size_t n = 0;

    for (; g->options.sort && n < g->n_keys; n++) {
        by[n] = pairs->spread ? pairs->spread_labels.levels[n]
                              : ranks(a, g, n, pairs->labels.levels[n]);
        ascending[n] = true;
    }
    if (o->sort) {
        by[n] = counts;
        ascending[n++] = o->ascending;
    }
    return n > 0 ? order_by(a, by, n, ascending) : order_identity(a, counts->size);
}

bool
summary_value_counts(struct arena *a, const struct groups *g, const struct column *values,
                     const struct count_options *o, struct frame **out, struct error *err)
{
    struct groups pairs;
    struct column *result;

    group_pairs(a, g, values, o->dropna, &pairs);
    if (!g->options.observed && !groups_check(&pairs, err))
        return false;

    const struct index *labels = pairs.spread ? &pairs.spread_labels : &pairs.labels;
    const struct column *counts = sizes(a, &pairs);
    const int64_t *order = result_order(a, g, &pairs, counts, o);
    struct index index = index_take(a, labels, order, counts->size);

    if (o->normalize)
        result = proportions(a, counts, group_numbers(a, labels, g->n_keys),
                             values->na != NULL);
    else
        result =
            column_cast(a, counts, values->na ? COLTYPE_NULLABLE_INT : COLTYPE_INT64);
    result = column_take(a, result, order, counts->size);
    result->name = cell_str(o->normalize ? "proportion" : "count");
    *out = series_new(a, &index, result);
    return true;
}
