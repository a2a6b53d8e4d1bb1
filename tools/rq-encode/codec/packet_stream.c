#include "packet_stream.h"

#include "common/bytes.h"
#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

static int
by_id(const void *a, const void *b)
{
    const struct packet_entry *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

static bool
sort_entries(struct packet_stream *s, struct error *err)
{
    size_t n = 0;

    qsort(s->entry, s->count, sizeof *s->entry, by_id);
    for (size_t i = 0; i < s->count; i++) {
        if (n == 0 || s->entry[n - 1].id != s->entry[i].id) {
            s->entry[n++] = s->entry[i];
            continue;
        }
        if (memcmp(s->entry[n - 1].symbol, s->entry[i].symbol, s->oti.T) != 0)
            return error_set(err, ERR_CHECKSUM,
                             "block %u, ESI %u comes twice with different octets",
                             s->entry[i].id >> 24, s->entry[i].id & RQ_ESI_MAX);
    }
    s->count = n;
    return true;
}

bool
packet_stream_read(struct packet_stream *s, const uint8_t *data, size_t size,
                   struct error *err)
{
    size_t packet;

    *s = (struct packet_stream){0};
    if (size < RQ_OTI_SIZE)
        return error_set(err, ERR_MALFORMED, "%zu octets, less than the 12 of the OTI",
                         size);
    if (!rq_oti_unpack(&s->oti, data, err))
        return error_at_byte(err, 0);
    packet = 4 + (size_t)s->oti.T;
    s->count = (size - RQ_OTI_SIZE) / packet;
    s->incomplete = (size - RQ_OTI_SIZE) % packet;
    s->entry = xcalloc(s->count + 1, sizeof *s->entry);
    for (size_t i = 0; i < s->count; i++) {
        const uint8_t *p = data + RQ_OTI_SIZE + i * packet;

        s->entry[i] = (struct packet_entry){.id = get_be32(p), .symbol = p + 4};
        if (p[0] >= s->oti.Z) {
            (void)error_set(err, ERR_BOUNDS, "packet of block %u of %u", p[0], s->oti.Z);
            packet_stream_clear(s);
            return error_at_byte(err, RQ_OTI_SIZE + i * packet);
        }
    }
    if (sort_entries(s, err))
        return true;
    packet_stream_clear(s);
    return false;
}

void
packet_stream_clear(struct packet_stream *s)
{
    free(s->entry);
    s->entry = NULL;
    s->count = 0;
}

bool
packet_stream_decode(const struct packet_stream *s, const struct gf256 *gf, uint32_t sbn,
                     uint8_t *block, struct error *err)
{
    struct rq_packet *packets = xcalloc(s->count + 1, sizeof *packets);
    size_t count = 0;
    bool ok;

    for (size_t i = 0; i < s->count; i++)
        if (s->entry[i].id >> 24 == sbn)
            packets[count++] = (struct rq_packet){.esi = s->entry[i].id & RQ_ESI_MAX,
                                                  .symbol = s->entry[i].symbol};
    ok = rq_object_decode(gf, &s->oti, rq_object_block(&s->oti, sbn).K, packets, count,
                          block, err);
    free(packets);
    return ok || error_at(err, "block %u", sbn);
}
