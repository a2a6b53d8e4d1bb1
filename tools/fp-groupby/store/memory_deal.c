/*
 * memory_deal.c: rows dealt out by cell, and folds whose steps depend on each other.
 *
 * Each step of Welford's variance waits for the one before.  Some cells take their steps
 * together (kernel.h), which keeps the bits of each and hides the waiting.
 */
#include "store/memory_impl.h"

#include "common/mem.h"
#include "common/pool.h"
#include "group/pair.h"

#include <math.h>
#include <stdlib.h>

enum {
    LANES = KERNEL_LANES,
    CHUNK = 256, /* rows of a cell that are widened to doubles at a time */
    CELLS_A_TASK = 64,
};

static size_t
cell_size(const struct memory *m, size_t cell)
{
    return m->offsets[cell + 1] - m->offsets[cell];
}

/* Where the rows of each cell go, and in them those of each range. */
static void
place_rows(struct memory *m)
{
    const int64_t *sizes = fold_i64(&m->program->folds[0]);
    size_t n = m->n_cells;

    m->offsets = xcalloc(n + 1, sizeof *m->offsets);
    for (size_t c = 0; c < n; c++)
        m->offsets[c + 1] = m->offsets[c] + (size_t)sizes[c];
    for (size_t r = 0; r < m->n_ranges; r++)
        m->ranges[r].places = xcalloc(n, sizeof(uint32_t));
    for (size_t c = 0; c < n; c++) {
        size_t end = m->offsets[c + 1];

        for (size_t r = m->n_ranges; r-- > 1;) {
            end -= (size_t)fold_i64(&m->ranges[r].folds[0])[c];
            m->ranges[r].places[c] = (uint32_t)end;
        }
        m->ranges[0].places[c] = (uint32_t)m->offsets[c];
    }
}

/* to[places[i]] = column[i] */
static void
deal_block(const struct store_column *c, size_t row, size_t n, const uint32_t *places,
           void *to)
{
    const uint8_t *b = (const uint8_t *)c->data + row;
    const uint16_t *h = (const uint16_t *)c->data + row;
    const uint32_t *w = (const uint32_t *)c->data + row;
    const uint64_t *q = (const uint64_t *)c->data + row;

    if (c->width == 1)
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)to)[places[i]] = b[i];
    else if (c->width == 2)
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)to)[places[i]] = h[i];
    else if (c->width == 4)
        for (size_t i = 0; i < n; i++)
            ((uint32_t *)to)[places[i]] = w[i];
    else
        for (size_t i = 0; i < n; i++)
            ((uint64_t *)to)[places[i]] = q[i];
}

static void
deal_range(void *context, size_t range)
{
    struct memory *m = context;
    const struct memory_range *r = &m->ranges[range];
    uint32_t cells[STORE_BLOCK];
    uint32_t *places = r->places;

    for (size_t row = r->begin; row < r->end; row += STORE_BLOCK) {
        size_t n = r->end - row < STORE_BLOCK ? r->end - row : STORE_BLOCK;

        store_cells(m->store, m->coder, row, cells);
        for (size_t i = 0; i < n; i++)
            cells[i] = places[cells[i]]++;
        for (size_t v = 0; v < m->store->n_values; v++)
            if (m->dealt[v])
                deal_block(&m->store->values[v], row, n, cells, m->dealt[v]);
    }
}

/* out[i * step] = row from + i of a dealt column, as a double. */
static void
widen(const struct memory *m, size_t value, size_t from, size_t n, double *out,
      size_t step)
{
    const struct store_column *c = &m->store->values[value];
    const uint8_t *b = (const uint8_t *)m->dealt[value] + from;
    const uint16_t *h = (const uint16_t *)m->dealt[value] + from;
    const uint32_t *w = (const uint32_t *)m->dealt[value] + from;
    const int64_t *q = (const int64_t *)m->dealt[value] + from;
    const double *d = (const double *)m->dealt[value] + from;

    if (c->width == 1)
        for (size_t i = 0; i < n; i++)
            out[i * step] = b[i];
    else if (c->width == 2)
        for (size_t i = 0; i < n; i++)
            out[i * step] = h[i];
    else if (c->width == 4)
        for (size_t i = 0; i < n; i++)
            out[i * step] = w[i];
    else
        for (size_t i = 0; i < n; i++)
            out[i * step] = c->integer ? (double)q[i] : d[i];
}

