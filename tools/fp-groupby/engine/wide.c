/* wide.c: pack, deal out, fold each partition, put the groups in order. */
#include "engine/wide.h"

#include "common/mem.h"
#include "common/pool.h"

#include <stdlib.h>

enum {
    BLOCKS = 64, /* of rows, for packing and dealing: a task each */
    PARTITIONS_MOST = 1024,
    PARTITION_ROWS = 16 * 1024, /* aimed at: the table then fits a second-level cache */
    GATHER = 1024,
};

struct partition {
    size_t begin, end;  /* of the dealt rows */
    uint32_t *first;    /* owned; first row of each group, from 1 */
    size_t n_groups;    /* group 0 included */
    struct fold *folds; /* owned */
};

struct wide_job {
    const struct wide *w;
    struct coder *c;
    struct program *p;
    unsigned shift[64]; /* of each key in the word */
    size_t n_partitions;
    uint64_t *packed;                  /* by row; 0: in no group */
    size_t (*counts)[PARTITIONS_MOST]; /* by block; then where the next goes */
    uint64_t *words;                   /* dealt out */
    uint32_t *rows;                    /* the same rows' numbers */
    struct partition *partitions;
    uint8_t *is_first; /* by row */
    uint32_t *before;  /* by 64 rows: groups that start before */
    uint64_t *starts;  /* bit i: row i is the first of its group */
};

void
wide_init(struct wide *w, size_t n_keys, size_t n_values)
{
    *w = (struct wide){.n_keys = n_keys, .n_values = n_values};
    w->codes = xcalloc(n_keys, sizeof *w->codes);
    w->values = xcalloc(n_values + 1, sizeof *w->values);
}

void
wide_clear(struct wide *w)
{
    for (size_t i = 0; i < w->n_keys; i++)
        free(w->codes[i]);
    for (size_t i = 0; i < w->n_values; i++)
        free(w->values[i].i);
    free(w->codes);
    free(w->values);
    *w = (struct wide){0};
}

void
wide_append(struct wide *w, const struct coder *c, const struct batch *b)
{
    if (w->n + b->n_rows > w->capacity) {
        w->capacity = 2 * (w->n + b->n_rows);
        for (size_t k = 0; k < w->n_keys; k++)
            w->codes[k] = xrealloc(w->codes[k], w->capacity, sizeof **w->codes);
        for (size_t v = 0; v < w->n_values; v++)
            w->values[v].i = xrealloc(w->values[v].i, w->capacity, sizeof(int64_t));
    }
    for (size_t k = 0; k < w->n_keys; k++) {
        const uint32_t *map = c->keys[k].codes[b->reader];

        for (size_t i = 0; i < b->n_rows; i++)
            w->codes[k][w->n + i] = map[b->keys[k].codes[i]];
    }
    for (size_t v = 0; v < w->n_values; v++)
        memcpy(w->values[v].i + w->n, b->values[v].i, b->n_rows * sizeof(int64_t));
    w->n += b->n_rows;
}

/* Bits that hold every code of a key. */
static unsigned
code_bits(const struct key_values *k)
{
    return 64 - (unsigned)__builtin_clzll(k->known.n + UINT64_C(1));
}

bool
wide_fits(const struct wide *w, const struct coder *c)
{
    unsigned bits = 0;

    for (size_t k = 0; k < w->n_keys; k++)
        bits += code_bits(&c->keys[k]);
    return bits <= 64 && w->n < UINT32_MAX;
}

