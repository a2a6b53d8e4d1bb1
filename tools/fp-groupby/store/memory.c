/* memory.c: see memory.h. */
#include "store/memory_impl.h"

#include "common/mem.h"
#include "common/pool.h"

#include <stdlib.h>

/* All folds with done[f] false over rows [begin, end). */
static void
feed_rows(const struct memory *m, struct fold *folds, const bool *done, size_t begin,
          size_t end)
{
    union batch_value *values = xcalloc(m->store->n_values + 1, sizeof *values);
    int64_t room[STORE_BLOCK];
    uint32_t cells[STORE_BLOCK];

    for (size_t f = 0; f < m->program->n_folds; f++)
        if (!done[f])
            fold_reserve(&folds[f], m->n_cells);
    for (size_t row = begin; row < end; row += STORE_BLOCK) {
        struct fold_input in = {values, cells, STORE_BLOCK, m->n_cells};

        if (end - row < STORE_BLOCK)
            in.n = end - row;
        store_cells(m->store, m->coder, row, cells);
        for (size_t f = 0; f < m->program->n_folds; f++) {
            if (done[f])
                continue;
            if (folds[f].kind != FOLD_SIZE)
                values[folds[f].value].i =
                    store_values(m->store, folds[f].value, row, room);
            fold_rows(&folds[f], &in);
        }
    }
    free(values);
}

static void
run_column(struct memory *m, size_t fold)
{
    size_t n = m->program->n_folds;
    bool *done = xcalloc(n, sizeof *done);

    for (size_t f = 0; f < n; f++)
        done[f] = f != fold;
    feed_rows(m, m->program->folds, done, 0, m->store->n);
    free(done);
}

static void
run_range(struct memory *m, struct memory_range *r)
{
    const struct program *p = m->program;
    bool *done = xcalloc(p->n_folds, sizeof *done);
    bool all = true;

    for (size_t f = 0; f < p->n_folds; f++) {
        r->folds[f] = fold_like(&p->folds[f]);
        done[f] = !fold_merges(&p->folds[f]) || f < p->first_fold;
    }
    memory_sum_packed(m, r, done);
    for (size_t f = 0; f < p->n_folds; f++)
        all &= done[f];
    if (!all)
        feed_rows(m, r->folds, done, r->begin, r->end);
    free(done);
}

static void
run_task(void *context, size_t task)
{
    struct memory *m = context;

    if (task < m->n_columns)
        run_column(m, m->columns[task]);
    else
        run_range(m, &m->ranges[task - m->n_columns]);
}

static void
merge_fold(void *context, size_t f)
{
    struct memory *m = context;
    struct program *p = m->program;

    if (f < p->first_fold || !fold_merges(&p->folds[f]))
        return;
    p->folds[f] = m->ranges[0].folds[f];
    m->ranges[0].folds[f].cells = NULL;
    for (size_t r = 1; r < m->n_ranges; r++)
        fold_merge(&p->folds[f], &m->ranges[r].folds[f], m->n_cells);
}

static bool
needs_dealing(const struct fold *f)
{
    return !fold_merges(f) && f->kind != FOLD_KAHAN;
}

static void
memory_init(struct memory *m)
{
    const struct program *p = m->program;
    size_t blocks = m->store->n / STORE_BLOCK + 1;

    m->n_cells = m->store->n_cells;
    m->n_ranges = m->threads < 1 ? 1 : m->threads;
    m->ranges = xcalloc(m->n_ranges, sizeof *m->ranges);
    for (size_t r = 0; r < m->n_ranges; r++) {
        size_t end = blocks * (r + 1) / m->n_ranges * STORE_BLOCK;

        m->ranges[r].begin = blocks * r / m->n_ranges * STORE_BLOCK;
        m->ranges[r].end = end < m->store->n ? end : m->store->n;
        m->ranges[r].folds = xcalloc(p->n_folds, sizeof(struct fold));
    }
    m->columns = xcalloc(p->n_folds, sizeof *m->columns);
    for (size_t f = 0; f < p->n_folds; f++)
        if (p->folds[f].kind == FOLD_KAHAN)
            m->columns[m->n_columns++] = f;
}

static void
memory_clear(struct memory *m)
{
    for (size_t r = 0; r < m->n_ranges; r++) {
        for (size_t f = 0; f < m->program->n_folds; f++)
            fold_clear(&m->ranges[r].folds[f]);
        free(m->ranges[r].folds);
        free(m->ranges[r].places);
    }
    free(m->ranges);
    free(m->columns);
    free(m->offsets);
    for (size_t v = 0; m->dealt && v < m->store->n_values; v++)
        free(m->dealt[v]);
    free(m->dealt);
}

