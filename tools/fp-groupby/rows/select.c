/* select.c: choosing rows. */
#include "rows/select.h"

#include "rows/dedup.h"
#include "table/key_table.h"
#include "table/order.h"
#include "table/time.h"

static bool
mask_values(struct arena *a, const struct column *c, bool *keep, struct error *err)
{
    for (size_t i = 0; i < c->size; i++) {
        struct cell v = column_get(c, i);

        if (c->dtype == COLTYPE_OBJECT && cell_missing(v))
            return raise_error(err, "ValueError",
                               "Cannot mask with non-boolean array containing NA / NaN "
                               "values");
        if (v.kind != CELL_BOOL && v.kind != CELL_NA)
            return raise_error(err, "KeyError", "%s", cell_repr(a, v));
        keep[i] = v.kind == CELL_BOOL && v.i != 0;
    }
    return true;
}

static bool
unalignable(struct error *err)
{
    return raise_error(err, "IndexingError",
                       "Unalignable boolean Series provided as indexer (index of the "
                       "boolean Series and of the indexed object do not match).");
}

/*
 * The mask in the order of the frame's labels.  A label that repeats in the mask brings
 * all its values each time, as get_indexer_for does, so that the mask may grow.
 */
static bool
align_mask(struct arena *a, const struct frame *f, const struct frame *mask,
           const struct column **out, struct error *err)
{
    struct key_lookup labels;
    size_t room = mask->n_rows + f->n_rows + 1;
    size_t used = 0;
    int64_t *rows = arena_alloc(a, room * sizeof *rows);

    if (mask->index.n_levels != f->index.n_levels)
        return unalignable(err);
    key_lookup_init(a, &labels, mask->index.levels, mask->index.n_levels);
    for (size_t i = 0; i < f->n_rows; i++) {
        int64_t row = key_lookup_find(&labels, f->index.levels, i);

        if (row < 0)
            return unalignable(err);
        for (; row >= 0; row = labels.next[row]) {
            if (used == room) {
                int64_t *more = arena_alloc(a, 2 * room * sizeof *more);

                memcpy(more, rows, used * sizeof *more);
                rows = more;
                room *= 2;
            }
            rows[used++] = row;
        }
    }
    *out = column_take(a, mask->columns[0], rows, used);
    return true;
}

static bool
all_true(const bool *keep, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!keep[i])
            return false;
    return true;
}

bool
select_mask(struct arena *a, const struct frame *f, const struct frame *mask,
            struct frame **out, struct error *err)
{
    const struct column *c = mask->columns[0];
    bool *keep;
    int64_t *rows;
    size_t n = 0;

    if (!index_equal(&f->index, &mask->index) && !align_mask(a, f, mask, &c, err))
        return false;
    keep = arena_alloc(a, c->size + 1);
    rows = arena_alloc(a, (c->size + 1) * sizeof *rows);
    if (!mask_values(a, c, keep, err))
        return false;
    if (all_true(keep, c->size)) {
        *out = frame_take(a, f, order_identity(a, f->n_rows), f->n_rows);
        return true;
    }
    for (size_t i = 0; i < c->size; i++) {
        if (keep[i] && i >= f->n_rows)
            return raise_error(err, "IndexError", "indices are out-of-bounds");
        if (keep[i])
            rows[n++] = (int64_t)i;
    }
    *out = frame_take(a, f, rows, n);
    return true;
}

bool
select_labels(struct arena *a, const struct frame *f, const struct cell *labels, size_t n,
              struct frame **out, struct error *err)
{
    struct key_lookup own;
    size_t room = 16;
    size_t used = 0;
    int64_t *rows = arena_alloc(a, room * sizeof *rows);

    if (f->index.n_levels != 1)
        return error_set(err, ERR_UNSUPPORTED, "labels of an index of several levels");
    key_lookup_init(a, &own, f->index.levels, 1);
    for (size_t i = 0; i < n; i++) {
        int64_t row = key_lookup_cell(&own, labels[i]);

        if (row < 0)
            return raise_error(err, "KeyError", "\"[%s] not in index\"",
                               cell_repr(a, labels[i]));
        for (; row >= 0; row = own.next[row]) {
            if (used == room) {
                int64_t *more = arena_alloc(a, 2 * room * sizeof *more);

                memcpy(more, rows, used * sizeof *more);
                rows = more;
                room *= 2;
            }
            rows[used++] = row;
        }
    }
    *out = frame_take(a, f, rows, used);
    if (own.unique) {
        /* a unique index takes the type of the labels asked for */
        struct column *asked = column_like(a, f->index.levels[0], n);

        for (size_t i = 0; i < n; i++)
            column_set(asked, i, labels[i]);
        (*out)->index = index_of(a, asked);
    }
    return true;
}

bool
select_positions(struct arena *a, const struct frame *f, const int64_t *positions,
                 size_t n, struct frame **out, struct error *err)
{
    int64_t *rows = arena_alloc(a, (n + 1) * sizeof *rows);
    int64_t size = (int64_t)f->n_rows;

    for (size_t i = 0; i < n; i++) {
        rows[i] = positions[i] < 0 ? positions[i] + size : positions[i];
        if (rows[i] < 0 || rows[i] >= size)
            return raise_error(err, "IndexError",
                               "positional indexers are out-of-bounds");
    }
    *out = frame_take(a, f, rows, n);
    return true;
}

