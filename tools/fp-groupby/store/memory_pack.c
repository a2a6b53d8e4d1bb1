/*
 * memory_pack.c: sums of several columns in one addition a row.
 *
 * Small integers lie side by side in a word, each with room for its largest sum over the
 * rows that are added before the words are emptied into the folds' cells.
 */
#include "store/memory_impl.h"

#include "common/mem.h"

#include <stdlib.h>

enum {
    FEW_CELLS = 8192, /* so few are emptied often, which makes room for more columns */
    ROWS_A_FILL = 1 << 16,
    COLUMNS_MOST = 16,
};

struct lane {
    size_t fold;
    const struct store_column *values; /* NULL: ones */
    unsigned shift, bits;
};

struct pack {
    size_t n;
    struct lane lanes[COLUMNS_MOST];
    uint64_t *words; /* owned; by cell */
};

/* Lanes for folds that are sums of small integers or counts of rows. */
static void
choose_lanes(const struct memory *m, const bool *done, size_t n_rows, struct pack *pack)
{
    const struct program *p = m->program;
    unsigned used = 0;

    for (size_t f = 0; f < p->n_folds && pack->n < COLUMNS_MOST; f++) {
        const struct fold *fold = &p->folds[f];
        const struct store_column *c =
            fold->kind == FOLD_SUM ? &m->store->values[fold->value] : NULL;
        uint64_t most = (c ? c->most : 1) * n_rows;
        unsigned bits = most ? 64 - (unsigned)__builtin_clzll(most) : 1;

        if (done[f] || (fold->kind != FOLD_SUM && fold->kind != FOLD_SIZE) ||
            (c && c->width > 2) || used + bits > 64)
            continue;
        pack->lanes[pack->n++] = (struct lane){f, c, used, bits};
        used += bits;
    }
}

static void
add_lane(const struct kernel *k, const struct lane *l, size_t row, uint64_t *words)
{
    const struct store_column *c = l->values;

    k->add_lane(c ? (const uint8_t *)c->data + row * c->width : NULL, c ? c->width : 0,
                l->shift, words);
}

static void
empty_words(const struct memory *m, struct pack *pack, struct fold *folds)
{
    for (size_t i = 0; i < pack->n; i++) {
        const struct lane *l = &pack->lanes[i];
        uint64_t mask = l->bits == 64 ? UINT64_MAX : (UINT64_C(1) << l->bits) - 1;
        uint64_t *sums = folds[l->fold].cells;

        for (size_t c = 0; c < m->n_cells; c++)
            sums[c] += pack->words[c] >> l->shift & mask;
    }
    memset(pack->words, 0, m->n_cells * sizeof *pack->words);
}

void
memory_sum_packed(struct memory *m, struct memory_range *r, bool *done)
{
    bool few = m->n_cells <= FEW_CELLS;
    size_t fill = few ? ROWS_A_FILL : r->end - r->begin;
    struct pack pack = {0};
    uint32_t cells[STORE_BLOCK];
    uint64_t words[STORE_BLOCK];

    choose_lanes(m, done, fill, &pack);
    if (pack.n == 0)
        return;
    for (size_t i = 0; i < pack.n; i++) {
        fold_reserve(&r->folds[pack.lanes[i].fold], m->n_cells);
        done[pack.lanes[i].fold] = true;
    }
    pack.words = xcalloc(m->n_cells, sizeof *pack.words);
    for (size_t row = r->begin; row < r->end; row += STORE_BLOCK) {
        size_t n = r->end - row < STORE_BLOCK ? r->end - row : STORE_BLOCK;

        memset(words, 0, sizeof words);
        store_cells(m->store, m->coder, row, cells);
        for (size_t i = 0; i < pack.n; i++)
            add_lane(m->store->kernel, &pack.lanes[i], row, words);
        for (size_t i = 0; i < n; i++)
            pack.words[cells[i]] += words[i];
        if (few && (row + STORE_BLOCK - r->begin) % ROWS_A_FILL == 0)
            empty_words(m, &pack, r->folds);
    }
    empty_words(m, &pack, r->folds);
    free(pack.words);
}
