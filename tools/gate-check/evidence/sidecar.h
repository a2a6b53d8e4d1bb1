/*
 * sidecar.h: our own sidecar (docs/FORMATS.md, FILE.rq), read and checked to the last
 * digest.
 *
 * This reader is written against the format's description alone: the tool that
 * writes sidecars is not trusted here (LS-GATE-012).
 */
#ifndef GATE_EVIDENCE_SIDECAR_H
#define GATE_EVIDENCE_SIDECAR_H

#include "evidence/evidence.h"

enum { SIDECAR_RULE_SIZE = 8, SIDECAR_DIGEST_SIZE = 32 };

/* What HEAD says. */
struct sidecar {
    uint32_t T, K, Z,
        R; /* symbol octets; source symbols a block; blocks; repair a block */
    uint32_t spare;
    uint32_t digests_per_record, repair_per_record;
    uint64_t F;  /* octets protected */
    uint64_t Kt; /* source symbols in all */
    uint8_t blake2b[SIDECAR_DIGEST_SIZE];
    uint8_t xxh3_128[16];
    uint8_t root[SIDECAR_DIGEST_SIZE];
    uint8_t set_id[16];
    const char *name; /* borrowed from the file; not terminated */
    size_t name_size;
};

/*
 * Every record's checksums, both copies, the digest table's root, each source symbol
 * of `source` and each repair symbol against the table.  All faults become reasons
 * for e->file; false when there was one.
 */
MUST_CHECK bool sidecar_check(const struct evidence *e, const struct input *source,
                              const char *source_file, struct sidecar *out);

/* Digests of an artifact as manifests and proofs carry them. */
struct source_digests {
    const char *blake2b_key; /* "blake2b_256" or "blake2b_256_tree", by size */
    char blake2b[DIGEST_HEX_SIZE];
    char xxh3_128[DIGEST_HEX_SIZE];
};
void source_digests(const void *data, uint64_t size, struct source_digests *out);

#endif
