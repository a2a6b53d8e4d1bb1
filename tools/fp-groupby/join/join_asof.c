/*
 * join_asof.c: merge_asof keeps the rows of the left side and gives each the nearest
 * right row of an equal group, found by bisection of the sorted keys.
 */
#include "join/join.h"

#include "table/key_table.h"
#include "table/promote.h"

struct asof {
    const struct column *left, *right; /* the keys */
    const struct column **by[2];
    const struct asof_options *o;
    struct cell tolerance; /* what differences are held against; missing: none */
    int64_t *codes;        /* of left rows, then of right rows */
    int64_t *offsets;
    int64_t *rows; /* right rows by code */
};

/* repr() of a dtype. */
static const char *
type_repr(const struct column *c)
{
#define COLTYPE(constant, name, class, octets) "dtype('" name "')",
    static const char *const numpy[] = {
#include "table/coltype.def"
    };
#undef COLTYPE

    switch ((int)c->dtype) {
    case COLTYPE_OBJECT: return "dtype('O')";
    case COLTYPE_TIME: return "dtype('<M8[ns]')";
    case COLTYPE_SPAN: return "dtype('<m8[ns]')";
    case COLTYPE_STRING: return "string[python]";
    case COLTYPE_NULLABLE_INT: return "Int64Dtype()";
    case COLTYPE_NULLABLE_FLOAT: return "Float64Dtype()";
    case COLTYPE_NULLABLE_BOOL: return "BooleanDtype()";
    default:
        return c->categories || coltype_is_zoned(c->dtype) ? coltype_name(c->dtype)
                                                           : numpy[c->dtype];
    }
}

