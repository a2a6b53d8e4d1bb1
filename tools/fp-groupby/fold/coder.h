/*
 * coder.h: batches, taken in order, to group numbers in order of first appearance.
 *
 * Group 0 holds the rows that belong to no group: those with a missing key, when
 * missing keys are dropped.  Real groups count from 1.
 */
#ifndef FPG_CODER_H
#define FPG_CODER_H

#include "batch/batch.h"

enum { GROUP_NONE = 0 };

/* Distinct values of one key column, numbered from 1; 0: missing and dropped. */
struct key_values {
    enum field_kind kind;
    bool plain_text;         /* some value is text and could be nothing else */
    struct dictionary known; /* by value: the same number may be written in many ways */
    uint64_t *numbers;       /* owned; by code: int64 or the bits of a double */
    size_t numbers_capacity;
    uint32_t missing; /* code of the missing value, or 0 */
    uint32_t **codes; /* owned; by reader, by its code */
    size_t *n_codes, *codes_capacity;
};

/* The codes of several keys in one word. */
enum { CODER_KEYS_MOST = 64 };

struct coder_layout {
    uint8_t shift[CODER_KEYS_MOST], bits[CODER_KEYS_MOST]; /* by key */
};

struct coder {
    size_t n_keys, n_readers;
    bool dropna;
    struct key_values *keys;  /* owned */
    struct dictionary *pairs; /* owned, n_keys - 1 */
    uint32_t **tuples;        /* owned, n_keys: code of each key, by group */
    size_t tuples_capacity;
    uint64_t *packed; /* owned; not NULL: instead of tuples, all codes in a word */
    struct coder_layout layout;
    uint32_t n_groups; /* group 0 included */
};

void coder_init(struct coder *c, size_t n_keys, size_t n_readers, bool dropna,
                const enum field_kind *kinds);
void coder_clear(struct coder *c);

/*
 * Group of every row of the batch.  False: key *widen is not of its kind but of
 * *kind, or (*declined) of none that is handled.
 */
bool coder_groups(struct coder *c, const struct batch *b, uint32_t *groups, size_t *widen,
                  enum field_kind *kind, const char **declined);

/* Only the first half of that: give the batch's new names their codes. */
bool coder_names(struct coder *c, const struct batch *b, size_t *widen,
                 enum field_kind *kind, const char **declined);

/* That a code of the key, or the code after the last, needs. */
static inline unsigned
coder_bits(const struct key_values *k)
{
    return 64 - (unsigned)__builtin_clzll(k->known.n + UINT64_C(1));
}

static inline uint32_t
coder_unpack(const struct coder_layout *l, size_t key, uint64_t word)
{
    return (uint32_t)(word >> l->shift[key] & ((UINT64_C(1) << l->bits[key]) - 1));
}

/* Code of a key of a group. */
static inline uint32_t
coder_code(const struct coder *c, size_t key, uint32_t group)
{
    if (c->packed)
        return coder_unpack(&c->layout, key, c->packed[group]);
    return c->n_keys == 1 ? group : c->tuples[key][group];
}

/* That it will be asked for soon. */
static inline void
coder_fetch(const struct coder *c, size_t key, uint32_t group)
{
    if (c->packed)
        __builtin_prefetch(&c->packed[group]);
    else if (c->n_keys > 1)
        __builtin_prefetch(&c->tuples[key][group]);
}

#endif
