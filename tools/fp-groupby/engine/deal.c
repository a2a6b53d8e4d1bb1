/*
 * deal.c: a counting sort by blocks: count, place, move.
 *
 * Arrays that are written here and there lie on large pages.
 */
#include "engine/deal.h"

#include "common/mem.h"
#include "common/pool.h"

#include <stdlib.h>

enum {
    BLOCKS = 64, /* of rows: a task each */
    CHUNK = 1024,
    PARTITIONS_MOST = 1024,
    PARTITION_ROWS = 16 * 1024, /* aimed at: they and their groups then fit the cache */
    WORD_BITS = 64
};

struct job {
    const struct wide *w;
    const struct deal_plan *plan;
    struct deal *d;
    size_t (*next)[PARTITIONS_MOST]; /* by block: rows; then where the next row goes */
    size_t nowhere;                  /* where rows without a group go */
};

/* log2 of the number of partitions; 1 at least, so that a shift is less than a word. */
static unsigned
partition_bits(size_t n_rows)
{
    unsigned bits = 1;

    while (1 << bits < PARTITIONS_MOST && n_rows >> bits > PARTITION_ROWS)
        bits++;
    return bits;
}

struct deal_plan
deal_by_hash(size_t n_rows)
{
    unsigned bits = partition_bits(n_rows);

    return (struct deal_plan){.n_partitions = (size_t)1 << bits,
                              .factor = UINT64_C(0x9e3779b97f4a7c15), /* Fibonacci's */
                              .shift = WORD_BITS - bits};
}

struct deal_plan
deal_by_order(size_t n_rows, unsigned bits)
{
    unsigned top = partition_bits(n_rows);

    if (top > bits)
        top = bits;
    return (struct deal_plan){
        .n_partitions = (size_t)1 << top, .factor = 1, .shift = bits - top};
}

static size_t
block_start(const struct wide *w, size_t block)
{
    return w->n * block / BLOCKS;
}

static size_t
partition_of(const struct deal_plan *plan, uint64_t word)
{
    return (size_t)(plan->factor * word >> plan->shift);
}

static void
count_block(void *context, size_t block)
{
    struct job *j = context;
    const uint64_t *words = j->w->words + 1;
    size_t *counts = j->next[block];

    for (size_t i = block_start(j->w, block); i < block_start(j->w, block + 1); i++)
        counts[partition_of(j->plan, words[i])] += words[i] != 0;
}

/* Counts become places: partition by partition, in it block by block. */
static void
place_partitions(struct job *j)
{
    size_t at = 1;

    for (size_t p = 0; p < j->d->n_partitions; p++) {
        struct deal_partition *part = &j->d->partitions[p];

        part->begin = at;
        for (size_t block = 0; block < BLOCKS; block++) {
            size_t count = j->next[block][p];

            j->next[block][p] = at;
            at += count;
        }
        part->end = at;
        if (at - part->begin > j->d->largest)
            j->d->largest = at - part->begin;
    }
    j->nowhere = at;
}

/* Rows from..from + n of a block. */
static void
deal_chunk(const struct job *j, size_t *next, size_t from, size_t n)
{
    const uint64_t *words = j->w->words + 1 + from;
    uint32_t places[CHUNK];

    for (size_t i = 0; i < n; i++) {
        size_t partition = partition_of(j->plan, words[i]);

        places[i] = (uint32_t)(words[i] ? next[partition] : j->nowhere);
        next[partition] += words[i] != 0;
    }
    for (size_t i = 0; i < n; i++)
        j->d->words[places[i]] = words[i];
    for (size_t i = 0; j->plan->numbered && i < n; i++)
        j->d->rows[places[i]] = (uint32_t)(from + i);
    for (size_t v = 0; v < j->d->n_values; v++) {
        const int64_t *column = j->w->values[v].i + from;
        int64_t *to = j->d->values[v].i;

        for (size_t i = 0; to && i < n; i++)
            to[places[i]] = column[i];
    }
}

static void
deal_block(void *context, size_t block)
{
    struct job *j = context;
    size_t end = block_start(j->w, block + 1);

    for (size_t i = block_start(j->w, block); i < end; i += CHUNK)
        deal_chunk(j, j->next[block], i, end - i < CHUNK ? end - i : CHUNK);
}

void
deal_rows(struct deal *d, const struct wide *w, const struct deal_plan *plan,
          unsigned threads)
{
    struct job j = {.w = w, .plan = plan, .d = d};
    size_t room = w->n + 2; /* places from 1, and one for rows without a group */

    *d = (struct deal){.n_partitions = plan->n_partitions, .n_values = w->n_values};
    d->partitions = xcalloc(d->n_partitions, sizeof *d->partitions);
    d->values = xcalloc(w->n_values + 1, sizeof *d->values);
    j.next = xcalloc(BLOCKS, sizeof *j.next);
    pool_run(threads, BLOCKS, count_block, &j);
    place_partitions(&j);
    d->words = xlarge(room * sizeof *d->words);
    if (plan->numbered)
        d->rows = xlarge(room * sizeof *d->rows);
    for (size_t v = 0; v < w->n_values; v++)
        if (program_folds_value(plan->program, v))
            d->values[v].i = xlarge(room * sizeof(int64_t));
    pool_run(threads, BLOCKS, deal_block, &j);
    free(j.next);
}

void
deal_clear(struct deal *d)
{
    for (size_t v = 0; v < d->n_values; v++)
        free(d->values[v].i);
    free(d->partitions);
    free(d->words);
    free(d->rows);
    free(d->values);
    *d = (struct deal){0};
}
