/*
 * exposition.h: Prometheus' text exposition format, version 0.0.4, read strictly.
 */
#ifndef GATE_GATES_EXPOSITION_H
#define GATE_GATES_EXPOSITION_H

#include "common/arena.h"
#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

struct exposition_label {
    const char *name, *value; /* arena */
};

struct exposition_sample {
    const char *metric; /* arena; with _bucket, _sum, _count as written */
    const char *series; /* arena; metric and labels in byte order: the identity */
    struct exposition_label *labels; /* arena; in byte order of names */
    size_t label_count;
    double value;
    uint64_t line;
};

struct exposition_type {
    const char *metric, *type; /* arena */
    uint64_t line;
};

struct exposition {
    struct arena arena;
    struct exposition_sample *samples; /* owned */
    size_t count, capacity;
    struct exposition_type *types; /* owned */
    size_t type_count, type_capacity;
};

MUST_CHECK bool exposition_parse(struct exposition *out, const char *text, size_t size,
                                 struct error *err);
void exposition_clear(struct exposition *e);

#endif
