/*
 * groups.c: one code column a key, their combination, and the order of groups.
 *
 * A group's label in a level is the first value of that level's key that occurred
 * anywhere, which decides between 0.0 and -0.0, or 1 and True.
 */
#include "group/groups.h"

#include "table/key_table.h"
#include "table/order.h"

struct level {
    struct key_codes codes;
    const struct column *labels;   /* one a code */
    const struct column *inferred; /* the same, as an Index holds them */
};

static int64_t *
inverse(struct arena *a, const int64_t *order, size_t n)
{
    int64_t *rank = arena_alloc(a, (n + 1) * sizeof *rank);

    for (size_t i = 0; i < n; i++)
        rank[order[i]] = (int64_t)i;
    return rank;
}

static const struct column *
infer_labels(struct arena *a, const struct column *labels)
{
    if (labels->dtype != COLTYPE_OBJECT)
        return labels;

    if (labels->size == 0)
        return labels;
    return column_named(a, column_infer(a, labels->cells, labels->size), labels->name);
}

/* The label of missing keys is NaN, whatever they were. */
static const struct column *
no_none(struct arena *a, const struct column *labels)
{
    struct column *out;

    if (labels->dtype != COLTYPE_OBJECT)
        return labels;
    out = column_like(a, labels, labels->size);
    for (size_t i = 0; i < labels->size; i++)
        out->cells[i] = cell_missing(labels->cells[i]) ? cell_nan() : labels->cells[i];
    return out;
}

static void
plain_level(struct arena *a, const struct column *key, const struct group_options *o,
            struct level *out)
{
    key_codes(a, key, o->dropna ? KEY_DROP : KEY_ONE, &out->codes);
    out->labels = column_take(a, key, out->codes.first, out->codes.n_keys);
    if (o->sort) {
        int64_t *order = order_labels(a, out->labels);

        key_renumber(a, &out->codes, inverse(a, order, out->codes.n_keys));
        out->labels = column_take(a, out->labels, order, out->codes.n_keys);
    }
    out->labels = no_none(a, out->labels);
    out->inferred = infer_labels(a, out->labels);
    if (coltype_class(out->inferred->dtype) == CLASS_TIME)
        out->labels = out->inferred; /* a column of objects becomes one of times, too */
}

/* The categories in result order, as codes; -1 stands for the missing key. */
static size_t
category_order(struct arena *a, const struct column *key, const struct group_options *o,
               int64_t *order)
{
    size_t n = key->categories->size;
    bool *seen = arena_alloc(a, n + 1);
    bool missing = false;
    size_t used = 0;

    for (size_t i = 0; i < key->size; i++) {
        int64_t code = key->i[i];

        if (code < 0 ? missing : seen[code])
            continue;
        if (code < 0)
            missing = true;
        else
            seen[code] = true;
        if (!o->sort && (code >= 0 || !o->dropna))
            order[used++] = code;
    }
    for (size_t i = 0; i < n; i++)
        if (o->sort ? seen[i] || !o->observed : !seen[i] && !o->observed)
            order[used++] = (int64_t)i;
    if (o->sort && missing && !o->dropna)
        order[used++] = -1;
    return used;
}

static void
category_level(struct arena *a, const struct column *key, const struct group_options *o,
               struct level *out)
{
    size_t n = key->categories->size;
    int64_t *order = arena_alloc(a, (n + 2) * sizeof *order);
    int64_t *rank = arena_alloc(a, (n + 2) * sizeof *rank);
    size_t used = category_order(a, key, o, order);
    struct column *labels = column_like(a, key, used);

