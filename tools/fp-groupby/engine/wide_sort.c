/*
 * wide_sort.c: groups in the order of their keys.
 *
 * Codes become ranks, the first key's on top, so that words compare as groups do.  Rows
 * are dealt out by the top bits; a partition is sorted in the cache, stably, and folded;
 * its groups then lie where its rows did, and closing the gaps ends it.  Nothing is ever
 * looked for in all of the memory.
 */
#include "engine/deal.h"
#include "engine/feeder.h"
#include "engine/order.h"

#include "common/mem.h"
#include "common/pool.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    CHUNK = 1024,
    BLOCKS = 64,
    DIGIT_BITS = 11,
    DIGITS = 1 << DIGIT_BITS,
    WORD_BITS = 64,
};

struct job {
    struct wide *w;
    struct coder *c;
    struct program *p;
    struct coder_layout layout; /* of ranks */
    uint32_t **ranks;           /* owned, by key, by code */
    struct deal deal;
    atomic_size_t next; /* partition to be worked on */
};

/* A row of the partition that is being sorted. */
struct row {
    uint64_t word;
    uint32_t place; /* of the dealt rows */
};

/* Bits of ranks, the last key's lowest; returns how many. */
static unsigned
lay_out_ranks(struct job *j)
{
    unsigned shift = 0;

    for (size_t k = j->c->n_keys; k-- > 0;) {
        uint64_t most = j->c->keys[k].known.n + UINT64_C(1);
        unsigned bits = WORD_BITS - (unsigned)__builtin_clzll(most);

        j->layout.shift[k] = (uint8_t)shift;
        j->layout.bits[k] = (uint8_t)bits;
        shift += bits;
    }
    return shift;
}

static void
rank_block(void *context, size_t block)
{
    struct job *j = context;
    uint64_t *words = j->w->words + 1;
    size_t end = j->w->n * (block + 1) / BLOCKS;

    for (size_t i = j->w->n * block / BLOCKS; i < end; i++) {
        uint64_t ranked = 0;

        if (words[i] == 0)
            continue;
        for (size_t k = 0; k < j->c->n_keys; k++)
            ranked |= (uint64_t)j->ranks[k][coder_unpack(&j->w->layout, k, words[i])]
                      << j->layout.shift[k];
        words[i] = ranked;
    }
}

/* One stable step by DIGIT_BITS bits from `shift` on. */
static void
sort_digit(const struct row *from, struct row *to, size_t n, unsigned shift)
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
static struct row *
sort_rows(struct row *rows, struct row *spare, size_t n)
{
    uint64_t differ = 0;

    for (size_t i = 1; i < n; i++)
        differ |= rows[i].word ^ rows[0].word;
    while (differ) {
        unsigned shift = (unsigned)__builtin_ctzll(differ);
        struct row *sorted = spare;

        sort_digit(rows, spare, n, shift);
        spare = rows;
        rows = sorted;
        differ &=
            shift + DIGIT_BITS < WORD_BITS ? ~UINT64_C(0) << (shift + DIGIT_BITS) : 0;
    }
    return rows;
}

/* Sorted rows through the folds; their groups' words go where the partition begins. */
static void
feed_partition(struct job *j, const struct deal_partition *part, const struct row *rows,
               struct feeder *d, union batch_value *values)
{
    size_t n = part->end - part->begin;
    uint64_t *words = j->deal.words + part->begin;
    uint32_t groups[CHUNK];
    uint32_t group = 0;

    feeder_restart(d, part->n_groups);
    for (size_t i = 0; i < n; i += CHUNK) {
        size_t some = n - i < CHUNK ? n - i : CHUNK;
        const struct fold_input in = {values, groups, some, part->n_groups + 1};

        for (size_t k = 0; k < some; k++) {
            group += i + k == 0 || rows[i + k].word != rows[i + k - 1].word;
            words[group - 1] = rows[i + k].word;
            groups[k] = group;
        }
        for (size_t v = 0; v < j->deal.n_values; v++)
            for (size_t k = 0; j->deal.values[v].i && k < some; k++)
                values[v].i[k] = j->deal.values[v].i[rows[i + k].place];
        feeder_rows(d, &in);
    }
}

