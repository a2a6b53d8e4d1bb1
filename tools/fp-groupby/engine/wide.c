/*
 * wide.c: pack, deal out, number the groups of each partition, fold them.
 *
 * Dealing is stable, so that a partition's rows ascend.  Groups get their final numbers
 * from the rows they start at: ranks in a set of bits.  Arrays that are written here and
 * there lie on large pages.
 */
#include "engine/wide.h"

#include "common/mem.h"
#include "common/pool.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    BLOCKS = 64, /* of rows, for packing and dealing: a task each */
    PARTITIONS_MOST = 1024,
    PARTITION_ROWS = 16 * 1024, /* aimed at: the table then fits a second-level cache */
    GATHER = 1024,
    AHEAD = 24,   /* rows whose values are fetched early */
    HEADROOM = 2, /* bits of a key's codes that are not needed yet */
    WORD_BITS = 64
};

struct partition {
    size_t begin, end; /* of the dealt rows */
    size_t n_groups;
};

struct wide_job {
    const struct wide *w;
    struct coder *c;
    struct program *p;
    bool *needed; /* by value: a fold asks for it */
    size_t n_partitions, largest;
    size_t (*counts)[PARTITIONS_MOST]; /* by block; then where the next goes */
    struct partition *partitions;
    atomic_size_t next; /* partition to be worked on */
    uint64_t *words;    /* dealt out; then the group in the partition instead, from 1 */
    uint32_t *rows;     /* the same rows' numbers */
    uint8_t *is_first;  /* by row */
    uint32_t *before;   /* by 64 rows: groups that start before */
    uint64_t *starts;   /* bit i: row i is the first of its group */
};

void
wide_init(struct wide *w, size_t n_keys, size_t n_values)
{
    *w = (struct wide){.n_keys = n_keys, .n_values = n_values};
    w->values = xcalloc(n_values + 1, sizeof *w->values);
    w->used = xcalloc(n_values + 1, sizeof *w->used);
    for (size_t v = 0; v < n_values; v++)
        w->used[v] = true;
}

void
wide_clear(struct wide *w)
{
    for (size_t i = 0; i < w->n_values; i++)
        free(w->values[i].i);
    free(w->values);
    free(w->used);
    free(w->words);
    *w = (struct wide){0};
}

/* Room for n rows more; what is not needed of it is never touched. */
static void
make_room(struct wide *w, size_t n)
{
    w->capacity = w->n + n + w->n / 2;
    w->words = xrealloc(w->words, w->capacity + 1, sizeof *w->words);
    w->words[0] = 0;
    for (size_t v = 0; v < w->n_values; v++)
        if (w->used[v])
            w->values[v].i = xrealloc(w->values[v].i, w->capacity, sizeof(int64_t));
}

static unsigned
code_bits(const struct key_values *k)
{
    return WORD_BITS - (unsigned)__builtin_clzll(k->known.n + UINT64_C(1));
}

/* Bits for every key, `spare` more for those that have too few by now. */
static bool
lay_out(const struct wide *w, const struct coder *c, unsigned spare,
        struct coder_layout *out)
{
    unsigned shift = 0;

    for (size_t k = 0; k < w->n_keys && shift <= WORD_BITS; k++) {
        unsigned bits = code_bits(&c->keys[k]);

        bits = bits > w->layout.bits[k] ? bits + spare : spare ? w->layout.bits[k] : bits;
        out->shift[k] = (uint8_t)shift;
        out->bits[k] = (uint8_t)bits;
        shift += bits;
    }
    return shift <= WORD_BITS;
}

/* The words as another layout has them. */
static void
pack_again(struct wide *w, const struct coder_layout *to)
{
    for (size_t i = 1; i <= w->n; i++) {
        uint64_t word = 0;

        for (size_t k = 0; k < w->n_keys; k++)
            word |= (uint64_t)coder_unpack(&w->layout, k, w->words[i]) << to->shift[k];
        w->words[i] = word;
    }
}

/* A layout that holds the codes by now: seldom another than before. */
static bool
fit_layout(struct wide *w, const struct coder *c)
{
    struct coder_layout wider = {{0}, {0}};
    bool fits = true;

    if (w->n_keys > CODER_KEYS_MOST)
        return false;
    for (size_t k = 0; k < w->n_keys; k++)
        fits &= code_bits(&c->keys[k]) <= w->layout.bits[k];
    if (fits)
        return true;
    if (!lay_out(w, c, HEADROOM, &wider) && !lay_out(w, c, 0, &wider))
        return false;
    pack_again(w, &wider);
    w->layout = wider;
    return true;
}

