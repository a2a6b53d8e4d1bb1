/* select.c: choosing rows. */
#include "rows/select.h"

#include "rows/dedup.h"
#include "rows/label.h"
#include "table/key_table.h"
#include "table/order.h"
#include "table/time.h"

/* Is it a mask, rather than names of columns?  Objects are one when all are booleans. */
static bool
is_mask(const struct column *c, bool *mask, struct error *err)
{
    const struct column *values = c->categories ? c->categories : c;
    bool missing = false;

    *mask = values->dtype == COLTYPE_BOOL || values->dtype == COLTYPE_NULLABLE_BOOL;
    if (values->dtype != COLTYPE_OBJECT)
        return true;
    for (size_t i = 0; i < values->size; i++) {
        missing |= cell_missing(values->cells[i]);
        if (!cell_missing(values->cells[i]) && values->cells[i].kind != CELL_BOOL)
            return true;
    }
    if (missing && !c->categories)
        return raise_error(err, "ValueError",
                           "Cannot mask with non-boolean array containing NA / NaN "
                           "values");
    *mask = values->size > 0 && !missing;
    return true;
}

static bool
mask_values(struct arena *a, const struct column *c, bool *keep, struct error *err)
{
    for (size_t i = 0; i < c->size; i++) {
        struct cell v = column_get(c, i);

        if (v.kind != CELL_BOOL && v.kind != CELL_NA)
            return raise_error(err, "KeyError", "%s", cell_repr(a, v));
        keep[i] = v.kind == CELL_BOOL && v.i != 0;
    }
    return true;
}

/* df[names]: the columns so named, all rows. */
static bool
select_columns(struct arena *a, const struct frame *f, const struct column *names,
               struct frame **out, struct error *err)
{
    struct column *own = column_new(a, COLTYPE_OBJECT, f->n_columns);
    struct label_lookup lookup;

    for (size_t i = 0; i < f->n_columns; i++)
        own->cells[i] = f->columns[i]->name;
    label_lookup_init(a, &lookup, own, names);
    *out = frame_new(a, f->n_rows, names->size * (f->n_columns + 1));
    (*out)->index = f->index;
    for (size_t i = 0; i < names->size; i++) {
        int64_t at = label_lookup_find(&lookup, i);

        if (at < 0)
            return raise_error(err, "KeyError", "\"%s not in index\"",
                               cell_repr(a, column_get(names, i)));
        for (; at >= 0; at = label_lookup_next(&lookup, at))
            frame_add(*out, f->columns[at]);
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
    bool one = mask->index.n_levels == 1;
    struct label_lookup labels;
    struct key_lookup keys;
    size_t room = mask->n_rows + f->n_rows + 1;
    size_t used = 0;
    int64_t *rows = arena_alloc(a, room * sizeof *rows);

    if (mask->index.n_levels != f->index.n_levels)
        return unalignable(err);
    label_lookup_init(a, &labels, mask->index.levels[0], f->index.levels[0]);
    key_lookup_init(a, &keys, mask->index.levels, mask->index.n_levels);
    for (size_t i = 0; i < f->n_rows; i++) {
        int64_t row = one ? label_lookup_find(&labels, i)
                          : key_lookup_find(&keys, f->index.levels, i);

        if (row < 0)
            return unalignable(err);
        for (; row >= 0; row = one ? label_lookup_next(&labels, row) : keys.next[row]) {
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

    if (!label_index_equal(&f->index, &mask->index) && !align_mask(a, f, mask, &c, err))
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
select_key(struct arena *a, const struct frame *f, const struct frame *key,
           struct frame **out, struct error *err)
{
    bool mask;

    if (!is_mask(key->columns[0], &mask, err))
        return false;
    return mask ? select_mask(a, f, key, out, err)
                : select_columns(a, f, key->columns[0], out, err);
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
