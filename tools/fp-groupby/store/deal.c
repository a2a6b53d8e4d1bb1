/*
 * deal.c: count, then move.
 *
 * Words fall into many buckets, by their hash or their top bits, and neighbouring
 * buckets make up partitions of about the same size, however uneven the keys are.
 *
 * Each thread deals a range of the rows.  It begins with a unit to spare for every
 * partition; since it frees a unit before it needs the next one, these are enough.
 */
#include "store/deal.h"

#include "common/mem.h"
#include "common/pool.h"

#include <stdlib.h>

enum {
    RANGES_MOST = 16,
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
    size_t n_units; /* of the table, its last perhaps not full */
    size_t n_ranges;
    size_t n_buckets;
    bool numbered;        /* rows are to have their numbers */
    uint32_t *sizes;      /* owned; by range, by bucket: rows */
    uint16_t *partitions; /* owned; by bucket */
    size_t nowhere;       /* by range: where its rows without a group go */
};

static unsigned
bucket_bits(size_t n_rows)
{
    unsigned bits = 1; /* one at least, so that a shift is less than a word */

    while (bits < BUCKET_BITS_MOST && n_rows >> bits > BUCKET_ROWS)
        bits++;
    return bits;
}

static size_t
range_start(const struct job *j, size_t range)
{
    return j->n_units * range / j->n_ranges;
}

static size_t
bucket_of(const struct job *j, uint64_t word)
{
    return (size_t)(j->factor * word >> j->shift);
}

static void
count_range(void *context, size_t range)
{
    struct job *j = context;
    const uint64_t *words = j->w->words;
    uint32_t *sizes = j->sizes + range * j->n_buckets;
    size_t end = range_start(j, range + 1) * DEAL_UNIT;

    end = end < j->w->n ? end : j->w->n;
    for (size_t i = range_start(j, range) * DEAL_UNIT; i < end; i++)
        sizes[bucket_of(j, words[i])] += words[i] != 0;
}

static size_t
bucket_size(const struct job *j, size_t bucket)
{
    size_t size = 0;

    for (size_t range = 0; range < j->n_ranges; range++)
        size += j->sizes[range * j->n_buckets + bucket];
    return size;
}

/* The partition of each bucket, and what it has. */
static void
gather_buckets(struct job *j)
{
    struct deal *d = j->d;
    size_t aim = j->w->n / PARTITIONS_AIMED;
    size_t size = 0;

    if (aim < PARTITION_ROWS)
        aim = PARTITION_ROWS;
    d->n_partitions = 1;
    for (size_t b = 0; b < j->n_buckets; b++) {
        size_t more = bucket_size(j, b);

        if (size > 0 && size + more > aim) {
            d->n_partitions++;
            size = 0;
        }
        size += more;
        j->partitions[b] = (uint16_t)(d->n_partitions - 1);
    }
    d->partitions = xcalloc(d->n_partitions, sizeof *d->partitions);
    for (size_t b = 0; b < j->n_buckets; b++) {
        struct deal_partition *p = &d->partitions[j->partitions[b]];

        p->size += bucket_size(j, b);
        d->largest = p->size > d->largest ? p->size : d->largest;
    }
}

/* The columns of d, which are w's or new ones. */
static void
make_columns(struct job *j, const struct program *p, struct wide *w)
{
    struct deal *d = j->d;
    size_t n_units = j->n_units + j->n_ranges * d->n_partitions;

    j->nowhere = n_units * DEAL_UNIT;
    d->room = j->nowhere + j->n_ranges;
    d->n_chains = j->n_ranges;
    d->chains = xcalloc(d->n_chains * d->n_partitions, sizeof *d->chains);
    d->following = xcalloc(n_units, sizeof *d->following);
    if (w)
        w->words = xrealloc(w->words, d->room, sizeof *d->words);
    if (j->numbered)
        d->rows = xlarge(d->room * sizeof *d->rows);
    d->words = w ? w->words : xlarge(d->room * sizeof *d->words);
    d->n_values = j->w->n_values;
    d->values = xcalloc(d->n_values + 1, sizeof *d->values);
    for (size_t v = 0; v < d->n_values; v++) {
        if (!program_folds_value(p, v))
            continue;
        d->values[v].i = w ? store_column_release(&w->values[v], w->n, d->room)
                           : xlarge(d->room * sizeof(int64_t));
    }
}

/* What a thread deals its range with. */
struct dealer {
    struct deal_chain *chains; /* of the range, by partition */
    uint32_t *free;            /* owned; units */
    size_t n_free;
    uint32_t nowhere;
    uint32_t places[DEAL_UNIT];
    uint64_t column[DEAL_UNIT];
};

/* Where the partition's next row goes. */
static inline uint32_t
next_place(const struct job *j, struct dealer *r, size_t partition)
{
    struct deal_chain *c = &r->chains[partition];

    if (c->end % DEAL_UNIT == 0) {
        uint32_t unit = r->free[--r->n_free];

        if (c->end == 0)
            c->first = unit;
        else
            j->d->following[c->last] = unit;
        c->last = unit;
        c->end = unit * DEAL_UNIT;
    }
    return c->end++;
}

