/* coder.c: see coder.h.  Runs in one thread at a time, in the order of the file. */
#include "fold/coder.h"

#include "common/mem.h"
#include "csv/number.h"

#include <math.h>
#include <stdlib.h>

enum { TOGETHER = 32 }; /* names that are looked up at a time, to wait for memory once */

void
coder_init(struct coder *c, size_t n_keys, size_t n_readers, bool dropna,
           const enum field_kind *kinds)
{
    *c = (struct coder){
        .n_keys = n_keys, .n_readers = n_readers, .dropna = dropna, .n_groups = 1};
    c->keys = xcalloc(n_keys, sizeof *c->keys);
    c->pairs = xcalloc(n_keys, sizeof *c->pairs);
    c->tuples = xcalloc(n_keys, sizeof *c->tuples);
    for (size_t i = 0; i < n_keys; i++) {
        struct key_values *k = &c->keys[i];

        k->kind = kinds[i];
        dictionary_init(&k->known);
        k->codes = xcalloc(n_readers, sizeof *k->codes);
        k->n_codes = xcalloc(n_readers, sizeof *k->n_codes);
        k->codes_capacity = xcalloc(n_readers, sizeof *k->codes_capacity);
        if (i > 0)
            dictionary_init(&c->pairs[i - 1]);
    }
}

void
coder_clear(struct coder *c)
{
    for (size_t i = 0; i < c->n_keys; i++) {
        struct key_values *k = &c->keys[i];

        for (size_t r = 0; r < c->n_readers; r++)
            free(k->codes[r]);
        free(k->codes);
        free(k->n_codes);
        free(k->codes_capacity);
        free(k->numbers);
        dictionary_clear(&k->known);
        if (i > 0)
            dictionary_clear(&c->pairs[i - 1]);
        free(c->tuples[i]);
    }
    free(c->keys);
    free(c->pairs);
    free(c->tuples);
    free(c->packed);
    *c = (struct coder){0};
}

/* A name that a reader has met for the first time. */
struct newcomer {
    bool missing;
    struct key key; /* of its value */
    uint64_t hash, number;
    struct key_name name;
};

static uint32_t
code_of(struct key_values *k, const struct newcomer *who)
{
    uint32_t known = k->known.n;
    uint32_t code = 1 + dictionary_add(&k->known, who->key, who->hash,
                                       (const uint8_t *)who->name.text, who->name.size);

    if (code <= known)
        return code;
    if (code >= k->numbers_capacity) {
        k->numbers_capacity = 2 * (size_t)code + 256;
        k->numbers = xrealloc(k->numbers, k->numbers_capacity, sizeof *k->numbers);
    }
    k->numbers[code] = who->number;
    return code;
}

/* The kind that text asks for, at least. */
static enum field_kind
kind_of(const uint8_t *text, size_t size, int64_t *integer, double *real)
{
    if (number_i64(text, size, integer))
        return FIELD_INT;
    return number_f64(text, size, real) ? FIELD_FLOAT : FIELD_TEXT;
}

/* Text that says all about a number is none. */
static void
take_number(const struct key_values *k, int64_t integer, double real,
            struct newcomer *out)
{
    uint64_t bits;

    out->name = (struct key_name){"", 0};
    out->key = (struct key){(uint64_t)integer, 1};
    out->number = (uint64_t)integer;
    if (k->kind == FIELD_INT)
        return;
    memcpy(&bits, &real, sizeof bits);
    out->key.low = real == 0 ? 0 : bits; /* one group, labelled as first seen */
    out->number = bits;
}

/* Has the number, which is no int64, digits beyond that? */
static bool
too_large(const uint8_t *text, size_t size)
{
    return number_integer(text, size, 0).how != NUMBER_INVALID;
}

/* What a name stands for.  False: it asks for a wider kind, or is declined. */
static bool
look_at(struct key_values *k, struct key_name name, struct newcomer *out,
        enum field_kind *kind, const char **declined)
{
    const uint8_t *text = (const uint8_t *)name.text;
    int64_t integer = 0;
    double real = 0;
    bool truth;

    *out = (struct newcomer){.missing = number_is_na(text, name.size), .name = name};
    if (out->missing) {
        *kind = FIELD_FLOAT;
        out->key = (struct key){0, UINT64_C(0xfe) << 56};
        out->name = (struct key_name){"", 0};
        return k->kind != FIELD_INT;
    }
    *kind = kind_of(text, name.size, &integer, &real);
    if (*kind == FIELD_FLOAT && too_large(text, name.size))
        *declined = "a key is an integer beyond 64 bits";
    if (*kind > k->kind || *declined)
        return false;
    if (k->kind == FIELD_TEXT) {
        k->plain_text |= *kind == FIELD_TEXT && !number_is_bool(text, name.size, &truth);
        out->key = key_of_name(name);
        return true;
    }
    if (*kind == FIELD_INT && k->kind == FIELD_FLOAT &&
        (!number_f64(text, name.size, &real) || !number_same_either_way(integer, real))) {
        *declined = "a key is an integer that a double does not hold";
        return false;
    }
    take_number(k, integer, real, out);
    return true;
}

