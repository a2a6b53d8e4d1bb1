/*
 * sidecar_write.h: the octets of a sidecar, in order, to a file.
 */
#ifndef RQ_SIDECAR_WRITE_H
#define RQ_SIDECAR_WRITE_H

#include "files/scratch.h"
#include "record.h"

struct sidecar_parts {
    struct head *head;            /* its set_id is filled in */
    const uint8_t *table;         /* digests of all symbols */
    const struct scratch *repair; /* repair symbols, row by row */
};

/*
 * The same parts always give the same octets, which is how a damaged sidecar is healed:
 * then `expected` is its set id, and another one is ERR_MISMATCH.
 */
MUST_CHECK bool sidecar_write(const char *path, const struct sidecar_parts *parts,
                              const uint8_t *expected, uint64_t *size,
                              struct source_digest *digest, struct error *err);

#endif
