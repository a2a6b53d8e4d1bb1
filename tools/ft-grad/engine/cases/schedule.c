/*
 * schedule.c: graphs that only add, nested graph tasks, backward in backward.
 */
#include "engine/cases/cases.h"

#include "graph/graph_file.h"
#include "graph/scalar_rule.h"

#include "common/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
id_key(char out[static 24], const struct graph *g, uint32_t node)
{
    (void)snprintf(out, 24, "%" PRId64, graph_id(g, node));
}

static void
write_captured(struct case_io *c, const struct schedule_call *call,
               const struct scalar_rule *rule, bool ok)
{
    if (!ok || !call->inputs || call->accumulate) {
        json_null(c->j, "captured");
        return;
    }
    json_array(c->j, "captured");
    for (size_t i = 0; i < call->input_count; i++) {
        if (isnan(rule->captured[i]))
            json_null(c->j, NULL);
        else
            case_number(c, NULL, rule->captured[i]);
    }
    json_end(c->j);
}

static void
write_telemetry(struct case_io *c, const struct graph *g, const struct schedule_report *r,
                bool ok)
{
    char key[24];

    if (!ok) {
        json_null(c->j, "telemetry_model");
        return;
    }
    json_object(c->j, "telemetry_model");
    json_object(c->j, "dependency_snapshot");
    for (uint32_t i = 0; i < g->nodes; i++) {
        if (r->dependencies[i] > 0) {
            id_key(key, g, i);
            json_u64(c->j, key, r->dependencies[i]);
        }
    }
    json_end(c->j);
    json_u64(c->j, "queue_pushes", r->pushes);
    json_u64(c->j, "queue_pops", r->pops);
    json_u64(c->j, "max_queue_len", r->longest);
    json_end(c->j);
}

/* A failing node is part of the answer, as in the original's recording. */
static bool
is_answer(const struct error *err)
{
    return strcmp(err->subclass, "node_failed") == 0 ||
           strcmp(err->subclass, "dependency_underflow") == 0 ||
           strcmp(err->subclass, "missing_producer") == 0;
}

bool
case_schedule(struct case_io *c)
{
    struct schedule_options options = {0};
    struct schedule_report report = {0};
    struct scalar_rule rule = {0};
    struct schedule_rule hooks;
    struct graph_set set;
    struct error fault = {0};
    const struct graph *g;
    bool ok = graph_set_read(&set, c->doc, c->node, c->err), ran;
    char key[24];

    if (!ok)
        goto done;
    scalar_rule_init(&rule, set.calls, 0);
    hooks = scalar_rule_hooks(&rule);
    ran = schedule_run(set.calls, set.count, 0, &options, &hooks, &report, &fault);
    if (!ran && !is_answer(&fault)) {
        *c->err = fault;
        ok = false;
        goto done;
    }
    g = &set.graphs[0];
    json_object(c->j, "value");
    json_array(c->j, "execution_order");
    for (size_t i = 0; i < report.order_count; i++)
        json_i64(c->j, NULL, graph_id(g, report.order[i]));
    json_end(c->j);
    json_object(c->j, "received_sum");
    for (size_t i = 0; i < rule.count; i++) {
        id_key(key, g, rule.events[i].node);
        case_number(c, key, rule.events[i].sum);
    }
    json_end(c->j);
    write_captured(c, &set.calls[0], &rule, ran);
    if (ran)
        json_null(c->j, "error");
    else
        json_string(c->j, "error", fault.message);
    json_bool(c->j, "graph_root_used", report.graph_root);
    if (c->with_telemetry)
        write_telemetry(c, g, &report, ran);
    json_end(c->j);
done:
    scalar_rule_clear(&rule);
    schedule_report_clear(&report);
    graph_set_clear(&set);
    return ok;
}

bool
case_nested_schedule(struct case_io *c)
{
    struct schedule_options options = {0};
    struct schedule_report report = {0};
    struct scalar_rule rule = {0};
    struct schedule_rule hooks;
    struct graph_set set;
    struct error fault = {0};
    bool ok = graph_set_read(&set, c->doc, c->node, c->err), ran;

    if (!ok)
        goto done;
    scalar_rule_init(&rule, set.calls, set.first);
    hooks = scalar_rule_hooks(&rule);
    ran =
        schedule_run(set.calls, set.count, set.first, &options, &hooks, &report, &fault);
    if (!ran && !is_answer(&fault)) {
        *c->err = fault;
        ok = false;
        goto done;
    }
    json_object(c->j, "value");
    json_array(c->j, "events");
    for (size_t i = 0; i < rule.count; i++) {
        const struct scalar_event *e = &rule.events[i];

        json_array(c->j, NULL);
        json_u64(c->j, NULL, e->graph);
        json_i64(c->j, NULL, graph_id(&set.graphs[e->graph], e->node));
        case_number(c, NULL, e->sum);
        json_u64(c->j, NULL, e->thread);
        json_end(c->j);
    }
    json_end(c->j);
    json_array(c->j, "events_fields");
    json_string(c->j, NULL, "graph");
    json_string(c->j, NULL, "node");
    json_string(c->j, NULL, "received_sum");
    json_string(c->j, NULL, "thread (0 = caller)");
    json_end(c->j);
    if (ran)
        json_null(c->j, "error");
    else
        json_string(c->j, "error", fault.message);
    json_end(c->j);
done:
    scalar_rule_clear(&rule);
    schedule_report_clear(&report);
    graph_set_clear(&set);
    return ok;
}

