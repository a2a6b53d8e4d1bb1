/*
 * junit.h: a JUnit XML report, read without a general XML parser.
 *
 * Elements and attributes only; no DOCTYPE, no entities but the five of XML and
 * numeric ones; bounded size, depth and count.
 */
#ifndef GATE_GATES_JUNIT_H
#define GATE_GATES_JUNIT_H

#include "common/arena.h"
#include "common/error.h"

#include <stddef.h>

struct junit_case {
    const char *class_name, *name; /* arena */
    double time_s;                 /* -1: not given */
    bool failed, skipped;          /* failed: a failure or an error */
};

struct junit {
    struct arena arena;
    struct junit_case *cases; /* owned */
    size_t count, capacity;
    size_t failed, skipped;
    double time_s; /* of all cases */
};

MUST_CHECK bool junit_parse(struct junit *out, const char *text, size_t size,
                            struct error *err);
void junit_clear(struct junit *j);

#endif
