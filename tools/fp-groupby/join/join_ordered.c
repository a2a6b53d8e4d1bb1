/* join_ordered.c: merge_ordered, an outer join in the order of its keys. */
#include "join/join.h"

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
            size_t k = join_name_at(o->on, o->n_on, f->columns[i]->name);

            if (k == o->n_on)
                frame_add(sides[s],
                          column_take(a, f->columns[i], s ? filled.right : filled.left,
                                      rows.size));
            else if (s == 0)
                frame_add(sides[s],
                          column_named(a,
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
