/* join.c: from row pairs to the merged frame: names, key columns, promotion, checks. */
#include "join/join.h"

#include "rows/align.h"
#include "rows/label.h"
#include "table/key_table.h"
#include "table/order.h"

#include <assert.h>
#include <stdio.h>

const struct join_options join_defaults = {.suffixes = {"_x", "_y"}};

bool
join_how_parse(const char *name, enum join_how *out)
{
    static const char *const names[] = {"inner", "left", "right", "outer", "cross"};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum join_how)i;
            return true;
        }
    return false;
}

/* The keys of both sides, and whether each is one column of the result or two. */
struct keys {
    size_t n;
    const struct column **left;
    const struct column **right;
    const char **left_name; /* NULL: the index */
    const char **right_name;
};

static bool
common_names(struct arena *a, const struct frame *left, const struct frame *right,
             struct keys *k, struct error *err)
{
    for (size_t i = 0; i < left->n_columns; i++) {
        struct cell name = left->columns[i]->name;

        if (frame_find(right, name) < 0 || name.kind != CELL_STR)
            continue;
        k->left_name[k->n] = arena_strndup(a, name.s, name.size);
        k->right_name[k->n] = k->left_name[k->n];
        k->n++;
    }
    return k->n > 0 ||
           raise_error(err, "MergeError",
                       "No common columns to perform merge on. Merge options: "
                       "left_on=None, right_on=None, left_index=False, "
                       "right_index=False");
}

static bool
name_keys(struct arena *a, const struct frame *left, const struct frame *right,
          const struct join_options *o, struct keys *k, struct error *err)
{
    size_t room = left->n_columns + o->n_on + o->n_left_on + o->n_right_on + 2;
    size_t n_left = o->on ? o->n_on : o->left_index ? 1 : o->n_left_on;
    size_t n_right = o->on ? o->n_on : o->right_index ? 1 : o->n_right_on;

    k->left_name = arena_alloc(a, room * sizeof *k->left_name);
    k->right_name = arena_alloc(a, room * sizeof *k->right_name);
    if (n_left == 0 && n_right == 0)
        return common_names(a, left, right, k, err);
    if (n_left != n_right)
        return raise_error(err, n_left && n_right ? "ValueError" : "MergeError",
                           n_left && n_right ? "len(right_on) must equal len(left_on)"
                                             : "Must pass left_on and right_on or "
                                               "left_index and right_index");
    for (size_t i = 0; i < n_left; i++) {
        k->left_name[i] = o->on ? o->on[i] : o->left_index ? NULL : o->left_on[i];
        k->right_name[i] = o->on ? o->on[i] : o->right_index ? NULL : o->right_on[i];
    }
    k->n = n_left;
    return true;
}

size_t
join_name_at(const char *const names[], size_t n, struct cell name)
{
    size_t at = 0;

    while (at < n && !cell_same(name, cell_str(names[at])))
        at++;
    return at;
}

static bool
one_key(const struct frame *f, const char *name, const struct column **out,
        struct error *err)
{
    size_t found = 0;

    if (!name) {
        *out = f->index.levels[0];
        return f->index.n_levels == 1 ||
               error_set(err, ERR_UNSUPPORTED, "joining on an index of several levels");
    }
    for (size_t i = 0; i < f->n_columns; i++)
        found += cell_same(f->columns[i]->name, cell_str(name));
    if (found > 1)
        return raise_error(err, "ValueError", "The column label '%s' is not unique.",
                           name);
    return frame_want(f, name, out, err);
}

/*
 * Two indexes, unlike columns, join whatever they hold: as objects at the worst, times
 * of two zones in UTC.
 */
static bool
meet(struct arena *a, const struct column **left, const struct column **right,
     struct error *err)
{
    enum coltype t = label_type(a, *left, *right);
    bool categories = (*left)->categories || (*right)->categories;

    if (!order_check_zones(*left, *right, err))
        return false;
    if (t == COLTYPE_OBJECT || t == COLTYPE_UTC || categories)
        label_unify(a, left, right);
    return true;
}

static bool
find_keys(struct arena *a, const struct frame *left, const struct frame *right,
          struct keys *k, struct error *err)
{
    k->left = arena_alloc(a, (k->n + 1) * sizeof *k->left);
    k->right = arena_alloc(a, (k->n + 1) * sizeof *k->right);
    for (size_t i = 0; i < k->n; i++) {
        if (!one_key(right, k->right_name[i], &k->right[i], err) ||
            !one_key(left, k->left_name[i], &k->left[i], err))
            return false;
        if (!k->left_name[i] && !k->right_name[i] &&
            !meet(a, &k->left[i], &k->right[i], err))
            return false;
        if (!join_check_keys(a, &k->left[i], &k->right[i], err))
            return false;
    }
    return true;
}

static bool
unique_keys(struct arena *a, const struct column *const keys[], size_t n)
{
    struct key_lookup lookup;

    key_lookup_init(a, &lookup, keys, n);
    return lookup.unique;
}

