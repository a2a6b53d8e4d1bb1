/*
 * graph.c: storage and structural checks.
 *
 * Both walks are Kahn's: nodes whose consumers (or producers) are done wait in a
 * plain array.  Nothing recurses, so a chain of ten million nodes needs no stack.
 */
#include "graph/graph.h"

#include "common/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void
graph_init(struct graph *g, uint32_t nodes, size_t edges)
{
    memset(g, 0, sizeof(*g));
    g->nodes = nodes;
    g->edges = edges;
    g->sequence_nr = xlarge_zeroed(nodes, sizeof(*g->sequence_nr));
    g->topological_nr = xlarge_zeroed(nodes, sizeof(*g->topological_nr));
    g->inputs = xlarge_zeroed(nodes, sizeof(*g->inputs));
    g->first_edge = xlarge_zeroed((size_t)nodes + 1, sizeof(*g->first_edge));
    g->edge = xlarge_zeroed(edges, sizeof(*g->edge));
}

void
graph_clear(struct graph *g)
{
    free(g->sequence_nr);
    free(g->topological_nr);
    free(g->inputs);
    free(g->first_edge);
    free(g->edge);
    free(g->id);
    free(g->throws);
    free(g->first_reenter);
    free(g->reenter);
    memset(g, 0, sizeof(*g));
}

static bool
check_edges(const struct graph *g, struct error *err)
{
    for (uint32_t i = 0; i < g->nodes; i++) {
        for (size_t k = g->first_edge[i]; k < g->first_edge[i + 1]; k++) {
            uint32_t to = g->edge[k].node;

            if (to == GRAPH_NONE)
                continue;
            if (to >= g->nodes) {
                (void)error_set(err, ERR_MALFORMED,
                                "edge %zu goes to node %" PRIu32 ", which does not exist",
                                k - g->first_edge[i], to);
                (void)error_subclass(err, "unknown_node");
                return error_at(err, "node %" PRId64, graph_id(g, i));
            }
            if (g->edge[k].input >= g->inputs[to]) {
                (void)error_set(err, ERR_MALFORMED,
                                "edge %zu goes to input %" PRIu32 " of node %" PRId64
                                ", which has %" PRIu32,
                                k - g->first_edge[i], g->edge[k].input, graph_id(g, to),
                                g->inputs[to]);
                (void)error_subclass(err, "shape_mismatch");
                return error_at(err, "node %" PRId64, graph_id(g, i));
            }
        }
    }
    return true;
}

/* How many edges come into each node. */
static uint32_t *
count_producers(const struct graph *g)
{
    uint32_t *count = xlarge_zeroed(g->nodes, sizeof(*count));

    for (size_t k = 0; k < g->edges; k++) {
        if (g->edge[k].node != GRAPH_NONE)
            count[g->edge[k].node]++;
    }
    return count;
}

/* Nodes with every producer before them; returns how many could be ordered. */
static uint32_t
sort_nodes(const struct graph *g, uint32_t *count, uint32_t *order)
{
    uint32_t done = 0, known = 0;

    for (uint32_t i = 0; i < g->nodes; i++) {
        if (count[i] == 0)
            order[known++] = i;
    }
    while (done < known) {
        uint32_t i = order[done++];

        for (size_t k = g->first_edge[i]; k < g->first_edge[i + 1]; k++) {
            uint32_t to = g->edge[k].node;

            if (to != GRAPH_NONE && --count[to] == 0)
                order[known++] = to;
        }
    }
    return known;
}

bool
graph_check(const struct graph *g, struct error *err)
{
    uint32_t *count, *order;
    uint32_t known;
    uint32_t stuck = 0;

    if (!check_edges(g, err))
        return false;
    count = count_producers(g);
    order = xlarge_zeroed(g->nodes, sizeof(*order));
    known = sort_nodes(g, count, order);
    while (known < g->nodes && count[stuck] == 0)
        stuck++;
    free(order);
    free(count);
    if (known == g->nodes)
        return true;
    (void)error_set(err, ERR_MALFORMED,
                    "the graph has a cycle: %" PRIu32 " of %" PRIu32
                    " nodes are on one or behind one",
                    g->nodes - known, g->nodes);
    (void)error_subclass(err, "cycle");
    return error_at(err, "node %" PRId64, graph_id(g, stuck));
}

void
graph_number(struct graph *g)
{
    uint32_t *count = count_producers(g);
    uint32_t *order = xlarge_zeroed(g->nodes, sizeof(*order));
    uint32_t known = sort_nodes(g, count, order);

    while (known > 0) {
        uint32_t i = order[--known], longest = 0;

        for (size_t k = g->first_edge[i]; k < g->first_edge[i + 1]; k++) {
            uint32_t to = g->edge[k].node;

            if (to != GRAPH_NONE && g->topological_nr[to] >= longest)
                longest = g->topological_nr[to] + 1;
        }
        g->topological_nr[i] = longest;
    }
    free(order);
    free(count);
}
