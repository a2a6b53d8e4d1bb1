/*
 * cases.h: one recorded case of the original, answered by this engine.
 *
 * A case is a JSON object whose members depend on its kind; the answer has the shape
 * of what the original gave.
 */
#ifndef FTG_ENGINE_CASES_CASES_H
#define FTG_ENGINE_CASES_CASES_H

#include "engine/program/program.h"

#include "common/diagnostic.h"

struct case_io {
    const struct json_doc *doc;
    const struct json *node; /* members of the case */
    const char *id;
    struct json_out *j;         /* where the value goes */
    enum torch_version version; /* whose behaviour */
    bool blas;                  /* products by OpenBLAS */
    bool decimal;               /* floats as numbers, not hexadecimal strings */
    bool with_graph;            /* programs: also the graph */
    bool with_telemetry;        /* schedules: also the queue's counts */
    struct diagnostics *diagnostics;
    struct error *err;
};

/* Answer with key "value"; nothing is written on failure that matters. */
typedef bool case_runner(struct case_io *c);

/* The runner of a kind ("program", "schedule", ...), or NULL. */
case_runner *case_find(const char *kind);

/* kinds, by file */
case_runner case_schedule, case_nested_schedule, case_reentrant; /* cases_schedule.c */
case_runner case_program, case_second_order;                     /* cases_program.c */
case_runner case_edge_unary, case_edge_binary, case_edge_reduction, case_edge_empty;
case_runner case_optimizer;                              /* cases_optimizer.c */
case_runner case_error_text, case_hooks, case_gradcheck; /* scenarios.c */
case_runner case_seed_scheduler, case_seed_scalar;       /* cases_seed.c */
case_runner case_onnx;                                   /* onnx/case.c */

/* A fresh tape as the case wants it. */
void case_tape(const struct case_io *c, struct tape *t);
/* A number, or numbers of a tensor, in the case's style. */
void case_number(struct case_io *c, const char *key, double value);
void case_numbers(struct case_io *c, const char *key, struct heap *h, struct tensor *x);
/* A member that is a list of numbers, as a tensor. */
struct tensor *case_tensor(struct case_io *c, struct tape *t, const char *key,
                           enum tensor_type type);
/* Run the operator that members "op" and "attrs" name. */
struct tensor *case_apply(struct case_io *c, struct tape *t, struct tensor *a,
                          struct tensor *b);
/* Take over the tape's error; returns false. */
bool case_fail(struct case_io *c, const struct tape *t);

#endif
