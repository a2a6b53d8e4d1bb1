/*
 * keyset.h: DispatchKeySet, bit for bit as c10/core/DispatchKeySet.h has it.
 *
 * A set is a uint64_t: backend components in the low bits, functionality keys above
 * them, in priority order.  It stands for the cross product of the two, which is
 * where its oddities come from: has() answers for combinations nobody put in, and
 * subtraction never takes a backend away.
 */
#ifndef KEYSET_KEYSET_H
#define KEYSET_KEYSET_H

#include "common/buf.h"
#include "keyset/torch_version.h"

enum {
    KEYS_MAX = 192,
    FUNCTIONALITIES_MAX = 64,
    SLOTS_MAX = KEYS_MAX + 1,
    NAMES_HASH = 1024
};

/* Keys the dispatcher itself treats apart. */
enum known_key {
    KNOWN_AUTOGRAD,
    KNOWN_COMPOSITE_IMPLICIT,
    KNOWN_COMPOSITE_IMPLICIT_NESTED,
    KNOWN_COMPOSITE_EXPLICIT,
    KNOWN_COMPOSITE_EXPLICIT_NON_FUNCTIONAL,
    KNOWN_BATCHED_DECOMPOSITION,
    KNOWN_AUTOGRAD_OTHER,
    KNOWN_AD_INPLACE_OR_VIEW,
    KNOWN_COUNT
};

/* A torch version with everything worth computing once. */
struct keyspace {
    const struct torch_version *version;
    uint64_t backend_mask;
    uint64_t bits[KEYS_MAX]; /* DispatchKeySet(key); 0 for Undefined and aliases */
    uint8_t functionality[KEYS_MAX];
    uint8_t backend[KEYS_MAX];           /* component, 0: none */
    uint8_t slot[KEYS_MAX];              /* dispatch table index of bits[key] */
    uint8_t offset[FUNCTIONALITIES_MAX]; /* of a functionality's slots */
    uint8_t block[FUNCTIONALITIES_MAX];  /* its marker key, 0: not per backend */
    unsigned slot_count;
    uint8_t runtime[SLOTS_MAX]; /* Undefined, then FULL in iteration order */
    unsigned runtime_count;
    uint8_t names[NAMES_HASH];  /* open addressing; 0: free, else key + 1 */
    uint8_t known[KNOWN_COUNT]; /* 0: this version lacks it */
};

void keyspace_init(struct keyspace *k, const struct torch_version *version);

/* A key's value by its name, which need not end in NUL; false when there is none. */
MUST_CHECK bool key_find(const struct keyspace *k, const char *name, size_t size,
                         unsigned *out);
/* A backend component by "CPUBit" or "CPU". */
MUST_CHECK bool backend_find(const struct keyspace *k, const char *name, unsigned *out);
const char *key_name(const struct keyspace *k, unsigned key);

static inline bool
key_is_alias(const struct keyspace *k, unsigned key)
{
    return key >= k->version->first_alias;
}

/* A StartOf marker or the end of a group: printable, but nobody's key. */
bool key_is_marker(const struct keyspace *k, unsigned key);

/* --- algebra --- */

static inline uint64_t
keyset_sub(const struct keyspace *k, uint64_t a, uint64_t b)
{
    return a & (k->backend_mask | ~b);
}

static inline uint64_t
keyset_remove(const struct keyspace *k, uint64_t a, unsigned key)
{
    return a & ~(k->bits[key] & ~k->backend_mask);
}

static inline bool
keyset_has(const struct keyspace *k, uint64_t set, unsigned key)
{
    return (set & k->bits[key]) == k->bits[key];
}

static inline unsigned
highest_bit(uint64_t bits) /* counted from 1; 0 for none */
{
    return bits ? 64U - (unsigned)__builtin_clzll(bits) : 0;
}

static inline unsigned
keyset_functionality(const struct keyspace *k, uint64_t set)
{
    return highest_bit(set >> k->version->backend_count);
}

static inline unsigned
keyset_backend(const struct keyspace *k, uint64_t set)
{
    return highest_bit(set & k->backend_mask);
}

/* getBackendIndex: CPU and no backend share 0. */
static inline unsigned
keyset_backend_index(const struct keyspace *k, uint64_t set)
{
    return highest_bit((set & k->backend_mask) >> 1);
}

/* highestPriorityTypeId: a StartOf marker when the functionality has no backend. */
static inline unsigned
keyset_key(const struct keyspace *k, uint64_t set)
{
    unsigned f = keyset_functionality(k, set);

    return k->block[f] ? k->block[f] + keyset_backend(k, set) : f;
}

/* getDispatchTableIndexForDispatchKeySet. */
static inline unsigned
keyset_slot(const struct keyspace *k, uint64_t set)
{
    unsigned f = keyset_functionality(k, set);

    return k->offset[f] + (k->block[f] ? keyset_backend_index(k, set) : 0);
}

/* highestPriorityBackendTypeId, legacyExtractDispatchKey. */
unsigned keyset_backend_key(const struct keyspace *k, uint64_t set);
unsigned keyset_legacy_extract(const struct keyspace *k, uint64_t set);
uint64_t keyset_full_after(const struct keyspace *k, unsigned key);
/* Bits that no key of this version has. */
uint64_t keyset_unknown(const struct keyspace *k, uint64_t set);
/* getAutogradRelatedKeySetFromBackend, getAutocastRelatedKeySetFromBackend. */
uint64_t keyset_autograd_related(const struct keyspace *k, unsigned backend);
uint64_t keyset_autocast_related(const struct keyspace *k, unsigned backend);
/* What an alias stands for, any other key's own set. */
uint64_t keyset_expand(const struct keyspace *k, unsigned key);

/* The keys torch's iterator visits, in its order; returns how many. */
size_t keyset_keys(const struct keyspace *k, uint64_t set, uint8_t out[static KEYS_MAX]);
/* "DispatchKeySet(CPU, AutogradCPU)" */
void keyset_format(const struct keyspace *k, uint64_t set, struct buf *out);

/* "0x" and 16 digits at most, no other spelling. */
MUST_CHECK bool keyset_parse_hex(const char *text, size_t size, uint64_t *out);

#endif
