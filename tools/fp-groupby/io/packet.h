/*
 * packet.h: tables as FrankenPandas' packets write them.
 *
 * A value is {"kind", "value"}; a Series {"name", "index", "values"}; a frame {"index",
 * "columns": {name: values}, "column_order"?}.  Integers beside nulls are a nullable
 * column.
 */
#ifndef FPG_PACKET_H
#define FPG_PACKET_H

#include "common/json_in.h"
#include "common/json_out.h"
#include "table/frame.h"

struct packet_call {
    struct arena *a;
    const struct json_doc *doc;
    const struct json *packet;   /* the whole file */
    const struct json *expected; /* the expected_* member: which parts are wanted */
};

enum packet_kind {
    PACKET_FRAME,
    PACKET_SERIES,
    PACKET_BOOL,
    PACKET_JOIN,
    PACKET_ALIGNMENT,
    PACKET_POSITIONS,
    PACKET_DTYPE,
    PACKET_SCALAR,
};

struct packet_value {
    enum packet_kind kind;
    const struct frame *frame; /* FRAME, SERIES, JOIN; the index of ALIGNMENT */
    const int64_t *left, *right;
    size_t n;
    bool truth;
    const char *text;
};

MUST_CHECK bool packet_read_cell(const struct packet_call *c, const struct json *node,
                                 struct cell *out, struct error *err);
MUST_CHECK bool packet_read_cells(const struct packet_call *c, const struct json *list,
                                  struct cell **out, size_t *n, struct error *err);
/* The Series or frame at a key of the packet. */
MUST_CHECK bool packet_read_series(const struct packet_call *c, const struct json *node,
                                   struct frame **out, struct error *err);
MUST_CHECK bool packet_read_frame(const struct packet_call *c, const char *key,
                                  struct frame **out, struct error *err);
void packet_write(struct json_out *j, const struct packet_call *c,
                  const struct packet_value *v);

#endif
