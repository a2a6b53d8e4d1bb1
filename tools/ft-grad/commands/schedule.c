/*
 * schedule.c: the order in which a graph runs, and what the queue did.
 */
#include "commands/commands.h"

#include "graph/fingerprint.h"
#include "graph/graph_file.h"

#include "common/json_out.h"
#include "common/term.h"

#include <inttypes.h>
#include <stdlib.h>

struct schedule_command {
    int order;
    int policy;
    uint64_t max_depth;
    uint64_t current_depth;
    uint64_t repeat;
};

enum { POLICY_TORCH, POLICY_FRANKENTORCH };

static void
write_ids(struct json_out *j, const char *key, const struct graph *g,
          const uint32_t *nodes, size_t count)
{
    json_array(j, key);
    for (size_t i = 0; i < count; i++)
        json_i64(j, NULL, graph_id(g, nodes[i]));
    json_end(j);
}

static void
print_json(FILE *out, const struct graph *g, const struct schedule_report *r)
{
    struct json_out j;

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-schedule/1");
    json_u64(&j, "nodes", g->nodes);
    write_ids(&j, "execution_order", g, r->order, r->order_count);
    write_ids(&j, "captured", g, r->captured, r->captured_count);
    json_u64(&j, "queue_pushes", r->pushes);
    json_u64(&j, "queue_pops", r->pops);
    json_u64(&j, "max_queue_len", r->longest);
    json_array(&j, "dependency_snapshot");
    for (uint32_t i = 0; i < g->nodes; i++) {
        if (r->dependencies[i] == 0)
            continue;
        json_array(&j, NULL);
        json_i64(&j, NULL, graph_id(g, i));
        json_u64(&j, NULL, r->dependencies[i]);
        json_end(&j);
    }
    json_end(&j);
    json_u64(&j, "reentrant_depth", r->deepest);
    json_bool(&j, "reentrant_guard_triggered", r->guard_triggered);
    json_bool(&j, "hardened_fallback_used", r->fallback_used);
    json_bool(&j, "graph_root", r->graph_root);
    json_u64(&j, "threads", r->threads);
    json_stringf(&j, "fingerprint", "%016" PRIx64,
                 fingerprint_order(g, r->order, r->order_count));
    json_end(&j);
}

static void
print_text(FILE *out, const struct graph *g, const struct schedule_report *r)
{
    enum { SHOWN = 200 };

    (void)fprintf(
        out, "%" PRIu32 " nodes, %zu run, %zu captured, fingerprint %016" PRIx64 "\n",
        g->nodes, r->order_count, r->captured_count,
        fingerprint_order(g, r->order, r->order_count));
    (void)fprintf(out, "queue: %" PRIu64 " pushes, %" PRIu64 " pops, at most %zu long\n",
                  r->pushes, r->pops, r->longest);
    if (r->guard_triggered)
        (void)fprintf(out, "reentrant guard triggered%s, depth %" PRIu32 "\n",
                      r->fallback_used ? ", clamped" : "", r->deepest);
    (void)fprintf(out, "order:");
    for (size_t i = 0; i < r->order_count && i < SHOWN; i++)
        (void)fprintf(out, " %" PRId64, graph_id(g, r->order[i]));
    if (r->order_count > SHOWN)
        (void)fprintf(out, " ... (%zu more; --json lists all)", r->order_count - SHOWN);
    (void)fprintf(out, "\n");
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct schedule_command *o = options;
    struct schedule_options how = {.order = (enum schedule_order)o->order,
                                   .policy = o->policy == POLICY_TORCH ? REENTRANT_TORCH
                                             : cli->mode == MODE_HARDENED
                                                 ? REENTRANT_HARDENED
                                                 : REENTRANT_STRICT,
                                   .max_depth = (uint32_t)o->max_depth,
                                   .current_depth = (uint32_t)o->current_depth};
    struct schedule_report report = {0};
    struct graph_set set;
    bool ok = graph_set_open(&set, cli->operands[0], err);

    /* At least once, so that there is something to print. */
    for (uint64_t i = 0; ok && (i == 0 || i < o->repeat); i++) {
        schedule_report_clear(&report);
        ok = schedule_run(set.calls, set.count, set.first, &how, NULL, &report, err) ||
             error_in(err, cli->operands[0]);
    }
    if (ok && cli->json)
        print_json(cli->out, set.calls[set.first].graph, &report);
    else if (ok)
        print_text(cli->out, set.calls[set.first].graph, &report);
    schedule_report_clear(&report);
    graph_set_clear(&set);
    return ok ? 0 : CLI_ERROR;
}

static const char *const orders[] = {"torch", "nodeid", NULL};
static const char *const policies[] = {"torch", "frankentorch", NULL};

static const struct cli_option schedule_options[] = {
    {.name = "order",
     .type = CLI_CHOICE,
     .offset = offsetof(struct schedule_command, order),
     .metavar = "ORDER",
     .help = "torch (default) or nodeid, FrankenTorch's",
     .choices = orders},
    {.name = "policy",
     .type = CLI_CHOICE,
     .offset = offsetof(struct schedule_command, policy),
     .metavar = "POLICY",
     .help = "on reentrant depth: torch (default, no limit) or frankentorch",
     .choices = policies},
    {.name = "max-reentrant-depth",
     .type = CLI_U64,
     .offset = offsetof(struct schedule_command, max_depth),
     .metavar = "N",
     .help = "frankentorch: strict fails below it, hardened clamps (default 0)",
     .max = 1000000},
    {.name = "reentrant-depth",
     .type = CLI_U64,
     .offset = offsetof(struct schedule_command, current_depth),
     .metavar = "N",
     .help = "how deep the call itself is (default 0)",
     .max = 1000000},
    {.name = "repeat",
     .type = CLI_U64,
     .offset = offsetof(struct schedule_command, repeat),
     .metavar = "N",
     .help = "schedule N times, for timing (default 1)",
     .min = 1,
     .max = 1000000},
    CLI_OPTION_END,
};

static const struct schedule_command schedule_defaults = {.repeat = 1};

const struct cli_command command_schedule = {
    .name = "schedule",
    .operands = "GRAPH",
    .summary = "order a backward graph as torch's engine runs it",
    .details = "GRAPH is JSON (ft-grad-graph/1) or the compact binary form.",
    .examples = "  ft-grad schedule --json graph.json\n",
    .options = schedule_options,
    .options_size = sizeof(struct schedule_command),
    .defaults = &schedule_defaults,
    .common = CLI_JSON | CLI_MODE | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
