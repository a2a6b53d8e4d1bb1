/*
 * align.c: Index.union and its kin as pandas 2.2.3 has them, shortcuts included.
 */
#include "rows/align.h"

#include "table/key_table.h"
#include "table/order.h"

#include <assert.h>

enum coltype
align_index_dtype(enum coltype x, enum coltype y)
{
    /* times of two zones meet in UTC */
    if (x != y && coltype_is_zoned(x) && coltype_is_zoned(y))
        return COLTYPE_UTC;

    bool mixed_sign = (x == COLTYPE_UINT64 && coltype_class(y) == CLASS_INT) ||
                      (y == COLTYPE_UINT64 && coltype_class(x) == CLASS_INT);

    return mixed_sign && coltype_numeric(x) && coltype_numeric(y) ? COLTYPE_OBJECT
                                                                  : coltype_common(x, y);
}

bool
align_check(const struct index *left, const struct index *right, struct error *err)
{
    for (size_t i = 0; i < left->n_levels && i < right->n_levels; i++)
        if (!order_check_zones(left->levels[i], right->levels[i], err))
            return false;
    return true;
}

const struct column *
align_sorted(struct arena *a, const struct column *c)
{
    int64_t *order = order_by(a, &c, 1, NULL);

    return column_take(a, c, order, c->size);
}

/* The operands as one column: left's rows, then right's. */
static const struct column *
joined(struct arena *a, const struct column *left, const struct column *right)
{
    struct column *out = column_new(a, left->dtype, left->size + right->size);

    for (size_t i = 0; i < left->size; i++)
        column_set(out, i, column_get(left, i));
    for (size_t i = 0; i < right->size; i++)
        column_set(out, left->size + i, column_get(right, i));
    return out;
}

/* Which rows of `both` an operation keeps, key by key. */
struct tally {
    struct key_codes codes;
    size_t n_left;
    int64_t *in_left; /* occurrences of each key */
    int64_t *in_right;
};

static void
count_keys(struct arena *a, const struct column *both, size_t n_left, struct tally *t)
{
    key_codes(a, both, KEY_ONE, &t->codes);
    t->n_left = n_left;
    t->in_left = arena_alloc(a, (t->codes.n_keys + 1) * sizeof(int64_t));
    t->in_right = arena_alloc(a, (t->codes.n_keys + 1) * sizeof(int64_t));
    for (size_t i = 0; i < both->size; i++)
        (i < n_left ? t->in_left : t->in_right)[t->codes.codes[i]]++;
}

static bool
repeats(const int64_t *counts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (counts[i] > 1)
            return true;
    return false;
}

/* Each value max(left, right) times; rows as positions in `both`. */
static size_t
union_rows(const struct tally *t, size_t n_both, int64_t *rows)
{
    size_t n = 0;

    if (repeats(t->in_right, t->codes.n_keys)) {
        for (size_t key = 0; key < t->codes.n_keys; key++) {
            int64_t times =
                t->in_left[key] > t->in_right[key] ? t->in_left[key] : t->in_right[key];

            while (times-- > 0)
                rows[n++] = t->codes.first[key];
        }
        return n;
    }
    for (size_t i = 0; i < n_both; i++)
        if (i < t->n_left || t->in_left[t->codes.codes[i]] == 0)
            rows[n++] = (int64_t)i;
    return n;
}

/* First appearances of the keys that the operation keeps. */
static size_t
keep_keys(const struct tally *t, enum set_operation operation, int64_t *rows)
{
    size_t n = 0;

    for (size_t key = 0; key < t->codes.n_keys; key++) {
        bool left = t->in_left[key] > 0;
        bool right = t->in_right[key] > 0;
        bool keep = operation == SET_INTERSECTION ? left && right
                    : operation == SET_DIFFERENCE ? left && !right
                                                  : left != right;

        if (keep)
            rows[n++] = t->codes.first[key];
    }
    return n;
}

