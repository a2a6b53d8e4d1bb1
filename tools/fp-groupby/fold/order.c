/*
 * order.c: the values of each key are sorted once and ranked; the groups then go
 * through one counting sort for each key, the last key first (LSD radix sort).
 */
#include "fold/order.h"

#include "common/mem.h"
#include "common/pool.h"

#include <stdlib.h>

enum { AHEAD = 24 }; /* groups whose codes are fetched early */

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

struct ranking {
    struct coder *c;
    uint32_t **map;
};

/* The names and numbers of a key in the order of their ranks. */
static void
rank_key(void *context, size_t key)
{
    struct ranking *r = context;
    struct key_values *k = &r->c->keys[key];
    size_t n = k->known.n;
    uint32_t *map = ranks(k);
    struct key_name *names = xcalloc(n + 1, sizeof *names);
    uint64_t *numbers = xcalloc(n + 1, sizeof *numbers);

    for (size_t code = 1; code <= n; code++) {
        names[map[code]] = k->known.names[code - 1];
        numbers[++map[code]] = k->numbers[code];
    }
    if (n > 0) { /* else there is no array of them */
        memcpy(k->known.names, names, n * sizeof *names);
        memcpy(k->numbers, numbers, (n + 1) * sizeof *numbers);
    }
    k->missing = map[k->missing];
    r->map[key] = map;
    free(names);
    free(numbers);
}

uint32_t **
coder_rank(struct coder *c, unsigned threads)
{
    struct ranking r = {c, xcalloc(c->n_keys, sizeof *r.map)};

    pool_run(threads, c->n_keys, rank_key, &r);
    return r.map;
}

/* Where the groups of each value of a key begin; a group counts at the next place. */
struct places {
    uint32_t *rank; /* owned; by code */
    size_t *starts; /* owned; by rank, one more than there are */
};

static void
places_begin(struct places *p, const struct key_values *k)
{
    p->rank = ranks(k);
    p->starts = xcalloc(k->known.n + 2, sizeof *p->starts);
}

static void
places_end(struct places *p, const struct key_values *k)
{
    for (size_t i = 0; i < k->known.n; i++)
        p->starts[i + 1] += p->starts[i];
}

static void
place(const struct coder *c, size_t key, struct places *p, const uint32_t *order,
      uint32_t *next)
{
    size_t n = c->n_groups - 1;

    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            coder_fetch(c, key, order[i + AHEAD]);
        next[p->starts[p->rank[coder_code(c, key, order[i])]]++] = order[i];
    }
}

uint32_t *
coder_sorted(const struct coder *c)
{
    size_t n = c->n_groups - 1;
    struct places *places = xcalloc(c->n_keys, sizeof *places);
    uint32_t *order = xlarge((n + 1) * sizeof *order);
    uint32_t *next = xlarge((n + 1) * sizeof *next);

    for (size_t k = 0; k < c->n_keys; k++)
        places_begin(&places[k], &c->keys[k]);
    /* How many there are of a value does not depend on the order: one pass for all. */
    for (uint32_t group = 1; group <= n; group++) {
        order[group - 1] = group;
        for (size_t k = 0; k < c->n_keys; k++)
            places[k].starts[places[k].rank[coder_code(c, k, group)] + 1]++;
    }
    for (size_t k = c->n_keys; k-- > 0;) {
        uint32_t *swap = order;

        places_end(&places[k], &c->keys[k]);
        place(c, k, &places[k], order, next);
        order = next;
        next = swap;
        free(places[k].starts);
        free(places[k].rank);
    }
    free(places);
    free(next);
    return order;
}
