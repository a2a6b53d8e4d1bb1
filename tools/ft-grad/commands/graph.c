/*
 * graph.c: a backward graph as DOT, or as the compact binary form; large ones in short.
 */
#include "commands/commands.h"

#include "graph/graph_file.h"

#include <inttypes.h>

struct graph_options {
    uint64_t max_nodes;
    const char *binary;
};

static void
print_dot(FILE *out, const struct graph *g)
{
    (void)fprintf(out, "digraph backward {\n    rankdir=TB;\n    node [shape=box];\n");
    for (uint32_t i = 0; i < g->nodes; i++) {
        if (g->sequence_nr[i] == GRAPH_SEQUENCE_LEAF)
            (void)fprintf(
                out, "    n%" PRIu32 " [label=\"%" PRId64 "\\nleaf\", style=rounded];\n",
                i, graph_id(g, i));
        else
            (void)fprintf(out,
                          "    n%" PRIu32 " [label=\"%" PRId64 "\\nseq %" PRIu64 "\"];\n",
                          i, graph_id(g, i), g->sequence_nr[i]);
    }
    for (uint32_t i = 0; i < g->nodes; i++) {
        for (size_t k = g->first_edge[i]; k < g->first_edge[i + 1]; k++) {
            if (g->edge[k].node != GRAPH_NONE)
                (void)fprintf(out,
                              "    n%" PRIu32 " -> n%" PRIu32 " [label=\"%zu:%" PRIu32
                              "\"];\n",
                              i, g->edge[k].node, k - g->first_edge[i], g->edge[k].input);
        }
    }
    (void)fprintf(out, "}\n");
}

/* One box a level: how many nodes and edges lie there. */
static void
print_summary(FILE *out, const struct graph *g)
{
    enum { LEVELS = 24 };
    uint32_t deepest = 0, step, boxes;
    uint64_t nodes[LEVELS + 1] = {0}, edges[LEVELS + 1] = {0};

    for (uint32_t i = 0; i < g->nodes; i++)
        deepest = g->topological_nr[i] > deepest ? g->topological_nr[i] : deepest;
    step = deepest / LEVELS + 1;
    boxes = deepest / step + 1;
    for (uint32_t i = 0; i < g->nodes; i++) {
        nodes[g->topological_nr[i] / step]++;
        edges[g->topological_nr[i] / step] += g->first_edge[i + 1] - g->first_edge[i];
    }
    (void)fprintf(out,
                  "digraph backward {\n    label=\"%" PRIu32 " nodes, %zu edges, %" PRIu32
                  " levels\";\n    node [shape=box];\n",
                  g->nodes, g->edges, deepest + 1);
    for (uint32_t b = boxes; b-- > 0;) {
        (void)fprintf(out,
                      "    l%" PRIu32 " [label=\"levels %" PRIu32 "-%" PRIu32
                      "\\n%" PRIu64 " nodes, %" PRIu64 " edges\"];\n",
                      b, b * step, b * step + step - 1, nodes[b], edges[b]);
        if (b > 0)
            (void)fprintf(out, "    l%" PRIu32 " -> l%" PRIu32 ";\n", b, b - 1);
    }
    (void)fprintf(out, "}\n");
}

static bool
save_binary(const struct graph_set *set, const char *path, struct error *err)
{
    struct out_file out = {0};
    bool ok = out_open(&out, path, err) &&
              graph_binary_write(&set->calls[set->first], &out, err) &&
              out_commit(&out, err);

    out_discard(&out);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct graph_options *o = options;
    struct graph_set set;
    bool ok = graph_set_open(&set, cli->operands[0], err);

    if (ok && o->binary) {
        ok = save_binary(&set, o->binary, err);
    } else if (ok) {
        const struct graph *g = set.calls[set.first].graph;

        if (g->nodes > o->max_nodes)
            print_summary(cli->out, g);
        else
            print_dot(cli->out, g);
    }
    graph_set_clear(&set);
    return ok ? 0 : CLI_ERROR;
}

static const struct graph_options graph_defaults = {.max_nodes = 500};

static const struct cli_option graph_options[] = {
    {.name = "max-nodes",
     .type = CLI_U64,
     .offset = offsetof(struct graph_options, max_nodes),
     .metavar = "N",
     .help = "draw larger graphs by levels (default 500)",
     .max = 1000000},
    {.name = "binary",
     .type = CLI_TEXT,
     .offset = offsetof(struct graph_options, binary),
     .metavar = "FILE",
     .help = "write the compact binary form there instead"},
    CLI_OPTION_END,
};

const struct cli_command command_graph = {
    .name = "graph",
    .operands = "GRAPH",
    .summary = "draw a backward graph as DOT, or store it compactly",
    .examples = "  ft-grad graph graph.json | dot -Tsvg > graph.svg\n",
    .options = graph_options,
    .options_size = sizeof(struct graph_options),
    .defaults = &graph_defaults,
    .common = CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
