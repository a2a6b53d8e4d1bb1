/* packet.h: the operations of FrankenPandas' packets. */
#ifndef FPG_CASE_PACKET_H
#define FPG_CASE_PACKET_H

#include "io/packet.h"

struct packet_operation {
    const char *name;
    bool (*run)(const struct packet_call *c, struct packet_value *out, struct error *err);
};

/* NULL when there is no operation of that name. */
const struct packet_operation *packet_find(const char *name);

extern const struct packet_operation packet_series_table[];
extern const struct packet_operation packet_frame_table[];

static inline bool
packet_answer(struct packet_value *out, enum packet_kind kind, const struct frame *f)
{
    *out = (struct packet_value){.kind = kind, .frame = f};
    return true;
}

#endif
