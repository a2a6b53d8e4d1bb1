/*
 * digests.h: digests of tensors, and one root over all of them.
 *
 * A tensor's digest is that of its elements in C order, little-endian.  The root is
 * a Merkle tree (BLAKE2b-256) over the tensors sorted by name: its leaves bind name,
 * dtype, shape and digest, so it depends on the logical content alone: any format,
 * any order, shared storage or not.
 */
#ifndef CKPT_TENSORS_DIGESTS_H
#define CKPT_TENSORS_DIGESTS_H

#include "common/digest.h"
#include "model/checkpoint.h"

enum { DIGESTS_ROOT_SIZE = 32 };

struct digests {
    enum digest_kind kind;
    uint8_t (*of)[DIGEST_SIZE_MAX]; /* owned: one a tensor, in listing order */
    bool *present;                  /* owned: false for meta and composite tensors */
};

/* Of the elements: a lazy conjugation or negation (torch's bits) is carried out. */
MUST_CHECK bool digests_make(struct digests *d, struct checkpoint *c,
                             enum digest_kind kind, unsigned threads, struct error *err);
/* Of the octets as they are stored. */
MUST_CHECK bool digests_make_stored(struct digests *d, struct checkpoint *c,
                                    enum digest_kind kind, unsigned threads,
                                    struct error *err);
void digests_clear(struct digests *d);

/* The Merkle root; d must be BLAKE2b, SHA-256 or XXH3 digests of c. */
void digests_root(const struct digests *d, const struct checkpoint *c,
                  uint8_t root[static DIGESTS_ROOT_SIZE]);

/* The dtype's name across formats: "float32" for "F32" and "<f4". */
const char *digests_dtype(const struct tensor *t);

#endif