/* Does the cell belong to a group: is no code in it 0? */
static bool
cell_is_group(const struct coder *c, size_t cell)
{
    for (size_t k = c->n_keys; k-- > 0; cell /= c->keys[k].known.n + (size_t)1)
        if (cell % (c->keys[k].known.n + (size_t)1) == 0)
            return false;
    return true;
}

/* Cells in order of first appearance: the rows are read until all have been met. */
static uint32_t *
order_cells(const struct memory *m, size_t *n_groups)
{
    const int64_t *sizes = fold_i64(&m->program->folds[0]);
    uint32_t *order = xcalloc(m->n_cells + 1, sizeof *order);
    bool *met = xcalloc(m->n_cells, sizeof *met);
    uint32_t cells[STORE_BLOCK];
    size_t wanted = 0;
    size_t n = 1;

    for (size_t i = 0; i < m->n_cells; i++) {
        met[i] = sizes[i] == 0 || !cell_is_group(m->coder, i);
        wanted += !met[i];
    }
    for (size_t row = 0; row < m->store->n && n <= wanted; row += STORE_BLOCK) {
        size_t some = m->store->n - row < STORE_BLOCK ? m->store->n - row : STORE_BLOCK;

        store_cells(m->store, m->coder, row, cells);
        for (size_t i = 0; i < some; i++)
            if (!met[cells[i]]) {
                met[cells[i]] = true;
                order[n++] = cells[i];
            }
    }
    free(met);
    *n_groups = n;
    return order;
}

/* Cells of several keys become groups: only those that occur, as they appear. */
static void
gather_groups(struct memory *m)
{
    struct coder *c = m->coder;
    struct program *p = m->program;
    size_t n;
    uint32_t *order = order_cells(m, &n);

    for (size_t f = p->first_fold; f < p->n_folds; f++) {
        struct fold groups = fold_like(&p->folds[f]);

        if (groups.kind == FOLD_KEEP)
            continue;
        fold_reserve(&groups, n);
        for (size_t g = 1; g < n; g++)
            fold_take(&groups, g, &p->folds[f], order[g]);
        fold_clear(&p->folds[f]);
        p->folds[f] = groups;
    }
    for (size_t i = 0; i < p->n_terms; i++)
        if (p->terms[i].values) {
            double *values = xcalloc(n, sizeof *values);

            for (size_t g = 1; g < n; g++)
                values[g] = p->terms[i].values[order[g]];
            free(p->terms[i].values);
            p->terms[i].values = values;
        }
    for (size_t k = c->n_keys, step = 1; k-- > 0;
         step *= c->keys[k].known.n + (size_t)1) {
        c->tuples[k] = xrealloc(c->tuples[k], n, sizeof *c->tuples[k]);
        for (size_t g = 1; g < n; g++)
            c->tuples[k][g] =
                (uint32_t)(order[g] / step % (c->keys[k].known.n + (size_t)1));
    }
    c->n_groups = (uint32_t)n;
    free(order);
}

const char *
memory_refuses(const struct store *s, const struct program *p)
{
    for (size_t f = 0; f < p->n_folds && s->n_cells == 0; f++)
        if (p->folds[f].kind == FOLD_KEEP)
            return "too many groups for medians";
    return NULL;
}

void
memory_group(struct store *s, struct coder *c, struct program *p, unsigned threads)
{
    struct memory m = {.store = s, .coder = c, .program = p, .threads = threads};
    bool deals = false;

    program_fold(p);
    if (s->n_cells == 0) {
        wide_number(&s->wide, c, p, threads);
        return;
    }
    for (size_t f = 0; f < p->n_folds; f++)
        deals |= needs_dealing(&p->folds[f]);
    if (deals || c->n_keys > 1)
        p->first_fold = 0; /* the groups' sizes are needed */
    memory_init(&m);
    pool_run(threads, m.n_columns + m.n_ranges, run_task, &m);
    pool_run(threads, p->n_folds, merge_fold, &m);
    if (deals)
        memory_deal(&m);
    if (c->n_keys > 1)
        gather_groups(&m);
    else
        c->n_groups = c->keys[0].known.n + 1;
    memory_clear(&m);
}
