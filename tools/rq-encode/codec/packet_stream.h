/*
 * packet_stream.h: a raw stream: 12 octets of OTI, then packets of a 4-octet payload id
 * (SBN, ESI) and a symbol (RFC 6330, section 3.2), in any order.
 */
#ifndef RQ_PACKET_STREAM_H
#define RQ_PACKET_STREAM_H

#include "object.h"

struct packet_stream {
    struct rq_oti oti;
    struct packet_entry *entry; /* owned; by SBN and ESI, each id once */
    size_t count;
    uint64_t incomplete; /* octets of a last packet that was cut short */
};

struct packet_entry {
    uint32_t id; /* SBN and ESI as in the payload id */
    const uint8_t *symbol;
};

/*
 * Checks the OTI and every id; equal ids with unequal symbols are ERR_CHECKSUM.  A
 * packet cut short at the end counts as lost.
 */
MUST_CHECK bool packet_stream_read(struct packet_stream *s, const uint8_t *data,
                                   size_t size, struct error *err);
void packet_stream_clear(struct packet_stream *s);

/* Block `sbn` of the object into K * T octets. */
MUST_CHECK bool packet_stream_decode(const struct packet_stream *s,
                                     const struct gf256 *gf, uint32_t sbn, uint8_t *block,
                                     struct error *err);

#endif
