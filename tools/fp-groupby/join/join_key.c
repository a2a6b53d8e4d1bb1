/* join_key.c: comparable key types, coalesced key columns, suffixes. */
#include "join/join.h"
#include "table/name_set.h"
#include "table/promote.h"

enum inferred {
    INFER_EMPTY,
    INFER_STRING,
    INFER_MIXED,
    INFER_INTEGER,
    INFER_MIXED_INTEGER,
    INFER_BOOLEAN,
    INFER_FLOATING,
};

/* lib.infer_dtype(skipna=False), as far as the merge keys need it. */
static enum inferred
infer(const struct column *c)
{
    size_t strings = 0;
    size_t integers = 0;
    size_t bools = 0;
    size_t floats = 0;

    if (coltype_integer(c->dtype) || c->dtype == COLTYPE_NULLABLE_INT)
        return INFER_INTEGER;
    if (c->dtype == COLTYPE_BOOL || c->dtype == COLTYPE_NULLABLE_BOOL)
        return INFER_BOOLEAN;
    if (coltype_class(c->dtype) == CLASS_FLOAT)
        return INFER_FLOATING;
    for (size_t i = 0; i < c->size; i++) {
        struct cell v = column_get(c, i);

        strings += v.kind == CELL_STR;
        integers += v.kind == CELL_INT || v.kind == CELL_UINT;
        bools += v.kind == CELL_BOOL;
        floats += v.kind == CELL_FLOAT;
    }
    if (c->size == 0)
        return INFER_EMPTY;
    if (strings == c->size)
        return INFER_STRING;
    if (integers == c->size)
        return INFER_INTEGER;
    if (bools == c->size)
        return INFER_BOOLEAN;
    if (floats == c->size)
        return INFER_FLOATING;
    return integers > 0 ? INFER_MIXED_INTEGER : INFER_MIXED;
}

static bool
bool_like(enum inferred t)
{
    return t == INFER_INTEGER || t == INFER_MIXED_INTEGER || t == INFER_BOOLEAN ||
           t == INFER_EMPTY;
}

static bool
string_like(enum inferred t)
{
    return t == INFER_STRING || t == INFER_MIXED || t == INFER_EMPTY;
}

static bool
refuse(const struct column *left, const struct column *right, struct error *err)
{
    struct cell name = left->name.kind == CELL_STR ? left->name : right->name;

    return raise_error(err, "ValueError",
                       "You are trying to merge on %s and %s columns for key '%.*s'. If "
                       "you wish to proceed you should use pd.concat",
                       coltype_name(left->dtype), coltype_name(right->dtype),
                       name.kind == CELL_STR ? (int)name.size : 0,
                       name.kind == CELL_STR ? name.s : "");
}

static bool
numeric(const struct column *c)
{
    return coltype_numeric(c->dtype) || coltype_nullable(c->dtype);
}

static const struct column *
as_object(struct arena *a, const struct column *c, const struct column *like)
{
    enum coltype t = like && like->categories ? like->categories->dtype : COLTYPE_OBJECT;

    if (c->dtype == t)
        return c;
    if (column_any_missing(c) && coltype_with_missing(t) != t)
        t = COLTYPE_OBJECT;
    return column_cast(a, c, t);
}

/* Categories are compared as what they are categories of. */
static bool
whole_with_missing(const struct column *categories, enum coltype t)
{
    return coltype_integer(t) && column_any_missing(categories);
}

bool
join_check_keys(struct arena *a, const struct column **left, const struct column **right,
                struct error *err)
{
    const struct column *l = *left;
    const struct column *r = *right;
    bool l_object = coltype_class(l->dtype) == CLASS_CELL;
    bool r_object = coltype_class(r->dtype) == CLASS_CELL;
    bool l_bool = infer(l) == INFER_BOOLEAN && !l_object;
    bool r_bool = infer(r) == INFER_BOOLEAN && !r_object;

    if ((l->size == 0) != (r->size == 0))
        return true;
    if (l->categories && r->categories
            ? promote_same_set(a, l, r)
            : !l->categories && !r->categories && l->dtype == r->dtype)
        return true;
    if (numeric(l) && numeric(r)) {
        if (l_bool == r_bool)
            return true;
    } else if ((l_object && r_bool) || (l_bool && r_object)) {
        /* compared as objects */
    } else if ((l_object && numeric(r)) || (numeric(l) && r_object)) {
        enum inferred il = infer(l);
        enum inferred ir = infer(r);

        if (!(bool_like(il) && bool_like(ir)) && string_like(il) != string_like(ir))
            return refuse(l, r, err);
    } else if (coltype_is_zoned(l->dtype) && coltype_is_zoned(r->dtype)) {
        return true; /* instants are equal whatever their zone */
    } else if (l->dtype != r->dtype && (coltype_class(l->dtype) == CLASS_TIME ||
                                        coltype_class(r->dtype) == CLASS_TIME))
        return refuse(l, r, err);
    if ((l->categories && whole_with_missing(l, l->categories->dtype)) ||
        (coltype_integer(l->dtype) && r->categories &&
         whole_with_missing(r, coltype_common(l->dtype, r->categories->dtype))))
        return raise_error(err, "ValueError", "Cannot convert float NaN to integer");
    *left = as_object(a, l, l->categories ? l : NULL);
    return true;
}

static bool
all_missing(const int64_t *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i] >= 0)
            return false;
    return true;
}

