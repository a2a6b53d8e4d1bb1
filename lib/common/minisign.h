/*
 * minisign.h: signatures in minisign's format (Ed25519), made and verified.
 *
 * A signature is over the data (legacy, "Ed") or over its BLAKE2b-512 (prehashed,
 * "ED"); a second one is over the first and the trusted comment.  Secret keys may be
 * encrypted with a password (scrypt) or not.  Signing is deterministic.
 */
#ifndef COMMON_MINISIGN_H
#define COMMON_MINISIGN_H

#include "error.h"

#include <stddef.h>

enum {
    MINISIGN_KEY_ID = 8,
    MINISIGN_COMMENT_SIZE = 1024,   /* of a comment, with its NUL */
    MINISIGN_SIGNATURE_SIZE = 4096, /* of a signature's text, with its NUL */
};

struct minisign_public {
    uint8_t id[MINISIGN_KEY_ID];
    uint8_t key[32];
};

struct minisign_secret {
    uint8_t id[MINISIGN_KEY_ID];
    uint8_t key[64];
};

/* A key file, or the key itself in base64 as `minisign -P` takes it. */
MUST_CHECK bool minisign_public_open(struct minisign_public *out, const char *file_or_key,
                                     struct error *err);
/* password NULL: the key is not encrypted. */
MUST_CHECK bool minisign_secret_open(struct minisign_secret *out, const char *path,
                                     const char *password, struct error *err);
/* Overwrite the key. */
void minisign_secret_clear(struct minisign_secret *s);

/* The text of a signature file; prehashed is what minisign itself writes today. */
MUST_CHECK bool minisign_sign(const struct minisign_secret *s, const void *data,
                              size_t size, bool prehashed, const char *trusted_comment,
                              char out[static MINISIGN_SIGNATURE_SIZE],
                              struct error *err);

/*
 * ERR_MISMATCH (with subclass "key" or "signature") when it does not hold; the
 * trusted comment is filled in when it does.
 */
MUST_CHECK bool minisign_verify(const struct minisign_public *p, const void *data,
                                size_t size, const char *signature, size_t signature_size,
                                char trusted_comment[static MINISIGN_COMMENT_SIZE],
                                struct error *err);

#endif
