/* test_deal.c: every row is dealt to one partition, in order, wherever its memory is. */
#include "store/deal.h"

#include "common/mem.h"
#include "test.h"

#include <stdlib.h>

enum { BITS = 40 };

static uint64_t state = 9;

static uint64_t
random_bits(void)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return state ^ state >> 29;
}

/* Words of BITS bits, some 0, half of them (skewed) with the same bits on top. */
static struct wide
make_table(size_t n, bool skewed)
{
    const enum field_kind kinds[] = {FIELD_FLOAT, FIELD_INT};
    int64_t *rows = xcalloc(n + 1, sizeof *rows);
    struct wide w;

    wide_init(&w, 1, 2, kinds);
    w.layout.bits[0] = BITS;
    w.n = w.capacity = n;
    w.words = xcalloc(n + 1, sizeof *w.words);
    for (size_t i = 0; i < n; i++) {
        w.words[i] = random_bits() >> (64 - BITS);
        if (skewed && i % 2)
            w.words[i] = UINT64_C(1) << (BITS - 1) | (w.words[i] & 0xfff);
        if (random_bits() % 10 == 0)
            w.words[i] = 0;
        rows[i] = (int64_t)i;
    }
    for (size_t v = 0; v < 2; v++) {
        store_column_reserve(&w.values[v], n);
        store_column_append(&w.values[v], 0, n, (union batch_value){.i = rows}, n);
    }
    free(rows);
    return w;
}

/* The rows of partition i; *least and *most of their words. */
static void
check_partition(const struct deal *d, size_t i, const uint64_t *words, bool *met,
                uint64_t *least, uint64_t *most)
{
    struct deal_walk walk = deal_begin();
    int64_t last = -1;
    size_t from, n, size = 0;

    while (deal_next(d, i, &walk, &from, &n))
        for (size_t k = from; k < from + n; k++, size++) {
            int64_t row = d->values[1].i[k];

            CHECK(row > last && !met[row] && d->words[k] == words[row]);
            CHECK(!d->rows || d->rows[k] == row);
            last = row;
            met[row] = true;
            *least = d->words[k] < *least ? d->words[k] : *least;
            *most = d->words[k] > *most ? d->words[k] : *most;
        }
    CHECK(size == d->partitions[i].size && size <= d->largest);
}

static void
check_table(size_t n, bool skewed, bool in_order, unsigned threads)
{
    struct fold folds[] = {{.kind = FOLD_SIZE}, {.kind = FOLD_SUM, .value = 1}};
    const struct program p = {.folds = folds, .n_folds = 2};
    struct wide w = make_table(n, skewed);
    uint64_t *words = xcalloc(n + 1, sizeof *words);
    bool *met = xcalloc(n + 1, sizeof *met);
    uint64_t before = 0;
    struct deal d;

    memcpy(words, w.words, n * sizeof *words);
    if (in_order)
        deal_by_order(&d, &w, &p, threads);
    else
        deal_by_hash(&d, &w, &p, threads);
    CHECK(!d.values[0].i && (in_order ? !w.words && !d.rows : w.n == n));
    for (size_t i = 0; i < d.n_partitions; i++) {
        uint64_t least = UINT64_MAX, most = before;

        check_partition(&d, i, words, met, &least, &most);
        CHECK(!in_order || least > before);
        before = in_order ? most : 0;
    }
    for (size_t i = 0; i < n; i++)
        CHECK(met[i] == (words[i] != 0));
    CHECK(skewed || d.largest < 40000);
    deal_clear(&d);
    wide_clear(&w);
    free(words);
    free(met);
}

int
main(void)
{
    static const size_t sizes[] = {0, 1, 511, 512, 513, 30000, 200000};
    static const unsigned threads[] = {1, 2, 3, 40};

    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t t = 0; t < sizeof threads / sizeof *threads; t++)
            for (int how = 0; how < 4; how++)
                check_table(sizes[s], how & 1, how & 2, threads[t]);
    return test_failures != 0;
}
