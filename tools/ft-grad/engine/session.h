/*
 * session.h: one program run again and again over the same leaves.
 *
 * The leaves are made once and keep what is written into them; everything else of a
 * run lives in the tape's heap, whose blocks the next run takes over.
 */
#ifndef FTG_ENGINE_SESSION_H
#define FTG_ENGINE_SESSION_H

#include "engine/program/program.h"
#include "engine/trace/trace.h"

struct session {
    const struct program *program; /* borrowed */
    struct tape tape;
    struct heap kept;              /* of the leaves */
    struct tensor **leaves;        /* owned; in the program's order */
    struct tensor **tensors;       /* owned; by value, of the last run */
    struct backward_report report; /* of the last run; its observe is the caller's */
    struct hook_log events;        /* hooks that ran, of the last run */
    struct trace *trace;           /* borrowed, or NULL */
    enum schedule_order order;
};

/* False with the tape's error set: a leaf without data, or no memory. */
bool session_init(struct session *s, const struct program *p, enum torch_version version,
                  unsigned threads);
/* Nothing wants a gradient: a model imported to be run only forward. */
bool session_is_forward(const struct session *s);
/* Forward, and backward unless it is such a program; gradients are in leaves[i]->grad or
 * report.captured. */
bool session_run(struct session *s);
/* The same in two halves. */
bool session_forward(struct session *s);
bool session_backward(struct session *s);
void session_clear(struct session *s);

/* The i-th gradient that the program's call asks for, and what it belongs to. */
size_t session_gradients(const struct session *s);
struct tensor *session_gradient(const struct session *s, size_t i, const char **name);

#endif