/* Codes of n <= TOGETHER names, 0 of one that is dropped: their places are fetched first.
 */
static bool
take_some(const struct coder *c, struct key_values *k, const struct key_name *names,
          size_t n, uint32_t *codes, enum field_kind *kind, const char **declined)
{
    struct newcomer who[TOGETHER];

    for (size_t i = 0; i < n; i++) {
        if (!look_at(k, names[i], &who[i], kind, declined))
            return false;
        who[i].hash = key_hash(who[i].key);
        dictionary_prefetch(&k->known, who[i].hash);
    }
    for (size_t i = 0; i < n; i++) {
        codes[i] = who[i].missing && c->dropna ? 0 : code_of(k, &who[i]);
        if (who[i].missing)
            k->missing = codes[i];
    }
    return true;
}

static bool
take_names(struct coder *c, size_t key, const struct batch *b, enum field_kind *kind,
           const char **declined)
{
    struct key_values *k = &c->keys[key];
    const struct batch_key *from = &b->keys[key];
    size_t n = k->n_codes[b->reader];

    if (n + from->n_fresh > k->codes_capacity[b->reader]) {
        k->codes_capacity[b->reader] = 2 * (n + from->n_fresh);
        k->codes[b->reader] = xrealloc(k->codes[b->reader], k->codes_capacity[b->reader],
                                       sizeof **k->codes);
    }
    for (size_t i = 0; i < from->n_fresh; i += TOGETHER) {
        size_t some = from->n_fresh - i < TOGETHER ? from->n_fresh - i : TOGETHER;

        if (!take_some(c, k, from->fresh + i, some, &k->codes[b->reader][n + i], kind,
                       declined))
            return false;
    }
    k->n_codes[b->reader] = n + from->n_fresh;
    return true;
}

/* groups[i] = number of the pair (groups[i], code of this key). */
static void
join_key(struct coder *c, size_t key, const struct batch *b, uint32_t *groups)
{
    const uint32_t *map = c->keys[key].codes[b->reader];
    const uint32_t *codes = b->keys[key].codes;
    struct dictionary *pairs = &c->pairs[key - 1];

    for (size_t i = 0; i < b->n_rows; i++) {
        uint32_t code = map[codes[i]];

        groups[i] = code == 0 || groups[i] == 0
                        ? GROUP_NONE
                        : 1 + dictionary_add_pair(pairs, groups[i], code);
    }
}

static void
note_tuples(struct coder *c, const struct batch *b, const uint32_t *groups)
{
    uint32_t total = 1 + c->pairs[c->n_keys - 2].n;

    if (total > c->tuples_capacity) {
        c->tuples_capacity = 2 * (size_t)total;
        for (size_t k = 0; k < c->n_keys; k++)
            c->tuples[k] =
                xrealloc(c->tuples[k], c->tuples_capacity, sizeof *c->tuples[k]);
    }
    for (size_t i = 0; c->n_groups < total && i < b->n_rows; i++) {
        if (groups[i] != c->n_groups)
            continue;
        for (size_t k = 0; k < c->n_keys; k++)
            c->tuples[k][groups[i]] = c->keys[k].codes[b->reader][b->keys[k].codes[i]];
        c->n_groups++;
    }
}

bool
coder_names(struct coder *c, const struct batch *b, size_t *widen, enum field_kind *kind,
            const char **declined)
{
    for (size_t k = 0; k < c->n_keys; k++)
        if (!take_names(c, k, b, kind, declined)) {
            *widen = k;
            return false;
        }
    return true;
}

bool
coder_groups(struct coder *c, const struct batch *b, uint32_t *groups, size_t *widen,
             enum field_kind *kind, const char **declined)
{
    const uint32_t *map;

    if (!coder_names(c, b, widen, kind, declined))
        return false;
    map = c->keys[0].codes[b->reader];
    for (size_t i = 0; i < b->n_rows; i++)
        groups[i] = map[b->keys[0].codes[i]];
    for (size_t k = 1; k < c->n_keys; k++)
        join_key(c, k, b, groups);
    if (c->n_keys == 1)
        c->n_groups = 1 + c->keys[0].known.n;
    else
        note_tuples(c, b, groups);
    return true;
}
