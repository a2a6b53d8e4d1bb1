/* order.c: a bottom-up merge sort over positions, and comparisons of columns. */
#include "table/order.h"

int64_t *
order_identity(struct arena *a, size_t n)
{
    int64_t *positions = arena_alloc(a, (n + 1) * sizeof *positions);

    for (size_t i = 0; i < n; i++)
        positions[i] = (int64_t)i;
    return positions;
}

static void
merge(int64_t *out, const int64_t *x, size_t nx, const int64_t *y, size_t ny,
      int (*compare)(const void *, int64_t, int64_t), const void *context)
{
    while (nx > 0 && ny > 0)
        if (compare(context, *x, *y) <= 0) {
            *out++ = *x++;
            nx--;
        } else {
            *out++ = *y++;
            ny--;
        }
    memcpy(out, x, nx * sizeof *x);
    memcpy(out + nx, y, ny * sizeof *y);
}

void
order_sort(struct arena *a, int64_t *positions, size_t n,
           int (*compare)(const void *, int64_t, int64_t), const void *context)
{
    if (n < 2)
        return;

    int64_t *from = positions;
    int64_t *to = arena_alloc(a, n * sizeof *to);

    for (size_t width = 1; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            size_t nx = at + width < n ? width : n - at;
            size_t ny = at + 2 * width < n ? width : n - at - nx;

            merge(to + at, from + at, nx, from + at + nx, ny, compare, context);
        }

        int64_t *swap = from;

        from = to;
        to = swap;
    }
    if (from != positions)
        memcpy(positions, from, n * sizeof *positions);
}

struct by {
    const struct column *const *columns;
    size_t n_columns;
    const bool *ascending;
};

static int
compare_rows(const void *context, int64_t x, int64_t y)
{
    const struct by *by = context;

    for (size_t i = 0; i < by->n_columns; i++) {
        struct cell vx = column_get(by->columns[i], (size_t)x);
        struct cell vy = column_get(by->columns[i], (size_t)y);
        int order = cell_compare(vx, vy);

        if (by->columns[i]->categories && !cell_missing(vx) && !cell_missing(vy)) {
            int64_t cx = by->columns[i]->i[x];
            int64_t cy = by->columns[i]->i[y];

            order = cx < cy ? -1 : cx > cy;
        }
        if (order == 0)
            continue;
        if (by->ascending && !by->ascending[i] && !cell_missing(vx) && !cell_missing(vy))
            order = -order;
        return order;
    }
    return 0;
}

int64_t *
order_by(struct arena *a, const struct column *const columns[], size_t n_columns,
         const bool ascending[])
{
    size_t n = n_columns > 0 ? columns[0]->size : 0;
    int64_t *positions = order_identity(a, n);
    struct by by = {columns, n_columns, ascending};

    order_sort(a, positions, n, compare_rows, &by);
    return positions;
}

void
order_rows(struct arena *a, const struct column *c, int64_t *rows, size_t n,
           bool ascending)
{
    struct by by = {&c, 1, &ascending};

    order_sort(a, rows, n, compare_rows, &by);
}

enum { SAW_NAIVE = 1, SAW_ZONED = 2 };

/* Of the values that are there. */
static unsigned
zones_of(const struct column *c)
{
    unsigned seen = 0;

    if (c->categories)
        return zones_of(c->categories);
    if (coltype_class(c->dtype) != CLASS_CELL && !coltype_is_time(c->dtype))
        return 0;
    for (size_t i = 0; i < c->size; i++) {
        struct cell v = column_get(c, i);

        if (v.kind == CELL_TIME)
            seen |= v.zone ? SAW_ZONED : SAW_NAIVE;
    }
    return seen;
}

bool
order_check_zones(const struct column *x, const struct column *y, struct error *err)
{
    bool part = y && coltype_is_time(x->dtype) && coltype_is_time(y->dtype) &&
                coltype_is_zoned(x->dtype) != coltype_is_zoned(y->dtype);
    unsigned seen = zones_of(x) | (y ? zones_of(y) : 0);

    return (!part && seen != (SAW_NAIVE | SAW_ZONED)) ||
           raise_error(err, "TypeError",
                       "Cannot compare tz-naive and tz-aware timestamps");
}

enum order_class
order_class(struct cell v)
{
    if (cell_numeric(v))
        return ORDER_NUMBER;
    return v.kind == CELL_STR    ? ORDER_TEXT
           : v.kind == CELL_TIME ? (v.zone != 0 ? ORDER_ZONED : ORDER_TIME)
           : v.kind == CELL_SPAN ? ORDER_SPAN
                                 : ORDER_NONE;
}

/* Numbers, times and spans among objects: Python compares each with its like only. */
static bool
check_objects(const struct column *c, struct error *err)
{
    struct cell first = cell_none();

    for (size_t i = 0; c->dtype == COLTYPE_OBJECT && i < c->size; i++) {
        struct cell v = c->cells[i];

        if (cell_missing(v) || v.kind == CELL_STR)
            continue;
        if (cell_missing(first))
            first = v;
        if (order_class(v) != order_class(first))
            return raise_unordered(err, "<", v, first);
    }
    return true;
}

bool
order_check(const struct column *const columns[], size_t n, struct error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!order_check_zones(columns[i], NULL, err) || !check_objects(columns[i], err))
            return false;
    return true;
}

/* Booleans and integers together pandas sorts in parts, the missing one by itself. */
static bool
numbers_beside_nan(const struct column *c)
{
    bool missing = false;
    bool truth = false;
    bool whole = false;

    for (size_t i = 0; i < c->size; i++) {
        struct cell v = column_get(c, i);

        if (!cell_missing(v) && !cell_numeric(v))
            return false;
        missing |= cell_missing(v);
        truth |= v.kind == CELL_BOOL;
        whole |= v.kind == CELL_INT || v.kind == CELL_UINT;
    }
    return missing && !(truth && whole) && c->dtype == COLTYPE_OBJECT;
}

int64_t *
order_labels(struct arena *a, const struct column *labels)
{
    int64_t *positions;

    if (!numbers_beside_nan(labels))
        return order_by(a, &labels, 1, NULL);
    positions = order_identity(a, labels->size);
    for (size_t i = 1; i < labels->size; i++) {
        struct cell v = column_get(labels, (size_t)positions[i]);
        int64_t moved = positions[i];
        size_t at = i;

        for (; at > 0 && !cell_missing(v); at--) {
            struct cell before = column_get(labels, (size_t)positions[at - 1]);

            if (cell_missing(before) || cell_compare(v, before) >= 0)
                break;
            positions[at] = positions[at - 1];
        }
        positions[at] = moved;
    }
    return positions;
}
