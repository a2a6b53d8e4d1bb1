/*
 * rank_queue.h: ready_queue without a comparison, for graphs whose ties are leaves.
 *
 * When no two nodes but leaves have the same sequence number, the number itself is a
 * place in a bitmap, and the best ready node is its highest bit.  Leaves outrank
 * everything and are all equal, so which of them goes first depends on the shape of
 * the binary heap that torch would have; that shape is kept, and nothing else of it.
 */
#ifndef FTG_GRAPH_RANK_QUEUE_H
#define FTG_GRAPH_RANK_QUEUE_H

#include "graph/graph.h"

enum { RANK_LEVELS = 6 }; /* 64^5 ranks are enough for GRAPH_NODES_MAX nodes */

struct rank_queue {
    const struct graph *graph;   /* borrowed */
    uint64_t lowest;             /* sequence number of rank 0 */
    uint32_t *node_of;           /* owned: by rank; NULL: ranks are nodes */
    uint64_t *bits[RANK_LEVELS]; /* owned, bits[0]: a bit a rank, above: a bit a word */
    int levels;
    uint32_t top;       /* best rank, not in the bitmap; GRAPH_NONE: no rank waits */
    size_t ranked;      /* ranks that wait, top included */
    uint32_t *leaf_at;  /* owned: node + 1 of the leaf at a place of the heap, or 0 */
    size_t leaf_places; /* of leaf_at */
    size_t leaves;      /* that wait */
    size_t longest;     /* most nodes that ever waited */
    uint64_t pushes, pops;
};

/* By sequence number, or by node; false: the graph has other ties, or large gaps. */
bool rank_queue_init(struct rank_queue *q, const struct graph *g, bool by_node);
void rank_queue_clear(struct rank_queue *q);

/* node may be g->nodes, the graph root, which must be alone in the queue. */
void rank_queue_push(struct rank_queue *q, uint32_t node);
/* The best node; the queue must not be empty. */
uint32_t rank_queue_pop(struct rank_queue *q);

#endif
