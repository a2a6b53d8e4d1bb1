/*
 * join_asof.c: merge_asof and merge_ordered.
 *
 * An asof join keeps the rows of the left side and gives each the nearest right row
 * of an equal group, found by bisection of the sorted keys.
 */
#include "join/join.h"

#include "table/key_table.h"

static bool
bad_type(const struct column *left, const struct column *right, struct error *err)
{
    if (coltype_class(left->dtype) == CLASS_CELL &&
        coltype_class(right->dtype) == CLASS_CELL)
        return raise_error(err, "MergeError",
                           "Incompatible merge dtype, dtype('O') and dtype('O'), both "
                           "sides must have numeric dtype");
    return raise_error(err, "MergeError",
                       "incompatible merge keys [0] dtype('%s') and dtype('%s'), must be "
                       "the same type",
                       coltype_name(left->dtype), coltype_name(right->dtype));
}

static bool
check_sorted(const struct column *c, const char *side, struct error *err)
{
    for (size_t i = 0; i < c->size; i++)
        if (column_missing(c, i))
            return raise_error(err, "ValueError",
                               "Merge keys contain null values on %s side", side);
    for (size_t i = 1; i < c->size; i++)
        if (cell_compare(column_get(c, i - 1), column_get(c, i)) > 0)
            return raise_error(err, "ValueError", "%s keys must be sorted", side);
    return true;
}

static bool
check_tolerance(const struct column *key, const struct cell *tolerance, struct error *err)
{
    if (!tolerance)
        return true;
    if (coltype_class(key->dtype) != CLASS_FLOAT && tolerance->kind == CELL_FLOAT)
        return raise_error(err, "MergeError",
                           "incompatible tolerance, must be compat with type dtype('%s')",
                           coltype_name(key->dtype));
    if (cell_to_f64(*tolerance) < 0)
        return raise_error(err, "MergeError", "tolerance must be positive");
    return true;
}

struct asof {
    const struct column *left, *right;
    const struct asof_options *o;
    int64_t *codes; /* of left rows, then of right rows */
    int64_t *offsets;
    int64_t *rows; /* right rows by code */
};

static double
distance(const struct asof *s, size_t left, int64_t right)
{
    struct cell x = column_get(s->left, left);
    struct cell y = column_get(s->right, (size_t)right);

    if (coltype_class(s->left->dtype) == CLASS_FLOAT)
        return fabs(x.f - y.f);
    return fabs((double)(x.i - y.i));
}

