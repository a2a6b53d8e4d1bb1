/*
 * exec_plan.h: what one graph task needs to know before it runs.
 *
 * Counted from the roots: how many gradients each node waits for, and, when inputs
 * are named, which nodes must run for them and where gradients are captured.
 */
#ifndef FTG_GRAPH_EXEC_PLAN_H
#define FTG_GRAPH_EXEC_PLAN_H

#include "graph/schedule.h"

enum {
    PLAN_COUNTED = 1,   /* reached from the roots (scratch of the first walk) */
    PLAN_SEEN = 2,      /* the same of the second */
    PLAN_NEEDED = 4,    /* must run */
    PLAN_CAPTURE = 8,   /* its incoming gradient is asked for */
    PLAN_NOT_READY = 16 /* holds some of its gradients, waits for more */
};

/* Side by side, because whoever looks at one needs the other. */
struct plan_node {
    uint32_t waiting; /* gradients still to come */
    uint32_t flags;   /* PLAN_* */
};

struct exec_plan {
    struct plan_node *nodes; /* owned */
    bool selective;          /* inputs were named */
    uint32_t root;           /* the one root, or graph->nodes for a graph root */
};

void exec_plan_init(struct exec_plan *plan, const struct schedule_call *call);
void exec_plan_clear(struct exec_plan *plan);

/* Does anything that was asked for lie at this node or behind it? */
static inline bool
exec_plan_wants(const struct exec_plan *plan, uint32_t node)
{
    return !plan->selective ||
           (plan->nodes[node].flags & (PLAN_NEEDED | PLAN_CAPTURE)) != 0;
}

#endif
