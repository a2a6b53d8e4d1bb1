/*
 * graph.c: a backward graph as DOT or SVG, or as the compact binary form.
 */
#include "commands/commands.h"

#include "graph/graph_file.h"
#include "graph/picture.h"

struct graph_options {
    uint64_t max_nodes;
    int format;
    const char *binary;
};

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
            picture_summarise(cli->out, g, (enum picture_format)o->format);
        else
            picture_draw(cli->out, g, (enum picture_format)o->format);
    }
    graph_set_clear(&set);
    return ok ? 0 : CLI_ERROR;
}

static const struct graph_options graph_defaults = {.max_nodes = 500};

static const char *const formats[] = {"dot", "svg", NULL};

static const struct cli_option graph_options[] = {
    {.name = "format",
     .type = CLI_CHOICE,
     .offset = offsetof(struct graph_options, format),
     .metavar = "FORMAT",
     .help = "dot (default) or svg",
     .choices = formats},
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
    .summary = "draw a backward graph as DOT or SVG, or store it compactly",
    .examples = "  ft-grad graph --format svg -o graph.svg graph.json\n",
    .options = graph_options,
    .options_size = sizeof(struct graph_options),
    .defaults = &graph_defaults,
    .common = CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
