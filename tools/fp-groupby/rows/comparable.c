/* comparable.c: which labels Python compares, and what pandas makes of the others. */
#include "rows/align.h"

#include "table/key_table.h"

/* What Python's < compares with each other; None with nothing. */
enum order_class {
    ORDER_NONE,
    ORDER_NUMBER,
    ORDER_TEXT,
    ORDER_TIME,
    ORDER_SPAN,
};

static enum order_class
order_class(struct cell v)
{
    if (cell_numeric(v))
        return ORDER_NUMBER;
    return v.kind == CELL_STR    ? ORDER_TEXT
           : v.kind == CELL_TIME ? ORDER_TIME
           : v.kind == CELL_SPAN ? ORDER_SPAN
                                 : ORDER_NONE;
}

bool
align_in_order(const struct column *c)
{
    if (c->size == 1 && column_get(c, 0).kind == CELL_NONE)
        return true;
    for (size_t i = 0; i < c->size; i++) {
        struct cell v = column_get(c, i);
        struct cell before = i > 0 ? column_get(c, i - 1) : v;

        if (cell_missing(v) || order_class(v) != order_class(before) ||
            cell_compare(before, v) > 0)
            return false;
    }
    return true;
}

bool
align_is_unique(struct arena *a, const struct column *c)
{
    struct key_codes k;

    key_codes(a, c, KEY_ONE, &k);
    return k.n_keys == c->size;
}

bool
align_incomparable(struct arena *a, const struct column *left, const struct column *right,
                   bool both_unique)
{
    if ((left->dtype != COLTYPE_OBJECT && right->dtype != COLTYPE_OBJECT) ||
        left->size == 0 || right->size == 0 ||
        order_class(column_get(left, 0)) == order_class(column_get(right, 0)) ||
        !align_in_order(left) || !align_in_order(right))
        return false;

    bool l = align_is_unique(a, left);
    bool r = align_is_unique(a, right);

    return both_unique ? l && r : l || r;
}

bool
align_sortable(const struct column *c)
{
    for (size_t i = 1; i < c->size; i++)
        if (order_class(c->cells[i]) == ORDER_NONE ||
            order_class(c->cells[i]) != order_class(c->cells[0]))
            return false;
    return true;
}

bool
align_is_increasing(const struct index *index)
{
    return index->n_levels == 1 && align_in_order(index->levels[0]);
}
