/*
 * wide_number.c: groups numbered as they appear.
 *
 * Rows are dealt out by a hash, so that a partition has all rows of its groups, and in
 * ascending order.  Groups get their final numbers from the rows they start at: ranks in
 * a set of bits.
 */
#include "engine/deal.h"
#include "engine/feeder.h"

#include "common/mem.h"
#include "common/pool.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { CHUNK = 1024, BLOCKS = 64 };

struct job {
    struct wide *w;
    struct coder *c;
    struct program *p;
    struct deal deal;   /* its words become groups of the partition, from 1 */
    atomic_size_t next; /* partition to be worked on */
    uint8_t *is_first;  /* by row */
    uint32_t *before;   /* by 64 rows: groups that start before */
    uint64_t *starts;   /* bit i: row i is the first of its group */
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
number_groups(struct job *j, struct deal_partition *part, struct entry *table, size_t n)
{
    for (size_t i = part->begin; i < part->end; i++) {
        uint64_t word = j->deal.words[i];
        size_t slot = slot_of(word, n);

        while (table[slot].word && table[slot].word != word)
            slot = (slot + 1) & (n - 1);
        if (!table[slot].word) {
            table[slot] = (struct entry){word, ++part->n_groups};
            j->is_first[j->deal.rows[i]] = 1;
        }
        j->deal.words[i] = table[slot].group;
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
        struct deal_partition *part = &j->deal.partitions[number];
        size_t n = 64;

        while (n < 2 * (part->end - part->begin))
            n *= 2;
        memset(table, 0, n * sizeof *table);
        number_groups(j, part, table, n);
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

/* The words of groups; in place when blocks come in turn. */
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
            *to++ = j->w->words[1 + i];
}

/* A partition's rows through the folds, some of them at a time. */
static void
feed_partition(const struct job *j, const struct deal_partition *part, struct feeder *d,
               union batch_value *values, uint32_t *firsts)
{
    uint32_t groups[CHUNK];
    size_t seen = 0;

    feeder_restart(d, part->n_groups + 1);
    for (size_t i = part->begin; i < part->end; i += CHUNK) {
        size_t some = part->end - i < CHUNK ? part->end - i : CHUNK;
        const struct fold_input in = {values, groups, some, part->n_groups + 1};

        for (size_t k = 0; k < some; k++) {
            groups[k] = (uint32_t)j->deal.words[i + k];
            if (groups[k] > seen)
                firsts[++seen] = j->deal.rows[i + k];
        }
        for (size_t v = 0; v < j->deal.n_values; v++)
            values[v].i = j->deal.values[v].i ? j->deal.values[v].i + i : NULL;
        feeder_rows(d, &in);
    }
}

static void
take_partition(const struct job *j, const struct deal_partition *part,
               const struct feeder *d, const uint32_t *firsts)
{
    for (size_t g = 1; g <= part->n_groups; g++) {
        uint32_t group = final_group(j, firsts[g]);

        for (size_t f = j->p->first_fold; f < j->p->n_folds; f++)
            fold_take(&j->p->folds[f], group, &d->folds[f], g);
    }
}

static void
fold_partitions(void *context, size_t thread)
{
    struct job *j = context;
    struct feeder d;
    union batch_value *values = xcalloc(j->deal.n_values + 1, sizeof *values);
    uint32_t *firsts = xcalloc(j->deal.largest + 1, sizeof *firsts);
    size_t number;

    (void)thread;
    feeder_init(&d, j->p);
    while ((number = atomic_fetch_add(&j->next, 1)) < j->deal.n_partitions) {
        const struct deal_partition *part = &j->deal.partitions[number];

        feed_partition(j, part, &d, values, firsts);
        take_partition(j, part, &d, firsts);
    }
    feeder_clear(&d);
    free(values);
    free(firsts);
}

void
wide_number(struct wide *w, struct coder *c, struct program *p, unsigned threads,
            bool keep)
{
    struct job j = {.w = w, .c = c, .p = p};
    size_t n_groups;

    deal_rows(&j.deal, w, p, DEAL_BY_HASH, threads);
    j.is_first = xcalloc(w->n + 1, 1);
    j.before = xcalloc(w->n / 64 + 1, sizeof *j.before);
    j.starts = xcalloc(w->n / 64 + 1, sizeof *j.starts);
    pool_run(threads, threads, number_partitions, &j);
    n_groups = rank_firsts(&j);
    free(c->packed);
    c->packed = keep ? xlarge((n_groups + 1) * sizeof *c->packed) : w->words;
    pool_run(keep ? threads : 1, BLOCKS, place_words, &j);
    if (!keep)
        w->words = NULL;
    c->packed[0] = 0;
    c->layout = w->layout;
    c->n_groups = (uint32_t)n_groups;
    for (size_t f = p->first_fold; f < p->n_folds; f++)
        fold_make_room(&p->folds[f], n_groups);
    atomic_store(&j.next, 0);
    pool_run(threads, threads, fold_partitions, &j);
    deal_clear(&j.deal);
    free(j.is_first);
    free(j.before);
    free(j.starts);
}
