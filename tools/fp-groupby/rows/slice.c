/* slice.c: Python's slices of positions, pandas' of labels. */
#include "rows/slice.h"

/* Python's slice.indices(): an end as a position in -1..n. */
static int64_t
clip(struct cell end, int64_t open, int64_t n, int64_t step)
{
    int64_t at = end.kind == CELL_NONE ? open : end.i;
    int64_t least = step < 0 ? -1 : 0;
    int64_t most = step < 0 ? n - 1 : n;

    if (end.kind == CELL_NONE)
        return open;
    if (at < 0)
        at += n;
    return at < least ? least : at > most ? most : at;
}

struct frame *
slice_positions(struct arena *a, const struct frame *f, const struct slice *s)
{
    int64_t n = (int64_t)f->n_rows;
    int64_t from = clip(s->start, s->step < 0 ? n - 1 : 0, n, s->step);
    int64_t to = clip(s->stop, s->step < 0 ? -1 : n, n, s->step);
    int64_t *rows = arena_alloc(a, (f->n_rows + 1) * sizeof *rows);
    size_t count = 0;

    for (int64_t i = from; s->step < 0 ? i > to : i < to;) {
        rows[count++] = i;
        if (__builtin_add_overflow(i, s->step, &i))
            break;
    }
    return frame_take(a, f, rows, count);
}

static bool
sorted(const struct column *labels, int sign)
{
    for (size_t i = 1; i < labels->size; i++)
        if (sign * cell_compare(column_get(labels, i - 1), column_get(labels, i)) > 0)
            return false;
    return true;
}

/* Rows of sorted labels that stand before the end: those less, and equal ones if asked.
 */
static size_t
rows_before(const struct column *labels, struct cell end, int sign, bool with_equal)
{
    size_t low = 0;
    size_t high = labels->size;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = sign * cell_compare(column_get(labels, middle), end);

        if (order < 0 || (order == 0 && with_equal))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* In labels without order an end must be there, its rows beside each other. */
static bool
find_end(struct arena *a, const struct column *labels, struct cell end, bool left,
         size_t *out, struct error *err)
{
    size_t first = 0;
    size_t last;

    while (first < labels->size && !cell_equal(column_get(labels, first), end))
        first++;
    if (first == labels->size)
        return raise_error(err, "KeyError", "%s", cell_repr(a, end));
    for (last = first + 1; last < labels->size; last++)
        if (!cell_equal(column_get(labels, last), end))
            break;
    for (size_t i = last; i < labels->size; i++)
        if (cell_equal(column_get(labels, i), end))
            return raise_error(err, "KeyError",
                               "Cannot get %s slice bound for non-unique label: %s",
                               left ? "left" : "right", cell_repr(a, end));
    *out = left ? first : last;
    return true;
}

static bool
kinds_agree(const struct column *labels, struct cell end)
{
    return end.kind == CELL_NONE || labels->size == 0 ||
           (end.kind == CELL_STR) == (column_get(labels, 0).kind == CELL_STR);
}

bool
slice_labels(struct arena *a, const struct frame *f, const struct slice *s,
             struct frame **out, struct error *err)
{
    const struct column *labels = f->index.levels[0];
    int sign = sorted(labels, 1) ? 1 : sorted(labels, -1) ? -1 : 0;
    size_t from = 0;
    size_t to = f->n_rows;
    struct slice rows = {.step = 1};

    if (f->index.n_levels != 1)
        return error_set(err, ERR_UNSUPPORTED, "a range of labels of several levels");
    if (!kinds_agree(labels, s->start) || !kinds_agree(labels, s->stop))
        return raise_error(err, "TypeError",
                           "cannot do slice indexing on labels of %s with this kind",
                           coltype_name(labels->dtype));
    if (s->start.kind != CELL_NONE) {
        if (sign)
            from = rows_before(labels, s->start, sign, false);
        else if (!find_end(a, labels, s->start, true, &from, err))
            return false;
    }
    if (s->stop.kind != CELL_NONE) {
        if (sign)
            to = rows_before(labels, s->stop, sign, true);
        else if (!find_end(a, labels, s->stop, false, &to, err))
            return false;
    }
    rows.start = cell_int((int64_t)from);
    rows.stop = cell_int((int64_t)to);
    *out = slice_positions(a, f, &rows);
    return true;
}
