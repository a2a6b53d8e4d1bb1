/*
 * label_set.c: Index.union and its kin as pandas 2.2.3 has them, shortcuts included.
 *
 * None and NaN are two labels of objects.
 */
#include "rows/label.h"

#include "table/order.h"

#include <assert.h>

/* How often each label is there. */
struct tally {
    const struct column *both;
    struct key_codes codes;
    size_t n_left;
    int64_t *in_left;
    int64_t *in_right;
};

static void
count_keys(struct arena *a, const struct column *left, const struct column *right,
           struct tally *t)
{
    t->both = label_joined(a, left, right);
    key_codes(a, t->both, KEY_EACH, &t->codes);
    t->n_left = left->size;
    t->in_left = arena_alloc(a, (t->codes.n_keys + 1) * sizeof(int64_t));
    t->in_right = arena_alloc(a, (t->codes.n_keys + 1) * sizeof(int64_t));
    for (size_t i = 0; i < t->both->size; i++)
        (i < left->size ? t->in_left : t->in_right)[t->codes.codes[i]]++;
}

static const struct column *
unique_labels(struct arena *a, const struct column *c)
{
    struct key_codes k;

    key_codes(a, c, KEY_EACH, &k);
    return column_take(a, c, k.first, k.n_keys);
}

static bool
sorted_or_not(struct arena *a, enum set_sort sort, const struct column *c,
              const struct column **out, struct error *err)
{
    int64_t *order;

    *out = c;
    if (sort == SET_SORT_NO)
        return true;
    if (label_order(a, c, &order))
        *out = column_take(a, c, order, c->size);
    else if (sort == SET_SORT_YES)
        return raise_error(err, "TypeError",
                           "'<' not supported between labels of several types");
    return true;
}

/* An operand as it is, which is sorted only when that was asked for. */
static bool
operand(struct arena *a, enum set_sort sort, const struct column *c,
        const struct column **out, struct error *err)
{
    return sorted_or_not(a, sort == SET_SORT_YES ? sort : SET_SORT_NO, c, out, err);
}

/*
 * Counts are looked up by labels that pandas gives a type again: beside dates NaN is not
 * found then, nor is None beside nothing but NaN.
 */
static bool
loses_count(struct arena *a, const struct tally *t)
{
    const struct column *labels =
        column_take(a, t->both, t->codes.first, t->codes.n_keys);
    const struct column *dates = label_infer(a, labels, true);
    bool none = false;
    bool nan = false;
    bool present = false;

    for (size_t i = 0; i < labels->size; i++) {
        struct cell v = column_get(labels, i);

        if (v.kind == CELL_NAT || v.kind == CELL_NA)
            return false;
        none |= v.kind == CELL_NONE;
        nan |= v.kind == CELL_FLOAT && isnan(v.f);
        present |= !cell_missing(v);
    }
    if (labels->dtype != COLTYPE_OBJECT || !nan)
        return false;
    return present ? coltype_class(dates->dtype) == CLASS_TIME : none;
}

/* Every label as often as the side has it that has it more often. */
static bool
union_counted(struct arena *a, const struct tally *t, const struct column **out,
              struct error *err)
{
    int64_t *rows = arena_alloc(a, (t->both->size + 1) * sizeof *rows);
    size_t n = 0;

    if (loses_count(a, t))
        return raise_error(err, "TypeError",
                           "Cannot cast array data from dtype('float64') to "
                           "dtype('int64') according to the rule 'safe'");
    for (size_t key = 0; key < t->codes.n_keys; key++) {
        int64_t times =
            t->in_left[key] > t->in_right[key] ? t->in_left[key] : t->in_right[key];

        while (times-- > 0)
            rows[n++] = t->codes.first[key];
    }
    *out = column_take(a, t->both, rows, n);
    return true;
}

/* Left's rows, and right's of labels that left lacks. */
static const struct column *
union_appended(struct arena *a, const struct tally *t)
{
    int64_t *rows = arena_alloc(a, (t->both->size + 1) * sizeof *rows);
    size_t n = 0;

    for (size_t i = 0; i < t->both->size; i++)
        if (i < t->n_left || t->in_left[t->codes.codes[i]] == 0)
            rows[n++] = (int64_t)i;
    return column_take(a, t->both, rows, n);
}

/* libjoin compares codes: a missing category comes first. */
static const struct column *
by_code(struct arena *a, const struct column *c)
{
    struct column codes = *c;
    const struct column *by = &codes;

    codes.dtype = COLTYPE_INT64;
    codes.categories = NULL;
    return column_take(a, c, order_by(a, &by, 1, NULL), c->size);
}

