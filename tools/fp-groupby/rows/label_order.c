/* label_order.c: which labels Python compares, and what pandas makes of the others. */
#include "rows/label.h"

#include "table/order.h"

static bool
codes_in_order(const struct column *c)
{
    for (size_t i = 1; i < c->size; i++)
        if (c->i[i] < c->i[i - 1])
            return false;
    return true;
}

bool
label_in_order(const struct column *c)
{
    if (c->categories)
        return codes_in_order(c);
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
label_is_unique(struct arena *a, const struct column *c)
{
    struct key_codes k;

    key_codes(a, c, KEY_EACH, &k);
    return k.n_keys == c->size;
}

bool
label_orders_meet(const struct column *x, const struct column *y)
{
    return x->size == 0 || y->size == 0 || (x->categories && y->categories) ||
           order_class(column_get(x, 0)) == order_class(column_get(y, 0));
}

bool
label_sortable(const struct column *c)
{
    for (size_t i = 1; c->dtype == COLTYPE_OBJECT && i < c->size; i++)
        if (order_class(c->cells[i]) == ORDER_NONE ||
            order_class(c->cells[i]) != order_class(c->cells[0]))
            return false;
    return true;
}

/* lib.infer_dtype's "mixed-integer": integers beside what is no float either. */
static bool
mixed_integer(const struct column *c)
{
    bool whole = false;
    bool other = false;

    for (size_t i = 0; i < c->size; i++) {
        uint8_t kind = c->cells[i].kind;

        whole |= kind == CELL_INT || kind == CELL_UINT;
        other |= kind != CELL_INT && kind != CELL_UINT && kind != CELL_FLOAT;
    }
    return whole && other;
}

/* _sort_mixed: what is not text, text, missing values as they come. */
static bool
order_mixed(struct arena *a, const struct column *c, int64_t **order)
{
    enum order_class class = ORDER_NONE;
    size_t n_other = 0;
    size_t n_text = 0;
    size_t n_missing = 0;
    int64_t *other = arena_alloc(a, (c->size + 1) * sizeof *other);
    int64_t *text = arena_alloc(a, (c->size + 1) * sizeof *text);
    int64_t *missing = arena_alloc(a, (c->size + 1) * sizeof *missing);

    for (size_t i = 0; i < c->size; i++) {
        struct cell v = c->cells[i];

        if (cell_missing(v))
            missing[n_missing++] = (int64_t)i;
        else if (v.kind == CELL_STR)
            text[n_text++] = (int64_t)i;
        else {
            if (n_other > 0 && order_class(v) != class)
                return false;
            class = order_class(v);
            other[n_other++] = (int64_t)i;
        }
    }
    order_rows(a, c, other, n_other, true);
    order_rows(a, c, text, n_text, true);
    memcpy(other + n_other, text, n_text * sizeof *other);
    memcpy(other + n_other + n_text, missing, n_missing * sizeof *other);
    *order = other;
    return true;
}

bool
label_order(struct arena *a, const struct column *c, int64_t **order)
{
    if (c->dtype == COLTYPE_OBJECT && (mixed_integer(c) || !label_sortable(c)))
        return order_mixed(a, c, order);
    *order = order_labels(a, c);
    return true;
}

const struct column *
label_sorted(struct arena *a, const struct column *c)
{
    int64_t *order;

    return label_order(a, c, &order) ? column_take(a, c, order, c->size) : c;
}