    for (size_t i = 0; i < used; i++)
        if (order[i] < 0)
            labels->ordered = false; /* pandas makes them anew, and forgets */
    for (size_t i = 0; i <= n; i++)
        rank[i] = -1;
    for (size_t i = 0; i < used; i++) {
        rank[order[i] + 1] = (int64_t)i;
        labels->i[i] = order[i];
    }
    out->codes = (struct key_codes){.n_rows = key->size, .n_keys = used};
    out->codes.codes = arena_alloc(a, (key->size + 1) * sizeof(int64_t));
    for (size_t i = 0; i < key->size; i++)
        out->codes.codes[i] = rank[key->i[i] + 1];
    out->labels = labels;
    out->inferred = labels;
}

struct level_order {
    const struct level *levels;
    size_t n_levels;
    const int64_t *first;
};

static int
compare_groups(const void *context, int64_t x, int64_t y)
{
    const struct level_order *o = context;

    for (size_t i = 0; i < o->n_levels; i++) {
        int64_t cx = o->levels[i].codes.codes[o->first[x]];
        int64_t cy = o->levels[i].codes.codes[o->first[y]];

        if (cx != cy)
            return cx < cy ? -1 : 1;
    }
    return 0;
}

static struct index
labels_of_rows(struct arena *a, const struct level *levels, size_t n_levels,
               const int64_t *first, size_t n, bool inferred)
{
    struct index labels = {.n_levels = n_levels};
    int64_t *codes = arena_alloc(a, (n + 1) * sizeof *codes);

    labels.levels = arena_alloc(a, n_levels * sizeof(struct column *));
    for (size_t i = 0; i < n_levels; i++) {
        for (size_t g = 0; g < n; g++)
            codes[g] = levels[i].codes.codes[first[g]];
        labels.levels[i] =
            column_take(a, inferred ? levels[i].inferred : levels[i].labels, codes, n);
    }
    return labels;
}

static void
collect_rows(struct arena *a, struct groups *g)
{
    int64_t *next = arena_alloc(a, (g->n_groups + 1) * sizeof *next);

    g->offsets = arena_alloc(a, (g->n_groups + 2) * sizeof(int64_t));
    g->rows = arena_alloc(a, (g->n_rows + 1) * sizeof(int64_t));
    for (size_t i = 0; i < g->n_rows; i++)
        if (g->ids[i] >= 0)
            g->offsets[g->ids[i] + 1]++;
        else
            g->dropped = true;
    for (size_t i = 0; i < g->n_groups; i++) {
        next[i] = g->offsets[i];
        g->offsets[i + 1] += g->offsets[i];
    }
    for (size_t i = 0; i < g->n_rows; i++)
        if (g->ids[i] >= 0)
            g->rows[next[g->ids[i]]++] = (int64_t)i;
}

/*
 * The product of the levels is sorted once more, each by its labels with the missing one
 * last: places of labels in that order.
 */
static const int64_t *
product_order(struct arena *a, const struct level *level, bool sort)
{
    return sort && !level->labels->categories ? order_by(a, &level->labels, 1, NULL)
                                              : order_identity(a, level->labels->size);
}

/* Numbers and text, which Python does not compare. */
static bool
mixes(const struct column *labels)
{
    bool text = false;
    bool other = false;

    for (size_t i = 0; i < labels->size && labels->dtype == COLTYPE_OBJECT; i++) {
        text |= labels->cells[i].kind == CELL_STR;
        other |= labels->cells[i].kind != CELL_STR && !cell_missing(labels->cells[i]);
    }
    return text && other;
}

bool
groups_check(const struct groups *g, struct error *err)
{
    for (size_t i = 0; g->spread && g->options.sort && i < g->spread_labels.n_levels; i++)
        if (mixes(g->spread_labels.levels[i]))
            return raise_error(err, "TypeError",
                               "'<' not supported between instances of 'str' and 'int'");
    return true;
}

