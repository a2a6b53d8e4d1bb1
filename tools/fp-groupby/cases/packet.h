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
extern const struct packet_operation packet_group_table[];
extern const struct packet_operation packet_table_table[];

/* A member of the packet that is text, or NULL; one that is a list of texts. */
const char *packet_text(const struct packet_call *c, const char *key);
const char **packet_names(const struct packet_call *c, const char *key, size_t *n);

static inline bool
packet_answer(struct packet_value *out, enum packet_kind kind, const struct frame *f)
{
    *out = (struct packet_value){.kind = kind, .frame = f};
    return true;
}

#endif
