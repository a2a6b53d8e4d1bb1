/*
 * exec_plan.c: Engine::compute_dependencies and GraphTask::init_to_execute.
 *
 * Both prune by topological number: a node below the lowest input cannot lead to
 * an input, and is not expanded.  The second walk visits nodes in torch's order,
 * because a pruned child stays "seen" and its parents keep what they knew then.
 */
#include "graph/exec_plan.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

/* The edges of a node; the graph root's are the roots of the call. */
static inline const struct graph_edge *
edges_of(const struct schedule_call *call, uint32_t node, size_t *count)
{
    const struct graph *g = call->graph;

    if (node == g->nodes) {
        *count = call->root_count;
        return call->roots;
    }
    *count = g->first_edge[node + 1] - g->first_edge[node];
    return g->edge + g->first_edge[node];
}

static uint32_t
lowest_input(const struct schedule_call *call)
{
    uint32_t lowest = UINT32_MAX;

    if (!call->inputs || call->input_count == 0)
        return 0;
    for (size_t i = 0; i < call->input_count; i++) {
        uint32_t nr = call->graph->topological_nr[call->inputs[i].node];

        if (nr < lowest)
            lowest = nr;
    }
    return lowest;
}

/* The graph root lies just above its highest root, and so may lie below all inputs. */
static bool
pruned(const struct schedule_call *call, uint32_t node, uint32_t lowest)
{
    const struct graph *g = call->graph;

    if (node < g->nodes)
        return g->topological_nr[node] < lowest;
    for (size_t i = 0; i < call->root_count; i++) {
        if (g->topological_nr[call->roots[i].node] + 1 >= lowest)
            return false;
    }
    return lowest > 0;
}

static void
count_dependencies(struct exec_plan *plan, const struct schedule_call *call,
                   uint32_t lowest)
{
    const struct graph *g = call->graph;
    uint32_t *stack = xlarge(((size_t)g->nodes + 1) * sizeof(*stack));
    size_t top = 0;

    stack[top++] = plan->root;
    while (top > 0) {
        uint32_t node = stack[--top];
        const struct graph_edge *edge;
        size_t count;

        if (pruned(call, node, lowest))
            continue;
        edge = edges_of(call, node, &count);
        for (size_t k = 0; k < count; k++) {
            uint32_t to = edge[k].node;

            if (to == GRAPH_NONE)
                continue;
            plan->nodes[to].waiting++;
            if (!(plan->nodes[to].flags & PLAN_COUNTED)) {
                plan->nodes[to].flags |= PLAN_COUNTED;
                stack[top++] = to;
            }
        }
    }
    free(stack);
}

struct frame {
    uint32_t node;
    size_t next; /* edge to look at */
};

/* Go on with the top frame: true when a child must be visited first. */
static bool
next_child(struct exec_plan *plan, const struct schedule_call *call, struct frame *frame,
           uint32_t *child)
{
    size_t count;
    const struct graph_edge *edge = edges_of(call, frame->node, &count);

    while (frame->next < count) {
        uint32_t to = edge[frame->next++].node;

        if (to == GRAPH_NONE)
            continue;
        if (!(plan->nodes[to].flags & PLAN_SEEN)) {
            plan->nodes[to].flags |= PLAN_SEEN;
            *child = to;
            return true;
        }
        if (exec_plan_wants(plan, to))
            plan->nodes[frame->node].flags |= PLAN_NEEDED;
    }
    return false;
}

static void
mark_needed(struct exec_plan *plan, const struct schedule_call *call, uint32_t lowest)
{
    const struct graph *g = call->graph;
    struct frame *stack = xlarge(((size_t)g->nodes + 1) * sizeof(*stack));
    size_t depth = 0;

    for (size_t i = 0; i < call->input_count; i++)
        plan->nodes[call->inputs[i].node].flags |=
            call->accumulate ? PLAN_NEEDED : PLAN_CAPTURE;
    stack[depth++] = (struct frame){.node = plan->root};
    while (depth > 0) {
        struct frame *frame = &stack[depth - 1];
        uint32_t child;

        if (next_child(plan, call, frame, &child)) {
            if (!pruned(call, child, lowest))
                stack[depth++] = (struct frame){.node = child};
            continue;
        }
        depth--;
        if (depth > 0 && exec_plan_wants(plan, frame->node))
            plan->nodes[stack[depth - 1].node].flags |= PLAN_NEEDED;
    }
    free(stack);
}

void
exec_plan_init(struct exec_plan *plan, const struct schedule_call *call)
{
    size_t slots = (size_t)call->graph->nodes + 1;
    uint32_t lowest = lowest_input(call);
    bool selective = call->inputs && call->input_count > 0;

    memset(plan, 0, sizeof(*plan));
    plan->root = call->root_count == 1 ? call->roots[0].node : call->graph->nodes;
    plan->nodes = xlarge_zeroed(slots, sizeof(*plan->nodes));
    plan->selective = selective;
    count_dependencies(plan, call, lowest);
    if (selective)
        mark_needed(plan, call, lowest);
}

void
exec_plan_clear(struct exec_plan *plan)
{
    free(plan->nodes);
    memset(plan, 0, sizeof(*plan));
}
