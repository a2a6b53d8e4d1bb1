/*
 * graph.h: a backward graph as flat arrays; it knows no tensor.
 *
 * Node i owns edges first_edge[i] .. first_edge[i + 1] - 1, each naming the node
 * and the input that the gradient goes to.  Nodes have dense indexes inside and
 * the ids of their file outside.
 */
#ifndef FTG_GRAPH_GRAPH_H
#define FTG_GRAPH_GRAPH_H

#include "common/error.h"

#include <stddef.h>

#define GRAPH_NONE          UINT32_MAX /* an edge to nowhere */
#define GRAPH_SEQUENCE_LEAF UINT64_MAX /* AccumulateGrad: before everything else */

enum { GRAPH_NODES_MAX = 1 << 28 };

struct graph_edge {
    uint32_t node; /* GRAPH_NONE: no gradient wanted */
    uint32_t input;
};

struct graph {
    uint32_t nodes;
    size_t edges;
    uint64_t *sequence_nr;    /* owned, as all arrays here */
    uint32_t *topological_nr; /* longest path to a node without edges */
    uint32_t *inputs;         /* gradients the node takes */
    size_t *first_edge;       /* nodes + 1 */
    struct graph_edge *edge;
    int64_t *id;             /* NULL: the index is the id */
    uint8_t *throws;         /* NULL: none does */
    uint32_t *first_reenter; /* nodes + 1, or NULL: no node starts another graph */
    uint32_t *reenter;       /* graphs that the node runs while it executes */
};

/* Room for nodes and edges; everything zero. */
void graph_init(struct graph *g, uint32_t nodes, size_t edges);
void graph_clear(struct graph *g);

static inline int64_t
graph_id(const struct graph *g, uint32_t node)
{
    return g->id ? g->id[node] : (int64_t)node;
}

/*
 * Every edge ends at a node and at an input it has, and no path comes back:
 * classes unknown_node, shape_mismatch, cycle.
 */
MUST_CHECK bool graph_check(const struct graph *g, struct error *err);

/* Fill topological_nr from the edges; the graph must have no cycle. */
void graph_number(struct graph *g);

#endif