/* How many right rows of the group lie before the key (or at it, with `through`). */
static int64_t
bisect(const struct asof *s, size_t left, int64_t code, bool through)
{
    struct cell key = column_get(s->left, left);
    int64_t low = s->offsets[code];
    int64_t high = s->offsets[code + 1];

    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        int order = cell_compare(column_get(s->right, (size_t)s->rows[middle]), key);

        if (order < 0 || (through && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int64_t
match(const struct asof *s, size_t left)
{
    int64_t code = s->codes[left];
    bool exact = s->o->allow_exact_matches;
    int64_t before = bisect(s, left, code, exact) - 1;
    int64_t after = bisect(s, left, code, !exact);
    int64_t back = before >= s->offsets[code] ? s->rows[before] : -1;
    int64_t fore = after < s->offsets[code + 1] ? s->rows[after] : -1;
    const struct cell *tolerance = s->o->tolerance;

    if (tolerance && back >= 0 && distance(s, left, back) > cell_to_f64(*tolerance))
        back = -1;
    if (tolerance && fore >= 0 && distance(s, left, fore) > cell_to_f64(*tolerance))
        fore = -1;
    if (s->o->direction == ASOF_BACKWARD)
        return back;
    if (s->o->direction == ASOF_FORWARD || back < 0)
        return fore;
    if (fore < 0)
        return back;
    return distance(s, left, back) <= distance(s, left, fore) ? back : fore;
}

/* Codes of the by-columns over both sides, and the right rows of each code in order. */
static bool
group_sides(struct arena *a, const struct frame *left, const struct frame *right,
            struct asof *s, struct error *err)
{
    size_t n = left->n_rows + right->n_rows;
    struct key_codes *parts = arena_alloc(a, (s->o->n_by + 1) * sizeof *parts);
    struct key_codes all = {.n_rows = n, .n_keys = 1};

    all.codes = arena_alloc(a, (n + 1) * sizeof(int64_t));
    for (size_t i = 0; i < s->o->n_by; i++) {
        const struct column *x;
        const struct column *y;

        if (!frame_want(left, s->o->by[i], &x, err) ||
            !frame_want(right, s->o->by[i], &y, err))
            return false;
        if (x->dtype != y->dtype)
            return bad_type(x, y, err);

        struct column *both = column_like(a, x, n);

        for (size_t row = 0; row < n; row++)
            column_set(both, row,
                       row < x->size ? column_get(x, row) : column_get(y, row - x->size));
        key_codes(a, both, KEY_ONE, &parts[i]);
    }
    if (s->o->n_by > 0)
        key_combine(a, parts, s->o->n_by, &all);
    s->codes = all.codes;
    s->offsets = arena_alloc(a, (all.n_keys + 2) * sizeof(int64_t));
    s->rows = arena_alloc(a, (right->n_rows + 1) * sizeof(int64_t));

    int64_t *next = arena_alloc(a, (all.n_keys + 1) * sizeof *next);

    for (size_t i = left->n_rows; i < n; i++)
        s->offsets[all.codes[i] + 1]++;
    for (size_t i = 0; i < all.n_keys; i++) {
        next[i] = s->offsets[i];
        s->offsets[i + 1] += s->offsets[i];
    }
    for (size_t i = left->n_rows; i < n; i++)
        s->rows[next[all.codes[i]]++] = (int64_t)(i - left->n_rows);
    return true;
}

static bool
named_in(const char *const names[], size_t n, struct cell name)
{
    for (size_t i = 0; i < n; i++)
        if (cell_same(name, cell_str(names[i])))
            return true;
    return false;
}

bool
join_asof(struct arena *a, const struct frame *left, const struct frame *right,
          const struct asof_options *o, struct frame **out, struct error *err)
{
    struct asof s = {.o = o};
    bool same = strcmp(o->left_on, o->right_on) == 0;
    int64_t *rows = arena_alloc(a, (left->n_rows + 1) * sizeof *rows);
    struct frame *l = frame_new(a, left->n_rows, left->n_columns + right->n_columns);
    struct frame *r = frame_new(a, left->n_rows, right->n_columns);

    if (!frame_want(left, o->left_on, &s.left, err) ||
        !frame_want(right, o->right_on, &s.right, err))
        return false;
    if (s.left->dtype != s.right->dtype || coltype_class(s.left->dtype) == CLASS_CELL ||
        s.left->dtype == COLTYPE_BOOL)
        return bad_type(s.left, s.right, err);
    if (!check_tolerance(s.left, o->tolerance, err) ||
        !check_sorted(s.left, "left", err) || !check_sorted(s.right, "right", err) ||
        !group_sides(a, left, right, &s, err))
        return false;
    for (size_t i = 0; i < left->n_rows; i++)
        rows[i] = match(&s, i);
    for (size_t i = 0; i < left->n_columns; i++)
        frame_add(l, left->columns[i]);
    for (size_t i = 0; i < right->n_columns; i++) {
        struct cell name = right->columns[i]->name;

        if (!(same && cell_same(name, cell_str(o->right_on))) &&
            !named_in(o->by, o->n_by, name))
            frame_add(r, column_take(a, right->columns[i], rows, left->n_rows));
    }
    if (!join_suffix(a, l, r, o->suffixes, err))
        return false;
    for (size_t i = 0; i < r->n_columns; i++)
        frame_add(l, r->columns[i]);
    *out = l;
    return true;
}

static void
fill_forward(int64_t *rows, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (rows[i] < 0)
            rows[i] = rows[i - 1];
}

static int64_t *
copied(struct arena *a, const int64_t *rows, size_t n)
{
    int64_t *copy = arena_alloc(a, (n + 1) * sizeof *copy);

    memcpy(copy, rows, n * sizeof *copy);
    return copy;
}

bool
join_ordered(struct arena *a, const struct frame *left, const struct frame *right,
             const struct join_options *o, bool ffill, struct frame **out,
             struct error *err)
{
    const struct column **keys[2];
    struct frame *sides[2];
    struct join_rows rows;
    struct join_rows filled;

    for (int s = 0; s < 2; s++) {
        keys[s] = arena_alloc(a, (o->n_on + 1) * sizeof(struct column *));
        sides[s] = frame_new(a, 0, left->n_columns + right->n_columns);
        for (size_t i = 0; i < o->n_on; i++)
            if (!frame_want(s ? right : left, o->on[i], &keys[s][i], err))
                return false;
    }
    for (size_t i = 0; i < o->n_on; i++)
        if (!join_check_keys(a, &keys[0][i], &keys[1][i], err))
            return false;
    if (!join_pair(a, keys[0], keys[1], o->n_on, o->how, true, o->max_rows, &rows, err))
        return false;
    filled = (struct join_rows){rows.size, copied(a, rows.left, rows.size),
                                copied(a, rows.right, rows.size)};
    if (ffill) {
        fill_forward(filled.left, rows.size);
        fill_forward(filled.right, rows.size);
    }
    for (int s = 0; s < 2; s++) {
        const struct frame *f = s ? right : left;

        for (size_t i = 0; i < f->n_columns; i++) {
            bool key = named_in(o->on, o->n_on, f->columns[i]->name);

            if (!key)
                frame_add(sides[s],
                          column_take(a, f->columns[i], s ? filled.right : filled.left,
                                      rows.size));
            else if (s == 0)
                for (size_t k = 0; k < o->n_on; k++)
                    if (cell_same(f->columns[i]->name, cell_str(o->on[k])))
                        frame_add(sides[s],
                                  column_named(
                                      a,
                                      join_key_column(a, keys[0][k], keys[1][k], &rows),
                                      f->columns[i]->name));
        }
    }
    if (!join_suffix(a, sides[0], sides[1], o->suffixes, err))
        return false;
    for (size_t i = 0; i < sides[1]->n_columns; i++)
        frame_add(sides[0], sides[1]->columns[i]);
    sides[0]->n_rows = rows.size;
    sides[0]->index = index_range(a, rows.size);
    *out = sides[0];
    return true;
}