/* Chunks of up to LANES cells, side by side. */
struct chunks {
    kernel_row x[CHUNK], y[CHUNK];
    size_t n[LANES];
};

static void
welford_together(const struct kernel *k, struct fold_welford *cells,
                 const struct chunks *chunks, size_t n)
{
    struct kernel_welford s = {.count = cells[0].count};

    for (size_t c = 0; c < LANES; c++) {
        s.mean[c] = cells[c].mean;
        s.m2[c] = cells[c].m2;
    }
    k->welford(&s, chunks->x[0], n);
    for (size_t c = 0; c < LANES; c++)
        cells[c] = (struct fold_welford){s.count, s.mean[c], s.m2[c]};
}

static void
pair_together(const struct kernel *k, struct pair_state *cells,
              const struct chunks *chunks, size_t n)
{
    struct kernel_pair s = {.count = cells[0].n};

    for (size_t c = 0; c < LANES; c++) {
        s.mean_x[c] = cells[c].mean_first;
        s.mean_y[c] = cells[c].mean_second;
        s.xx[c] = cells[c].first;
        s.yy[c] = cells[c].second;
        s.both[c] = cells[c].both;
    }
    k->pair(&s, chunks->x[0], chunks->y[0], n);
    for (size_t c = 0; c < LANES; c++)
        cells[c] = (struct pair_state){s.count, s.mean_x[c], s.mean_y[c],
                                       s.xx[c], s.yy[c],     s.both[c]};
}

/* The steps of n_cells cells, first those all have, then each cell's own. */
static void
take_steps(const struct kernel *kernel, struct fold *f, size_t first, size_t n_cells,
           const struct chunks *k, bool together)
{
    struct fold_welford *alone = (struct fold_welford *)f->cells + first;
    struct pair_state *pairs = (struct pair_state *)f->cells + first;
    size_t common = n_cells == LANES && together ? CHUNK : 0;

    for (size_t c = 0; c < n_cells && common > 0; c++)
        common = k->n[c] < common ? k->n[c] : common;
    if (common > 0 && f->kind == FOLD_WELFORD)
        welford_together(kernel, alone, k, common);
    else if (common > 0)
        pair_together(kernel, pairs, k, common);
    for (size_t c = 0; c < n_cells; c++)
        for (size_t i = common; i < k->n[c]; i++) {
            if (f->kind == FOLD_PAIR)
                pair_add(&pairs[c], k->x[i][c], k->y[i][c]);
            else if (!isnan(k->x[i][c]))
                fold_welford_add(&alone[c], k->x[i][c]);
        }
}

/* LANES cells or fewer, chunk by chunk. */
static void
fold_some_cells(const struct memory *m, struct fold *f, size_t first, size_t n_cells,
                struct chunks *k)
{
    const struct store_column *values = m->store->values;
    bool plain =
        values[f->value].plain && (f->kind != FOLD_PAIR || values[f->other].plain);
    size_t longest = 0;

    for (size_t c = 0; c < n_cells; c++)
        if (cell_size(m, first + c) > longest)
            longest = cell_size(m, first + c);
    for (size_t from = 0; from < longest; from += CHUNK) {
        bool together = plain;

        for (size_t c = 0; c < n_cells; c++) {
            size_t size = cell_size(m, first + c);
            size_t at = m->offsets[first + c] + from;

            k->n[c] = size <= from ? 0 : size - from < CHUNK ? size - from : CHUNK;
            together &= size >= from; /* all have taken as many steps */
            widen(m, f->value, at, k->n[c], &k->x[0][c], LANES);
            if (f->kind == FOLD_PAIR)
                widen(m, f->other, at, k->n[c], &k->y[0][c], LANES);
        }
        take_steps(m->store->kernel, f, first, n_cells, k, together);
    }
}

