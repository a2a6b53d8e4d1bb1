/*
 * scalar_rule.h: nodes that only add, to watch a schedule at work.
 *
 * Root i receives i + 1.  A node that runs records s, the sum of what reached it, and
 * sends s + k out of its output k.
 */
#ifndef FTG_GRAPH_SCALAR_RULE_H
#define FTG_GRAPH_SCALAR_RULE_H

#include "graph/schedule.h"

struct scalar_event {
    uint32_t graph;
    uint32_t node;
    double sum;
    uint32_t thread;
};

struct scalar_task;

struct scalar_rule {
    const struct schedule_call *calls; /* borrowed */
    struct scalar_event *events;       /* owned */
    size_t count, capacity;
    double *captured;              /* owned: of the first task; NAN: nothing arrived */
    struct scalar_task *innermost; /* owned: a stack of running tasks */
};

void scalar_rule_init(struct scalar_rule *s, const struct schedule_call *calls,
                      size_t first);
struct schedule_rule scalar_rule_hooks(struct scalar_rule *s);
void scalar_rule_clear(struct scalar_rule *s);

#endif
