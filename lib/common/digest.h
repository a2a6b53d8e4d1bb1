/*
 * digest.h: the digests the records carry, one-shot or streamed.
 *
 * XXH3 (libxxhash) detects accidents fast; BLAKE2b-256 and SHA-256 (libsodium)
 * bind content against intent.  XXH3 values are in canonical (big-endian) order,
 * so that hex output equals that of xxhsum; BLAKE2b equals `b2sum -l 256`.
 */
#ifndef COMMON_DIGEST_H
#define COMMON_DIGEST_H

#include "error.h"

#include <stddef.h>

enum digest_kind { DIGEST_XXH3_64, DIGEST_XXH3_128, DIGEST_BLAKE2B, DIGEST_SHA256 };
enum { DIGEST_SIZE_MAX = 32, DIGEST_HEX_SIZE = 2 * DIGEST_SIZE_MAX + 1 };

const char *digest_name(enum digest_kind kind); /* "xxh3-64", "xxh3-128", ... */
size_t digest_size(enum digest_kind kind);      /* octets */

struct digest; /* a running digest */

struct digest *digest_new(enum digest_kind kind); /* owned by the caller */
void digest_update(struct digest *d, const void *data, size_t size);
void digest_final(struct digest *d, uint8_t out[static DIGEST_SIZE_MAX]); /* reusable */
void digest_free(struct digest *d);

void digest_of(enum digest_kind kind, const void *data, size_t size,
               uint8_t out[static DIGEST_SIZE_MAX]);

/* Lower-case hex of n octets, and back; out holds 2 n + 1. */
void hex_encode(const uint8_t *data, size_t n, char *out);
MUST_CHECK bool hex_decode(const char *text, size_t n, uint8_t *out);

/* Hex digest of memory, and of a file of any size in bounded memory. */
void digest_hex(enum digest_kind kind, const void *data, size_t size,
                char out[static DIGEST_HEX_SIZE]);
MUST_CHECK bool digest_file(enum digest_kind kind, const char *path,
                            char out[static DIGEST_HEX_SIZE], struct error *err);

#endif
