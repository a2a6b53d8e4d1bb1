/*
 * schema.h: the messages of a stream, taken apart.
 */
#ifndef FPG_ARROW_SCHEMA_H
#define FPG_ARROW_SCHEMA_H

#include "arrow/flat_read.h"
#include "arrow/format.h"
#include "table/frame.h"

enum { ARROW_COLUMNS_MAX = 1 << 20 };

struct arrow_field {
    struct cell name;       /* borrowed from the stream */
    struct arrow_type type; /* of the values; of a dictionary that of its values */
    bool encoded;           /* the column holds codes of a dictionary */
    bool ordered;
    int64_t dictionary;
    struct arrow_type code;
    enum coltype pandas; /* of the "pandas" metadata; COLTYPE_COUNT: not said */
};

struct arrow_schema {
    struct arrow_field *fields; /* arena */
    size_t n_fields;
};

/* A record batch, its vectors in bounds of the metadata but not yet of the body. */
struct arrow_batch {
    uint64_t n_rows;
    const uint8_t *body; /* NULL when it is empty */
    uint64_t body_size;
    struct flat_vector nodes, buffers, variadic;
};

struct arrow_message {
    struct flat flat;
    struct flat_table header;
    enum arrow_header kind;
    size_t at; /* octet of the stream */
    const uint8_t *body;
    uint64_t body_size;
};

/*
 * The message at *at, which moves behind it; *end: the stream is over instead.
 */
MUST_CHECK bool arrow_next(const uint8_t *data, size_t size, size_t *at,
                           struct arrow_message *out, bool *end, struct error *err);

MUST_CHECK bool arrow_schema_read(struct arena *a, struct arrow_message *m,
                                  struct arrow_schema *out, struct error *err);

/* Of a record batch message, or (id, delta) of a dictionary batch. */
MUST_CHECK bool arrow_batch_read(struct arrow_message *m, struct arrow_batch *out,
                                 int64_t *id, bool *delta, struct error *err);

#endif
