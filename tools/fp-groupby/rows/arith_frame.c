/* arith_frame.c: arithmetic of frames, column by column. */
#include "rows/arith_frame.h"

#include "rows/align.h"
#include "rows/arith_impl.h"
#include "rows/label.h"

static const struct column *
names_of(struct arena *a, const struct frame *f)
{
    struct cell *names = arena_alloc(a, (f->n_columns + 1) * sizeof *names);

    for (size_t i = 0; i < f->n_columns; i++)
        names[i] = f->columns[i]->name;
    return column_infer(a, names, f->n_columns);
}

static const struct column *
nothing(struct arena *a, size_t size)
{
    struct column *c = column_new(a, COLTYPE_FLOAT64, size);

    for (size_t i = 0; i < size; i++)
        c->f[i] = (double)NAN;
    return c;
}

/* A column in the order of the result's rows; of a frame that lacks it, nothing. */
static const struct column *
side(struct arena *a, const struct frame *f, struct cell name, const int64_t *rows,
     size_t n)
{
    int64_t at = frame_find(f, name);

    return at < 0 ? nothing(a, n) : column_take(a, f->columns[at], rows, n);
}

static bool
whole(const struct column *x, const struct column *y)
{
    return coltype_integer(x->dtype) && coltype_integer(y->dtype) &&
           coltype_integer(coltype_result(x->dtype, y->dtype));
}

bool
arith_frames(struct arena *a, enum arith op, const struct frame *left,
             const struct frame *right, const struct cell *fill, struct frame **out,
             struct error *err)
{
    const struct column *names;
    struct alignment rows;

    if (left->index.n_levels != right->index.n_levels)
        return error_set(err, ERR_UNSUPPORTED, "indexes differ in their levels");
    if (!label_set(a, SET_UNION, SET_SORT_MAYBE, names_of(a, left), names_of(a, right),
                   &names, err) ||
        !align_outer(a, &left->index, &right->index, &rows, err))
        return false;
    *out = frame_new(a, 0, names->size);
    (*out)->index = rows.index;
    (*out)->n_rows = rows.size;
    for (size_t i = 0; i < names->size; i++) {
        struct cell name = column_get(names, i);
        const struct column *x = side(a, left, name, rows.left, rows.size);
        const struct column *y = side(a, right, name, rows.right, rows.size);
        const struct column *result = nothing(a, rows.size);
        bool both = frame_find(left, name) >= 0 && frame_find(right, name) >= 0;

        if (fill && !arith_fill(a, &x, &y, *fill, err))
            return false;
        if (fill)
            arith_bare(a, op, &x, &y);
        if (fill && (op == ARITH_FLOORDIV || op == ARITH_MOD) && whole(x, y))
            result = arith_divide_raw(a, op, x, y); /* fill goes past pandas' own loop */
        else if ((both || fill) && !arith_columns(a, op, x, y, &result, err))
            return false;
        frame_add(*out, column_named(a, result, name));
    }
    return true;
}