/* All combinations of the levels' labels; each points at its group or is empty. */
static void
spread_groups(struct arena *a, const struct level *levels, size_t n_levels,
              const int64_t *first, struct groups *g)
{
    const int64_t **order = arena_alloc(a, n_levels * sizeof *order);
    int64_t **rank = arena_alloc(a, n_levels * sizeof *rank);
    size_t n = 1;

    for (size_t i = 0; i < n_levels; i++) {
        n *= levels[i].labels->size;
        order[i] = product_order(a, &levels[i], g->options.sort);
        rank[i] = inverse(a, order[i], levels[i].labels->size);
    }
    g->n_spread = n;
    g->spread = arena_alloc(a, (n + 1) * sizeof(int64_t));
    g->spread_labels = (struct index){.n_levels = n_levels};
    g->spread_labels.levels = arena_alloc(a, n_levels * sizeof(struct column *));
    for (size_t i = 0; i < n; i++)
        g->spread[i] = -1;
    for (size_t i = 0; i < g->n_groups; i++) {
        size_t at = 0;

        for (size_t k = 0; k < n_levels; k++)
            at = at * levels[k].labels->size +
                 (size_t)rank[k][levels[k].codes.codes[first[i]]];
        g->spread[at] = (int64_t)i;
    }

    int64_t *codes = arena_alloc(a, (n + 1) * sizeof *codes);
    size_t repeat = 1; /* rows that a label of the level has on end */

    for (size_t k = n_levels; k-- > 0;) {
        size_t size = levels[k].labels->size ? levels[k].labels->size : 1;

        for (size_t i = 0; i < n; i++)
            codes[i] = order[k][i / repeat % size];
        g->spread_labels.levels[k] = column_take(a, levels[k].inferred, codes, n);
        repeat *= size;
    }
}

static void
combine_levels(struct arena *a, const struct level *levels, size_t n_levels,
               const struct group_options options[], struct groups *out)
{
    struct key_codes *parts = arena_alloc(a, n_levels * sizeof *parts);
    struct key_codes all;
    struct level_order by = {levels, n_levels, NULL};

    for (size_t i = 0; i < n_levels; i++)
        parts[i] = levels[i].codes;
    key_combine(a, parts, n_levels, &all);
    if (out->options.sort) {
        int64_t *order = order_identity(a, all.n_keys);

        by.first = all.first;
        order_sort(a, order, all.n_keys, compare_groups, &by);
        key_renumber(a, &all, inverse(a, order, all.n_keys));
    }
    out->ids = all.codes;
    out->n_groups = all.n_keys;
    out->labels = labels_of_rows(a, levels, n_levels, all.first, all.n_keys, true);
    out->columns = labels_of_rows(a, levels, n_levels, all.first, all.n_keys, false);
    for (size_t i = 0; i < n_levels; i++)
        if (levels[i].labels->categories && !options[i].observed) {
            spread_groups(a, levels, n_levels, all.first, out);
            return;
        }
}

void
groups_make_each(struct arena *a, const struct column *const keys[], size_t n_keys,
                 const struct group_options options[], struct groups *out)
{
    struct level *levels = arena_alloc(a, n_keys * sizeof *levels);

    *out = (struct groups){
        .options = options[0], .keys = keys, .n_keys = n_keys, .n_rows = keys[0]->size};
    for (size_t i = 0; i < n_keys; i++)
        if (keys[i]->categories)
            category_level(a, keys[i], &options[i], &levels[i]);
        else
            plain_level(a, keys[i], &options[i], &levels[i]);
    if (n_keys == 1) {
        out->ids = levels[0].codes.codes;
        out->n_groups = levels[0].codes.n_keys;
        out->labels = index_of(a, levels[0].inferred);
        out->columns = index_of(a, levels[0].labels);
    } else
        combine_levels(a, levels, n_keys, options, out);
    collect_rows(a, out);
}

void
groups_make(struct arena *a, const struct column *const keys[], size_t n_keys,
            const struct group_options *options, struct groups *out)
{
    struct group_options *each = arena_alloc(a, n_keys * sizeof *each);

    for (size_t i = 0; i < n_keys; i++)
        each[i] = *options;
    groups_make_each(a, keys, n_keys, each, out);
}