static bool
holds(enum coltype t, struct cell v)
{
    switch (coltype_class(t)) {
    case CLASS_BOOL: return v.kind == CELL_BOOL;
    case CLASS_INT:
        if (v.kind == CELL_FLOAT)
            return v.f == trunc(v.f) && v.f >= -0x1p63 && v.f < 0x1p63 &&
                   coltype_wrap_i64(t, (int64_t)v.f) == (int64_t)v.f;
        return v.kind == CELL_INT && coltype_wrap_i64(t, v.i) == v.i;
    case CLASS_UINT:
        return (v.kind == CELL_UINT || (v.kind == CELL_INT && v.i >= 0)) &&
               v.u <= coltype_max(t);
    case CLASS_FLOAT: return cell_numeric(v) && v.kind != CELL_BOOL;
    case CLASS_CELL: return true;
    case CLASS_TIME:
        if (t == COLTYPE_SPAN)
            return v.kind == CELL_SPAN;
        return v.kind == CELL_TIME && (v.zone != 0) == coltype_is_zoned(t);
    case CLASS_CODE: break;
    }
    return false;
}

static enum coltype
type_for(enum coltype t, struct cell other)
{
    if (cell_missing(other))
        return coltype_with_missing(t);
    if (holds(t, other))
        return t;
    if (coltype_integer(t) && other.kind == CELL_FLOAT)
        return COLTYPE_FLOAT64;
    if (coltype_integer(t) && other.kind == CELL_INT) {
        static const enum coltype signed_types[] = {COLTYPE_INT8, COLTYPE_INT16,
                                                    COLTYPE_INT32, COLTYPE_INT64};

        for (size_t i = 0; i < COUNT_OF(signed_types); i++)
            if (coltype_common(t, signed_types[i]) == signed_types[i] &&
                holds(signed_types[i], other))
                return signed_types[i];
    }
    return COLTYPE_OBJECT;
}

const struct column *
select_where(struct arena *a, const struct column *c, const bool *keep,
             const struct cell *other)
{
    struct cell value = other ? *other : cell_nan();
    bool all = true;
    bool none = true;
    struct column *out;

    for (size_t i = 0; i < c->size; i++) {
        all &= keep[i];
        none &= !keep[i];
    }
    if (all)
        return c;
    out = column_new(a,
                     none && c->dtype == COLTYPE_BOOL && value.kind == CELL_INT
                         ? COLTYPE_INT64
                         : type_for(c->dtype, value),
                     c->size);
    out->name = c->name;
    out->categories = c->categories;
    out->ordered = c->ordered;
    for (size_t i = 0; i < c->size; i++)
        column_set(out, i, keep[i] ? column_get(c, i) : value);
    return out;
}

static bool
is_chosen(const struct groups *g, size_t group, int64_t place, enum select_group how,
          const int64_t *places, size_t n_places)
{
    int64_t size = (int64_t)group_size(g, group);

    if (how == SELECT_HEAD)
        return place < (places[0] >= 0 ? places[0] : size + places[0]);
    if (how == SELECT_TAIL)
        return place >= (places[0] >= 0 ? size - places[0] : -places[0]);
    for (size_t i = 0; i < n_places; i++)
        if (place == (places[i] >= 0 ? places[i] : size + places[i]))
            return true;
    return false;
}

struct frame *
select_in_groups(struct arena *a, const struct frame *f, const struct groups *g,
                 enum select_group how, const int64_t *places, size_t n_places)
{
    bool *keep = arena_alloc(a, f->n_rows + 1);

    for (size_t k = 0; k < g->n_groups; k++)
        for (int64_t i = g->offsets[k]; i < g->offsets[k + 1]; i++)
            keep[g->rows[i]] = is_chosen(g, k, i - g->offsets[k], how, places, n_places);
    return frame_filter(a, f, keep);
}

/* pandas makes a Timestamp of the name of a group of dates; one letter is none. */
static bool
read_date(struct cell *name, struct error *err)
{
    enum coltype type;
    int64_t ns;

    if (name->kind != CELL_STR || name->size == 0)
        return true;
    if (time_parse(name->s, name->size, &ns, &type)) {
        *name = cell_time(ns, type);
        return true;
    }
    if (name->size == 1 && strchr("aAmMDd0123456789", name->s[0]))
        return raise_error(err, "ValueError",
                           "Given date string \"%.*s\" not likely a datetime",
                           (int)name->size, name->s);
    return raise_error(err, "DateParseError",
                       "Unknown datetime string format, unable to parse: %.*s",
                       (int)name->size, name->s);
}

bool
select_group_named(struct arena *a, const struct frame *f, const struct groups *g,
                   struct cell name, struct frame **out, struct error *err)
{
    if (g->n_groups > 0 && coltype_is_time(g->labels.levels[0]->dtype) &&
        !read_date(&name, err))
        return false;
    for (size_t k = 0; k < g->n_groups; k++)
        if (cell_equal(column_get(g->labels.levels[0], k), name) &&
            group_size(g, k) > 0) {
            *out = frame_take(a, f, g->rows + g->offsets[k], group_size(g, k));
            return true;
        }
    return raise_error(err, "KeyError", "%s", cell_repr(a, name));
}
