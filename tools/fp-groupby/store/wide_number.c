/*
 * wide_number.c: groups numbered as they appear.
 *
 * Rows are dealt out by a hash, so that a partition has all rows of its groups, and in
 * ascending order.  Groups get their final numbers from the rows they start at: ranks in
 * a set of bits.
 */
#include "fold/feeder.h"
#include "store/deal.h"

#include "common/mem.h"
#include "common/pool.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    BLOCKS = 64,
    AHEAD = 24 /* cells that are fetched early */
};

struct job {
    const struct wide *w;
    struct coder *c;
    struct program *p;
    struct deal deal;
    uint32_t *groups;   /* owned; by dealt row: the group in the partition, from 1 */
    atomic_size_t next; /* partition to be worked on */
    uint8_t *is_first;  /* owned; by row */
    uint32_t *before;   /* owned; by 64 rows: groups that start before */
    uint64_t *starts;   /* owned; bit i: row i is the first of its group */
};

struct entry {
    uint64_t word; /* 0: none */
    uint64_t group;
};

static size_t
slot_of(uint64_t word, size_t n)
{
    word *= UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)((word ^ word >> 32) >> 24) & (n - 1);
}

/* The groups of a partition's rows, in order of appearance; the table has n entries. */
static void
number_groups(struct job *j, size_t partition, struct entry *table, size_t n)
{
    struct deal_partition *part = &j->deal.partitions[partition];
    struct deal_walk walk = deal_begin();
    size_t from, some;

    while (deal_next(&j->deal, partition, &walk, &from, &some))
        for (size_t i = from; i < from + some; i++) {
            uint64_t word = j->deal.words[i];
            size_t slot = slot_of(word, n);

            while (table[slot].word && table[slot].word != word)
                slot = (slot + 1) & (n - 1);
            if (!table[slot].word) {
                table[slot] = (struct entry){word, ++part->n_groups};
                j->is_first[j->deal.rows[i]] = 1;
            }
            j->groups[i] = (uint32_t)table[slot].group;
        }
}

/* One thread: partitions as long as there are some. */
static void
number_partitions(void *context, size_t thread)
{
    struct job *j = context;
    size_t most = 64;
    size_t number;
    struct entry *table;

    (void)thread;
    while (most < 2 * j->deal.largest)
        most *= 2;
    table = xlarge(most * sizeof *table);
    while ((number = atomic_fetch_add(&j->next, 1)) < j->deal.n_partitions) {
        size_t n = 64;

        while (n < 2 * j->deal.partitions[number].size)
            n *= 2;
        memset(table, 0, n * sizeof *table);
        number_groups(j, number, table, n);
    }
    free(table);
}

static size_t
rank_firsts(struct job *j)
{
    size_t count = 1;

    for (size_t i = 0; i < j->w->n; i++) {
        if (i % 64 == 0)
            j->before[i / 64] = (uint32_t)count;
        j->starts[i / 64] |= (uint64_t)j->is_first[i] << i % 64;
        count += j->is_first[i];
    }
    return count;
}

static uint32_t
final_group(const struct job *j, uint32_t row)
{
    uint64_t below = j->starts[row / 64] & ((UINT64_C(1) << row % 64) - 1);

    return j->before[row / 64] + (uint32_t)__builtin_popcountll(below);
}

/* The words of groups. */
static void
place_words(void *context, size_t block)
{
    struct job *j = context;
    size_t begin = j->w->n * block / BLOCKS;
    size_t end = j->w->n * (block + 1) / BLOCKS;
    uint64_t *to;

    if (begin == end)
        return;
    to = j->c->packed + final_group(j, (uint32_t)begin);
    for (size_t i = begin; i < end; i++)
        if (j->is_first[i])
            *to++ = j->w->words[i];
}

/* A partition's rows through the folds; finals[g]: the number that group g gets. */
static void
feed_partition(const struct job *j, size_t partition, struct feeder *d,
               union batch_value *values, uint32_t *finals)
{
    size_t n_groups = j->deal.partitions[partition].n_groups + 1;
    struct deal_walk walk = deal_begin();
    size_t from, n;
    size_t seen = 0;

    feeder_restart(d, n_groups);
    while (deal_next(&j->deal, partition, &walk, &from, &n)) {
        const struct fold_input in = {values, j->groups + from, n, n_groups};

        for (size_t i = from; i < from + n; i++)
            if (j->groups[i] > seen)
                finals[++seen] = final_group(j, j->deal.rows[i]);
        for (size_t v = 0; v < j->deal.n_values; v++)
            values[v].u = j->deal.values[v].u ? j->deal.values[v].u + from : NULL;
        feeder_rows(d, &in);
    }
}

/* finals[g]: where group g of the partition goes. */
static void
take_cells(struct fold *to, const struct fold *from, const uint32_t *finals, size_t n)
{
    size_t size = fold_cell_size(to);

    for (size_t g = 1; g <= n; g++) {
        if (g + AHEAD <= n)
            __builtin_prefetch((char *)to->cells + finals[g + AHEAD] * size, 1);
        fold_take(to, finals[g], from, g);
    }
}

static void
fold_partitions(void *context, size_t thread)
{
    struct job *j = context;
    struct feeder d;
    union batch_value *values = xcalloc(j->deal.n_values + 1, sizeof *values);
    uint32_t *finals = xcalloc(j->deal.largest + 1, sizeof *finals);
    size_t number;

    (void)thread;
    feeder_init(&d, j->p);
    while ((number = atomic_fetch_add(&j->next, 1)) < j->deal.n_partitions) {
        feed_partition(j, number, &d, values, finals);
        for (size_t f = j->p->first_fold; f < j->p->n_folds; f++)
            take_cells(&j->p->folds[f], &d.folds[f], finals,
                       j->deal.partitions[number].n_groups);
    }
    feeder_clear(&d);
    free(values);
    free(finals);
}

void
wide_number(const struct wide *w, struct coder *c, struct program *p, unsigned threads)
{
    struct job j = {.w = w, .c = c, .p = p};
    size_t n_groups;

    c->layout = w->layout;
    deal_by_hash(&j.deal, w, p, threads);
    j.groups = xlarge(j.deal.room * sizeof *j.groups);
    j.is_first = xcalloc(w->n + 1, 1);
    j.before = xcalloc(w->n / 64 + 1, sizeof *j.before);
    j.starts = xcalloc(w->n / 64 + 1, sizeof *j.starts);
    pool_run(threads, threads, number_partitions, &j);
    n_groups = rank_firsts(&j);
    free(c->packed);
    c->packed = xlarge(n_groups * sizeof *c->packed);
    c->packed[0] = 0;
    pool_run(threads, BLOCKS, place_words, &j);
    c->n_groups = (uint32_t)n_groups;
    for (size_t f = p->first_fold; f < p->n_folds; f++)
        fold_make_room(&p->folds[f], n_groups);
    atomic_store(&j.next, 0);
    pool_run(threads, threads, fold_partitions, &j);
    deal_clear(&j.deal);
    free(j.groups);
    free(j.is_first);
    free(j.before);
    free(j.starts);
}
