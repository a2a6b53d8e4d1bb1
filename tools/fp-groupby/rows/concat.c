/*
 * concat.c: stacking and lining up.
 *
 * The type of a stacked frame column follows the blocks of pandas: pieces of bool and
 * integers after a first piece of the same kind join NumPy's way, others go through
 * find_common_type; pieces that are empty or all missing do not count there.
 */
#include "rows/concat.h"

#include "rows/align.h"
#include "rows/label.h"
#include "table/promote.h"

static struct column *
stack(struct arena *a, const struct column *const columns[], size_t n, enum coltype t,
      enum coltype through)
{
    size_t size = 0;
    size_t at = 0;

    for (size_t i = 0; i < n; i++)
        size += columns[i]->size;

    struct column *out = column_new(a, t, size);

    out->categories = t == COLTYPE_CATEGORY ? columns[0]->categories : NULL;
    out->ordered = t == COLTYPE_CATEGORY && columns[0]->ordered;
    for (size_t i = 0; i < n; i++) {
        const struct column *c = columns[i];

        if (t == COLTYPE_CATEGORY) {
            promote_codes(a, c, out->categories, out->i + at);
            at += c->size;
            continue;
        }
        if (through != t && coltype_numeric(c->dtype))
            c = column_cast(a, c, through);
        for (size_t row = 0; row < c->size; row++)
            column_set(out, at++, column_get(c, row));
    }
    return out;
}

/* np.concatenate, with bool beside numbers turned into an object column of numbers. */
static struct column *
compatible(struct arena *a, const struct column *const columns[], size_t n)
{
    enum coltype t = promote_type(a, columns, n);
    enum coltype numbers = columns[0]->dtype;
    bool numeric = coltype_numeric(numbers);
    bool bools = numbers == COLTYPE_BOOL;

    for (size_t i = 1; i < n; i++) {
        enum coltype next = columns[i]->dtype;

        numeric &= coltype_numeric(next);
        bools |= next == COLTYPE_BOOL;
        if (numeric)
            numbers = coltype_result(numbers, next);
    }
    if (numeric && bools && numbers != COLTYPE_BOOL)
        return stack(a, columns, n, COLTYPE_OBJECT, numbers);
    return stack(a, columns, n, numeric ? numbers : t, numeric ? numbers : t);
}

const struct column *
concat_columns(struct arena *a, const struct column *const columns[], size_t n)
{
    const struct column **full = arena_alloc(a, (n + 1) * sizeof *full);
    size_t n_full = 0;

    for (size_t i = 0; i < n; i++)
        if (columns[i]->size > 0)
            full[n_full++] = columns[i];
    if (n_full > 0)
        return compatible(a, full, n_full);
    for (size_t i = 1; i < n; i++) {
        bool same = columns[i]->dtype == columns[0]->dtype;
        bool numbers =
            coltype_numeric(columns[i]->dtype) && coltype_numeric(columns[0]->dtype);

        bool extension = columns[i]->na || columns[0]->na || columns[i]->categories ||
                         columns[0]->categories;

        if (!same && !numbers && !extension)
            return column_new(a, COLTYPE_OBJECT, 0);
    }
    return compatible(a, columns, n);
}

/* Are the labels of c, but for missing ones, among the categories? */
static bool
all_known(struct arena *a, const struct column *like, const struct column *c)
{
    struct key_lookup known;

    if (c->categories)
        return promote_same(a, like, c);
    key_lookup_init(a, &known, &like->categories, 1);
    for (size_t i = 0; i < c->size; i++)
        if (!column_missing(c, i) && key_lookup_cell(&known, column_get(c, i)) < 0)
            return false;
    return true;
}

/*
 * Index.append: a first index of categories takes what is one of them; labels of other
 * indexes that become objects are numbers again when all of them are such.
 */
