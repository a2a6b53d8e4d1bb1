/*
 * source_digest.h: the digests that bind a whole source, and those of its symbols.
 *
 * Up to SOURCE_FLAT_MAX octets BLAKE2b-256 is taken of the source itself; above, of the
 * BLAKE2b-256 digests of its pieces (docs/FORMATS.md), which can be computed side by
 * side.
 */
#ifndef RQ_SOURCE_DIGEST_H
#define RQ_SOURCE_DIGEST_H

#include "common/digest.h"

#include <stdint.h>

#define SOURCE_FLAT_MAX (UINT64_C(16) << 20)
enum { SOURCE_PIECE = 65536 };

struct source_digest {
    bool tree;
    uint8_t blake2b[32];
    uint8_t xxh3[16];
};

bool source_digest_equal(const struct source_digest *a, const struct source_digest *b);

/* "blake2b_256" or "blake2b_256_tree". */
const char *source_digest_key(const struct source_digest *d);

/* "blake2b_256": ..., "xxh3_128": ... as members of the object `key`. */
struct json_out;
void source_digest_write(struct json_out *j, const char *key,
                         const struct source_digest *d);

/* A running digest; total is the size of the source. */
struct source_hasher;
struct source_hasher *source_hasher_new(uint64_t total);
/* Every update but the last is a multiple of SOURCE_PIECE octets. */
void source_hasher_update(struct source_hasher *h, const uint8_t *data, size_t size);
void source_hasher_final(struct source_hasher *h, struct source_digest *out);
void source_hasher_free(struct source_hasher *h);

void source_digest_of(const uint8_t *data, uint64_t size, struct source_digest *out);

/* The digest of one symbol: XXH3-64 of its T octets. */
uint64_t symbol_digest(const uint8_t *symbol, size_t T);

#endif