/* Text and objects have no distance; other keys are of one type on both sides. */
static bool
check_types(struct arena *a, const struct asof *s, struct error *err)
{
    size_t n = s->o->n_by;

    if (coltype_class(s->left->dtype) == CLASS_CELL ||
        coltype_class(s->right->dtype) == CLASS_CELL)
        return raise_error(err, "MergeError",
                           "Incompatible merge dtype, %s and %s, both sides must have "
                           "numeric dtype",
                           type_repr(s->right), type_repr(s->left));
    for (size_t i = 0; i <= n; i++) {
        const struct column *x = i < n ? s->by[0][i] : s->left;
        const struct column *y = i < n ? s->by[1][i] : s->right;

        if (x->dtype != y->dtype)
            return raise_error(err, "MergeError",
                               "incompatible merge keys [%zu] %s and %s, must be the "
                               "same type",
                               i, type_repr(x), type_repr(y));
        if (!promote_same(a, x, y))
            return raise_error(err, "MergeError",
                               "incompatible merge keys [%zu] category and category, "
                               "both sides category, but not equal ones",
                               i);
    }
    return true;
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

static const char *
tolerance_repr(struct arena *a, struct cell tolerance)
{
    return tolerance.kind == CELL_SPAN ? "of a span of time" : cell_repr(a, tolerance);
}

/* A span for times, a whole number for integers, any number for floats. */
static bool
check_tolerance(struct arena *a, const struct asof *s, struct error *err)
{
    const struct cell *tolerance = s->o->tolerance;
    enum coltype_class class = coltype_class(s->left->dtype);
    bool fits = tolerance && cell_numeric(*tolerance) && tolerance->kind != CELL_BOOL &&
                (class == CLASS_FLOAT || tolerance->kind != CELL_FLOAT);

    if (!tolerance)
        return true;
    if (class == CLASS_CODE || class == CLASS_BOOL)
        return raise_error(err, "MergeError", "key must be integer, timestamp or float");
    if (class == CLASS_TIME ? tolerance->kind != CELL_SPAN : !fits)
        return raise_error(err, "MergeError",
                           "incompatible tolerance %s, must be compat with type %s",
                           tolerance_repr(a, *tolerance), type_repr(s->left));
    if (class == CLASS_TIME ? tolerance->i < 0 : cell_to_f64(*tolerance) < 0)
        return raise_error(err, "MergeError", "tolerance must be positive");
    return true;
}

/* The tolerance as a number of the keys' type. */
static bool
fit_tolerance(struct asof *s, struct error *err)
{
    const struct cell *tolerance = s->o->tolerance;
    enum coltype type = s->left->dtype;

    s->tolerance = cell_none();
    if (coltype_class(type) == CLASS_CODE)
        return raise_error(err, "TypeError", "No matching signature found");
    if (!tolerance)
        return true;
    if (coltype_class(type) == CLASS_FLOAT)
        s->tolerance = cell_float(column_round(type, cell_to_f64(*tolerance)));
    else if (coltype_class(type) == CLASS_TIME)
        s->tolerance = cell_int(tolerance->i);
    else if (coltype_class(type) == CLASS_UINT
                 ? coltype_wrap_u64(type, tolerance->u) == tolerance->u
                 : tolerance->kind == CELL_INT &&
                       coltype_wrap_i64(type, tolerance->i) == tolerance->i)
        s->tolerance = *tolerance;
    else
        return raise_error(err, "OverflowError", "value too large to convert to npy_%s",
                           coltype_name(type));
    return true;
}

/* later - earlier in the arithmetic of the keys' type: integers wrap around. */
static struct cell
distance(const struct asof *s, struct cell later, struct cell earlier)
{
    enum coltype type = s->left->dtype;

    if (coltype_class(type) == CLASS_FLOAT)
        return cell_float(column_round(type, later.f - earlier.f));
    if (coltype_class(type) == CLASS_UINT)
        return cell_uint(coltype_wrap_u64(type, later.u - earlier.u));
    return cell_int(coltype_wrap_i64(type, (int64_t)(later.u - earlier.u)));
}

/* Infinities that meet are NaN apart, which is not at most anything. */
static bool
at_most(struct cell x, struct cell y)
{
    return x.kind == CELL_FLOAT ? x.f <= y.f : cell_compare(x, y) <= 0;
}

static bool
too_far(const struct asof *s, struct cell apart)
{
    return !cell_missing(s->tolerance) && !cell_missing(apart) &&
           !at_most(apart, s->tolerance);
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

/* The right row that meets a left one, -1: none. */
static int64_t
match(const struct asof *s, size_t left)
{
    int64_t code = s->codes[left];
    bool exact = s->o->allow_exact_matches;
    int64_t before = bisect(s, left, code, exact) - 1;
    int64_t after = bisect(s, left, code, !exact);
    int64_t back = before >= s->offsets[code] ? s->rows[before] : -1;
    int64_t fore = after < s->offsets[code + 1] ? s->rows[after] : -1;
    struct cell key = column_get(s->left, left);
    struct cell since = cell_none();
    struct cell until = cell_none();

    if (back >= 0)
        since = distance(s, key, column_get(s->right, (size_t)back));
    if (fore >= 0)
        until = distance(s, column_get(s->right, (size_t)fore), key);
    if (back >= 0 && too_far(s, since))
        back = -1;
    if (fore >= 0 && too_far(s, until))
        fore = -1;
    if (s->o->direction == ASOF_BACKWARD)
        return back;
    if (s->o->direction == ASOF_FORWARD || back < 0)
        return fore;
    return fore < 0 || at_most(since, until) ? back : fore;
}

/* The columns by which rows are told apart, of both sides. */
static bool
want_by(struct arena *a, const struct frame *left, const struct frame *right,
        struct asof *s, struct error *err)
{
    for (int side = 0; side < 2; side++) {
        s->by[side] = arena_alloc(a, (s->o->n_by + 1) * sizeof *s->by[side]);
        for (size_t i = 0; i < s->o->n_by; i++)
            if (!frame_want(side ? right : left, s->o->by[i], &s->by[side][i], err))
                return false;
    }
    return true;
}

/* Codes of the by-columns over both sides, and the right rows of each code in order. */
static void
group_sides(struct arena *a, struct asof *s)
{
    size_t n_left = s->left->size;
    size_t n = n_left + s->right->size;
    struct key_codes *parts = arena_alloc(a, (s->o->n_by + 1) * sizeof *parts);
    struct key_codes all = {.n_rows = n, .n_keys = 1};

    all.codes = arena_alloc(a, (n + 1) * sizeof(int64_t));
    for (size_t i = 0; i < s->o->n_by; i++) {
        const struct column *x = s->by[0][i];
        const struct column *y = s->by[1][i];
        struct column *both = column_like(a, x, n);

        for (size_t row = 0; row < n && !x->categories; row++)
            column_set(both, row,
                       row < n_left ? column_get(x, row) : column_get(y, row - n_left));
        if (x->categories) {
            memcpy(both->i, x->i, n_left * sizeof *both->i);
            promote_codes(a, y, x->categories, both->i + n_left);
        }
        key_codes(a, both, KEY_ONE, &parts[i]);
    }
    if (s->o->n_by > 0)
        key_combine(a, parts, s->o->n_by, &all);
    s->codes = all.codes;
    s->offsets = arena_alloc(a, (all.n_keys + 2) * sizeof(int64_t));
    s->rows = arena_alloc(a, (s->right->size + 1) * sizeof(int64_t));

    int64_t *next = arena_alloc(a, (all.n_keys + 1) * sizeof *next);

    for (size_t i = n_left; i < n; i++)
        s->offsets[all.codes[i] + 1]++;
    for (size_t i = 0; i < all.n_keys; i++) {
        next[i] = s->offsets[i];
        s->offsets[i + 1] += s->offsets[i];
    }
    for (size_t i = n_left; i < n; i++)
        s->rows[next[all.codes[i]]++] = (int64_t)(i - n_left);
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
    if (!want_by(a, left, right, &s, err) || !check_types(a, &s, err) ||
        !check_tolerance(a, &s, err) || !check_sorted(s.left, "left", err) ||
        !check_sorted(s.right, "right", err) || !fit_tolerance(&s, err))
        return false;
    group_sides(a, &s);
    for (size_t i = 0; i < left->n_rows; i++)
        rows[i] = match(&s, i);
    for (size_t i = 0; i < left->n_columns; i++)
        frame_add(l, left->columns[i]);
    for (size_t i = 0; i < right->n_columns; i++) {
        struct cell name = right->columns[i]->name;

        if (!(same && cell_same(name, cell_str(o->right_on))) &&
            join_name_at(o->by, o->n_by, name) == o->n_by)
            frame_add(r, column_take(a, right->columns[i], rows, left->n_rows));
    }
    if (!join_suffix(a, l, r, o->suffixes, err))
        return false;
    for (size_t i = 0; i < r->n_columns; i++)
        frame_add(l, r->columns[i]);
    *out = l;
    return true;
}