static void
deal_column(const struct dealer *r, size_t n, uint64_t *to)
{
    for (size_t i = 0; i < n; i++)
        to[r->places[i]] = r->column[i];
}

/* Values of the unit, from the table or from where it has become d's. */
static void
take_values(const struct job *j, size_t value, size_t from, size_t n, uint64_t *out)
{
    const struct store_column *c = &j->w->values[value];

    if (c->data)
        store_column_copy(c, from, n, (int64_t *)out);
    else
        memcpy(out, j->d->values[value].u + from, n * sizeof *out);
}

/* Every column of the unit is taken out before something is written to its place. */
static void
deal_unit(const struct job *j, struct dealer *r, size_t unit)
{
    struct deal *d = j->d;
    size_t from = unit * DEAL_UNIT;
    size_t n = j->w->n - from < DEAL_UNIT ? j->w->n - from : DEAL_UNIT;

    memcpy(r->column, j->w->words + from, n * sizeof *r->column);
    r->free[r->n_free++] = (uint32_t)unit;
    for (size_t i = 0; i < n; i++)
        r->places[i] = r->column[i]
                           ? next_place(j, r, j->partitions[bucket_of(j, r->column[i])])
                           : r->nowhere;
    deal_column(r, n, d->words);
    for (size_t i = 0; d->rows && i < n; i++)
        d->rows[r->places[i]] = (uint32_t)(from + i);
    for (size_t v = 0; v < d->n_values; v++)
        if (d->values[v].u) {
            take_values(j, v, from, n, r->column);
            deal_column(r, n, d->values[v].u);
        }
}

static void
deal_range(void *context, size_t range)
{
    struct job *j = context;
    size_t n = j->d->n_partitions;
    size_t begin = range_start(j, range), end = range_start(j, range + 1);
    struct dealer r = {.chains = j->d->chains + range * n,
                       .n_free = n,
                       .nowhere = (uint32_t)(j->nowhere + range)};

    r.free = xcalloc(n + end - begin, sizeof *r.free);
    for (size_t i = 0; i < n; i++)
        r.free[i] = (uint32_t)(j->n_units + range * n + i);
    for (size_t unit = begin; unit < end; unit++)
        deal_unit(j, &r, unit);
    free(r.free);
}

/* w: the table again, when it is to be dealt where it is. */
static void
deal(struct job *j, const struct program *p, struct wide *w, unsigned threads)
{
    j->n_units = (j->w->n + DEAL_UNIT - 1) / DEAL_UNIT;
    j->n_ranges = threads < RANGES_MOST ? threads : RANGES_MOST;
    j->sizes = xcalloc(j->n_ranges * j->n_buckets, sizeof *j->sizes);
    j->partitions = xcalloc(j->n_buckets, sizeof *j->partitions);
    pool_run(threads, j->n_ranges, count_range, j);
    gather_buckets(j);
    make_columns(j, p, w);
    pool_run(threads, j->n_ranges, deal_range, j);
    free(j->sizes);
    free(j->partitions);
}

void
deal_by_hash(struct deal *d, const struct wide *w, const struct program *p,
             unsigned threads)
{
    unsigned bits = bucket_bits(w->n);
    struct job j = {.w = w,
                    .d = d,
                    .factor = UINT64_C(0x9e3779b97f4a7c15), /* Fibonacci's */
                    .shift = WORD_BITS - bits,
                    .n_buckets = (size_t)1 << bits,
                    .numbered = true};

    *d = (struct deal){0};
    deal(&j, p, NULL, threads);
}

void
deal_by_order(struct deal *d, struct wide *w, const struct program *p, unsigned threads)
{
    unsigned bits = bucket_bits(w->n), word_bits = 0;
    struct job j = {.w = w, .d = d, .factor = 1};

    for (size_t k = 0; k < w->n_keys; k++)
        word_bits += w->layout.bits[k];
    bits = bits < word_bits ? bits : word_bits;
    j.shift = word_bits - bits;
    j.n_buckets = (size_t)1 << bits;
    *d = (struct deal){0};
    deal(&j, p, w, threads);
    w->words = NULL;
    wide_clear(w);
}

void
deal_clear(struct deal *d)
{
    for (size_t v = 0; v < d->n_values; v++)
        free(d->values[v].i);
    free(d->partitions);
    free(d->chains);
    free(d->following);
    free(d->words);
    free(d->rows);
    free(d->values);
    *d = (struct deal){0};
}

bool
deal_next(const struct deal *d, size_t partition, struct deal_walk *walk, size_t *row,
          size_t *n)
{
    while (walk->next == DEAL_NONE) {
        const struct deal_chain *c;

        if (walk->n_begun == d->n_chains)
            return false;
        c = &d->chains[walk->n_begun++ * d->n_partitions + partition];
        walk->next = c->end ? c->first : DEAL_NONE;
        walk->last = c->last;
        walk->end = c->end;
    }
    *row = (size_t)walk->next * DEAL_UNIT;
    *n = walk->next == walk->last ? walk->end - *row : DEAL_UNIT;
    walk->next = walk->next == walk->last ? DEAL_NONE : d->following[walk->next];
    return true;
}
