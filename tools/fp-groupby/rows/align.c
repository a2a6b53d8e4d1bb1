/*
 * align.c: Series.align(join="outer"), which is Index.join of pandas 2.2.3.
 *
 * All its ways pair the rows of every label, left-major; they differ in the order of the
 * labels, in whether None and NaN are one, and in what falls over.
 */
#include "rows/align.h"

#include "rows/label.h"
#include "table/order.h"

bool
align_check(const struct index *left, const struct index *right, struct error *err)
{
    for (size_t i = 0; i < left->n_levels && i < right->n_levels; i++)
        if (!order_check_zones(left->levels[i], right->levels[i], err))
            return false;
    return true;
}

/* Two levels in one type, below each other. */
static const struct column *
both_levels(struct arena *a, const struct column *x, const struct column *y)
{
    struct cell name = cell_same(x->name, y->name) ? x->name : cell_none();
    const struct column *only = x->size == 0 ? y : x;

    if (x->size == 0 || y->size == 0) /* an empty side has no say */
        return column_named(a, only, name);
    label_unify(a, &x, &y);
    return column_named(a, label_joined(a, x, y), name);
}

static struct index
both_indexes(struct arena *a, const struct index *left, const struct index *right)
{
    struct index out = {.n_levels = left->n_levels};

    out.levels = arena_alloc(a, (left->n_levels + 1) * sizeof(struct column *));
    for (size_t i = 0; i < left->n_levels; i++)
        out.levels[i] = both_levels(a, left->levels[i], right->levels[i]);
    return out;
}

static void
identity(struct arena *a, const struct index *left, struct alignment *out)
{
    out->size = index_size(left);
    out->left = order_identity(a, out->size);
    out->right = out->left;
    out->index = *left;
}

/* How often each key is there; rows of both sides have codes, left's first. */
struct tally {
    struct key_codes codes;
    size_t n_left;
    int64_t *in_left;
    int64_t *in_right;
};

static void
count_keys(struct arena *a, const struct index *both, enum key_missing missing,
           size_t n_left, struct tally *t)
{
    struct key_codes *parts = arena_alloc(a, both->n_levels * sizeof *parts);

    for (size_t i = 0; i < both->n_levels; i++)
        key_codes(a, both->levels[i], missing, &parts[i]);
    key_combine(a, parts, both->n_levels, &t->codes);
    t->n_left = n_left;
    t->in_left = arena_alloc(a, (t->codes.n_keys + 1) * sizeof(int64_t));
    t->in_right = arena_alloc(a, (t->codes.n_keys + 1) * sizeof(int64_t));
    for (size_t i = 0; i < t->codes.n_rows; i++)
        (i < n_left ? t->in_left : t->in_right)[t->codes.codes[i]]++;
}

/* The rows of each key on both sides, chained in row order. */
struct chains {
    int64_t *head[2]; /* of each key */
    int64_t *tail[2];
    int64_t *next[2]; /* of each row */
};

static void
chain_rows(struct arena *a, const struct tally *t, size_t n_both, struct chains *c)
{
    for (int side = 0; side < 2; side++) {
        c->head[side] = arena_alloc(a, (t->codes.n_keys + 1) * sizeof(int64_t));
        c->tail[side] = arena_alloc(a, (t->codes.n_keys + 1) * sizeof(int64_t));
        c->next[side] = arena_alloc(a, (n_both + 1) * sizeof(int64_t));
        for (size_t i = 0; i < t->codes.n_keys; i++)
            c->head[side][i] = -1;
    }
    for (size_t i = 0; i < n_both; i++) {
        int side = i >= t->n_left;
        int64_t row = (int64_t)(side ? i - t->n_left : i);
        int64_t key = t->codes.codes[i];

        c->next[side][row] = -1;
        if (c->head[side][key] < 0)
            c->head[side][key] = row;
        else
            c->next[side][c->tail[side][key]] = row;
        c->tail[side][key] = row;
    }
}

