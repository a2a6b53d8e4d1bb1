/*
 * key_table.c: hashing with open addressing; tables are kept at most half full.
 */
#include "table/key_table.h"

#include <assert.h>

static size_t
table_mask(size_t n)
{
    size_t size = 16;

    while (size < 2 * n)
        size *= 2;
    return size - 1;
}

struct coder {
    const struct column *c;
    enum key_missing missing;
    size_t mask;
    int64_t *slots; /* key + 1 */
    struct key_codes *out;
};

static int64_t
code_of(struct coder *t, size_t row)
{
    struct cell v = column_get(t->c, row);

    if (cell_missing(v) && t->missing == KEY_DROP)
        return -1;

    bool each = t->missing == KEY_EACH;
    size_t at = (size_t)cell_hash(v) & t->mask;

    for (; t->slots[at] != 0; at = (at + 1) & t->mask) {
        int64_t key = t->slots[at] - 1;
        struct cell seen = column_get(t->c, (size_t)t->out->first[key]);

        if (each ? cell_same(seen, v) : cell_equal(seen, v))
            return key;
    }
    t->out->first[t->out->n_keys] = (int64_t)row;
    t->slots[at] = (int64_t)++t->out->n_keys;
    return (int64_t)t->out->n_keys - 1;
}

static void
codes_init(struct arena *a, struct key_codes *out, size_t n)
{
    *out = (struct key_codes){.n_rows = n};
    out->codes = arena_alloc(a, (n + 1) * sizeof(int64_t));
    out->first = arena_alloc(a, (n + 1) * sizeof(int64_t));
}

void
key_codes(struct arena *a, const struct column *c, enum key_missing missing,
          struct key_codes *out)
{
    struct coder t = {.c = c, .missing = missing, .mask = table_mask(c->size)};

    codes_init(a, out, c->size);
    t.out = out;
    t.slots = arena_alloc(a, (t.mask + 1) * sizeof(int64_t));
    for (size_t i = 0; i < c->size; i++)
        out->codes[i] = code_of(&t, i);
}

/* Pairs (x, y) of codes: x * n_y + y fits, since both counts are at most n_rows < 2^32.
 */
static void
combine_two(struct arena *a, const struct key_codes *x, const struct key_codes *y,
            struct key_codes *out)
{
    size_t n = x->n_rows;
    size_t mask = table_mask(n);
    int64_t *slots = arena_alloc(a, (mask + 1) * sizeof *slots);

    codes_init(a, out, n);
    for (size_t i = 0; i < n; i++) {
        int64_t cx = x->codes[i];
        int64_t cy = y->codes[i];

        out->codes[i] = -1;
        if (cx < 0 || cy < 0)
            continue;

        uint64_t pair = (uint64_t)cx * (uint64_t)y->n_keys + (uint64_t)cy;
        size_t at = (size_t)hash_mix(pair) & mask;

        while (slots[at] != 0) {
            int64_t row = out->first[slots[at] - 1];

            if (x->codes[row] == cx && y->codes[row] == cy)
                break;
            at = (at + 1) & mask;
        }
        if (slots[at] == 0) {
            out->first[out->n_keys] = (int64_t)i;
            slots[at] = (int64_t)++out->n_keys;
        }
        out->codes[i] = slots[at] - 1;
    }
}

void
key_combine(struct arena *a, const struct key_codes *parts, size_t n_parts,
            struct key_codes *out)
{
    *out = parts[0];
    for (size_t i = 1; i < n_parts; i++) {
        struct key_codes next;

        combine_two(a, out, &parts[i], &next);
        *out = next;
    }
}

void
key_renumber(struct arena *a, struct key_codes *k, const int64_t *rank)
{
    int64_t *codes = arena_alloc(a, (k->n_rows + 1) * sizeof *codes);
    int64_t *first = arena_alloc(a, (k->n_keys + 1) * sizeof *first);

    for (size_t i = 0; i < k->n_rows; i++)
        codes[i] = k->codes[i] < 0 ? -1 : rank[k->codes[i]];
    for (size_t i = 0; i < k->n_keys; i++)
        first[rank[i]] = k->first[i];
    k->codes = codes;
    k->first = first;
}

static uint64_t
hash_row(const struct column *const levels[], size_t n_levels, size_t row)
{
    uint64_t h = 0;

    for (size_t i = 0; i < n_levels; i++)
        h = hash_mix(h + cell_hash(column_get(levels[i], row)));
    return h;
}

static bool
row_equal(const struct key_lookup *k, int64_t row, const struct column *const levels[],
          size_t other)
{
    for (size_t i = 0; i < k->n_levels; i++)
        if (!cell_equal(column_get(k->levels[i], (size_t)row),
                        column_get(levels[i], other)))
            return false;
    return true;
}

void
key_lookup_init(struct arena *a, struct key_lookup *k,
                const struct column *const levels[], size_t n_levels)
{
    size_t n = n_levels > 0 ? levels[0]->size : 0;
    int64_t *last = arena_alloc(a, (n + 1) * sizeof *last);

    *k = (struct key_lookup){.levels = levels, .n_levels = n_levels, .unique = true};
    k->mask = table_mask(n);
    k->slots = arena_alloc(a, (k->mask + 1) * sizeof *k->slots);
    k->next = arena_alloc(a, (n + 1) * sizeof *k->next);
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)hash_row(levels, n_levels, i) & k->mask;

        k->next[i] = -1;
        while (k->slots[at] != 0 && !row_equal(k, k->slots[at] - 1, levels, i))
            at = (at + 1) & k->mask;
        if (k->slots[at] == 0) {
            k->slots[at] = (int64_t)i + 1;
            last[i] = (int64_t)i;
            continue;
        }

        int64_t head = k->slots[at] - 1;

        k->unique = false;
        k->next[last[head]] = (int64_t)i;
        last[head] = (int64_t)i;
    }
}

int64_t
key_lookup_find(const struct key_lookup *k, const struct column *const levels[],
                size_t row)
{
    size_t at = (size_t)hash_row(levels, k->n_levels, row) & k->mask;

    for (; k->slots[at] != 0; at = (at + 1) & k->mask)
        if (row_equal(k, k->slots[at] - 1, levels, row))
            return k->slots[at] - 1;
    return -1;
}

int64_t
key_lookup_cell(const struct key_lookup *k, struct cell value)
{
    struct column one = {.dtype = COLTYPE_OBJECT, .size = 1};
    const struct column *levels[] = {&one};

    assert(k->n_levels == 1);
    one.cells = &value;
    return key_lookup_find(k, levels, 0);
}