static void
append_words(struct wide *w, const struct coder *c, const struct batch *b)
{
    uint64_t *words = w->words + 1 + w->n;
    bool dropped = false;

    for (size_t k = 0; k < w->n_keys; k++) {
        const uint32_t *map = c->keys[k].codes[b->reader];
        const uint32_t *codes = b->keys[k].codes;
        unsigned shift = w->layout.shift[k];

        for (size_t i = 0; i < b->n_rows; i++) {
            uint64_t code = map[codes[i]];

            words[i] = (k ? words[i] : 0) | code << shift;
            dropped |= code == 0;
        }
    }
    for (size_t i = 0; dropped && i < b->n_rows; i++)
        for (size_t k = 0; k < w->n_keys; k++)
            if (coder_unpack(&w->layout, k, words[i]) == 0)
                words[i] = 0;
}

bool
wide_append(struct wide *w, const struct coder *c, const struct batch *b, size_t n)
{
    if (w->n + b->n_rows >= UINT32_MAX || !fit_layout(w, c))
        return false;
    if (w->n + b->n_rows > w->capacity)
        make_room(w, n > b->n_rows ? n : b->n_rows);
    append_words(w, c, b);
    for (size_t v = 0; v < w->n_values; v++)
        if (w->used[v])
            memcpy(w->values[v].i + w->n, b->values[v].i, b->n_rows * sizeof(int64_t));
    w->n += b->n_rows;
    return true;
}

static size_t
block_start(const struct wide *w, size_t block)
{
    return w->n * block / BLOCKS;
}

static uint64_t
mixed(uint64_t word)
{
    word *= 0x9e3779b97f4a7c15u;
    return word ^ word >> 32;
}

static size_t
partition_of(const struct wide_job *j, uint64_t word)
{
    return (size_t)(mixed(word) >> 12) & (j->n_partitions - 1);
}

static void
count_block(void *context, size_t block)
{
    struct wide_job *j = context;
    const uint64_t *words = j->w->words + 1;
    size_t *counts = j->counts[block];

    for (size_t i = block_start(j->w, block); i < block_start(j->w, block + 1); i++)
        counts[partition_of(j, words[i])] += words[i] != 0;
}

static void
deal_block(void *context, size_t block)
{
    struct wide_job *j = context;
    size_t *next = j->counts[block];

    for (size_t i = block_start(j->w, block); i < block_start(j->w, block + 1); i++) {
        uint64_t word = j->w->words[1 + i];
        size_t at;

        if (word == 0)
            continue;
        at = next[partition_of(j, word)]++;
        j->words[at] = word;
        j->rows[at] = (uint32_t)i;
    }
}

/* Counts become places: partition by partition, in it block by block. */
static void
place_partitions(struct wide_job *j)
{
    size_t at = 0;

    for (size_t p = 0; p < j->n_partitions; p++) {
        struct partition *part = &j->partitions[p];

        part->begin = at;
        for (size_t block = 0; block < BLOCKS; block++) {
            size_t count = j->counts[block][p];

            j->counts[block][p] = at;
            at += count;
        }
        part->end = at;
        if (at - part->begin > j->largest)
            j->largest = at - part->begin;
    }
    memset(j->rows + at, 0, AHEAD * sizeof *j->rows);
}

struct entry {
    uint64_t word; /* 0: none */
    uint64_t group;
};

/* The groups of a partition's rows, in order of appearance; the table has n entries. */
static void
number_groups(struct wide_job *j, struct partition *part, struct entry *table, size_t n)
{
    for (size_t i = part->begin; i < part->end; i++) {
        uint64_t word = j->words[i];
        size_t slot = (size_t)(mixed(word) >> 24) & (n - 1);

        while (table[slot].word && table[slot].word != word)
            slot = (slot + 1) & (n - 1);
        if (!table[slot].word) {
            table[slot] = (struct entry){word, ++part->n_groups};
            j->is_first[j->rows[i]] = 1;
        }
        j->words[i] = table[slot].group;
    }
}

/* One thread: partitions as long as there are some. */
static void
number_partitions(void *context, size_t thread)
{
    struct wide_job *j = context;
    size_t most = 64;
    size_t number;
    struct entry *table;

    (void)thread;
    while (most < 2 * j->largest)
        most *= 2;
    table = xlarge(most * sizeof *table);
    while ((number = atomic_fetch_add(&j->next, 1)) < j->n_partitions) {
        struct partition *part = &j->partitions[number];
        size_t n = 64;

        while (n < 2 * (part->end - part->begin))
            n *= 2;
        memset(table, 0, n * sizeof *table);
        number_groups(j, part, table, n);
    }
    free(table);
}

static size_t
rank_firsts(struct wide_job *j)
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
final_group(const struct wide_job *j, uint32_t row)
{
    uint64_t below = j->starts[row / 64] & ((UINT64_C(1) << row % 64) - 1);

    return j->before[row / 64] + (uint32_t)__builtin_popcountll(below);
}

/* The words of groups; in place when blocks come in turn. */
static void
place_words(void *context, size_t block)
{
    struct wide_job *j = context;
    size_t begin = block_start(j->w, block);
    size_t end = block_start(j->w, block + 1);
    uint64_t *to;

    if (begin == end)
        return;
    to = j->c->packed + final_group(j, (uint32_t)begin);
    for (size_t i = begin; i < end; i++)
        if (j->is_first[i])
            *to++ = j->w->words[1 + i];
}

