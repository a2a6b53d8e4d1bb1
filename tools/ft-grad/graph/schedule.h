/*
 * schedule.h: in which order the backward engine of PyTorch runs a graph.
 *
 * One graph task is started from roots; with inputs named, only what leads to them
 * runs.  Nodes may start further graph tasks while they run; those share the ready
 * queue and go first.  What running a node means is the caller's: see
 * struct schedule_rule.
 */
#ifndef FTG_GRAPH_SCHEDULE_H
#define FTG_GRAPH_SCHEDULE_H

#include "graph/graph.h"
#include "graph/ready_queue.h"

enum { SCHEDULE_MAX_DEPTH = 60 }; /* Engine::MAX_DEPTH: nested calls one thread takes */

/* One call of backward() or grad(). */
struct schedule_call {
    const struct graph *graph;      /* all borrowed */
    const struct graph_edge *roots; /* node and the output the gradient starts at */
    size_t root_count;
    const struct graph_edge *inputs; /* NULL: all leaves */
    size_t input_count;
    bool accumulate; /* backward(inputs=): run the input nodes; else capture there */
};

enum schedule_order {
    SCHEDULE_TORCH,   /* later created first */
    SCHEDULE_NODE_ID, /* FrankenTorch: higher index first */
};

enum reentrant_policy {
    REENTRANT_TORCH,    /* a new thread every SCHEDULE_MAX_DEPTH levels, never an error */
    REENTRANT_STRICT,   /* deeper than max_depth: ReentrantDepthExceeded */
    REENTRANT_HARDENED, /* deeper than max_depth: clamped and reported */
};

struct schedule_options {
    enum schedule_order order;
    enum reentrant_policy policy;
    uint32_t max_depth;     /* not for REENTRANT_TORCH */
    uint32_t current_depth; /* how deep the call itself already is */
};

struct schedule; /* a run and all it counted */

/* What happens inside; each member may be NULL.  `task` numbers graph tasks from 0. */
struct schedule_rule {
    void *context;
    /* A graph task begins (its graph's index is `graph`), or ends. */
    void (*begin)(void *context, uint32_t task, uint32_t graph);
    void (*end)(void *context, uint32_t task);
    /* A captured gradient: inputs[index] is what arrived at (node, input). */
    void (*capture)(void *context, uint32_t task, uint32_t node, size_t index);
    /* Run a node; nested graphs follow, then leave(). */
    bool (*enter)(void *context, uint32_t task, uint32_t node, uint32_t thread,
                  struct error *err);
    bool (*leave)(void *context, uint32_t task, uint32_t node, uint32_t thread,
                  struct error *err);
    /* The k-th output of node (or root k, for GRAPH_NONE) arrives at *to. */
    void (*deliver)(void *context, uint32_t task, uint32_t node, size_t k,
                    const struct graph_edge *to);
};

struct schedule_report {
    uint32_t *order; /* nodes of the first task as they ran; owned, as all here */
    size_t order_count;
    uint32_t *captured; /* nodes where something was captured */
    size_t captured_count;
    uint32_t *dependencies; /* of each node before the run; 0: not counted */
    uint64_t pushes, pops;
    size_t longest;
    bool graph_root; /* more than one root (or none): a node that feeds them all */
    uint32_t threads;
    uint32_t deepest; /* reentrant depth reached, after clamping */
    bool guard_triggered, fallback_used;
};

/*
 * Run calls[first].  Calls are numbered like the graphs that nodes re-enter.
 * Errors carry the classes of docs/ft-grad.md; the report then holds what ran.
 */
MUST_CHECK bool schedule_run(const struct schedule_call *calls, size_t call_count,
                             size_t first, const struct schedule_options *options,
                             const struct schedule_rule *rule,
                             struct schedule_report *report, struct error *err);
void schedule_report_clear(struct schedule_report *report);

#endif