static size_t
count_groups(const struct row *rows, size_t n)
{
    size_t count = n > 0;

    for (size_t i = 1; i < n; i++)
        count += rows[i].word != rows[i - 1].word;
    return count;
}

static void
group_partition(struct job *j, struct deal_partition *part, struct row *rows,
                struct row *spare, struct feeder *d, union batch_value *values)
{
    size_t n = part->end - part->begin;
    const struct row *sorted;

    for (size_t i = 0; i < n; i++)
        rows[i] =
            (struct row){j->deal.words[part->begin + i], (uint32_t)(part->begin + i)};
    sorted = sort_rows(rows, spare, n);
    part->n_groups = count_groups(sorted, n);
    feed_partition(j, part, sorted, d, values);
    for (size_t f = j->p->first_fold; f < j->p->n_folds; f++)
        fold_take_run(&j->p->folds[f], part->begin, &d->folds[f], 1, part->n_groups);
}

/* One thread: partitions as long as there are some. */
static void
group_partitions(void *context, size_t thread)
{
    struct job *j = context;
    struct feeder d;
    struct row *rows = xlarge((j->deal.largest + 1) * sizeof *rows);
    struct row *spare = xlarge((j->deal.largest + 1) * sizeof *spare);
    union batch_value *values = xcalloc(j->deal.n_values + 1, sizeof *values);
    size_t number;

    (void)thread;
    feeder_init(&d, j->p);
    for (size_t v = 0; v < j->deal.n_values; v++)
        values[v].i = xcalloc(CHUNK, sizeof(int64_t));
    while ((number = atomic_fetch_add(&j->next, 1)) < j->deal.n_partitions)
        group_partition(j, &j->deal.partitions[number], rows, spare, &d, values);
    for (size_t v = 0; v < j->deal.n_values; v++)
        free(values[v].i);
    feeder_clear(&d);
    free(values);
    free(rows);
    free(spare);
}

/* Groups have places of rows; they get those of groups.  Array 0: words; then folds. */
static void
close_gaps(void *context, size_t array)
{
    struct job *j = context;
    struct fold *fold = array ? &j->p->folds[j->p->first_fold + array - 1] : NULL;
    size_t at = 1;

    for (size_t i = 0; i < j->deal.n_partitions; i++) {
        const struct deal_partition *part = &j->deal.partitions[i];

        if (at != part->begin && fold)
            fold_take_run(fold, at, fold, part->begin, part->n_groups);
        else if (at != part->begin)
            memmove(j->deal.words + at, j->deal.words + part->begin,
                    part->n_groups * sizeof *j->deal.words);
        at += part->n_groups;
    }
}

static void
take_groups(struct job *j)
{
    size_t n_groups = 1;

    for (size_t i = 0; i < j->deal.n_partitions; i++)
        n_groups += j->deal.partitions[i].n_groups;
    j->c->packed = j->deal.words;
    j->c->packed[0] = 0;
    j->deal.words = NULL;
    j->c->layout = j->layout;
    j->c->n_groups = (uint32_t)n_groups;
    j->c->in_order = true;
}

void
wide_sort(struct wide *w, struct coder *c, struct program *p, unsigned threads)
{
    struct job j = {.w = w, .c = c, .p = p};
    struct deal_plan plan = deal_by_order(w->n, lay_out_ranks(&j));

    plan.program = p;
    j.ranks = coder_rank(c, threads);
    pool_run(threads, BLOCKS, rank_block, &j);
    for (size_t k = 0; k < c->n_keys; k++)
        free(j.ranks[k]);
    free(j.ranks);
    deal_rows(&j.deal, w, &plan, threads);
    wide_clear(w);
    for (size_t f = p->first_fold; f < p->n_folds; f++)
        fold_make_room(&p->folds[f], j.deal.partitions[j.deal.n_partitions - 1].end);
    pool_run(threads, threads, group_partitions, &j);
    pool_run(threads, 1 + p->n_folds - p->first_fold, close_gaps, &j);
    take_groups(&j);
    deal_clear(&j.deal);
}
