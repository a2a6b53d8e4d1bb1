/*
 * deal.c: a counting sort by blocks: count, place, move.
 *
 * Words fall into many buckets, by their hash or their top bits, and neighbouring
 * buckets make up partitions of about the same size, however uneven the keys are.
 * Arrays that are written here and there lie on large pages.
 */
#include "engine/deal.h"

#include "common/mem.h"
#include "common/pool.h"

#include <stdlib.h>

enum {
    BLOCKS = 64, /* of rows: a task each */
    CHUNK = 1024,
    PARTITIONS_AIMED = 1024,    /* at most */
    PARTITION_ROWS = 16 * 1024, /* aimed at: they and their groups then fit the cache */
    BUCKET_BITS_MOST = 16,
    BUCKET_ROWS = 64, /* at least, on average */
    WORD_BITS = 64
};

struct job {
    const struct wide *w;
    struct deal *d;
    uint64_t factor; /* a word's bucket is factor * word >> shift */
    unsigned shift;
    size_t n_buckets;
    uint32_t *sizes;      /* owned; by block, by bucket: rows */
    uint16_t *partitions; /* owned; by bucket */
    size_t *next;         /* owned; by block, by partition: where its next row goes */
    size_t nowhere;       /* where rows without a group go */
};

/* Buckets of equal hashes, or of words of so many bits that begin equally. */
static void
choose_buckets(struct job *j, enum deal_how how, unsigned word_bits)
{
    unsigned bits = 1; /* one at least, so that a shift is less than a word */

    while (bits < BUCKET_BITS_MOST && j->w->n >> bits > BUCKET_ROWS)
        bits++;
    if (how == DEAL_BY_HASH) {
        j->factor = UINT64_C(0x9e3779b97f4a7c15); /* Fibonacci's */
        j->shift = WORD_BITS - bits;
    } else {
        bits = bits < word_bits ? bits : word_bits;
        j->factor = 1;
        j->shift = word_bits - bits;
    }
    j->n_buckets = (size_t)1 << bits;
}

static size_t
block_start(const struct wide *w, size_t block)
{
    return w->n * block / BLOCKS;
}

static size_t
bucket_of(const struct job *j, uint64_t word)
{
    return (size_t)(j->factor * word >> j->shift);
}

static void
count_block(void *context, size_t block)
{
    struct job *j = context;
    const uint64_t *words = j->w->words + 1;
    uint32_t *sizes = j->sizes + block * j->n_buckets;

    for (size_t i = block_start(j->w, block); i < block_start(j->w, block + 1); i++)
        sizes[bucket_of(j, words[i])] += words[i] != 0;
}

/* The partition of each bucket. */
static void
gather_buckets(struct job *j)
{
    size_t aim = j->w->n / PARTITIONS_AIMED;
    size_t size = 0;

    if (aim < PARTITION_ROWS)
        aim = PARTITION_ROWS;
    j->d->n_partitions = 1;
    for (size_t b = 0; b < j->n_buckets; b++) {
        size_t more = 0;

        for (size_t block = 0; block < BLOCKS; block++)
            more += j->sizes[block * j->n_buckets + b];
        if (size > 0 && size + more > aim) {
            j->d->n_partitions++;
            size = 0;
        }
        size += more;
        j->partitions[b] = (uint16_t)(j->d->n_partitions - 1);
    }
}

/* Places partition by partition, in it block by block. */
static void
place_partitions(struct job *j)
{
    size_t n = j->d->n_partitions;
    size_t at = 1;

    j->next = xcalloc(BLOCKS * n, sizeof *j->next);
    for (size_t block = 0; block < BLOCKS; block++)
        for (size_t b = 0; b < j->n_buckets; b++)
            j->next[block * n + j->partitions[b]] += j->sizes[block * j->n_buckets + b];
    for (size_t p = 0; p < n; p++) {
        struct deal_partition *part = &j->d->partitions[p];

        part->begin = at;
        for (size_t block = 0; block < BLOCKS; block++) {
            size_t count = j->next[block * n + p];

            j->next[block * n + p] = at;
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
        size_t partition = j->partitions[bucket_of(j, words[i])];

        places[i] = (uint32_t)(words[i] ? next[partition] : j->nowhere);
        next[partition] += words[i] != 0;
    }
    for (size_t i = 0; i < n; i++)
        j->d->words[places[i]] = words[i];
    for (size_t i = 0; j->d->rows && i < n; i++)
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
        deal_chunk(j, j->next + block * j->d->n_partitions, i,
                   end - i < CHUNK ? end - i : CHUNK);
}

static unsigned
layout_bits(const struct wide *w)
{
    unsigned bits = 0;

    for (size_t k = 0; k < w->n_keys; k++)
        bits += w->layout.bits[k];
    return bits;
}

void
deal_rows(struct deal *d, const struct wide *w, const struct program *p,
          enum deal_how how, unsigned threads)
{
    struct job j = {.w = w, .d = d};
    size_t room = w->n + 2; /* places from 1, and one for rows without a group */

    *d = (struct deal){.n_values = w->n_values};
    choose_buckets(&j, how, layout_bits(w));
    j.sizes = xlarge_zeroed(BLOCKS * j.n_buckets, sizeof *j.sizes);
    pool_run(threads, BLOCKS, count_block, &j);
    j.partitions = xcalloc(j.n_buckets, sizeof *j.partitions);
    gather_buckets(&j);
    d->partitions = xcalloc(d->n_partitions, sizeof *d->partitions);
    place_partitions(&j);
    d->words = xlarge(room * sizeof *d->words);
    d->rows = how == DEAL_BY_HASH ? xlarge(room * sizeof *d->rows) : NULL;
    d->values = xcalloc(w->n_values + 1, sizeof *d->values);
    for (size_t v = 0; v < w->n_values; v++)
        if (program_folds_value(p, v))
            d->values[v].i = xlarge(room * sizeof(int64_t));
    pool_run(threads, BLOCKS, deal_block, &j);
    free(j.sizes);
    free(j.partitions);
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
