/* wide_sort.c: see wide_sort.h. */
#include "store/wide_sort.h"

#include "common/mem.h"
#include "common/pool.h"
#include "fold/order.h"

#include <stdlib.h>

enum {
    CHUNK = 1024,
    BLOCKS = 64,
    DIGIT_BITS = 11,
    DIGITS = 1 << DIGIT_BITS,
    WORD_BITS = 64
};

struct ranking {
    struct wide *w;
    const struct coder *c; /* with the new layout */
    uint32_t **ranks;      /* by key, by code */
};

/* Bits for the codes of each key, the last key's lowest. */
static void
lay_out_ranks(struct coder *c)
{
    unsigned shift = 0;

    for (size_t k = c->n_keys; k-- > 0;) {
        unsigned bits = coder_bits(&c->keys[k]);

        c->layout.shift[k] = (uint8_t)shift;
        c->layout.bits[k] = (uint8_t)bits;
        shift += bits;
    }
}

static void
rank_block(void *context, size_t block)
{
    struct ranking *r = context;
    uint64_t *words = r->w->words;
    size_t end = r->w->n * (block + 1) / BLOCKS;

    for (size_t i = r->w->n * block / BLOCKS; i < end; i++) {
        uint64_t ranked = 0;

        if (words[i] == 0)
            continue;
        for (size_t k = 0; k < r->c->n_keys; k++)
            ranked |= (uint64_t)r->ranks[k][coder_unpack(&r->w->layout, k, words[i])]
                      << r->c->layout.shift[k];
        words[i] = ranked;
    }
}

void
wide_sort(struct wide *w, struct coder *c, const struct program *p, unsigned threads,
          struct deal *out)
{
    struct ranking r = {w, c, coder_rank(c, threads)};

    lay_out_ranks(c);
    pool_run(threads, BLOCKS, rank_block, &r);
    for (size_t k = 0; k < c->n_keys; k++)
        free(r.ranks[k]);
    free(r.ranks);
    w->layout = c->layout;
    deal_by_order(out, w, p, threads);
}

struct part_row {
    uint64_t word;
    size_t place; /* of the dealt rows */
};

/* One stable step by DIGIT_BITS bits from `shift` on. */
static void
sort_digit(const struct part_row *from, struct part_row *to, size_t n, unsigned shift)
{
    uint32_t next[DIGITS] = {0};
    uint32_t at = 0;

    for (size_t i = 0; i < n; i++)
        next[from[i].word >> shift & (DIGITS - 1)]++;
    for (size_t d = 0; d < DIGITS; d++) {
        uint32_t count = next[d];

        next[d] = at;
        at += count;
    }
    for (size_t i = 0; i < n; i++)
        to[next[from[i].word >> shift & (DIGITS - 1)]++] = from[i];
}

/* LSD radix sort by the bits that differ; returns which of the two has the rows. */
static const struct part_row *
sort_rows(struct part_row *rows, struct part_row *spare, size_t n)
{
    uint64_t differ = 0;

    for (size_t i = 1; i < n; i++)
        differ |= rows[i].word ^ rows[0].word;
    while (differ) {
        unsigned shift = (unsigned)__builtin_ctzll(differ);
        struct part_row *sorted = spare;

        sort_digit(rows, spare, n, shift);
        spare = rows;
        rows = sorted;
        differ &=
            shift + DIGIT_BITS < WORD_BITS ? ~UINT64_C(0) << (shift + DIGIT_BITS) : 0;
    }
    return rows;
}

static uint32_t
count_groups(const struct part_row *rows, size_t n)
{
    uint32_t count = n > 0;

    for (size_t i = 1; i < n; i++)
        count += rows[i].word != rows[i - 1].word;
    return count;
}

/* Sorted rows through the folds. */
static void
feed_rows(struct part_groups *g, const struct part_row *rows, size_t n)
{
    uint32_t groups[CHUNK];
    uint32_t group = 0;

    for (size_t i = 0; i < n; i += CHUNK) {
        size_t some = n - i < CHUNK ? n - i : CHUNK;
        const struct fold_input in = {g->values, groups, some, g->coder.n_groups};

        for (size_t k = 0; k < some; k++) {
            group += i + k == 0 || rows[i + k].word != rows[i + k - 1].word;
            g->coder.packed[group] = rows[i + k].word;
            groups[k] = group;
        }
        for (size_t v = 0; v < g->deal->n_values; v++)
            for (size_t k = 0; g->deal->values[v].i && k < some; k++)
                g->values[v].i[k] = g->deal->values[v].i[rows[i + k].place];
        feeder_rows(&g->feeder, &in);
    }
}

/* The rows of part i, in the order of the file. */
static void
load_rows(struct part_groups *g, size_t i)
{
    struct deal_walk walk = deal_begin();
    struct part_row *to = g->rows;
    size_t from, n;

    while (deal_next(g->deal, i, &walk, &from, &n))
        for (size_t k = 0; k < n; k++)
            *to++ = (struct part_row){g->deal->words[from + k], from + k};
}

void
part_groups_make(struct part_groups *g, size_t i)
{
    size_t n = g->deal->partitions[i].size;
    const struct part_row *sorted;

    load_rows(g, i);
    sorted = sort_rows(g->rows, g->spare, n);
    g->coder.n_groups = 1 + count_groups(sorted, n);
    feeder_restart(&g->feeder, g->coder.n_groups);
    feed_rows(g, sorted, n);
}

void
part_groups_init(struct part_groups *g, const struct coder *c, const struct program *p,
                 const struct deal *d)
{
    *g = (struct part_groups){.coder = *c, .program = *p, .deal = d};
    g->rows = xlarge((d->largest + 1) * sizeof *g->rows);
    g->spare = xlarge((d->largest + 1) * sizeof *g->spare);
    g->coder.packed = xcalloc(d->largest + 1, sizeof *g->coder.packed);
    feeder_init(&g->feeder, p);
    g->program.folds = g->feeder.folds;
    g->values = xcalloc(d->n_values + 1, sizeof *g->values);
    for (size_t v = 0; v < d->n_values; v++)
        g->values[v].i = xcalloc(CHUNK, sizeof(int64_t));
}

void
part_groups_clear(struct part_groups *g)
{
    for (size_t v = 0; v < g->deal->n_values; v++)
        free(g->values[v].i);
    feeder_clear(&g->feeder);
    free(g->coder.packed);
    free(g->values);
    free(g->rows);
    free(g->spare);
}
