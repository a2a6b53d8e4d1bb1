/* discover.h: the graph that a backward call can reach, as flat arrays. */
#ifndef FTG_ENGINE_DISCOVER_H
#define FTG_ENGINE_DISCOVER_H

#include "engine/backward.h"

/*
 * Nodes are numbered breadth-first from the roots, then the inputs.  Returns false
 * with the tape's error set.
 */
bool tape_graph_init(struct tape_graph *g, struct tape *t,
                     const struct backward_call *call);
void tape_graph_clear(struct tape_graph *g);

#endif
