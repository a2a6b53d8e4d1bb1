/*
 * record.h: the octets of a sidecar's records (docs/FORMATS.md), in memory.
 */
#ifndef RQ_RECORD_H
#define RQ_RECORD_H

#include "digest/source_digest.h"
#include "layout.h"

enum {
    RECORD_HEADER = 64,
    SET_ID_SIZE = 16,
    HEAD_FIXED = 160,
    NAME_MAX_OCTETS = 4096,
    FILES_OCTETS = 65536, /* in a FILES record, but for the last */
    DIGESTS_PER_RECORD = 8192,
    RECORD_PAYLOAD_MAX = 65536,
    REPAIR_OCTETS = 16384 /* of repair symbols in a record, or one symbol */
};

enum record_type { RECORD_HEAD = 1, RECORD_DIGESTS, RECORD_REPAIR, RECORD_FILES };

extern const uint8_t record_magic[8];

struct record {
    uint8_t set_id[SET_ID_SIZE];
    uint32_t type;
    uint64_t index;
    uint64_t size; /* of the payload */
    uint64_t digest;
};

/* What the HEAD record says. */
struct head {
    bool is_set;
    struct layout layout;
    struct source_digest digest;
    uint8_t root[32];  /* of the digest table */
    uint8_t files[32]; /* a set: digest of its FILES payloads */
    char *name;        /* owned; base name of the file, or of the set */
    uint8_t set_id[SET_ID_SIZE];
    const uint8_t *file_list; /* a set: what its FILES records hold, while writing */
    size_t file_list_size;    /* and how much that is */
    size_t file_count;        /* in it, while writing */
};

static inline uint64_t
head_symbols_per_record(const struct layout *l)
{
    return l->T < REPAIR_OCTETS ? REPAIR_OCTETS / l->T : 1;
}

/* The header for a payload, whose digest is computed here. */
void record_pack(uint8_t out[static RECORD_HEADER], const struct record *r);
/* False unless magic, version and the header's own digest are right. */
bool record_unpack(struct record *r, const uint8_t in[static RECORD_HEADER]);
uint64_t record_digest(const uint8_t *payload, size_t size);

/* The digest of the table of symbol digests, which may be mapped. */
void table_root(const uint8_t *table, const struct layout *l, uint8_t out[static 32]);
uint64_t record_digests(const struct layout *l);       /* DIGESTS records of one copy */
uint64_t record_files_size(const struct head *head);   /* octets of the FILES records */
uint64_t record_sidecar_size(const struct head *head); /* of the whole, undamaged */

/* The payload, owned by the caller, and head->set_id from it. */
uint8_t *head_pack(struct head *head, size_t *size);
/* Checks everything the fields can contradict. */
MUST_CHECK bool head_unpack(struct head *head, const uint8_t *payload, size_t size,
                            struct error *err);
void head_clear(struct head *head);

#endif
