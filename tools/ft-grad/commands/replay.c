/*
 * replay.c: is a recorded order the one the rule gives?
 */
#include "commands/commands.h"

#include "graph/graph_file.h"

#include "common/json_out.h"

#include <inttypes.h>
#include <stdlib.h>

struct replay_options {
    int order;
};

/* The member execution_order, or a plain array. */
static bool
read_order(const char *path, int64_t **ids, size_t *count, struct error *err)
{
    struct json_doc *doc = NULL;
    const struct json *list;
    bool ok = json_open(&doc, path, NULL, err);

    if (!ok)
        return false;
    list = json_root(doc);
    if (json_type(list) == JSON_OBJECT)
        ok = json_want(doc, json_root(doc), "execution_order", JSON_ARRAY, &list, err);
    else if (json_type(list) != JSON_ARRAY)
        ok = json_fail(doc, list, err, ERR_MALFORMED,
                       "an array of node ids, or an object with execution_order");
    *ids = ok ? calloc(json_count(list) + 1, sizeof(**ids)) : NULL;
    for (const struct json *v = ok ? json_first(list) : NULL; ok && *ids && v;
         v = json_next(v)) {
        if (!json_to_i64(v, &(*ids)[(*count)++]))
            ok = json_fail(doc, v, err, ERR_MALFORMED, "a node id is wanted");
    }
    json_free(doc);
    return (ok && *ids) || error_in(err, path);
}

static int
print_verdict(struct cli *cli, const struct graph *g, const struct schedule_report *r,
              const int64_t *ids, size_t count)
{
    size_t at = 0;
    bool same;

    while (at < count && at < r->order_count && ids[at] == graph_id(g, r->order[at]))
        at++;
    same = at == count && at == r->order_count;
    if (cli->json) {
        struct json_out j;

        json_start(&j, cli->out, JSON_PRETTY);
        json_object(&j, NULL);
        json_string(&j, "schema", "ft-grad-replay/1");
        json_bool(&j, "agrees", same);
        json_u64(&j, "recorded", count);
        json_u64(&j, "by_rule", r->order_count);
        if (!same) {
            json_u64(&j, "first_deviation", at);
            if (at < count)
                json_i64(&j, "recorded_node", ids[at]);
            if (at < r->order_count)
                json_i64(&j, "rule_node", graph_id(g, r->order[at]));
        }
        json_end(&j);
    } else if (same) {
        (void)fprintf(cli->out, "the recorded order of %zu nodes is the rule's\n", count);
    } else {
        (void)fprintf(cli->out, "first deviation at position %zu: recorded ", at);
        if (at < count)
            (void)fprintf(cli->out, "node %" PRId64, ids[at]);
        else
            (void)fprintf(cli->out, "nothing");
        if (at < r->order_count)
            (void)fprintf(cli->out, ", the rule says node %" PRId64 "\n",
                          graph_id(g, r->order[at]));
        else
            (void)fprintf(cli->out, ", the rule says nothing\n");
    }
    return same ? 0 : 1;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct replay_options *o = options;
    struct schedule_options how = {.order = (enum schedule_order)o->order};
    struct schedule_report report = {0};
    struct graph_set set;
    int64_t *ids = NULL;
    size_t count = 0;
    int status = CLI_ERROR;

    if (graph_set_open(&set, cli->operands[0], err) &&
        read_order(cli->operands[1], &ids, &count, err) &&
        schedule_run(set.calls, set.count, set.first, &how, NULL, &report, err))
        status = print_verdict(cli, set.calls[set.first].graph, &report, ids, count);
    free(ids);
    schedule_report_clear(&report);
    graph_set_clear(&set);
    return status;
}

static const char *const orders[] = {"torch", "nodeid", NULL};

static const struct cli_option replay_options[] = {
    {.name = "order",
     .type = CLI_CHOICE,
     .offset = offsetof(struct replay_options, order),
     .metavar = "ORDER",
     .help = "torch (default) or nodeid, FrankenTorch's",
     .choices = orders},
    CLI_OPTION_END,
};

const struct cli_command command_replay = {
    .name = "replay",
    .operands = "GRAPH ORDER",
    .summary = "check a recorded order against the rule",
    .details = "ORDER is JSON: an array of node ids, or an object with execution_order.\n"
               "Exit 1 when it deviates; the first deviation is named.",
    .examples = "  ft-grad replay graph.json recorded.json\n",
    .options = replay_options,
    .options_size = sizeof(struct replay_options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
