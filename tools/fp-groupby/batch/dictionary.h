/*
 * dictionary.h: short keys to small integers, in order of first appearance.
 *
 * A key is two words.  Text of up to 16 octets is its own key, which makes equality
 * two compares; longer text is keyed by a hash and its length, and compared.  Open
 * addressing; keys and codes lie apart, so that a probe touches one line of each.
 *
 * Keys that are one prefix and a number ("id0000012345", "17") are so common that they
 * have a table of their own, by that number: one small read instead of a probe.
 */
#ifndef FPG_DICTIONARY_H
#define FPG_DICTIONARY_H

#include "common/arena.h"
#include "csv/number.h"

struct key {
    uint64_t low, high;
};

struct key_name {
    const char *text; /* in the dictionary's arena */
    size_t size;
};

/* Codes of the keys that are `prefix` and up to eight digits, by rank among those. */
struct key_numbers {
    bool used;
    uint64_t prefix, mask; /* the key's first octets, of which `mask` count */
    size_t prefix_size;
    uint64_t origin; /* rank of codes[0] */
    uint32_t *codes; /* owned; code + 1, 0: not known */
    size_t n_codes;
};

struct dictionary {
    struct key *keys; /* owned, mask + 1 */
    uint32_t *codes;  /* owned; code + 1, 0: free */
    size_t mask;
    uint32_t n;
    struct key_name *names; /* owned, by code */
    size_t names_capacity;
    struct arena arena;
    struct key_numbers numbers;
};

/* Marks the key of text that is longer than 16 octets: no octet of UTF-8. */
#define KEY_LONG (UINT64_C(0xff) << 56)

static inline uint64_t
key_hash(struct key k)
{
    uint64_t h = (k.low ^ (k.high << 29 | k.high >> 35)) * 0x9e3779b97f4a7c15u;

    h ^= (h >> 32) ^ k.high;
    return h * 0xd6e8feb86659fd93u;
}

static inline size_t
dictionary_slot(const struct dictionary *d, uint64_t hash)
{
    return (size_t)(hash >> 20) & d->mask;
}

/* The key of text without NULs; 16 octets before its end may be read. */
struct key key_of_long(const uint8_t *text, size_t size);

static inline struct key
key_of_text(const uint8_t *text, size_t size)
{
    struct key k;

    if (size > 16)
        return key_of_long(text, size);
    /* Take the last octets and shift out what lies before the text. */
    memcpy(&k.low, text + size - 8, 8);
    if (size <= 8) {
        k.low = size ? k.low >> (8 * (8 - size)) : 0;
        k.high = 0;
        return k;
    }
    k.high = k.low >> (8 * (16 - size));
    memcpy(&k.low, text, 8);
    return k;
}

/* The same key, of a text that stands alone. */
static inline struct key
key_of_name(struct key_name name)
{
    struct key k = {0, 0};

    if (name.size > 16)
        return key_of_long((const uint8_t *)name.text, name.size);
    memcpy(&k, name.text, name.size);
    return k;
}

/*
 * Place of a key among the numbers, or NOT_NUMBERED: "0" .. "9" come first, then "00"
 * .. "99", and so on, so that "7" and "07" stay apart.  16 octets on either side of the
 * text may be read.
 */
#define NOT_NUMBERED UINT64_MAX

static inline uint64_t
key_rank(const struct key_numbers *k, const uint8_t *text, size_t size)
{
    static const uint32_t shorter[9] = {0,     0,      10,      110,     1110,
                                        11110, 111110, 1111110, 11111110};
    size_t digits = size - k->prefix_size;
    uint64_t head, tail;

    if (digits - 1 >= 8)
        return NOT_NUMBERED;
    memcpy(&head, text, 8);
    tail = number_tail(text + size, digits);
    if (((head ^ k->prefix) & k->mask) != 0 || !number_all_digits(tail))
        return NOT_NUMBERED;
    return number_eight(tail) + shorter[digits] - k->origin;
}

/* Note the code of a key that may be one of the numbers; the first one says how. */
void dictionary_number(struct dictionary *d, const uint8_t *text, size_t size,
                       uint32_t code);

void dictionary_init(struct dictionary *d);
void dictionary_clear(struct dictionary *d);
uint64_t dictionary_size(const struct dictionary *d); /* octets */

/* The code of a key; text names it and is copied when it is new. */
uint32_t dictionary_add(struct dictionary *d, struct key k, uint64_t hash,
                        const uint8_t *text, size_t size);

/* The code of a key that is there; false when it is not. */
bool dictionary_find(const struct dictionary *d, struct key k, uint64_t hash,
                     const uint8_t *text, size_t size, uint32_t *code);

/* Is a short key there, in the first place it could be?  Nearly always it is. */
static inline bool
dictionary_hit(const struct dictionary *d, struct key k, uint64_t hash, uint32_t *code)
{
    size_t slot = dictionary_slot(d, hash);

    *code = d->codes[slot] - 1;
    return d->codes[slot] != 0 && d->keys[slot].low == k.low &&
           d->keys[slot].high == k.high && k.high < KEY_LONG;
}

/* Codes of pairs of codes: no names. */
uint32_t dictionary_add_pair(struct dictionary *d, uint32_t a, uint32_t b);

static inline void
dictionary_prefetch(const struct dictionary *d, uint64_t hash)
{
    size_t slot = dictionary_slot(d, hash);

    __builtin_prefetch(&d->keys[slot]);
    __builtin_prefetch(&d->codes[slot]);
}

#endif
