/* label_type.c: Index._find_common_type_compat, _should_compare and get_indexer. */
#include "rows/label.h"

#include "table/promote.h"

/* Its equals() wants the other one's type to be its own. */
static bool
exact_type(enum coltype t)
{
    return coltype_nullable(t) || t == COLTYPE_STRING;
}

static bool
dated(enum coltype t)
{
    return coltype_class(t) == CLASS_TIME;
}

bool
label_equal(const struct column *x, const struct column *y)
{
    struct index left = {.n_levels = 1, .levels = &x};
    struct index right = {.n_levels = 1, .levels = &y};

    if (x->dtype != y->dtype && (exact_type(x->dtype) || exact_type(y->dtype) ||
                                 (dated(x->dtype) && coltype_numeric(y->dtype)) ||
                                 (dated(y->dtype) && coltype_numeric(x->dtype))))
        return false;
    return index_equal(&left, &right);
}

bool
label_index_equal(const struct index *x, const struct index *y)
{
    return x->n_levels == 1 && y->n_levels == 1 ? label_equal(x->levels[0], y->levels[0])
                                                : index_equal(x, y);
}

static bool
is_signed(enum coltype t)
{
    return coltype_class(t) == CLASS_INT;
}

enum coltype
label_type(struct arena *a, const struct column *x, const struct column *y)
{
    const struct column *pair[] = {x, y};

    /* times of two zones meet in UTC */
    if (x->dtype != y->dtype && coltype_is_zoned(x->dtype) && coltype_is_zoned(y->dtype))
        return COLTYPE_UTC;
    if ((x->dtype == COLTYPE_UINT64 && is_signed(y->dtype)) ||
        (y->dtype == COLTYPE_UINT64 && is_signed(x->dtype)))
        return COLTYPE_OBJECT;
    return promote_type(a, pair, 2);
}

void
label_unify(struct arena *a, const struct column **x, const struct column **y)
{
    enum coltype t = label_type(a, *x, *y);

    *y = promote_cast(a, *y, t, *x);
    *x = promote_cast(a, *x, t, *x);
}

const struct column *
label_joined(struct arena *a, const struct column *x, const struct column *y)
{
    struct column *out = column_like(a, x, x->size + y->size);

    for (size_t i = 0; i < x->size; i++)
        column_set(out, i, column_get(x, i));
    for (size_t i = 0; i < y->size; i++)
        column_set(out, x->size + i, column_get(y, i));
    return out;
}

const struct column *
label_downcast(struct arena *a, const struct column *own, const struct column *other)
{
    if (coltype_class(own->dtype) != CLASS_UINT || !coltype_integer(other->dtype) ||
        !is_signed(other->dtype) || other->size == 0)
        return other;
    for (size_t i = 0; i < other->size; i++)
        if (other->i[i] < 0)
            return other;
    return column_cast(a, other, own->dtype);
}

static bool
numeric(enum coltype t)
{
    return coltype_numeric(t) || coltype_nullable(t);
}

static bool
is_bool(enum coltype t)
{
    return t == COLTYPE_BOOL || t == COLTYPE_NULLABLE_BOOL;
}

/* Index.inferred_type is "boolean". */
static bool
all_bools(const struct column *c)
{
    if (is_bool(c->dtype))
        return true;
    for (size_t i = 0; i < c->size; i++)
        if (c->dtype != COLTYPE_OBJECT || c->cells[i].kind != CELL_BOOL)
            return false;
    return c->dtype == COLTYPE_OBJECT && c->size > 0;
}

static bool
comparable_types(enum coltype own, enum coltype other)
{
    if (coltype_is_time(own))
        return coltype_is_time(other) && coltype_is_zoned(own) == coltype_is_zoned(other);
    if (own == COLTYPE_SPAN)
        return other == COLTYPE_SPAN;
    if (is_bool(own))
        return is_bool(other);
    return !numeric(own) || numeric(other);
}

bool
label_comparable(const struct column *own, const struct column *other)
{
    enum coltype o = own->categories ? own->categories->dtype : own->dtype;
    enum coltype t = other->categories ? other->categories->dtype : other->dtype;

    /* else False and True would be found as 0 and 1 */
    if ((all_bools(other) && numeric(own->dtype) && !is_bool(own->dtype)) ||
        (all_bools(own) && numeric(other->dtype) && !is_bool(other->dtype)))
        return false;
    return t == COLTYPE_OBJECT || comparable_types(o, t);
}

const struct column *
label_infer(struct arena *a, const struct column *labels, bool dates)
{
    const struct column *out = labels;

    if (labels->dtype == COLTYPE_OBJECT)
        out = column_infer(a, labels->cells, labels->size);
    return numeric(out->dtype) || (dates && dated(out->dtype))
               ? column_named(a, out, labels->name)
               : labels;
}

/* A category knows of a label only whether it is one of its categories. */
static const struct column *
as_category(struct arena *a, const struct column *own, const struct column *target)
{
    struct column *out = column_like(a, own, target->size);
    bool found = label_comparable(own->categories, target);

    for (size_t i = 0; i < target->size; i++)
        column_set(out, i, found ? column_get(target, i) : cell_nan());
    return out;
}

void
label_lookup_init(struct arena *a, struct label_lookup *l, const struct column *own,
                  const struct column *target)
{
    *l = (struct label_lookup){.own = own, .target = target, .asked = target};
    l->none = !label_comparable(own, target);
    l->categories = own->categories || target->categories;
    if (own->categories)
        l->target = as_category(a, own, target);
    else if (!l->none) {
        l->target = label_downcast(a, own, target);
        label_unify(a, &l->own, &l->target);
    }
    l->unique = label_is_unique(a, l->own);
    key_lookup_init(a, &l->table, &l->own, 1);
}

static int64_t
same_from(const struct label_lookup *l, int64_t row, struct cell label)
{
    while (row >= 0 && !l->categories &&
           !cell_same(column_get(l->own, (size_t)row), label))
        row = l->table.next[row];
    return row;
}

int64_t
label_lookup_find(const struct label_lookup *l, size_t row)
{
    /* where categories repeat, what is none of them is taken for missing */
    bool unknown = l->own->categories && l->unique && column_missing(l->target, row) &&
                   !column_missing(l->asked, row);

    if (l->none || unknown)
        return -1;
    return same_from(l, key_lookup_find(&l->table, &l->target, row),
                     column_get(l->target, row));
}

int64_t
label_lookup_next(const struct label_lookup *l, int64_t found)
{
    return same_from(l, l->table.next[found], column_get(l->own, (size_t)found));
}
