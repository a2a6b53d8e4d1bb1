/* A raw stream from nowhere: refused, undecodable, or decoded without a wrong read. */
#include "codec/packet_stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct packet_stream s;
    struct error err = {0};
    struct gf256 gf;

    if (!packet_stream_read(&s, data, size, &err))
        return 0;
    gf256_init(&gf, NULL);
    for (uint32_t sbn = 0; sbn < s.oti.Z && sbn < 4; sbn++) {
        struct rq_block block = rq_object_block(&s.oti, sbn);
        uint8_t *out;

        if (block.K > s.count || block.K > 300)
            continue;
        out = malloc(block.size);
        if (packet_stream_decode(&s, &gf, sbn, out, &err))
            /* Source packets that were there are in the block as they came. */
            for (size_t i = 0; i < s.count; i++) {
                struct rq_sub_block sub = rq_object_sub_block(&s.oti, block.K, 0);
                uint32_t esi = s.entry[i].id & RQ_ESI_MAX;

                if (s.entry[i].id >> 24 == sbn && esi < block.K &&
                    out[(uint64_t)esi * sub.size] != s.entry[i].symbol[0])
                    abort();
            }
        free(out);
    }
    packet_stream_clear(&s);
    return 0;
}