/* Pair the rows of every key in the order given. */
static void
pair_rows(struct arena *a, const struct index *both, const struct tally *t,
          const int64_t *keys, struct alignment *out)
{
    struct chains c;
    size_t n = 0;

    chain_rows(a, t, t->codes.n_rows, &c);
    for (size_t i = 0; i < t->codes.n_keys; i++) {
        int64_t l = t->in_left[i] ? t->in_left[i] : 1;
        int64_t r = t->in_right[i] ? t->in_right[i] : 1;

        n += (size_t)(l * r);
    }
    out->left = arena_alloc(a, (n + 1) * sizeof(int64_t));
    out->right = arena_alloc(a, (n + 1) * sizeof(int64_t));

    int64_t *labels = arena_alloc(a, (n + 1) * sizeof *labels);

    out->size = 0;
    for (size_t i = 0; i < t->codes.n_keys; i++) {
        int64_t key = keys[i];
        int64_t l = c.head[0][key];

        do {
            int64_t r = c.head[1][key];

            do {
                labels[out->size] = l >= 0 ? l : (int64_t)t->n_left + r;
                out->left[out->size] = l;
                out->right[out->size++] = r;
                r = r < 0 ? -1 : c.next[1][r];
            } while (r >= 0);
            l = l < 0 ? -1 : c.next[0][l];
        } while (l >= 0);
    }
    out->index = index_take(a, both, labels, out->size);
}

/* Where labels repeat, NaT, which was sorted to the end, is the least of times. */
static void
missing_first(const struct column *labels, int64_t *order)
{
    size_t n = labels->size;
    int64_t last = n > 0 ? order[n - 1] : 0;

    if (n == 0 || !column_missing(labels, (size_t)last))
        return;
    memmove(order + 1, order, (n - 1) * sizeof *order);
    order[0] = last;
}

/* One side has no labels: the other's in order, which may be no order at all. */
static void
only_rows(struct arena *a, const struct column *left, const struct column *right,
          struct alignment *out)
{
    const struct column *only = right->size > 0 ? right : left;
    int64_t *order =
        label_in_order(only) ? order_identity(a, only->size) : order_labels(a, only);
    int64_t *none = arena_alloc(a, (only->size + 1) * sizeof *none);

    for (size_t i = 0; i < only->size; i++)
        none[i] = -1;
    out->size = only->size;
    out->left = only == left ? order : none;
    out->right = only == left ? none : order;
    out->index = index_of(a, column_take(a, only, order, only->size));
}

/* factorize puts aside what is missing, and then behind the rest. */
static bool
order_factorized(struct arena *a, const struct column *labels, int64_t **keys)
{
    int64_t *present = arena_alloc(a, (labels->size + 1) * sizeof *present);
    int64_t *order;
    size_t n = 0;
    size_t at = labels->size;

    for (size_t i = labels->size; i > 0; i--)
        if (column_missing(labels, i - 1))
            present[--at] = (int64_t)i - 1;
    for (size_t i = 0; i < labels->size; i++)
        if (!column_missing(labels, i))
            present[n++] = (int64_t)i;
    if (!label_order(a, column_take(a, labels, present, n), &order))
        return false;
    *keys = arena_alloc(a, (labels->size + 1) * sizeof **keys);
    for (size_t i = 0; i < labels->size; i++)
        (*keys)[i] = present[i < n ? (size_t)order[i] : i];
    return true;
}

/* The order in which Index.join visits different labels. */
static bool
key_order(struct arena *a, const struct column *labels, bool repeated, bool in_order,
          int64_t **keys, struct error *err)
{
    bool coded = coltype_class(labels->dtype) == CLASS_TIME || labels->categories;

    if (repeated && !order_factorized(a, labels, keys))
        return raise_error(err, "TypeError",
                           "'<' not supported between labels of several types");
    if (!repeated && !label_order(a, labels, keys))
        *keys = order_identity(a, labels->size);
    if (coded && (repeated || in_order))
        missing_first(labels, *keys);
    return true;
}

/* Labels of one type that repeat or are not in order. */
static bool
join_unordered(struct arena *a, const struct column *x, const struct column *y,
               struct alignment *out, struct error *err)
{
    bool repeated = !label_is_unique(a, x) || !label_is_unique(a, y);
    struct index both = index_of(a, label_joined(a, x, y));
    const struct column *labels;
    struct tally t;
    int64_t *keys;

