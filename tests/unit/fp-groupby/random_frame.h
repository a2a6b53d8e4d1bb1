/* random_frame.h: frames of every column type, for round trips through formats. */
#ifndef RANDOM_FRAME_H
#define RANDOM_FRAME_H

#include "table/frame.h"
#include "table/half.h"

static inline uint64_t
random_next(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    return hash_mix(*state);
}

static inline struct cell
random_text(struct arena *a, uint64_t *state)
{
    static const char *const some[] = {
        "",         "a", "b,c", "\"q\"", "line\nend",
        "\xc3\xa9", "1", "nan", "True",  "a longer text than 16"};

    (void)a;
    return cell_str(some[random_next(state) % 10]);
}

static inline double
random_real(uint64_t *state, enum coltype t)
{
    static const double some[] = {0.0, -0.0, 1.5, -2.25, 0.1, 1e300, 65504, 6e-8, 3e5};
    uint64_t x = random_next(state);
    double value = x % 4 ? (double)(int64_t)x / 1e15 : some[x / 4 % 9];

    if (x % 31 == 0)
        return x & 32 ? (double)INFINITY : -(double)INFINITY;
    if (t == COLTYPE_FLOAT16)
        return half_to_f64(half_from_f64(value));
    return t == COLTYPE_FLOAT32 ? (double)(float)value : value;
}

static inline struct cell
random_value(struct arena *a, enum coltype t, uint64_t *state)
{
    uint64_t x = random_next(state);

    switch (coltype_class(t)) {
    case CLASS_BOOL: return cell_bool(x & 1);
    case CLASS_INT:
        return cell_int(
            coltype_wrap_i64(t, x % 3 ? (int64_t)(x % 100) - 50 : (int64_t)x));
    case CLASS_UINT: return cell_uint(coltype_wrap_u64(t, x));
    case CLASS_FLOAT: return cell_float(random_real(state, t));
    case CLASS_CODE:
    case CLASS_CELL: return random_text(a, state);
    case CLASS_TIME: break;
    }
    return (struct cell){.i = (int64_t)(x >> 4),
                         .kind = t == COLTYPE_TIME ? CELL_TIME : CELL_SPAN};
}

/* A column of the type; every fifth value missing where the type has missing ones. */
static inline struct column *
random_column(struct arena *a, enum coltype t, size_t n, bool holes, uint64_t *state)
{
    struct column *c = column_new(a, t, n);
    char name[32];

    (void)snprintf(name, sizeof name, "c \xc3\xa9 %d", (int)t);
    c->name = cell_str_n(arena_strndup(a, name, strlen(name)), strlen(name));
    if (t == COLTYPE_CATEGORY) {
        struct column *categories = column_new(a, COLTYPE_OBJECT, 3);

        categories->cells[0] = cell_str("z");
        categories->cells[1] = cell_str("");
        categories->cells[2] = cell_str("a category");
        c->categories = categories;
        c->ordered = random_next(state) & 1;
    }
    for (size_t i = 0; i < n; i++) {
        enum coltype_class class = coltype_class(t);
        bool missing =
            holes && random_next(state) % 5 == 0 &&
            (c->na || (class != CLASS_BOOL && class != CLASS_INT && class != CLASS_UINT));

        if (t == COLTYPE_CATEGORY)
            c->i[i] = missing ? -1 : (int64_t)(random_next(state) % 3);
        else if (missing)
            column_set(
                c, i,
                t == COLTYPE_OBJECT || t == COLTYPE_STRING
                    ? (struct cell){.kind = t == COLTYPE_STRING ? CELL_NA : CELL_NONE}
                    : cell_nan());
        else
            column_set(c, i, random_value(a, t, state));
    }
    return c;
}

static inline bool
same_columns(const struct column *x, const struct column *y)
{
    if (x->dtype != y->dtype || x->size != y->size || !cell_same(x->name, y->name) ||
        x->ordered != y->ordered)
        return false;
    for (size_t i = 0; i < x->size; i++) {
        struct cell p = column_get(x, i), q = column_get(y, i);

        if (p.kind != q.kind || !cell_same(p, q) ||
            (p.kind == CELL_FLOAT && signbit(p.f) != signbit(q.f) && !isnan(p.f)))
            return false;
    }
    return !x->categories || same_columns(x->categories, y->categories);
}

#endif
