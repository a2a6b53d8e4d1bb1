/*
 * trace.h: what a run computed, record by record, so that two runs can be compared.
 *
 * JSON Lines: a header {"schema": "ft-grad-trace/1"}, then one record a tensor:
 * {"step", "pass": "forward"|"backward"|"gradient"|"update", "node", "output",
 * "dtype", "shape", "xxh3", "data"?}.  data is the little-endian memory in
 * hexadecimal, left out of tensors of more than TRACE_DATA_MAX octets.
 */
#ifndef FTG_ENGINE_TRACE_TRACE_H
#define FTG_ENGINE_TRACE_TRACE_H

#include "tensor/tensor.h"

#include "common/error.h"
#include "common/file.h"

enum { TRACE_DATA_MAX = 1 << 16 };

struct trace {
    struct out_file out;
    struct heap scratch; /* copies of strided tensors */
    uint64_t steps;      /* runs begun */
    bool open;
};

MUST_CHECK bool trace_open(struct trace *t, const char *path, struct error *err);
/* A run begins; runs count from 0. */
void trace_step(struct trace *t);
/* tensor NULL: an undefined gradient, recorded as such. */
void trace_tensor(struct trace *t, const char *pass, const char *node, size_t output,
                  struct tensor *tensor);
MUST_CHECK bool trace_commit(struct trace *t, struct error *err);
void trace_discard(struct trace *t);

#endif