    count_keys(a, &both, repeated ? KEY_ONE : KEY_EACH, x->size, &t);
    labels = column_take(a, both.levels[0], t.codes.first, t.codes.n_keys);
    if (!key_order(a, labels, repeated, false, &keys, err))
        return false;
    if (repeated && (x->size == 0 || y->size == 0))
        return raise_error(err, "IndexError",
                           "cannot do a non-empty take from an empty axes.");
    pair_rows(a, &both, &t, keys, out);
    out->index.levels[0] =
        column_named(a, out->index.levels[0],
                     repeated || cell_same(x->name, y->name) ? x->name : cell_none());
    return true;
}

/* Labels of one type in order on both sides, where one at least does not repeat. */
static bool
join_ordered(struct arena *a, const struct column *x, const struct column *y,
             struct alignment *out, struct error *err)
{
    bool meet = label_orders_meet(x, y);
    struct index both = index_of(a, label_joined(a, x, y));
    const struct column *labels;
    struct tally t;
    int64_t *keys;

    if (!meet && !(label_is_unique(a, x) && label_is_unique(a, y)))
        return raise_error(err, "ValueError",
                           "Length of values does not match length of index");
    count_keys(a, &both, KEY_EACH, x->size, &t);
    labels = column_take(a, both.levels[0], t.codes.first, t.codes.n_keys);
    keys = order_identity(a, labels->size);
    if (meet && !key_order(a, labels, false, true, &keys, err))
        return false;
    pair_rows(a, &both, &t, keys, out);
    if (meet)
        out->index.levels[0] = label_infer(a, out->index.levels[0], false);
    out->index.levels[0] = column_named(
        a, out->index.levels[0], cell_same(x->name, y->name) ? x->name : cell_none());
    return true;
}

static bool
join_labels(struct arena *a, const struct column *x, const struct column *y,
            struct alignment *out, struct error *err)
{
    y = label_downcast(a, x, y);
    if ((x->size == 0 || y->size == 0) && label_sortable(x->size == 0 ? y : x)) {
        only_rows(a, x, y, out);
        return true;
    }
    label_unify(a, &x, &y);
    if (label_in_order(x) && label_in_order(y) &&
        (label_is_unique(a, x) || label_is_unique(a, y)))
        return join_ordered(a, x, y, out, err);
    return join_unordered(a, x, y, out, err);
}

static void
join_levels(struct arena *a, const struct index *left, const struct index *right,
            bool sort, struct alignment *out)
{
    struct index both = both_indexes(a, left, right);
    struct index labels;
    struct tally t;

    count_keys(a, &both, KEY_ONE, index_size(left), &t);
    labels = index_take(a, &both, t.codes.first, t.codes.n_keys);
    pair_rows(a, &both, &t,
              sort ? order_by(a, labels.levels, labels.n_levels, NULL)
                   : order_identity(a, t.codes.n_keys),
              out);
}

bool
align_outer(struct arena *a, const struct index *left, const struct index *right,
            struct alignment *out, struct error *err)
{
    bool one = left->n_levels == 1 && right->n_levels == 1;

    if (label_index_equal(left, right)) {
        identity(a, left, out);
        return true;
    }
    if (!align_check(left, right, err))
        return false;
    if (one)
        return join_labels(a, left->levels[0], right->levels[0], out, err);
    join_levels(a, left, right, true, out);
    return true;
}

void
align_union_unsorted(struct arena *a, const struct index *left, const struct index *right,
                     struct alignment *out)
{
    join_levels(a, left, right, false, out);
}

int64_t *
align_first_positions(struct arena *a, const struct index *index)
{
    size_t n = index_size(index);
    int64_t *first = arena_alloc(a, (n + 1) * sizeof *first);
    struct key_codes *parts = arena_alloc(a, index->n_levels * sizeof *parts);
    struct key_codes all;

    for (size_t i = 0; i < index->n_levels; i++)
        key_codes(a, index->levels[i], KEY_ONE, &parts[i]);
    key_combine(a, parts, index->n_levels, &all);
    for (size_t i = 0; i < n; i++)
        first[i] = all.first[all.codes[i]];
    return first;
}

bool
align_has_duplicates(struct arena *a, const struct index *index)
{
    int64_t *first = align_first_positions(a, index);

    for (size_t i = 0; i < index_size(index); i++)
        if (first[i] != (int64_t)i)
            return true;
    return false;
}
