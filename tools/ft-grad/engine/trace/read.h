/*
 * read.h: a trace back from its file, record by record.
 */
#ifndef FTG_ENGINE_TRACE_READ_H
#define FTG_ENGINE_TRACE_READ_H

#include "tensor/tensor.h"

#include "common/json_in.h"

struct trace_record {
    uint64_t step;
    const char *pass, *node;
    uint64_t output;
    bool defined; /* else an undefined gradient, and nothing below */
    enum tensor_type type;
    int dims;
    int64_t size[TENSOR_DIMS_MAX];
    const char *digest;
    uint8_t *data; /* owned by the reader; NULL: only its digest was recorded */
    size_t octets;
};

struct trace_reader {
    const char *at, *end; /* borrowed: the file's text that is left */
    struct json_doc *doc; /* owned: of the last record */
    uint8_t *data;        /* owned: of the last record */
    uint64_t line;        /* of the last record, from 1 */
};

/* The header line; text must outlive the reader. */
MUST_CHECK bool trace_read_begin(struct trace_reader *r, const char *text, size_t size,
                                 struct error *err);
/* The next record, valid until the one after; *more turns false at the end. */
MUST_CHECK bool trace_read_next(struct trace_reader *r, struct trace_record *out,
                                bool *more, struct error *err);
void trace_read_end(struct trace_reader *r);

#endif
