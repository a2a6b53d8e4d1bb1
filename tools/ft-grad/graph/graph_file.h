/*
 * graph_file.h: graphs from files, JSON or compact binary.
 *
 * JSON (ft-grad-graph/1): {"nodes": [{"id", "sequence_nr", "topological_nr"?,
 * "num_inputs"?, "next": [[id, input]], "throws"?, "reenter"?}], "roots": [[id, nr]],
 * "inputs": null or [[id, nr]], "accumulate"}; or {"graphs": [...], "run": k}.
 * Binary: see graph_binary.c.
 */
#ifndef FTG_GRAPH_GRAPH_FILE_H
#define FTG_GRAPH_GRAPH_FILE_H

#include "graph/schedule.h"

#include "common/file.h"
#include "common/json_in.h"

/* Several graphs, each with the call that starts it. */
struct graph_set {
    struct graph *graphs;        /* owned */
    struct schedule_call *calls; /* owned, with their roots and inputs */
    size_t count;
    size_t first; /* the one to run */
};

/* Any file; the content decides. */
MUST_CHECK bool graph_set_open(struct graph_set *set, const char *path,
                               struct error *err);
/* From the members of a JSON object. */
MUST_CHECK bool graph_set_read(struct graph_set *set, const struct json_doc *doc,
                               const struct json *node, struct error *err);
void graph_set_clear(struct graph_set *set);

/* The compact form; one graph. */
bool graph_binary_is(const uint8_t *data, size_t size);
MUST_CHECK bool graph_binary_read(struct graph_set *set, const uint8_t *data, size_t size,
                                  struct error *err);
MUST_CHECK bool graph_binary_write(const struct schedule_call *call, struct out_file *out,
                                   struct error *err);

#endif