static const struct column *
stacked_labels(struct arena *a, const struct column **levels, size_t n)
{
    bool known = true;

    if (!levels[0]->categories)
        return label_infer(a, concat_columns(a, levels, n), true);
    for (size_t i = 0; i < n; i++)
        known = known && all_known(a, levels[0], levels[i]);
    for (size_t i = 0; i < n && known; i++)
        levels[i] = promote_cast(a, levels[i], COLTYPE_CATEGORY, levels[0]);
    return concat_columns(a, levels, n);
}

static struct index
stacked_index(struct arena *a, struct frame *const frames[], size_t n, bool ignore)
{
    size_t size = 0;
    const struct column **levels = arena_alloc(a, (n + 1) * sizeof *levels);
    struct index out = {.n_levels = frames[0]->index.n_levels};

    for (size_t i = 0; i < n; i++) {
        size += frames[i]->n_rows;
        if (frames[i]->index.n_levels != out.n_levels)
            ignore = true;
    }
    if (ignore)
        return index_range(a, size);
    out.levels = arena_alloc(a, out.n_levels * sizeof(struct column *));
    for (size_t k = 0; k < out.n_levels; k++) {
        struct cell name = frames[0]->index.levels[k]->name;

        for (size_t i = 0; i < n; i++) {
            levels[i] = frames[i]->index.levels[k];
            if (!cell_same(levels[i]->name, name))
                name = cell_none();
        }
        out.levels[k] = column_named(a, stacked_labels(a, levels, n), name);
    }
    return out;
}

struct frame *
concat_series(struct arena *a, struct frame *const series[], size_t n, bool ignore_index)
{
    const struct column **columns = arena_alloc(a, (n + 1) * sizeof *columns);
    struct cell name = series[0]->columns[0]->name;

    for (size_t i = 0; i < n; i++) {
        columns[i] = series[i]->columns[0];
        if (!cell_same(columns[i]->name, name))
            name = cell_none();
    }

    struct index index = stacked_index(a, series, n, ignore_index);

    return series_new(a, &index, column_named(a, concat_columns(a, columns, n), name));
}

static bool
all_missing(const struct column *c)
{
    enum coltype_class class = coltype_class(c->dtype);

    if ((class == CLASS_BOOL || class == CLASS_INT || class == CLASS_UINT) && !c->na)
        return false;
    for (size_t i = 0; i < c->size; i++)
        if (!column_missing(c, i))
            return false;
    return true;
}

static int
block_kind(enum coltype t)
{
    return coltype_numeric(t) ? 0 : 1 + (int)t;
}

/* May the pieces be stacked the way the first one's block does it? */
static bool
uniform(const struct column *const pieces[], const bool *blank, size_t n)
{
    enum coltype first = pieces[0] ? pieces[0]->dtype : COLTYPE_OBJECT;

    for (size_t i = 0; i < n; i++) {
        const struct column *c = pieces[i];

        if (!c || block_kind(c->dtype) != block_kind(first) ||
            (c->dtype != first && coltype_floating(c->dtype)) || (!c->na && blank[i]))
            return false;
    }
    return true;
}

/* The pieces that have a say in the type: those with values, or all when none has any. */
static size_t
voting(const struct column *const pieces[], const bool *blank, size_t n,
       const struct column **out)
{
    size_t used = 0;

    for (int pass = 0; pass < 2 && used == 0; pass++)
        for (size_t i = 0; i < n; i++)
            if (pieces[i] && (pass == 1 || !blank[i]))
                out[used++] = pieces[i];
    return used;
}

/* n missing values of a type; of categories those of `like`. */
static const struct column *
missing_column(struct arena *a, enum coltype t, const struct column *like, size_t n,
               struct cell value)
{
    struct column *c =
        t == COLTYPE_CATEGORY ? column_like(a, like, n) : column_new(a, t, n);

    for (size_t i = 0; i < n; i++)
        column_set(c, i, value);
    return c;
}

/* One column of the result; pieces[i] NULL where frame i has none, blank[i] for no value.
 */
static const struct column *
stack_pieces(struct arena *a, const struct column **pieces, const bool *blank,
             struct frame *const frames[], size_t n)
{
    const struct column **voters;
    bool absent = false;
    enum coltype t;