/* first, last and products: the rows of a cell as a batch of its group. */
static void
fold_plainly(const struct memory *m, struct fold *f, size_t cell)
{
    size_t n = cell_size(m, cell);
    uint32_t *groups = xcalloc(n + 1, sizeof *groups);
    double *x = xcalloc(n + 1, sizeof *x);
    const struct store_column *c = &m->store->values[f->value];
    union batch_value *values = xcalloc(f->value + 1, sizeof *values);
    const struct fold_input in = {values, groups, n, m->n_cells};

    for (size_t i = 0; i < n; i++)
        groups[i] = (uint32_t)cell;
    widen(m, f->value, m->offsets[cell], n, x, 1);
    values[f->value].f = x;
    if (!c->integer)
        fold_rows(f, &in);
    else if (n > 0) {
        size_t row = f->kind == FOLD_FIRST ? 0 : n - 1;

        ((int64_t *)f->cells)[cell] =
            c->width == 8 ? ((const int64_t *)m->dealt[f->value])[m->offsets[cell] + row]
                          : (int64_t)x[row];
    }
    free(values);
    free(x);
    free(groups);
}

static void
keep_cell(const struct memory *m, const struct program_term *t, size_t cell)
{
    size_t n = cell_size(m, cell);
    double *x = xrealloc(NULL, n + 1, sizeof *x);

    widen(m, t->value, m->offsets[cell], n, x, 1);
    t->values[cell] = program_statistic(t, x, n);
    free(x);
}

static void
fold_cells(void *context, size_t task)
{
    struct memory *m = context;
    struct program *p = m->program;
    size_t first = task * CELLS_A_TASK;
    size_t end = first + CELLS_A_TASK < m->n_cells ? first + CELLS_A_TASK : m->n_cells;
    struct chunks *k = xaligned(64, sizeof *k);

    for (size_t f = 0; f < p->n_folds; f++) {
        struct fold *fold = &p->folds[f];

        if (fold->kind == FOLD_WELFORD || fold->kind == FOLD_PAIR)
            for (size_t c = first; c < end; c += LANES)
                fold_some_cells(m, fold, c, end - c < LANES ? end - c : LANES, k);
        else if (!fold_merges(fold) && fold->kind != FOLD_KAHAN &&
                 fold->kind != FOLD_KEEP)
            for (size_t c = first; c < end; c++)
                fold_plainly(m, fold, c);
    }
    free(k);
    for (size_t t = 0; t < p->n_terms; t++)
        if (p->folds[p->terms[t].main].kind == FOLD_KEEP)
            for (size_t c = first; c < end; c++)
                keep_cell(m, &p->terms[t], c);
}

void
memory_deal(struct memory *m)
{
    struct program *p = m->program;
    const struct store *s = m->store;

    place_rows(m);
    m->dealt = xcalloc(s->n_values + 1, sizeof *m->dealt);
    for (size_t f = 0; f < p->n_folds; f++) {
        const struct fold *fold = &p->folds[f];
        size_t wanted[2] = {fold->value,
                            fold->kind == FOLD_PAIR ? fold->other : fold->value};

        if (fold_merges(fold) || fold->kind == FOLD_KAHAN)
            continue;
        for (size_t i = 0; i < 2; i++)
            if (!m->dealt[wanted[i]])
                m->dealt[wanted[i]] = xlarge((s->n + 1) * s->values[wanted[i]].width);
        if (fold->kind != FOLD_KEEP)
            fold_reserve(&p->folds[f], m->n_cells);
    }
    for (size_t t = 0; t < p->n_terms; t++)
        if (p->folds[p->terms[t].main].kind == FOLD_KEEP) {
            free(p->terms[t].values);
            p->terms[t].values = xcalloc(m->n_cells, sizeof(double));
        }
    pool_run(m->threads, m->n_ranges, deal_range, m);
    pool_run(m->threads, m->n_cells / CELLS_A_TASK + 1, fold_cells, m);
}