/* Of labels of one type; libjoin is for those in order that do not repeat on one side. */
static bool
union_of(struct arena *a, enum set_sort sort, const struct column *left,
         const struct column *right, const struct column **out, struct error *err)
{
    bool unique = label_is_unique(a, right);
    bool libjoin = sort != SET_SORT_NO && label_in_order(left) && label_in_order(right) &&
                   (unique || label_is_unique(a, left));
    const struct column *both = NULL;
    struct tally t;

    if (right->size == 0 || label_equal(left, right))
        return operand(a, sort, left, out, err);
    if (left->size == 0)
        return operand(a, sort, right, out, err);
    count_keys(a, left, right, &t);
    if (unique || (libjoin && !label_orders_meet(left, right)))
        both = union_appended(a, &t);
    else if (!union_counted(a, &t, &both, err))
        return false;
    if (libjoin && (left->categories || !label_orders_meet(left, right))) {
        *out = left->categories ? by_code(a, both) : both;
        return true;
    }
    return sorted_or_not(a, sort, both, out, err);
}

static bool
union_labels(struct arena *a, enum set_sort sort, const struct column *left,
             const struct column *right, const struct column **out, struct error *err)
{
    label_unify(a, &left, &right);
    return union_of(a, sort, left, right, out, err);
}

/* First rows of the keys that both sides have, in the order of left, or of right. */
static const struct column *
common_labels(struct arena *a, const struct tally *t, bool as_left)
{
    bool *seen = arena_alloc(a, t->codes.n_keys + 1);
    int64_t *rows = arena_alloc(a, (t->codes.n_keys + 1) * sizeof *rows);
    size_t n = 0;

    for (size_t i = as_left ? 0 : t->n_left; i < t->both->size; i++) {
        int64_t key = t->codes.codes[i];

        if (t->in_left[key] > 0 && t->in_right[key] > 0 && !seen[key])
            rows[n++] = t->codes.first[key];
        seen[key] = true;
    }
    return column_take(a, t->both, rows, n);
}

/* What there is in common with no labels, or with labels of another kind. */
static const struct column *
nothing_of(struct arena *a, const struct column *left, const struct column *right)
{
    bool own_type = left->dtype == label_type(a, left, right);

    if (left->size > 0 && right->size > 0)
        return column_new(a, COLTYPE_OBJECT, 0);
    if (left->size > 0 && own_type)
        return column_take(a, right, NULL, 0);
    label_unify(a, &left, &right);
    return column_take(a, left, NULL, 0);
}

static bool
intersection(struct arena *a, enum set_sort sort, const struct column *left,
             const struct column *right, const struct column **out, struct error *err)
{
    struct tally t;

    if (label_equal(left, right))
        return operand(a, sort, unique_labels(a, left), out, err);
    if (left->size == 0 || right->size == 0 || !label_comparable(left, right)) {
        *out = nothing_of(a, left, right);
        return true;
    }
    label_unify(a, &left, &right);
    count_keys(a, left, right, &t);
    if (label_in_order(left) && label_in_order(right) && label_orders_meet(left, right))
        sort = SET_SORT_NO; /* as left is */
    return sorted_or_not(a, sort, common_labels(a, &t, sort == SET_SORT_NO), out, err);
}

/* The different labels of `own` that `other` lacks. */
static const struct column *
labels_without(struct arena *a, const struct column *own, const struct column *other)
{
    const struct column *different = unique_labels(a, own);
    int64_t *rows = arena_alloc(a, (own->size + 1) * sizeof *rows);
    struct label_lookup in_other;
    size_t n = 0;

    label_lookup_init(a, &in_other, unique_labels(a, other), different);
    for (size_t i = 0; i < different->size; i++)
        if (label_lookup_find(&in_other, i) < 0)
            rows[n++] = (int64_t)i;
    return column_take(a, different, rows, n);
}

static bool
difference(struct arena *a, enum set_sort sort, const struct column *left,
           const struct column *right, const struct column **out, struct error *err)
{
    if (label_equal(left, right)) {
        *out = column_take(a, left, NULL, 0);
        return true;
    }
    if (right->size == 0 || !label_comparable(left, right))
        return operand(a, sort, unique_labels(a, left), out, err);
    return sorted_or_not(a, sort, labels_without(a, left, right), out, err);
}

static bool
symmetric_difference(struct arena *a, enum set_sort sort, const struct column *left,
                     const struct column *right, const struct column **out,
                     struct error *err)
{
    if (!label_comparable(left, right))
        return union_labels(a, sort, left, right, out, err);
    label_unify(a, &left, &right);
    return sorted_or_not(a, sort,
                         label_infer(a,
                                     label_joined(a, labels_without(a, left, right),
                                                  labels_without(a, right, left)),
                                     true),
                         out, err);
}

bool
label_set(struct arena *a, enum set_operation operation, enum set_sort sort,
          const struct column *left, const struct column *right,
          const struct column **out, struct error *err)
{
    static bool (*const operations[])(struct arena *, enum set_sort,
                                      const struct column *, const struct column *,
                                      const struct column **, struct error *) = {
        [SET_UNION] = union_labels,
        [SET_INTERSECTION] = intersection,
        [SET_DIFFERENCE] = difference,
        [SET_SYMMETRIC_DIFFERENCE] = symmetric_difference,
    };

    assert(left && right);
    if (!operations[operation](a, sort, left, right, out, err))
        return false;
    *out = column_named(a, *out,
                        cell_same(left->name, right->name) ? left->name : cell_none());
    return true;
}