    for (size_t i = 0; i < n; i++)
        absent |= pieces[i] == NULL;
    if (!absent && uniform(pieces, blank, n)) {
        enum coltype through = pieces[0]->dtype;

        for (size_t i = 1; i < n && coltype_numeric(through); i++)
            through = coltype_result(through, pieces[i]->dtype);
        if (coltype_numeric(through))
            return stack(a, pieces, n, through, through);
        return compatible(a, pieces, n);
    }
    voters = arena_alloc(a, (n + 1) * sizeof *voters);
    t = promote_type(a, voters, voting(pieces, blank, n, voters));
    if (absent)
        t = coltype_with_missing(t);
    for (size_t i = 0; i < n; i++) {
        bool holds = coltype_with_missing(t) == t;
        bool none = pieces[i] && pieces[i]->dtype == COLTYPE_OBJECT &&
                    pieces[i]->size > 0 && pieces[i]->cells[0].kind == CELL_NONE;

        if (!pieces[i])
            pieces[i] = missing_column(a, t, voters[0], frames[i]->n_rows, cell_nan());
        else if (holds && blank[i] && (pieces[i]->dtype != t || t == COLTYPE_OBJECT) &&
                 (t == COLTYPE_OBJECT || coltype_class(pieces[i]->dtype) != CLASS_TIME))
            pieces[i] = missing_column(a, t, voters[0], pieces[i]->size,
                                       none ? cell_none() : cell_nan());
    }
    return compatible(a, pieces, n);
}

/* Column names in first-seen order; inner: those that every frame has. */
static size_t
combined_names(struct arena *a, struct frame *const frames[], size_t n,
               const struct concat_options *o, struct cell **out)
{
    size_t room = 0;
    size_t used = 0;

    for (size_t i = 0; i < n; i++)
        room += frames[i]->n_columns;
    *out = arena_alloc(a, (room + 1) * sizeof **out);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < frames[i]->n_columns; k++) {
            struct cell name = frames[i]->columns[k]->name;
            bool keep = true;

            for (size_t m = 0; m < used; m++)
                keep &= !cell_same((*out)[m], name);
            for (size_t m = 0; m < n && o->inner; m++)
                keep &= frame_find(frames[m], name) >= 0;
            if (keep)
                (*out)[used++] = name;
        }
    if (o->sort) {
        struct column *c = column_new(a, COLTYPE_OBJECT, used);

        memcpy(c->cells, *out, used * sizeof **out);
        memcpy(*out, label_sorted(a, c)->cells, used * sizeof **out);
    }
    return used;
}

static const struct column *
piece_of(const struct frame *f, struct cell name)
{
    int64_t at = frame_find(f, name);

    return at < 0 ? NULL : f->columns[at];
}

/* Are the two columns of one block in every frame? */
static bool
same_blocks(struct frame *const frames[], size_t n, struct cell x, struct cell y)
{
    for (size_t i = 0; i < n; i++) {
        const struct column *l = piece_of(frames[i], x);
        const struct column *r = piece_of(frames[i], y);

        if (!l != !r ||
            (l && (l->dtype != r->dtype || l->na || l->dtype == COLTYPE_CATEGORY)))
            return false;
    }
    return true;
}

struct column_names {
    struct cell *cells;
    size_t n;
    bool blocks; /* columns of one type lie in one block */
};

/* Which frames have no value in column k, or in the block it is stacked with. */
static void
find_blank(struct frame *const frames[], size_t n, const struct column_names *names,
           size_t k, bool *blank)
{
    size_t begin = k;
    size_t end = k + 1;

    while (names->blocks && begin > 0 &&
           same_blocks(frames, n, names->cells[begin - 1], names->cells[k]))
        begin--;
    while (names->blocks && end < names->n &&
           same_blocks(frames, n, names->cells[k], names->cells[end]))
        end++;
    for (size_t i = 0; i < n; i++) {
        blank[i] = true;
        for (size_t c = begin; c < end; c++) {
            const struct column *piece = piece_of(frames[i], names->cells[c]);

            blank[i] &= piece && all_missing(piece);
        }
    }
}

