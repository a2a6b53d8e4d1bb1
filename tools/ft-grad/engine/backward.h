/*
 * backward.h: run a tape backward, as torch's engine does.
 */
#ifndef FTG_ENGINE_BACKWARD_H
#define FTG_ENGINE_BACKWARD_H

#include "tape/tape.h"

#include "graph/schedule.h"

/* The nodes that a call can reach, in order of discovery, and their graph. */
struct tape_graph {
    struct graph graph;  /* owned */
    struct node **nodes; /* owned; the nodes belong to the tape */
    size_t capacity;
    struct graph_edge *roots;  /* owned */
    struct graph_edge *inputs; /* owned; NULL: none were named */
};

struct backward_call {
    struct tensor *const *roots;
    struct tensor *const *root_grads; /* each may be NULL: ones, for a scalar */
    size_t root_count;
    struct tensor *const *inputs; /* NULL: all leaves */
    size_t input_count;
    bool accumulate; /* backward(): into leaves; else grad(): captured */
    bool retain_graph;
    bool create_graph; /* record what the backward functions do */
    bool allow_unused;
    enum schedule_order order;
};

struct trace;

struct backward_report {
    struct tape_graph graph;
    struct schedule_report schedule;
    struct tensor **captured; /* owned: one per input; NULL elements: unused */
    /* Called after each node with its input and output gradients; may be NULL. */
    void (*observe)(void *context, const struct node *n, struct tensor *const *in,
                    struct tensor *const *out);
    void *context;
    struct trace *trace; /* borrowed; NULL: nothing is recorded */
};

/*
 * Returns false with the tape's error set.  *report must be zeroed, but for observe
 * and context; it is filled as far as the run came.
 */
bool backward_run(struct tape *t, const struct backward_call *call,
                  struct backward_report *report);
void backward_report_clear(struct backward_report *report);

#endif