static bool
not_unique(const char *side, const char *kind, struct error *err)
{
    return raise_error(err, "MergeError",
                       "Merge keys are not unique in %s dataset; not a %s merge", side,
                       kind);
}

static bool
validate(struct arena *a, const struct keys *k, const char *how, struct error *err)
{
    bool left = unique_keys(a, k->left, k->n);
    bool right = unique_keys(a, k->right, k->n);
    bool one_left = strcmp(how, "1:1") == 0 || strcmp(how, "one_to_one") == 0;
    bool one_many = strcmp(how, "1:m") == 0 || strcmp(how, "one_to_many") == 0;
    bool many_one = strcmp(how, "m:1") == 0 || strcmp(how, "many_to_one") == 0;
    bool many = strcmp(how, "m:m") == 0 || strcmp(how, "many_to_many") == 0;

    if (!one_left && !one_many && !many_one && !many)
        return raise_error(err, "ValueError", "\"%s\" is not a valid argument.", how);
    if (one_left && !left && !right)
        return not_unique("either left or right", "one-to-one", err);
    if (!left && (one_left || one_many))
        return not_unique("left", one_left ? "one-to-one" : "one-to-many", err);
    if (!right && (one_left || many_one))
        return not_unique("right", one_left ? "one-to-one" : "many-to-one", err);
    return true;
}

/* Every row of a cross join has one key. */
static bool
validate_cross(struct arena *a, const struct frame *left, const struct frame *right,
               const char *how, struct error *err)
{
    const struct column *sides[] = {column_new(a, COLTYPE_BOOL, left->n_rows),
                                    column_new(a, COLTYPE_BOOL, right->n_rows)};
    const struct keys one = {.n = 1, .left = &sides[0], .right = &sides[1]};

    return validate(a, &one, how, err);
}

static bool
same_name(const char *x, const char *y)
{
    return !x || !y || strcmp(x, y) == 0;
}

/* The columns of a side under fresh headers; on the right without the shared keys. */
static struct frame *
side_columns(struct arena *a, const struct frame *f, const struct keys *k, bool right)
{
    struct frame *out = frame_new(a, 0, f->n_columns);

    for (size_t i = 0; i < f->n_columns; i++) {
        bool drop = false;

        for (size_t n = 0; n < k->n && right; n++)
            drop |= k->left_name[n] && k->right_name[n] &&
                    strcmp(k->left_name[n], k->right_name[n]) == 0 &&
                    cell_same(f->columns[i]->name, cell_str(k->right_name[n]));
        if (!drop)
            frame_add(out, f->columns[i]);
    }
    return out;
}

static const struct column *
indicator_column(struct arena *a, const struct join_rows *rows, const char *name)
{
    struct column *labels = column_new(a, COLTYPE_OBJECT, 3);
    struct column *out = column_new(a, COLTYPE_CATEGORY, rows->size);

    labels->cells[0] = cell_str("left_only");
    labels->cells[1] = cell_str("right_only");
    labels->cells[2] = cell_str("both");
    out->name = cell_str(name);
    out->categories = labels;
    for (size_t i = 0; i < rows->size; i++)
        out->i[i] = rows->right[i] < 0 ? 0 : rows->left[i] < 0 ? 1 : 2;
    return out;
}

/* A key that is one column in both frames is filled from the right where left has no row.
 */
static const struct column *
left_column(struct arena *a, const struct column *c, const struct keys *k,
            const struct join_rows *rows)
{
    for (size_t i = 0; i < k->n; i++)
        if (k->left_name[i] && same_name(k->left_name[i], k->right_name[i]) &&
            cell_same(c->name, cell_str(k->left_name[i])))
            return column_named(a, join_key_column(a, k->left[i], k->right[i], rows),
                                c->name);
    return column_take(a, c, rows->left, rows->size);
}

/* With left_index and right_on, the right key column is filled from the left index. */
static const struct column *
right_column(struct arena *a, const struct column *c, const struct keys *k,
             const struct join_rows *rows)
{
    const struct join_rows mirror = {rows->size, rows->right, rows->left};

    for (size_t i = 0; i < k->n; i++)
        if (!k->left_name[i] && k->right_name[i] &&
            cell_same(c->name, cell_str(k->right_name[i])))
            return column_named(a, join_key_column(a, k->right[i], k->left[i], &mirror),
                                c->name);
    return column_take(a, c, rows->right, rows->size);
}

