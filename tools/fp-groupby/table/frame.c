/* frame.c: frames and indexes as bundles of columns. */
#define FRAME_C
#include "table/frame.h"

#include "common/num.h"

#include <stdarg.h>
#include <stdio.h>

struct index
index_of(struct arena *a, const struct column *level)
{
    struct index index = {.n_levels = 1};

    index.levels = arena_alloc(a, sizeof(struct column *));
    index.levels[0] = level;
    return index;
}

struct index
index_range(struct arena *a, size_t n)
{
    struct column *c = column_new(a, COLTYPE_INT64, n);

    for (size_t i = 0; i < n; i++)
        c->i[i] = (int64_t)i;

    struct index index = index_of(a, c);

    index.range = true;
    return index;
}

size_t
index_size(const struct index *index)
{
    return index->n_levels > 0 ? index->levels[0]->size : 0;
}

struct index
index_take(struct arena *a, const struct index *index, const int64_t *positions, size_t n)
{
    struct index out = {.n_levels = index->n_levels};

    out.levels = arena_alloc(a, index->n_levels * sizeof(struct column *));
    for (size_t i = 0; i < index->n_levels; i++)
        out.levels[i] = column_take(a, index->levels[i], positions, n);
    return out;
}

bool
index_is_default(const struct index *index)
{
    const struct column *c = index->n_levels == 1 ? index->levels[0] : NULL;

    if (!c || c->dtype != COLTYPE_INT64 || c->name.kind != CELL_NONE)
        return false;
    for (size_t i = 0; i < c->size; i++)
        if (c->i[i] != (int64_t)i)
            return false;
    return true;
}

bool
index_row_equal(const struct index *x, size_t a, const struct index *y, size_t b)
{
    for (size_t i = 0; i < x->n_levels; i++)
        if (!cell_equal(column_get(x->levels[i], a), column_get(y->levels[i], b)))
            return false;
    return true;
}

bool
index_equal(const struct index *a, const struct index *b)
{
    size_t n = index_size(a);

    if (a->n_levels != b->n_levels || n != index_size(b))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!index_row_equal(a, i, b, i))
            return false;
    return true;
}

struct frame *
frame_new(struct arena *a, size_t n_rows, size_t n_columns)
{
    struct frame *f = arena_alloc(a, sizeof *f);

    f->index = index_range(a, n_rows);
    f->n_rows = n_rows;
    f->columns = arena_alloc(a, (n_columns + 1) * sizeof(struct column *));
    return f;
}

struct frame *
series_new(struct arena *a, const struct index *index, const struct column *values)
{
    struct frame *f = arena_alloc(a, sizeof *f);

    f->n_rows = values->size;
    f->index = index ? *index : index_range(a, values->size);
    f->columns = arena_alloc(a, sizeof(struct column *));
    frame_add(f, values);
    return f;
}

int64_t
frame_find(const struct frame *f, struct cell name)
{
    for (size_t i = 0; i < f->n_columns; i++)
        if (cell_same(f->columns[i]->name, name))
            return (int64_t)i;
    return -1;
}

const struct column *
frame_column(const struct frame *f, const char *name)
{
    int64_t at = frame_find(f, cell_str(name));

    return at < 0 ? NULL : f->columns[at];
}

bool
frame_want(const struct frame *f, const char *name, const struct column **out,
           struct error *err)
{
    *out = frame_column(f, name);
    return *out || raise_error(err, "KeyError", "'%s'", name);
}

struct frame *
frame_reset_index(struct arena *a, const struct frame *f)
{
    struct frame *out = frame_new(a, f->n_rows, f->index.n_levels + f->n_columns);

    for (size_t i = 0; i < f->index.n_levels; i++) {
        const struct column *c = f->index.levels[i];

        if (c->dtype == COLTYPE_OBJECT && c->size > 0)
            c = column_named(a, column_infer(a, c->cells, c->size), c->name);
        frame_add(out, c);
    }
    for (size_t i = 0; i < f->n_columns; i++)
        frame_add(out, f->columns[i]);
    return out;
}

struct frame *
frame_take(struct arena *a, const struct frame *f, const int64_t *positions, size_t n)
{
    struct frame *out = arena_alloc(a, sizeof *out);

    out->index = index_take(a, &f->index, positions, n);
    out->n_rows = n;
    out->labels = f->labels;
    out->columns = arena_alloc(a, (f->n_columns + 1) * sizeof(struct column *));
    for (size_t i = 0; i < f->n_columns; i++)
        frame_add(out, column_take(a, f->columns[i], positions, n));
    return out;
}

bool
raise_error(struct error *err, const char *python_class, const char *fmt, ...)
{
    char text[sizeof err->message];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)error_set(err, ERR_UNSUPPORTED, "%s", text);
    return error_subclass(err, python_class);
}

bool
raise_unordered(struct error *err, const char *sign, struct cell x, struct cell y)
{
    if (x.kind == CELL_TIME && y.kind == CELL_TIME)
        return raise_error(err, "TypeError",
                           "Cannot compare tz-naive and tz-aware timestamps");
    return raise_error(err, "TypeError",
                       "'%s' not supported between instances of '%s' and '%s'", sign,
                       cell_type_name(x), cell_type_name(y));
}

const char *
cell_repr(struct arena *a, struct cell c)
{
    char number[NUM_F64_SIZE];
    char *text;

    switch ((enum cell_kind)c.kind) {
    case CELL_NONE: return "None";
    case CELL_NA: return "<NA>";
    case CELL_NAT: return "NaT";
    case CELL_BOOL: return c.i ? "True" : "False";
    case CELL_FLOAT:
        if (isnan(c.f))
            return "nan";
        if (isinf(c.f))
            return c.f > 0 ? "inf" : "-inf";
        return arena_strndup(a, number, num_format_f64(c.f, number));
    case CELL_UINT: return arena_strndup(a, number, num_format_u64(c.u, number));
    case CELL_INT:
    case CELL_TIME:
    case CELL_SPAN: return arena_strndup(a, number, num_format_i64(c.i, number));
    case CELL_STR: break;
    }
    text = arena_alloc(a, (size_t)c.size + 3);
    text[0] = '\'';
    memcpy(text + 1, c.s, c.size);
    text[c.size + 1] = '\'';
    return text;
}