/* The cases that return an operand without sorting it. */
static const struct column *
shortcut(struct arena *a, enum set_operation operation, const struct column *left,
         const struct column *right)
{
    struct index x = index_of(a, left);
    struct index y = index_of(a, right);
    bool equal = index_equal(&x, &y);

    if (operation == SET_UNION && (right->size == 0 || equal))
        return left;
    if (operation == SET_UNION && left->size == 0)
        return right;
    if (operation == SET_DIFFERENCE && equal)
        return column_take(a, left, NULL, 0);
    if ((operation == SET_DIFFERENCE && right->size == 0) ||
        (operation == SET_INTERSECTION && equal)) {
        struct key_codes k;

        key_codes(a, left, KEY_ONE, &k);
        return column_take(a, left, k.first, k.n_keys);
    }
    return NULL;
}

static const struct column *
set_of_columns(struct arena *a, enum set_operation operation, enum set_sort sort,
               const struct column *left, const struct column *right)
{
    assert(left && right);

    const struct column *out = shortcut(a, operation, left, right);

    if (out)
        return sort == SET_SORT_YES ? align_sorted(a, out) : out;

    const struct column *both = joined(a, left, right);

    if (operation == SET_UNION && sort != SET_SORT_NO &&
        align_incomparable(a, left, right, false))
        return both;

    int64_t *rows = arena_alloc(a, (both->size + 1) * sizeof *rows);
    struct tally t;
    size_t n;

    count_keys(a, both, left->size, &t);
    n = operation == SET_UNION ? union_rows(&t, both->size, rows)
                               : keep_keys(&t, operation, rows);
    out = column_take(a, both, rows, n);
    return sort == SET_SORT_NO ? out : align_sorted(a, out);
}

const struct column *
align_set(struct arena *a, enum set_operation operation, enum set_sort sort,
          const struct column *left, const struct column *right)
{
    struct cell name = cell_same(left->name, right->name) ? left->name : cell_none();
    enum coltype t = align_index_dtype(left->dtype, right->dtype);
    enum coltype own = left->dtype;
    bool apart = coltype_is_time(own) && coltype_is_time(right->dtype) &&
                 coltype_is_zoned(own) != coltype_is_zoned(right->dtype);
    enum coltype other = right->dtype;
    size_t n_left = left->size;
    size_t n_right = right->size;
    const struct column *out;

    if (left->dtype != right->dtype && (operation != SET_DIFFERENCE || right->size > 0)) {
        left = column_cast(a, left, t);
        right = column_cast(a, right, t);
    } else if (left->dtype != right->dtype)
        right = column_cast(a, right, own);
    if (operation == SET_DIFFERENCE && apart && sort == SET_SORT_MAYBE)
        sort = SET_SORT_NO; /* nothing is compared */
    out = set_of_columns(a, operation, sort, left, right);
    if (operation == SET_DIFFERENCE && out->dtype != own)
        out = column_cast(a, out, own);
    if (operation == SET_SYMMETRIC_DIFFERENCE && (n_left == 0 || n_right == 0) &&
        out->size > 0)
        out =
            column_cast(a, out, n_left == 0 ? other : own); /* an empty side has no say */
    if (operation == SET_SYMMETRIC_DIFFERENCE && out->dtype == COLTYPE_OBJECT)
        out = column_infer(a, out->cells, out->size);
    return column_named(a, out, name);
}

/* Labels of both sides as one column a level. */
static struct index
both_indexes(struct arena *a, const struct index *left, const struct index *right)
{
    struct index out = {.n_levels = left->n_levels};

    out.levels = arena_alloc(a, (left->n_levels + 1) * sizeof(struct column *));
    for (size_t i = 0; i < left->n_levels; i++) {
        const struct column *x = left->levels[i];
        const struct column *y = right->levels[i];
        enum coltype t = align_index_dtype(x->dtype, y->dtype);
        struct cell name = cell_same(x->name, y->name) ? x->name : cell_none();

        if (x->size == 0 || y->size == 0)
            t = x->size == 0 ? y->dtype : x->dtype; /* an empty side has no say */
        if (x->categories || y->categories)
            t = COLTYPE_OBJECT;
        out.levels[i] =
            column_named(a, joined(a, column_cast(a, x, t), column_cast(a, y, t)), name);
    }
    return out;
}