static struct index
joined_index(struct arena *a, const struct frame *left, const struct frame *right,
             const struct join_options *o, const struct keys *k,
             const struct join_rows *rows)
{
    if (o->left_index && o->right_index) {
        assert(k->n > 0 && k->left[0] && k->right[0]);

        const struct column *key = join_key_column(a, k->left[0], k->right[0], rows);
        enum coltype t = label_type(a, k->left[0], k->right[0]);
        struct cell name = cell_same(k->left[0]->name, k->right[0]->name)
                               ? k->left[0]->name
                               : cell_none();

        if (key->dtype != t && coltype_numeric(key->dtype) && coltype_floating(t))
            key = column_cast(a, key, t);

        return index_of(a, column_named(a, key, name));
    }
    if (o->right_index)
        return index_take(a, &left->index, rows->left, rows->size);
    if (o->left_index)
        return index_take(a, &right->index, rows->right, rows->size);
    return index_range(a, rows->size);
}

static bool
assemble(struct arena *a, const struct frame *left, const struct frame *right,
         const struct join_options *o, const struct keys *k, const struct join_rows *rows,
         struct frame **out, struct error *err)
{
    struct frame *l = side_columns(a, left, k, false);
    struct frame *r = side_columns(a, right, k, true);
    struct frame *names_l = side_columns(a, left, k, false);
    struct frame *names_r = side_columns(a, right, k, true);

    if (!join_suffix(a, names_l, names_r, o->suffixes, err))
        return false;
    *out = frame_new(a, 0, l->n_columns + r->n_columns + 1);
    (*out)->n_rows = rows->size;
    (*out)->index = joined_index(a, left, right, o, k, rows);
    for (size_t i = 0; i < l->n_columns; i++)
        frame_add(*out, column_named(a, left_column(a, l->columns[i], k, rows),
                                     names_l->columns[i]->name));
    for (size_t i = 0; i < r->n_columns; i++)
        frame_add(*out, column_named(a, right_column(a, r->columns[i], k, rows),
                                     names_r->columns[i]->name));
    if (o->indicator)
        frame_add(*out, indicator_column(a, rows, o->indicator));
    return true;
}

/* Labels that do not repeat are sorted as an index is: NaT, which came first, is last. */
static void
nat_last(struct arena *a, const struct keys *k, struct join_rows *rows)
{
    struct index left = index_of(a, k->left[0]);
    struct index right = index_of(a, k->right[0]);
    int64_t at[2];

    if (rows->size == 0 || !coltype_is_time(k->left[0]->dtype) ||
        !coltype_is_time(k->right[0]->dtype) || align_has_duplicates(a, &left) ||
        align_has_duplicates(a, &right))
        return;
    at[0] = rows->left[0];
    at[1] = rows->right[0];
    if ((at[0] < 0 || !column_missing(k->left[0], (size_t)at[0])) &&
        (at[1] < 0 || !column_missing(k->right[0], (size_t)at[1])))
        return;
    memmove(rows->left, rows->left + 1, (rows->size - 1) * sizeof *rows->left);
    memmove(rows->right, rows->right + 1, (rows->size - 1) * sizeof *rows->right);
    rows->left[rows->size - 1] = at[0];
    rows->right[rows->size - 1] = at[1];
}

static bool
check_options(const struct frame *left, const struct frame *right,
              const struct join_options *o, struct error *err)
{
    bool keyed =
        o->on || o->n_left_on || o->n_right_on || o->left_index || o->right_index;

    if (o->how == JOIN_CROSS && keyed)
        return raise_error(err, "MergeError",
                           "Can not pass on, right_on, left_on or set right_index=True "
                           "or left_index=True");
    if (o->indicator &&
        (frame_column(left, o->indicator) || frame_column(right, o->indicator)))
        return raise_error(err, "ValueError",
                           "Cannot use name of an existing column for indicator column");
    return true;
}

bool
join_frames(struct arena *a, const struct frame *left, const struct frame *right,
            const struct join_options *o, struct frame **out, struct error *err)
{
    struct keys k = {0};
    struct join_rows rows;

    if (!check_options(left, right, o, err))
        return false;
    if (o->how != JOIN_CROSS) {
        if (!name_keys(a, left, right, o, &k, err) ||
            !find_keys(a, left, right, &k, err) ||
            (o->validate && !validate(a, &k, o->validate, err)))
            return false;
    } else {
        struct index l = index_range(a, left->n_rows);
        struct index r = index_range(a, right->n_rows);

        if (o->validate && !validate_cross(a, left, right, o->validate, err))
            return false;
        if (!join_pair(a, l.levels, r.levels, 1, o->how, false, o->max_rows, &rows, err))
            return false;
        return assemble(a, left, right, o, &k, &rows, out, err);
    }
    bool labels = o->left_index && o->right_index;
    /* Indexes that have to be cast first are joined anew, and that does not sort. */
    bool same = !labels || k.left[0]->dtype == COLTYPE_UTC ||
                left->index.levels[0]->dtype == right->index.levels[0]->dtype;

    if (!join_pair(a, k.left, k.right, k.n, o->how, o->sort && same, o->max_rows, &rows,
                   err))
        return false;
    if (labels && (o->sort || o->how == JOIN_OUTER))
        nat_last(a, &k, &rows);
    return assemble(a, left, right, o, &k, &rows, out, err);
}
