/* dictionary.c: linear probing at a load of at most one half. */
#include "batch/dictionary.h"

#include "common/mem.h"

#include <stdlib.h>
#include <xxhash.h>

enum {
    SLOTS_FIRST = 1024,
    NUMBERS_FIRST = 4096,
    NUMBERS_A_KEY = 16, /* the table by number may have so many places a key */
    DIGITS_MOST = 8,
    PREFIX_MOST = 8,
};

struct key
key_of_long(const uint8_t *text, size_t size)
{
    return (struct key){XXH3_64bits(text, size), KEY_LONG | (uint64_t)size};
}

void
dictionary_init(struct dictionary *d)
{
    *d = (struct dictionary){.mask = SLOTS_FIRST - 1};
    d->keys = xcalloc(SLOTS_FIRST, sizeof *d->keys);
    d->codes = xcalloc(SLOTS_FIRST, sizeof *d->codes);
}

void
dictionary_clear(struct dictionary *d)
{
    free(d->keys);
    free(d->codes);
    free(d->names);
    free(d->numbers.codes);
    arena_clear(&d->arena);
    *d = (struct dictionary){0};
}

uint64_t
dictionary_size(const struct dictionary *d)
{
    if (!d->keys)
        return 0;
    return (d->mask + 1) * (sizeof *d->keys + sizeof *d->codes) +
           d->names_capacity * sizeof *d->names + d->arena.total +
           d->numbers.n_codes * sizeof *d->numbers.codes;
}

static void
grow(struct dictionary *d)
{
    size_t slots = 2 * (d->mask + 1);
    struct key *keys = xlarge(slots * sizeof *keys);
    uint32_t *codes = xlarge(slots * sizeof *codes);

    memset(codes, 0, slots * sizeof *codes);

    for (size_t i = 0; i <= d->mask; i++) {
        size_t slot;

        if (!d->codes[i])
            continue;
        slot = (size_t)(key_hash(d->keys[i]) >> 20) & (slots - 1);
        while (codes[slot])
            slot = (slot + 1) & (slots - 1);
        keys[slot] = d->keys[i];
        codes[slot] = d->codes[i];
    }
    free(d->keys);
    free(d->codes);
    d->keys = keys;
    d->codes = codes;
    d->mask = slots - 1;
}

static void
name_key(struct dictionary *d, const uint8_t *text, size_t size)
{
    if (d->n == d->names_capacity) {
        d->names_capacity = d->names_capacity ? 2 * d->names_capacity : 256;
        d->names = xrealloc(d->names, d->names_capacity, sizeof *d->names);
    }
    d->names[d->n] =
        (struct key_name){arena_strndup(&d->arena, (const char *)text, size), size};
}

static uint32_t
insert(struct dictionary *d, size_t slot, struct key k)
{
    d->keys[slot] = k;
    d->codes[slot] = ++d->n;
    if (2 * (size_t)d->n > d->mask)
        grow(d);
    return d->n - 1;
}

bool
dictionary_find(const struct dictionary *d, struct key k, uint64_t hash,
                const uint8_t *text, size_t size, uint32_t *code)
{
    size_t slot = dictionary_slot(d, hash);

    for (; d->codes[slot]; slot = (slot + 1) & d->mask) {
        *code = d->codes[slot] - 1;
        if (d->keys[slot].low == k.low && d->keys[slot].high == k.high &&
            (size <= 16 || memcmp(d->names[*code].text, text, size) == 0))
            return true;
    }
    return false;
}

uint32_t
dictionary_add(struct dictionary *d, struct key k, uint64_t hash, const uint8_t *text,
               size_t size)
{
    size_t slot = dictionary_slot(d, hash);

    for (; d->codes[slot]; slot = (slot + 1) & d->mask) {
        uint32_t code = d->codes[slot] - 1;

        if (d->keys[slot].low == k.low && d->keys[slot].high == k.high &&
            (size <= 16 || memcmp(d->names[code].text, text, size) == 0))
            return code;
    }
    name_key(d, text, size);
    return insert(d, slot, k);
}

/* The first key's prefix is everybody's, or the table will not be of use. */
static void
learn_prefix(struct key_numbers *k, const uint8_t *text, size_t size)
{
    size_t digits = 0;

    while (digits < size && digits < DIGITS_MOST && text[size - 1 - digits] >= '0' &&
           text[size - 1 - digits] <= '9')
        digits++;
    k->prefix_size = size - digits;
    k->used = digits > 0 && k->prefix_size <= PREFIX_MOST;
    if (!k->used)
        return;
    memcpy(&k->prefix, text, 8);
    k->mask = k->prefix_size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * k->prefix_size) - 1;
    /* Padded with zeros all have as many digits; else count from "0". */
    if (text[k->prefix_size] == '0' && digits > 1)
        for (uint64_t places = 10; --digits > 0; places *= 10)
            k->origin += places;
}

void
dictionary_number(struct dictionary *d, const uint8_t *text, size_t size, uint32_t code)
{
    struct key_numbers *k = &d->numbers;
    size_t most = NUMBERS_FIRST + NUMBERS_A_KEY * (size_t)d->n;
    uint64_t rank;

    if (d->n == 1)
        learn_prefix(k, text, size);
    rank = k->used ? key_rank(k, text, size) : NOT_NUMBERED;
    if (rank >= most)
        return;
    if (rank >= k->n_codes) {
        size_t n = rank < most / 2 ? 2 * (size_t)rank + NUMBERS_FIRST : most;

        k->codes = xrealloc(k->codes, n, sizeof *k->codes);
        memset(k->codes + k->n_codes, 0, (n - k->n_codes) * sizeof *k->codes);
        k->n_codes = n;
    }
    k->codes[rank] = code + 1;
}

uint32_t
dictionary_add_pair(struct dictionary *d, uint32_t a, uint32_t b)
{
    struct key k = {(uint64_t)a << 32 | b, 0};
    size_t slot = dictionary_slot(d, key_hash(k));

    for (; d->codes[slot]; slot = (slot + 1) & d->mask)
        if (d->keys[slot].low == k.low)
            return d->codes[slot] - 1;
    return insert(d, slot, k);
}