static void
identity(struct arena *a, const struct index *left, const struct index *right,
         struct alignment *out)
{
    out->size = index_size(left);
    out->left = order_identity(a, out->size);
    out->right = out->left;
    out->index = *left;
    for (size_t i = 0; i < left->n_levels; i++)
        if (!cell_same(left->levels[i]->name, right->levels[i]->name)) {
            out->index.levels = arena_alloc(a, left->n_levels * sizeof(struct column *));
            for (size_t k = 0; k < left->n_levels; k++)
                out->index.levels[k] = column_named(a, left->levels[k], cell_none());
        }
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

static void
outer_pairs(struct arena *a, const struct index *left, const struct index *right,
            bool sort, struct alignment *out)
{
    struct index both = both_indexes(a, left, right);
    struct key_codes *parts = arena_alloc(a, both.n_levels * sizeof *parts);
    struct tally t = {.n_left = index_size(left)};
    int64_t *keys;

    for (size_t i = 0; i < both.n_levels; i++)
        key_codes(a, both.levels[i], KEY_ONE, &parts[i]);
    key_combine(a, parts, both.n_levels, &t.codes);
    t.in_left = arena_alloc(a, (t.codes.n_keys + 1) * sizeof(int64_t));
    t.in_right = arena_alloc(a, (t.codes.n_keys + 1) * sizeof(int64_t));
    for (size_t i = 0; i < t.codes.n_rows; i++)
        (i < t.n_left ? t.in_left : t.in_right)[t.codes.codes[i]]++;
    if (sort && !(both.n_levels == 1 &&
                  align_incomparable(a, left->levels[0], right->levels[0], true))) {
        struct index uniques = index_take(a, &both, t.codes.first, t.codes.n_keys);

        keys = order_by(a, uniques.levels, uniques.n_levels, NULL);
        if (uniques.n_levels == 1 && coltype_is_time(uniques.levels[0]->dtype) &&
            (repeats(t.in_left, t.codes.n_keys) || repeats(t.in_right, t.codes.n_keys)))
            missing_first(uniques.levels[0], keys);
    } else
        keys = order_identity(a, t.codes.n_keys);
    pair_rows(a, &both, &t, keys, out);
}

/* Object labels that both sides have in order go through libjoin, which infers a type. */
static void
infer_labels(struct arena *a, const struct index *left, const struct index *right,
             struct alignment *out)
{
    const struct column *labels = out->index.levels[0];

    if (left->n_levels != 1 || labels->dtype != COLTYPE_OBJECT || index_size(left) == 0 ||
        index_size(right) == 0 || !align_in_order(left->levels[0]) ||
        !align_in_order(right->levels[0]))
        return;
    out->index.levels[0] =
        column_named(a, column_infer(a, labels->cells, labels->size), labels->name);
}

/* pandas falls over labels that cannot be compared when they repeat, and so do we. */
static bool
check_labels(struct arena *a, const struct index *left, const struct index *right,
             struct error *err)
{
    const struct column *x = left->levels[0];
    const struct column *y = right->levels[0];
    const struct column *only = x->size == 0 ? y : x;

    if (left->n_levels != 1)
        return true;
    if ((x->size == 0 || y->size == 0) && only->dtype == COLTYPE_OBJECT &&
        !align_sortable(only) && !align_is_unique(a, only))
        return raise_error(err, "IndexError",
                           "cannot do a non-empty take from an empty axes.");
    if (align_incomparable(a, x, y, false) && !align_incomparable(a, x, y, true))
        return raise_error(err, "ValueError",
                           "labels that repeat cannot be lined up with labels that "
                           "cannot be compared with them");
    return true;
}

bool
align_outer(struct arena *a, const struct index *left, const struct index *right,
            struct alignment *out, struct error *err)
{
    if (index_equal(left, right)) {
        identity(a, left, right, out);
        return true;
    }
    if (!align_check(left, right, err) || !check_labels(a, left, right, err))
        return false;
    outer_pairs(a, left, right, true, out);
    infer_labels(a, left, right, out);
    return true;
}

void
align_union_unsorted(struct arena *a, const struct index *left, const struct index *right,
                     struct alignment *out)
{
    outer_pairs(a, left, right, false, out);
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