static bool
stack_frames(struct arena *a, struct frame *const frames[], size_t n,
             const struct concat_options *o, struct frame **out)
{
    struct column_names names = {.blocks = o->blocks};
    const struct column **pieces = arena_alloc(a, (n + 1) * sizeof *pieces);
    bool *blank = arena_alloc(a, n + 1);

    names.n = combined_names(a, frames, n, o, &names.cells);
    *out = frame_new(a, 0, names.n);
    (*out)->index = stacked_index(a, frames, n, o->ignore_index);
    (*out)->n_rows = index_size(&(*out)->index);
    for (size_t k = 0; k < names.n; k++) {
        for (size_t i = 0; i < n; i++)
            pieces[i] = piece_of(frames[i], names.cells[k]);
        find_blank(frames, n, &names, k, blank);
        frame_add(*out, column_named(a, stack_pieces(a, pieces, blank, frames, n),
                                     names.cells[k]));
    }
    return true;
}

static bool
combined_labels(struct arena *a, struct frame *const frames[], size_t n,
                const struct concat_options *o, const struct column **out,
                struct error *err)
{
    const struct column *labels = frames[0]->index.levels[0];
    bool times = true;

    for (size_t i = 0; i < n; i++)
        times &= coltype_is_time(frames[i]->index.levels[0]->dtype);
    if (!times && !o->inner) {
        struct key_codes k;

        key_codes(a, labels, KEY_ONE, &k);
        labels = column_named(a, column_take(a, labels, k.first, k.n_keys), labels->name);
    }
    for (size_t i = 1; i < n; i++)
        if (!label_set(a, o->inner ? SET_INTERSECTION : SET_UNION,
                       times && !o->inner ? SET_SORT_YES : SET_SORT_NO, labels,
                       frames[i]->index.levels[0], &labels, err))
            return false;
    /* appended to each other, which the labels of a RangeIndex are not */
    *out = o->inner || frames[0]->index.range ? labels : label_infer(a, labels, false);
    return true;
}

static bool
join_sides(struct arena *a, struct frame *const frames[], size_t n,
           const struct concat_options *o, struct frame **out, struct error *err)
{
    size_t room = 0;
    bool equal = true;

    for (size_t i = 0; i < n; i++) {
        room += frames[i]->n_columns;
        equal = equal && index_equal(&frames[0]->index, &frames[i]->index);
        if (frames[i]->index.n_levels != 1)
            return error_set(err, ERR_UNSUPPORTED, "an index of several levels here");
        if (!o->inner && !align_check(&frames[0]->index, &frames[i]->index, err))
            return false;
    }

    const struct column *labels = frames[0]->index.levels[0];

    if (!equal && !combined_labels(a, frames, n, o, &labels, err))
        return false;
    if (o->sort)
        labels = label_sorted(a, labels);

    *out = frame_new(a, 0, room);
    (*out)->index = index_of(a, labels);
    (*out)->n_rows = labels->size;
    for (size_t i = 0; i < n; i++) {
        struct frame *part = frames[i];
        struct index own = index_of(a, labels);

        if (!index_equal(&part->index, &own) &&
            !align_reindex(a, frames[i], labels, &part, err))
            return raise_error(
                err, "InvalidIndexError",
                "Reindexing only valid with uniquely valued Index objects");
        for (size_t k = 0; k < part->n_columns; k++) {
            struct cell name = o->ignore_index ? cell_int((int64_t)(*out)->n_columns)
                                               : part->columns[k]->name;

            frame_add(*out, column_named(a, part->columns[k], name));
        }
    }
    return true;
}

bool
concat_frames(struct arena *a, struct frame *const frames[], size_t n,
              const struct concat_options *o, struct frame **out, struct error *err)
{
    if (n == 0)
        return raise_error(err, "ValueError", "No objects to concatenate");
    if (o->axis == 1)
        return join_sides(a, frames, n, o, out, err);
    return stack_frames(a, frames, n, o, out);
}
