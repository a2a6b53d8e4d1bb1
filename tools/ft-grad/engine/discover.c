/*
 * discover.c: breadth-first over next edges; a node knows its index of this pass.
 */
#include "engine/discover.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

static uint32_t
add_node(struct tape_graph *g, struct tape *t, struct node *n)
{
    if (n->pass == t->passes)
        return n->index;
    if (g->graph.nodes == g->capacity) {
        g->capacity = g->capacity > 0 ? 2 * g->capacity : 64;
        g->nodes = xrealloc(g->nodes, g->capacity, sizeof(struct node *));
    }
    n->pass = t->passes;
    n->index = g->graph.nodes;
    g->nodes[g->graph.nodes++] = n;
    g->graph.edges += n->edge_count;
    return n->index;
}

static struct graph_edge
add_target(struct tape_graph *g, struct tape *t, struct tensor *tensor)
{
    struct node_edge edge = tape_edge(t, tensor);

    return (struct graph_edge){add_node(g, t, edge.node), edge.input};
}

static void
fill_graph(struct tape_graph *g)
{
    uint32_t nodes = g->graph.nodes;
    size_t edge = 0;

    graph_init(&g->graph, nodes, g->graph.edges);
    for (uint32_t i = 0; i < nodes; i++) {
        const struct node *n = g->nodes[i];

        g->graph.sequence_nr[i] = n->sequence_nr;
        g->graph.topological_nr[i] = n->topological_nr;
        g->graph.inputs[i] = n->input_count;
        g->graph.first_edge[i] = edge;
        for (uint32_t k = 0; k < n->edge_count; k++, edge++) {
            const struct node_edge *to = &n->edges[k];

            g->graph.edge[edge].node = to->node ? to->node->index : GRAPH_NONE;
            g->graph.edge[edge].input = to->input;
        }
    }
    g->graph.first_edge[nodes] = edge;
}

bool
tape_graph_init(struct tape_graph *g, struct tape *t, const struct backward_call *call)
{
    t->passes++;
    g->roots = xcalloc(call->root_count + 1, sizeof(*g->roots));
    for (size_t i = 0; i < call->root_count; i++)
        g->roots[i] = add_target(g, t, call->roots[i]);
    if (call->inputs) {
        g->inputs = xcalloc(call->input_count + 1, sizeof(*g->inputs));
        for (size_t i = 0; i < call->input_count; i++)
            g->inputs[i] = add_target(g, t, call->inputs[i]);
    }
    for (uint32_t i = 0; i < g->graph.nodes; i++) {
        const struct node *n = g->nodes[i];

        for (uint32_t k = 0; k < n->edge_count; k++) {
            if (n->edges[k].node)
                (void)add_node(g, t, n->edges[k].node);
        }
    }
    fill_graph(g);
    return !t->failed;
}

void
tape_graph_clear(struct tape_graph *g)
{
    graph_clear(&g->graph);
    free(g->nodes);
    free(g->roots);
    free(g->inputs);
    memset(g, 0, sizeof(*g));
}
