/*
 * object.h: an object as RFC 6330 cuts it (section 4.4): source blocks, sub-blocks and
 * encoding packets.  Everything is in memory.
 */
#ifndef RQ_OBJECT_H
#define RQ_OBJECT_H

#include "gf256.h"
#include "plan.h"

/* Sub-block j of a block: where its part of a symbol lies, and its own symbols. */
struct rq_sub_block {
    size_t size;       /* octets of a sub-symbol */
    size_t symbol_at;  /* in a symbol */
    uint64_t block_at; /* in the source block: K * symbol_at */
};

struct rq_block {
    uint32_t K;
    uint64_t offset; /* in the object */
    uint64_t size;   /* K * T; the last block may reach beyond the object */
};

uint64_t rq_object_symbols(const struct rq_oti *oti); /* Kt */
struct rq_block rq_object_block(const struct rq_oti *oti, uint32_t sbn);
struct rq_sub_block rq_object_sub_block(const struct rq_oti *oti, uint32_t K, uint32_t j);

/* The encoding symbols `esis` of one block of K * T octets, T octets each. */
MUST_CHECK bool rq_object_encode(const struct gf256 *gf, const struct rq_oti *oti,
                                 uint32_t K, const uint8_t *block, struct rq_esis esis,
                                 uint8_t *out, struct error *err);

struct rq_packet {
    uint32_t esi;
    const uint8_t *symbol; /* borrowed; T octets */
};

/*
 * The K * T octets of a block from packets with distinct, ascending ESIs.  ERR_MISMATCH
 * when they do not suffice, ERR_CHECKSUM when they contradict each other.
 */
MUST_CHECK bool rq_object_decode(const struct gf256 *gf, const struct rq_oti *oti,
                                 uint32_t K, const struct rq_packet *packets,
                                 size_t count, uint8_t *block, struct error *err);

#endif
