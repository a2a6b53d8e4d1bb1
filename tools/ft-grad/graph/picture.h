/*
 * picture.h: a backward graph drawn as DOT or as SVG; large ones by levels.
 */
#ifndef FTG_GRAPH_PICTURE_H
#define FTG_GRAPH_PICTURE_H

#include "graph/graph.h"

#include <stdio.h>

enum picture_format { PICTURE_DOT, PICTURE_SVG };

/* Every node and edge; a node's level is its topological number, the highest on top. */
void picture_draw(FILE *out, const struct graph *g, enum picture_format format);
/* One box for a few levels: how many nodes and edges lie there. */
void picture_summarise(FILE *out, const struct graph *g, enum picture_format format);

#endif