/* What a thread folds with. */
struct feeder {
    struct fold *folds;        /* owned */
    union batch_value *values; /* owned, GATHER of each that is needed */
    uint32_t groups[GATHER];
    uint32_t *firsts; /* owned; row that each group of the partition starts at */
};

/* A partition's rows through the folds, some of them at a time. */
static void
feed_partition(const struct wide_job *j, const struct partition *part, struct feeder *d)
{
    const uint32_t *rows = j->rows;
    size_t seen = 0;

    for (size_t f = j->p->first_fold; f < j->p->n_folds; f++)
        fold_restart(&d->folds[f], part->n_groups + 1);
    for (size_t i = part->begin; i < part->end; i += GATHER) {
        size_t some = part->end - i < GATHER ? part->end - i : GATHER;
        const struct fold_input in = {d->values, d->groups, some, part->n_groups + 1};

        for (size_t k = 0; k < some; k++) {
            d->groups[k] = (uint32_t)j->words[i + k];
            if (d->groups[k] > seen)
                d->firsts[++seen] = rows[i + k];
        }
        for (size_t v = 0; v < j->w->n_values; v++) {
            const int64_t *from = j->w->values[v].i;

            for (size_t k = 0; j->needed[v] && k < some; k++) {
                __builtin_prefetch(&from[rows[i + k + AHEAD]]);
                d->values[v].i[k] = from[rows[i + k]];
            }
        }
        for (size_t f = j->p->first_fold; f < j->p->n_folds; f++)
            fold_rows(&d->folds[f], &in);
    }
}

static void
take_partition(const struct wide_job *j, const struct partition *part,
               const struct feeder *d)
{
    for (size_t g = 1; g <= part->n_groups; g++) {
        uint32_t group = final_group(j, d->firsts[g]);

        for (size_t f = j->p->first_fold; f < j->p->n_folds; f++)
            fold_take(&j->p->folds[f], group, &d->folds[f], g);
    }
}

static void
fold_partitions(void *context, size_t thread)
{
    struct wide_job *j = context;
    struct feeder d = {.folds = xcalloc(j->p->n_folds, sizeof *d.folds),
                       .values = xcalloc(j->w->n_values + 1, sizeof *d.values),
                       .firsts = xcalloc(j->largest + 1, sizeof *d.firsts)};
    size_t number;

    (void)thread;
    for (size_t f = 0; f < j->p->n_folds; f++)
        d.folds[f] = fold_like(&j->p->folds[f]);
    for (size_t v = 0; v < j->w->n_values; v++)
        d.values[v].i = xcalloc(GATHER, sizeof(int64_t));
    while ((number = atomic_fetch_add(&j->next, 1)) < j->n_partitions) {
        feed_partition(j, &j->partitions[number], &d);
        take_partition(j, &j->partitions[number], &d);
    }
    for (size_t v = 0; v < j->w->n_values; v++)
        free(d.values[v].i);
    for (size_t f = 0; f < j->p->n_folds; f++)
        fold_clear(&d.folds[f]);
    free(d.values);
    free(d.folds);
    free(d.firsts);
}

static void
job_init(struct wide_job *j)
{
    size_t n = j->w->n;

    j->needed = xcalloc(j->w->n_values + 1, sizeof *j->needed);
    for (size_t v = 0; v < j->w->n_values; v++)
        j->needed[v] = program_folds_value(j->p, v);
    j->n_partitions = 1;
    while (j->n_partitions < PARTITIONS_MOST && n / j->n_partitions > PARTITION_ROWS)
        j->n_partitions *= 2;
    j->words = xlarge((n + 1) * sizeof *j->words);
    j->rows = xlarge((n + AHEAD) * sizeof *j->rows);
    j->counts = xcalloc(BLOCKS, sizeof *j->counts);
    j->partitions = xcalloc(j->n_partitions, sizeof *j->partitions);
    j->is_first = xcalloc(n + 1, 1);
    j->before = xcalloc(n / 64 + 1, sizeof *j->before);
    j->starts = xcalloc(n / 64 + 1, sizeof *j->starts);
}

static void
job_clear(struct wide_job *j)
{
    free(j->needed);
    free(j->words);
    free(j->rows);
    free(j->counts);
    free(j->partitions);
    free(j->is_first);
    free(j->before);
    free(j->starts);
}

void
wide_group(struct wide *w, struct coder *c, struct program *p, unsigned threads,
           bool keep)
{
    struct wide_job j = {.w = w, .c = c, .p = p};
    size_t n_groups;

    job_init(&j);
    pool_run(threads, BLOCKS, count_block, &j);
    place_partitions(&j);
    pool_run(threads, BLOCKS, deal_block, &j);
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
    job_clear(&j);
}
