/*
 * order.c: the values of each key are sorted once and ranked; the groups then go
 * through one counting sort for each key, the last key first (LSD radix sort).
 */
#include "engine/order.h"

#include "common/mem.h"

#include <stdlib.h>

struct item {
    struct key_name name;
    uint64_t number;
    uint32_t code;
    bool missing;
};

static int
compare_integers(const void *x, const void *y)
{
    int64_t a = (int64_t)((const struct item *)x)->number;
    int64_t b = (int64_t)((const struct item *)y)->number;

    return a < b ? -1 : a > b;
}

static double
real(const struct item *item)
{
    double value;

    memcpy(&value, &item->number, sizeof value);
    return value;
}

static int
compare_floats(const void *x, const void *y)
{
    const struct item *a = x;
    const struct item *b = y;

    if (a->missing || b->missing)
        return a->missing - b->missing;
    return real(a) < real(b) ? -1 : real(a) > real(b);
}

/* By octets, which for UTF-8 is by code point. */
static int
compare_texts(const void *x, const void *y)
{
    const struct item *a = x;
    const struct item *b = y;
    size_t n = a->name.size < b->name.size ? a->name.size : b->name.size;
    int sign;

    if (a->missing || b->missing)
        return a->missing - b->missing;
    sign = memcmp(a->name.text, b->name.text, n);
    if (sign != 0)
        return sign;
    return a->name.size < b->name.size ? -1 : a->name.size > b->name.size;
}

/* rank[code] for codes 1..n of one key; owned by the caller. */
static uint32_t *
ranks(const struct key_values *k)
{
    int (*const compare[])(const void *, const void *) = {
        [FIELD_INT] = compare_integers,
        [FIELD_FLOAT] = compare_floats,
        [FIELD_TEXT] = compare_texts,
    };
    size_t n = k->known.n;
    struct item *items = xcalloc(n + 1, sizeof *items);
    uint32_t *rank = xcalloc(n + 1, sizeof *rank);

    for (size_t i = 0; i < n; i++)
        items[i] = (struct item){.name = k->known.names[i],
                                 .number = k->numbers[i + 1],
                                 .code = (uint32_t)i + 1,
                                 .missing = k->missing == i + 1};
    qsort(items, n, sizeof *items, compare[k->kind]);
    for (size_t i = 0; i < n; i++)
        rank[items[i].code] = (uint32_t)i;
    free(items);
    return rank;
}

uint32_t *
coder_sorted(const struct coder *c)
{
    size_t n = c->n_groups - 1;
    uint32_t *order = xcalloc(n + 1, sizeof *order);
    uint32_t *next = xcalloc(n + 1, sizeof *next);

    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i + 1;
    for (size_t k = c->n_keys; k-- > 0;) {
        uint32_t *rank = ranks(&c->keys[k]);
        size_t *starts = xcalloc(c->keys[k].known.n + 2, sizeof *starts);
        uint32_t *swap = order;

        for (size_t i = 0; i < n; i++)
            starts[rank[coder_code(c, k, order[i])] + 1]++;
        for (size_t i = 0; i < c->keys[k].known.n; i++)
            starts[i + 1] += starts[i];
        for (size_t i = 0; i < n; i++)
            next[starts[rank[coder_code(c, k, order[i])]]++] = order[i];
        order = next;
        next = swap;
        free(starts);
        free(rank);
    }
    free(next);
    return order;
}