/* Whole floats that pass through a column of nullable integers lose the sign of zero. */
static bool
loses_sign(const struct column *left, const struct column *right,
           const struct join_rows *rows)
{
    if (left->dtype != COLTYPE_NULLABLE_INT || !coltype_floating(right->dtype))
        return false;
    for (size_t i = 0; i < rows->size; i++) {
        double x = rows->left[i] < 0 ? right->f[rows->right[i]] : 0;

        if (!isnan(x) && x != trunc(x))
            return false;
    }
    return true;
}

/* Whole categories beside missing values: as an array of NumPy they are floats. */
static const struct column *
as_numbers(struct arena *a, const struct column *c, const int64_t *rows, size_t n)
{
    bool missing = false;

    for (size_t i = 0; i < n && coltype_integer(c->categories->dtype); i++)
        missing |= rows[i] < 0 || column_missing(c, (size_t)rows[i]);
    return missing ? column_cast(a, c, COLTYPE_FLOAT64) : c;
}

const struct column *
join_key_column(struct arena *a, const struct column *left, const struct column *right,
                const struct join_rows *rows)
{
    bool holes = false;
    enum coltype t = coltype_common(left->dtype, right->dtype);

    for (size_t i = 0; i < rows->size; i++)
        holes |= rows->left[i] < 0;
    if (!holes)
        return column_take(a, left, rows->left, rows->size);
    if (all_missing(rows->left, rows->size))
        return column_take(a, right, rows->right, rows->size);
    if (all_missing(rows->right, rows->size) ||
        (coltype_is_zoned(left->dtype) && coltype_is_zoned(right->dtype)))
        t = left->dtype;
    if (left->categories && right->categories && !promote_same_set(a, left, right))
        t = COLTYPE_OBJECT;

    struct column *out = column_new(a, t, rows->size);

    out->categories = t == COLTYPE_CATEGORY ? left->categories : NULL;
    out->ordered = left->ordered;
    if (t == COLTYPE_OBJECT && right->categories)
        right = as_numbers(a, right, rows->right, rows->size);
    if (t == COLTYPE_CATEGORY) {
        if (right->categories)
            right = promote_cast(a, right, t, left);
        for (size_t i = 0; i < rows->size; i++)
            out->i[i] =
                rows->left[i] >= 0 ? left->i[rows->left[i]] : right->i[rows->right[i]];
        return out;
    }
    for (size_t i = 0; i < rows->size; i++)
        column_set(out, i,
                   rows->left[i] >= 0 ? column_get(left, (size_t)rows->left[i])
                                      : column_get(right, (size_t)rows->right[i]));
    if (out->dtype == COLTYPE_NULLABLE_FLOAT && loses_sign(left, right, rows))
        for (size_t i = 0; i < rows->size; i++)
            out->f[i] += 0.0;
    return out;
}

static bool
add_suffix(struct arena *a, struct frame *f, const bool *overlap, const char *suffix)
{
    for (size_t i = 0; i < f->n_columns; i++) {
        struct cell name = f->columns[i]->name;
        const char *base = name.kind == CELL_STR ? name.s : cell_repr(a, name);
        size_t size = name.kind == CELL_STR ? name.size : strlen(base);

        if (!overlap[i] || !suffix)
            continue;

        char *text = arena_alloc(a, size + strlen(suffix) + 1);

        memcpy(text, base, size);
        memcpy(text + size, suffix, strlen(suffix));
        f->columns[i] = column_named(a, f->columns[i], cell_str(text));
    }
    return true;
}

static bool
no_new_duplicates(struct arena *a, const struct frame *f, const bool *overlap,
                  struct error *err)
{
    struct name_set known;
    bool added;

    name_set_init(a, &known, f->n_columns);
    for (size_t i = 0; i < f->n_columns; i++) {
        struct cell name = f->columns[i]->name;
        struct name_entry *e = name_set_add(&known, name, &added);

        if (!added && (overlap[i] || e->marked))
            return raise_error(err, "MergeError",
                               "Passing 'suffixes' which cause duplicate columns "
                               "{'%.*s'} is not allowed.",
                               (int)name.size, name.s);
        e->marked |= overlap[i];
    }
    return true;
}

/* in[i]: y has a column of the name of x's column i.  True when that is so of some. */
static bool
find_names(struct arena *a, const struct frame *x, const struct frame *y, bool *in)
{
    struct name_set known;
    bool some = false, added;

    name_set_init(a, &known, y->n_columns);
    for (size_t i = 0; i < y->n_columns; i++)
        (void)name_set_add(&known, y->columns[i]->name, &added);
    for (size_t i = 0; i < x->n_columns; i++) {
        in[i] = name_set_find(&known, x->columns[i]->name);
        some |= in[i];
    }
    return some;
}

bool
join_suffix(struct arena *a, struct frame *left, struct frame *right,
            const char *const suffixes[2], struct error *err)
{
    bool *in_right = arena_alloc(a, left->n_columns + 1);
    bool *in_left = arena_alloc(a, right->n_columns + 1);

    if (!find_names(a, left, right, in_right))
        return true;
    (void)find_names(a, right, left, in_left);
    if ((!suffixes[0] || !*suffixes[0]) && (!suffixes[1] || !*suffixes[1])) {
        for (size_t i = 0; i < left->n_columns; i++)
            if (in_right[i])
                return raise_error(err, "ValueError",
                                   "columns overlap but no suffix specified: "
                                   "Index([%s], dtype='object')",
                                   cell_repr(a, left->columns[i]->name));
    }
    return add_suffix(a, left, in_right, suffixes[0]) &&
           add_suffix(a, right, in_left, suffixes[1]) &&
           no_new_duplicates(a, left, in_right, err) &&
           no_new_duplicates(a, right, in_left, err);
}
