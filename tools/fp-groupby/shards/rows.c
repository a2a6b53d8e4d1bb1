/* rows.c: see rows.h. */
#include "shards/rows.h"

enum lattice_type
rows_type(const struct plan *p, const char *column)
{
    return p->types[plan_column(p, column)];
}

static void
need(const struct plan *p, const char *name, size_t *list, size_t *n)
{
    size_t column = (size_t)plan_column(p, name);

    for (size_t i = 0; i < *n; i++)
        if (list[i] == column)
            return;
    list[(*n)++] = column;
}

/* Columns of the file that the query uses, each once. */
static size_t
needed(struct arena *a, const struct plan *p, size_t **out)
{
    const struct groupby *q = &p->query;
    size_t *list = arena_alloc(a, (q->n_by + 2 * q->n_terms + 1) * sizeof *list);
    size_t n = 0;

    for (size_t i = 0; i < q->n_by; i++)
        need(p, q->by[i], list, &n);
    for (size_t i = 0; i < q->n_terms; i++) {
        need(p, q->terms[i].column, list, &n);
        if (q->terms[i].other)
            need(p, q->terms[i].other, list, &n);
    }
    *out = list;
    return n;
}

struct frame *
rows_of_window(struct arena *a, const struct shard_window *w, const struct plan *p,
               uint64_t first_row)
{
    struct cell *fields = arena_alloc(a, (w->n_rows + 1) * sizeof *fields);
    struct column *numbers = column_new(a, COLTYPE_INT64, w->n_rows);
    size_t *list;
    size_t n = needed(a, p, &list);
    struct frame *f = frame_new(a, w->n_rows, n + 1);

    for (size_t i = 0; i < n; i++) {
        struct column *c;

        for (size_t row = 0; row < w->n_rows; row++)
            fields[row] = shard_field(w, row, list[i]);
        c = lattice_read(a, p->types[list[i]], fields, w->n_rows, &p->csv);
        c->name = cell_str(p->columns[list[i]]);
        frame_add(f, c);
    }
    for (size_t row = 0; row < w->n_rows; row++)
        numbers->i[row] = (int64_t)(first_row + row);
    frame_add(f, numbers);
    return f;
}

static struct column *
stack_column(struct arena *a, struct frame *const frames[], size_t n, size_t i,
             size_t n_rows)
{
    struct column *out = column_like(a, frames[0]->columns[i], n_rows);
    size_t at = 0;

    for (size_t k = 0; k < n; k++) {
        const struct column *c = frames[k]->columns[i];

        if (coltype_class(c->dtype) == CLASS_CELL && c->size > 0)
            memcpy(out->cells + at, c->cells, c->size * sizeof *c->cells);
        else if (c->size > 0)
            memcpy(out->i + at, c->i, c->size * sizeof *c->i);
        if (out->na && c->size > 0)
            memcpy(out->na + at, c->na, c->size);
        at += c->size;
    }
    return out;
}

struct frame *
rows_stack(struct arena *a, struct frame *const frames[], size_t n)
{
    size_t n_rows = 0;
    struct frame *f;

    for (size_t k = 0; k < n; k++)
        n_rows += frames[k]->n_rows;
    f = frame_new(a, n_rows, frames[0]->n_columns);
    for (size_t i = 0; i < frames[0]->n_columns; i++)
        frame_add(f, stack_column(a, frames, n, i, n_rows));
    return f;
}

struct frame *
rows_of_part(struct arena *a, const struct frame *f, const struct plan *p, size_t part)
{
    const struct groupby *q = &p->query;
    int64_t *positions = arena_alloc(a, (f->n_rows + 1) * sizeof *positions);
    const struct column **keys = arena_alloc(a, (q->n_by + 1) * sizeof *keys);
    size_t n = 0;

    for (size_t i = 0; i < q->n_by; i++)
        keys[i] = frame_column(f, q->by[i]);
    for (size_t row = 0; row < f->n_rows; row++) {
        uint64_t hash = 0;
        bool missing = false;

        for (size_t i = 0; i < q->n_by; i++) {
            hash = hash_mix(hash ^ cell_hash(column_get(keys[i], row)));
            missing |= column_missing(keys[i], row);
        }
        if ((!missing || !q->group.dropna) && ((hash >> 32) * p->n_parts) >> 32 == part)
            positions[n++] = (int64_t)row;
    }

    struct frame *out = frame_new(a, n, f->n_columns);

    for (size_t i = 0; i < f->n_columns; i++)
        frame_add(out, column_take(a, f->columns[i], positions, n));
    return out;
}
