/*
 * diverge.h: the first difference between two traces.
 */
#ifndef FTG_ENGINE_TRACE_DIVERGE_H
#define FTG_ENGINE_TRACE_DIVERGE_H

#include "engine/trace/read.h"

enum divergence {
    DIVERGE_NOWHERE,
    DIVERGE_END,    /* one trace has more records */
    DIVERGE_RECORD, /* another step, pass, node, output, dtype or shape */
    DIVERGE_VALUE,  /* the same tensor with other bits */
};

struct divergence_report {
    enum divergence kind;
    uint64_t record; /* its number, from 0 */
    uint64_t records;
    /* Of the differing records; valid until the readers end. */
    struct trace_record a, b;
    bool ended[2];
    /* DIVERGE_VALUE, when both traces hold the data: */
    bool known;
    int64_t element;   /* the first that differs */
    int64_t differing; /* how many do */
    double value[2];   /* of the first */
    uint64_t ulp;      /* the largest distance; UINT64_MAX when a NaN is involved */
};

MUST_CHECK bool diverge_find(struct trace_reader *a, struct trace_reader *b,
                             struct divergence_report *out, struct error *err);

#endif
