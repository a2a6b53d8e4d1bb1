/*
 * recover.h: compute the lost symbols of a checked file from what is left.
 */
#ifndef RQ_RECOVER_H
#define RQ_RECOVER_H

#include "checkup.h"
#include "files/scratch.h"

/* One block's part of a decoding problem; all arrays owned. */
struct recovery_block {
    uint32_t *received;     /* ESIs, ascending */
    const uint8_t **symbol; /* where each lies; NULL: known to be zero */
    uint32_t received_count;
    uint32_t *lost; /* ESIs below K */
    uint32_t lost_count;
};

struct recovery {
    struct layout layout;
    struct recovery_block *block; /* owned; Z of them */
    uint64_t *first; /* owned; by block: index of its first lost symbol in octets */
    uint64_t lost;
    struct scratch octets; /* owned; lost * T */
    /* When set, symbols in its mapping are read, block by block, not mapped. */
    const struct source *source; /* borrowed */
};

/* An empty problem for that layout. */
void recovery_init(struct recovery *r, const struct layout *layout);
void recovery_clear(struct recovery *r);
void recovery_receive(struct recovery *r, uint32_t block, uint32_t esi,
                      const uint8_t *symbol);
void recovery_lose(struct recovery *r, uint32_t block, uint32_t esi);

/*
 * Decodes every block that lost something; ERR_MISMATCH when one cannot be.  Lost
 * symbol i of block b then is at recovery_symbol(r, b, i).
 */
MUST_CHECK bool recovery_run(struct recovery *r, unsigned threads, uint64_t memory,
                             struct error *err);

static inline uint8_t *
recovery_symbol(const struct recovery *r, uint32_t block, uint32_t i)
{
    return r->octets.data + (r->first[block] + i) * r->layout.T;
}

#endif
