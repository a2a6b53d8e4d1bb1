/*
 * loaded.h: gate results read back, for every form they are shown in.
 */
#ifndef GATE_REPORT_LOADED_H
#define GATE_REPORT_LOADED_H

#include "common/arena.h"
#include "common/json_in.h"

#include <stdio.h>

struct loaded_reason {
    const char *class, *severity, *rule, *file, *at, *message;
    const char *claimed, *actual; /* NULL: not given */
    const char *command;          /* reproduces it; never NULL */
    uint64_t line;                /* taken from `at`; 1 where there is none */
};

struct loaded_subject {
    const char *root, *profile; /* "" where there is nothing to say */
    const char *gate, *id, *layout, *verdict, *reason, *upstream;
    const char *strict, *hardened; /* "45/45", or "" */
    struct loaded_reason *reasons; /* arena */
    size_t reason_count;
};

/* One line of a history, as far as a chart needs it. */
struct loaded_point {
    const char *id;
    uint64_t failed, total;
    bool pass;
};

struct loaded {
    struct arena arena;
    struct json_doc **docs; /* owned */
    size_t doc_count;
    struct loaded_subject *subjects; /* owned */
    size_t count;
    struct loaded_point *points; /* owned; in the order of the history */
    size_t point_count;
};

/* Add the subjects of a lockstep-gate-result/1 file ("-": standard input). */
MUST_CHECK bool loaded_result(struct loaded *l, const char *path, struct error *err);
/* Add the lines of a drift history, ours or FrankenPandas'. */
MUST_CHECK bool loaded_history(struct loaded *l, const char *path, struct error *err);
void loaded_clear(struct loaded *l);

bool loaded_is_bad(const struct loaded_subject *s); /* fail or error */

#endif