/*
 * A function whose backward calls backward `width` times, `depth` levels deep: level
 * k's node (index 0 of graph k) re-enters graph k - 1.  Each level doubles the sum of
 * what the levels below it gave.
 */
struct reentry {
    struct json_out *j;
    uint32_t *level_of; /* owned: graph of each running task, innermost last */
    double *sums;       /* what has come back from below, same order */
    size_t running;
    double result;
};

static void
log_event(struct reentry *r, const char *what, uint32_t thread)
{
    json_array(r->j, NULL);
    json_string(r->j, NULL, what);
    json_u64(r->j, NULL, r->level_of[r->running - 1]);
    json_u64(r->j, NULL, thread);
    json_end(r->j);
}

static void
reentry_begin(void *context, uint32_t task, uint32_t graph)
{
    struct reentry *r = context;

    (void)task;
    r->level_of[r->running] = graph;
    r->sums[r->running++] = 0;
}

static void
reentry_end(void *context, uint32_t task)
{
    struct reentry *r = context;
    double sum = r->sums[--r->running];
    double value = r->level_of[r->running] == 0 ? 1 : 2 * sum;

    (void)task;
    if (r->running > 0)
        r->sums[r->running - 1] += value;
    else
        r->result = value;
}

static bool
reentry_enter(void *context, uint32_t task, uint32_t node, uint32_t thread,
              struct error *err)
{
    (void)task;
    (void)err;
    if (node == 0)
        log_event(context, "enter", thread);
    return true;
}

static bool
reentry_leave(void *context, uint32_t task, uint32_t node, uint32_t thread,
              struct error *err)
{
    (void)task;
    (void)err;
    if (node == 0)
        log_event(context, "exit", thread);
    return true;
}

/* Graph k: the function's node and the leaf behind it. */
static void
build_level(struct graph *g, uint64_t level, uint64_t width)
{
    graph_init(g, 2, 1);
    g->sequence_nr[0] = level;
    g->sequence_nr[1] = GRAPH_SEQUENCE_LEAF;
    g->topological_nr[0] = 1;
    g->inputs[0] = g->inputs[1] = 1;
    g->first_edge[1] = g->first_edge[2] = 1;
    g->edge[0] = (struct graph_edge){1, 0};
    if (level == 0)
        return;
    g->first_reenter = xcalloc(3, sizeof(*g->first_reenter));
    g->first_reenter[1] = g->first_reenter[2] = (uint32_t)width;
    g->reenter = xcalloc((size_t)width, sizeof(*g->reenter));
    for (uint64_t i = 0; i < width; i++)
        g->reenter[i] = (uint32_t)level - 1;
}

static bool
run_levels(struct case_io *c, uint64_t depth, uint64_t width, struct reentry *r,
           struct schedule_report *report)
{
    static const struct graph_edge root = {0, 0};
    const struct schedule_rule rule = {.context = r,
                                       .begin = reentry_begin,
                                       .end = reentry_end,
                                       .enter = reentry_enter,
                                       .leave = reentry_leave};
    struct schedule_options options = {0};
    struct graph *graphs = xcalloc((size_t)depth + 1, sizeof(*graphs));
    struct schedule_call *calls = xcalloc((size_t)depth + 1, sizeof(*calls));
    bool ok;

    for (uint64_t k = 0; k <= depth; k++) {
        build_level(&graphs[k], k, width);
        calls[k] =
            (struct schedule_call){.graph = &graphs[k], .roots = &root, .root_count = 1};
    }
    r->level_of = xcalloc((size_t)depth + 2, sizeof(*r->level_of));
    r->sums = xcalloc((size_t)depth + 2, sizeof(*r->sums));
    ok = schedule_run(calls, (size_t)depth + 1, (size_t)depth, &options, &rule, report,
                      c->err);
    for (uint64_t k = 0; k <= depth; k++)
        graph_clear(&graphs[k]);
    free(graphs);
    free(calls);
    free(r->level_of);
    free(r->sums);
    return ok;
}

bool
case_reentrant(struct case_io *c)
{
    const struct json *inner = json_get(c->node, "case");
    const struct json *from = inner ? inner : c->node;
    struct schedule_report report = {0};
    struct reentry r = {.j = c->j};
    uint64_t depth, width = 1, runs = 1;
    bool ok;

    if (!json_want_u64(c->doc, from, "depth", &depth, c->err) ||
        !json_opt_u64(c->doc, from, "width", &width, c->err))
        return false;
    for (uint64_t k = 0; k < depth && runs < 1000000; k++)
        runs *= width;
    if (depth > 100000 || runs >= 1000000)
        return json_fail(c->doc, from, c->err, ERR_LIMIT,
                         "depth %" PRIu64 " and width %" PRIu64 " make too many calls",
                         depth, width);
    json_object(c->j, "value");
    json_object(c->j, "case");
    json_u64(c->j, "depth", depth);
    json_u64(c->j, "width", width);
    json_array(c->j, "log");
    ok = run_levels(c, depth, width, &r, &report);
    json_end(c->j);
    json_u64(c->j, "threads_used", report.threads);
    json_array(c->j, "grad");
    case_number(c, NULL, r.result);
    case_number(c, NULL, r.result);
    json_end(c->j);
    if (width == 1) /* as recorded: only the plain ones say so */
        json_null(c->j, "error");
    json_end(c->j);
    json_end(c->j);
    schedule_report_clear(&report);
    return ok;
}