static size_t
block_start(const struct wide_job *j, size_t block)
{
    return j->w->n * block / BLOCKS;
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
pack_block(void *context, size_t block)
{
    struct wide_job *j = context;
    const struct wide *w = j->w;

    for (size_t i = block_start(j, block); i < block_start(j, block + 1); i++) {
        uint64_t word = 0;
        bool dropped = false;

        for (size_t k = 0; k < w->n_keys; k++) {
            word |= (uint64_t)w->codes[k][i] << j->shift[k];
            dropped |= w->codes[k][i] == 0;
        }
        j->packed[i] = dropped ? 0 : word;
        if (!dropped)
            j->counts[block][partition_of(j, word)]++;
    }
}

static void
deal_block(void *context, size_t block)
{
    struct wide_job *j = context;
    size_t *next = j->counts[block];

    for (size_t i = block_start(j, block); i < block_start(j, block + 1); i++) {
        uint64_t word = j->packed[i];
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
        j->partitions[p].begin = at;
        for (size_t block = 0; block < BLOCKS; block++) {
            size_t count = j->counts[block][p];

            j->counts[block][p] = at;
            at += count;
        }
        j->partitions[p].end = at;
    }
}

/* The groups of a partition's rows, in order of appearance. */
static void
number_groups(struct wide_job *j, struct partition *part, uint32_t *groups)
{
    size_t n = part->end - part->begin;
    size_t slots = 64;
    uint64_t *keys;
    uint32_t *codes;

    while (slots < 2 * n)
        slots *= 2;
    keys = xcalloc(slots, sizeof *keys);
    codes = xcalloc(slots, sizeof *codes);
    part->first = xcalloc(n + 1, sizeof *part->first);
    part->n_groups = 1;
    for (size_t i = 0; i < n; i++) {
        uint64_t word = j->words[part->begin + i];
        size_t slot = (size_t)(mixed(word) >> 24) & (slots - 1);

        while (codes[slot] && keys[slot] != word)
            slot = (slot + 1) & (slots - 1);
        if (!codes[slot]) {
            keys[slot] = word;
            part->first[part->n_groups] = j->rows[part->begin + i];
            j->is_first[j->rows[part->begin + i]] = 1;
            codes[slot] = (uint32_t)part->n_groups++;
        }
        groups[i] = codes[slot];
    }
    free(keys);
    free(codes);
}

static void
fold_partition(void *context, size_t number)
{
    struct wide_job *j = context;
    struct partition *part = &j->partitions[number];
    size_t n = part->end - part->begin;
    size_t n_values = j->w->n_values;
    uint32_t *groups = xcalloc(n + 1, sizeof *groups);
    union batch_value *values = xcalloc(n_values + 1, sizeof *values);

    number_groups(j, part, groups);
    part->folds = xcalloc(j->p->n_folds, sizeof *part->folds);
    for (size_t f = j->p->first_fold; f < j->p->n_folds; f++)
        part->folds[f] = fold_like(&j->p->folds[f]);
    for (size_t v = 0; v < n_values; v++)
        values[v].i = xcalloc(GATHER, sizeof(int64_t));
    for (size_t i = 0; i < n; i += GATHER) {
        const struct fold_input in = {values, groups + i, n - i < GATHER ? n - i : GATHER,
                                      part->n_groups};

        for (size_t v = 0; v < n_values; v++)
            for (size_t k = 0; k < in.n; k++)
                values[v].i[k] = j->w->values[v].i[j->rows[part->begin + i + k]];
        for (size_t f = j->p->first_fold; f < j->p->n_folds; f++)
            fold_rows(&part->folds[f], &in);
    }
    for (size_t v = 0; v < n_values; v++)
        free(values[v].i);
    free(values);
    free(groups);
}

/* Groups are numbered by the row they start at: ranks in a set of bits. */
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

static void
place_tuples(void *context, size_t block)
{
    struct wide_job *j = context;

    for (size_t i = block_start(j, block); i < block_start(j, block + 1); i++)
        if (j->is_first[i])
            for (size_t k = 0; k < j->w->n_keys; k++)
                j->c->tuples[k][final_group(j, (uint32_t)i)] = j->w->codes[k][i];
}

static void
place_groups(void *context, size_t number)
{
    struct wide_job *j = context;
    struct partition *part = &j->partitions[number];

    for (size_t g = 1; g < part->n_groups; g++) {
        uint32_t group = final_group(j, part->first[g]);

        for (size_t f = j->p->first_fold; f < j->p->n_folds; f++)
            fold_take(&j->p->folds[f], group, &part->folds[f], g);
    }
    for (size_t f = 0; f < j->p->n_folds; f++)
        fold_clear(&part->folds[f]);
    free(part->folds);
    free(part->first);
}

static void
job_init(struct wide_job *j)
{
    const struct wide *w = j->w;
    unsigned shift = 0;

    for (size_t k = 0; k < w->n_keys; k++) {
        j->shift[k] = shift;
        shift += code_bits(&j->c->keys[k]);
    }
    j->n_partitions = 1;
    while (j->n_partitions < PARTITIONS_MOST && w->n / j->n_partitions > PARTITION_ROWS)
        j->n_partitions *= 2;
    j->packed = xrealloc(NULL, w->n + 1, sizeof *j->packed);
    j->words = xrealloc(NULL, w->n + 1, sizeof *j->words);
    j->rows = xrealloc(NULL, w->n + 1, sizeof *j->rows);
    j->counts = xcalloc(BLOCKS, sizeof *j->counts);
    j->partitions = xcalloc(j->n_partitions, sizeof *j->partitions);
    j->is_first = xcalloc(w->n + 1, 1);
    j->before = xcalloc(w->n / 64 + 1, sizeof *j->before);
    j->starts = xcalloc(w->n / 64 + 1, sizeof *j->starts);
}

void
wide_group(const struct wide *w, struct coder *c, struct program *p, unsigned threads)
{
    struct wide_job j = {.w = w, .c = c, .p = p};
    size_t n_groups;

    job_init(&j);
    pool_run(threads, BLOCKS, pack_block, &j);
    place_partitions(&j);
    pool_run(threads, BLOCKS, deal_block, &j);
    free(j.packed);
    pool_run(threads, j.n_partitions, fold_partition, &j);
    n_groups = rank_firsts(&j);
    for (size_t f = 0; f < p->n_folds; f++)
        fold_reserve(&p->folds[f], n_groups);
    for (size_t k = 0; k < w->n_keys; k++)
        c->tuples[k] = xrealloc(c->tuples[k], n_groups, sizeof *c->tuples[k]);
    c->n_groups = (uint32_t)n_groups;
    pool_run(threads, BLOCKS, place_tuples, &j);
    pool_run(threads, j.n_partitions, place_groups, &j);
    free(j.words);
    free(j.rows);
    free(j.counts);
    free(j.partitions);
    free(j.is_first);
    free(j.before);
    free(j.starts);
}
