/* promote.c: find_common_type, and CategoricalDtype's part in it. */
#include "table/promote.h"

#include "table/key_table.h"

/* What the values are when they are not categories. */
static enum coltype
value_type(const struct column *c)
{
    return c->categories ? c->categories->dtype : c->dtype;
}

static bool
same_in_order(const struct column *x, const struct column *y)
{
    if (x->size != y->size)
        return false;
    for (size_t i = 0; i < x->size; i++)
        if (!cell_equal(column_get(x, i), column_get(y, i)))
            return false;
    return true;
}

/* Categories are unique: as many of one kind that are all in y's are y's. */
bool
promote_same_set(struct arena *a, const struct column *x, const struct column *y)
{
    const struct column *these = x->categories;
    const struct column *those = y->categories;
    bool whole = coltype_integer(these->dtype) && coltype_integer(those->dtype);
    struct key_lookup known;

    if (these->size != those->size || (these->dtype != those->dtype && !whole))
        return false;
    key_lookup_init(a, &known, &those, 1);
    for (size_t i = 0; i < these->size; i++)
        if (key_lookup_cell(&known, column_get(these, i)) < 0)
            return false;
    return true;
}

bool
promote_same(struct arena *a, const struct column *x, const struct column *y)
{
    if (x->dtype != y->dtype || x->ordered != y->ordered)
        return false;
    if (!x->categories || !y->categories || x->categories == y->categories)
        return true;
    return same_in_order(x->categories, y->categories) ||
           (!x->ordered && x->categories->dtype == y->categories->dtype &&
            promote_same_set(a, x, y));
}

enum coltype
promote_type(struct arena *a, const struct column *const columns[], size_t n)
{
    enum coltype t = value_type(columns[0]);
    bool same = true;
    bool missing = false;

    for (size_t i = 0; i < n; i++) {
        same = same && promote_same(a, columns[0], columns[i]);
        t = coltype_common(t, value_type(columns[i]));
        missing |= columns[i]->categories && column_any_missing(columns[i]);
    }
    if (same)
        return columns[0]->dtype;
    return missing && coltype_integer(t) ? COLTYPE_FLOAT64 : t;
}

void
promote_codes(struct arena *a, const struct column *c, const struct column *categories,
              int64_t *out)
{
    const struct column *values = c->categories ? c->categories : c;
    int64_t *code = arena_alloc(a, (values->size + 1) * sizeof *code);
    struct key_lookup known;

    if (values == categories) {
        memcpy(out, c->i, c->size * sizeof *out);
        return;
    }
    key_lookup_init(a, &known, &categories, 1);
    for (size_t i = 0; i < values->size; i++)
        code[i] = column_missing(values, i)
                      ? -1
                      : key_lookup_cell(&known, column_get(values, i));
    for (size_t i = 0; i < c->size; i++)
        out[i] = !c->categories ? code[i] : c->i[i] < 0 ? -1 : code[c->i[i]];
}

const struct column *
promote_cast(struct arena *a, const struct column *c, enum coltype t,
             const struct column *like)
{
    struct column *out;

    if (t != COLTYPE_CATEGORY)
        return c->dtype == t ? c : column_cast(a, c, t);
    if (c->categories == like->categories)
        return c;
    out = column_like(a, like, c->size);
    out->name = c->name;
    promote_codes(a, c, like->categories, out->i);
    return out;
}
