/*
 * pack.h: the codes of several keys in one word a row.
 */
#ifndef FPG_PACK_H
#define FPG_PACK_H

#include <stddef.h>
#include <stdint.h>

struct pack_key {
    const uint32_t *codes; /* of the rows, as their reader numbered them */
    const uint32_t *map;   /* to the codes that are packed; 0: the row is in no group */
    unsigned shift;
};

struct pack_ops {
    const char *name;
    /* words[i] = the OR of map[codes[i]] << shift; 0 when one of the codes is 0 */
    void (*pack)(const struct pack_key *keys, size_t n_keys, size_t n, uint64_t *words);
};

enum { PACK_VARIANTS_MAX = 2 };

extern const struct pack_ops pack_scalar;

/* The variants this machine can run, slowest first; returns how many. */
size_t pack_usable(const struct pack_ops *out[static PACK_VARIANTS_MAX]);

/* The fastest of them. */
const struct pack_ops *pack_select(void);

#endif
