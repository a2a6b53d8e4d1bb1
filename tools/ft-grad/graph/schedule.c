/*
 * schedule.c: Engine::execute and Engine::evaluate_function without tensors.
 *
 * Nested graph tasks are frames of an explicit stack.  They share one ready queue;
 * as a nested task is always deeper than those around it, what the queue yields
 * belongs to the innermost frame.
 */
#include "graph/schedule.h"

#include "graph/exec_plan.h"
#include "graph/rank_queue.h"

#include "common/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct frame {
    const struct schedule_call *call;
    struct exec_plan plan;
    size_t outstanding; /* tasks of this frame in the queue */
    size_t not_ready;   /* nodes that hold some gradients and wait for others */
    uint32_t call_index;
    uint32_t task;         /* number of this graph task */
    uint32_t depth;        /* reentrant depth: priority in the queue */
    uint32_t thread;       /* which thread runs it */
    uint32_t thread_depth; /* nested calls on that thread */
    uint32_t node;         /* while it runs nested graphs */
    uint32_t next_reenter; /* of that node; UINT32_MAX: not running */
};

struct run {
    const struct schedule_call *calls;
    size_t call_count;
    const struct schedule_options *options;
    const struct schedule_rule *rule;
    struct schedule_report *report;
    struct ready_queue queue;
    struct rank_queue ranks; /* instead of queue, where it can be */
    bool ranked;
    struct frame *frames; /* owned; the innermost last */
    size_t depth, capacity;
    uint32_t tasks;
};

static uint64_t
priority(const struct run *run, const struct graph *g, uint32_t node)
{
    if (run->options->order == SCHEDULE_NODE_ID)
        return node;
    return node < g->nodes ? g->sequence_nr[node] : GRAPH_SEQUENCE_LEAF - 1;
}

static void
push(struct run *run, struct frame *frame, uint32_t node)
{
    frame->outstanding++;
    if (run->ranked) {
        rank_queue_push(&run->ranks, node);
        return;
    }
    ready_queue_push(
        &run->queue,
        (struct ready_task){priority(run, frame->call->graph, node), frame->depth, node});
}

static bool
fail(const struct frame *frame, uint32_t node, struct error *err, const char *subclass,
     const char *before, const char *after)
{
    int64_t id = graph_id(frame->call->graph, node);

    (void)error_set(err, ERR_MALFORMED, "%s S%" PRIu32 "_%" PRId64 "%s", before,
                    frame->call_index, id, after);
    (void)error_subclass(err, subclass);
    return error_at(err, "node %" PRId64, id);
}

/* Add to the deepest level, or obey the guard. */
static bool
guard_depth(struct run *run, uint32_t *depth, struct error *err)
{
    const struct schedule_options *o = run->options;
    struct schedule_report *report = run->report;

    if (o->policy != REENTRANT_TORCH && *depth > o->max_depth) {
        report->guard_triggered = true;
        if (o->policy == REENTRANT_STRICT) {
            (void)error_set(err, ERR_LIMIT,
                            "reentrant backward depth exceeded: current=%" PRIu32
                            " max=%" PRIu32,
                            *depth, o->max_depth);
            return error_subclass(err, "ReentrantDepthExceeded");
        }
        report->fallback_used = true;
        *depth = o->max_depth;
    }
    if (*depth > report->deepest)
        report->deepest = *depth;
    return true;
}

static bool
begin_task(struct run *run, size_t call_index, struct error *err)
{
    const struct frame *outer = run->depth > 0 ? &run->frames[run->depth - 1] : NULL;
    uint32_t nesting = (uint32_t)run->depth + run->options->current_depth;
    struct frame frame = {0};

    if (call_index >= run->call_count) {
        (void)error_set(err, ERR_MALFORMED, "a node re-enters graph %zu of %zu",
                        call_index, run->call_count);
        return error_subclass(err, "unknown_graph");
    }
    if (!guard_depth(run, &nesting, err))
        return false;
    frame.call = &run->calls[call_index];
    frame.call_index = (uint32_t)call_index;
    frame.task = run->tasks++;
    frame.depth = (uint32_t)run->depth;
    frame.next_reenter = UINT32_MAX;
    if (outer && outer->thread_depth >= SCHEDULE_MAX_DEPTH) {
        frame.thread = run->report->threads++;
    } else if (outer) {
        frame.thread = outer->thread;
        frame.thread_depth = outer->thread_depth + 1;
    }
    exec_plan_init(&frame.plan, frame.call);
    if (!run->frames || run->depth == run->capacity) {
        run->capacity = run->capacity > 0 ? 2 * run->capacity : 8;
        run->frames = xrealloc(run->frames, run->capacity, sizeof(*run->frames));
    }
    run->frames[run->depth++] = frame;
    if (run->rule->begin)
        run->rule->begin(run->rule->context, frame.task, frame.call_index);
    push(run, &run->frames[run->depth - 1], frame.plan.root);
    return true;
}

/* The k-th gradient that `node` (or the graph root, GRAPH_NONE) sends out. */
static bool
deliver(struct run *run, struct frame *frame, uint32_t node, size_t k,
        const struct graph_edge *edge, struct error *err)
{
    struct exec_plan *plan = &frame->plan;
    uint32_t to = edge->node;
    struct plan_node *target = &plan->nodes[to];
    bool ready;

    if (target->waiting == 0)
        return fail(frame, to, err, "dependency_underflow", "dependency not found for",
                    "");
    ready = --target->waiting == 0;
    if (!(target->flags & PLAN_NOT_READY)) {
        if (!exec_plan_wants(plan, to))
            return true;
        if (!ready) {
            target->flags |= PLAN_NOT_READY;
            frame->not_ready++;
        }
    } else if (ready) {
        target->flags &= ~(uint32_t)PLAN_NOT_READY;
        frame->not_ready--;
    }
    if (run->rule->deliver)
        run->rule->deliver(run->rule->context, frame->task, node, k, edge);
    if (ready)
        push(run, frame, to);
    return true;
}

static bool
deliver_all(struct run *run, struct frame *frame, uint32_t node, struct error *err)
{
    const struct graph *g = frame->call->graph;
    bool root = node == g->nodes;
    const struct graph_edge *edge =
        root ? frame->call->roots : g->edge + g->first_edge[node];
    size_t count =
        root ? frame->call->root_count : g->first_edge[node + 1] - g->first_edge[node];

    for (size_t k = 0; k < count; k++) {
        if (edge[k].node == GRAPH_NONE)
            continue;
        if (!deliver(run, frame, root ? GRAPH_NONE : node, k, &edge[k], err))
            return false;
    }
    return true;
}

static void
capture(struct run *run, const struct frame *frame, uint32_t node)
{
    struct schedule_report *report = run->report;

    if (frame->task == 0)
        report->captured[report->captured_count++] = node;
    for (size_t i = 0; run->rule->capture && i < frame->call->input_count; i++) {
        if (frame->call->inputs[i].node == node)
            run->rule->capture(run->rule->context, frame->task, node, i);
    }
}

/* All of a node but its nested graphs: it has run, its gradients go out. */
static bool
finish_node(struct run *run, struct frame *frame, uint32_t node, struct error *err)
{
    const struct graph *g = frame->call->graph;

    if (run->rule->leave &&
        !run->rule->leave(run->rule->context, frame->task, node, frame->thread, err))
        return error_at(err, "node %" PRId64, graph_id(g, node));
    if (g->throws && g->throws[node])
        return fail(frame, node, err, "node_failed", "node", " threw");
    return deliver_all(run, frame, node, err);
}

static bool
start_node(struct run *run, struct frame *frame, uint32_t node, struct error *err)
{
    const struct graph *g = frame->call->graph;

    if (frame->plan.selective) {
        uint32_t flags = frame->plan.nodes[node].flags;

        if (flags & PLAN_CAPTURE)
            capture(run, frame, node);
        if (!(flags & PLAN_NEEDED))
            return true;
    }
    if (node == g->nodes)
        return deliver_all(run, frame, node, err);
    if (frame->task == 0)
        run->report->order[run->report->order_count++] = node;
    if (run->rule->enter &&
        !run->rule->enter(run->rule->context, frame->task, node, frame->thread, err))
        return error_at(err, "node %" PRId64, graph_id(g, node));
    if (g->first_reenter && g->first_reenter[node] < g->first_reenter[node + 1]) {
        frame->node = node;
        frame->next_reenter = g->first_reenter[node];
        return true;
    }
    return finish_node(run, frame, node, err);
}

/* A running node starts its next graph, or is done with them. */
static bool
continue_node(struct run *run, struct frame *frame, struct error *err)
{
    const struct graph *g = frame->call->graph;

    if (frame->next_reenter < g->first_reenter[frame->node + 1])
        return begin_task(run, g->reenter[frame->next_reenter++], err);
    frame->next_reenter = UINT32_MAX;
    return finish_node(run, frame, frame->node, err);
}

static bool
end_task(struct run *run, struct frame *frame, struct error *err)
{
    if (frame->not_ready > 0) {
        (void)error_set(err, ERR_MALFORMED,
                        "could not compute gradients for some functions");
        return error_subclass(err, "missing_producer");
    }
    if (run->rule->end)
        run->rule->end(run->rule->context, frame->task);
    exec_plan_clear(&frame->plan);
    run->depth--;
    return true;
}

static bool
run_all(struct run *run, struct error *err)
{
    while (run->depth > 0) {
        struct frame *frame = &run->frames[run->depth - 1];
        bool ok;

        if (frame->next_reenter != UINT32_MAX) {
            ok = continue_node(run, frame, err);
        } else if (frame->outstanding == 0) {
            ok = end_task(run, frame, err);
        } else {
            uint32_t node = run->ranked ? rank_queue_pop(&run->ranks)
                                        : ready_queue_pop(&run->queue).node;

            frame->outstanding--;
            ok = start_node(run, frame, node, err);
        }
        if (!ok)
            return false;
    }
    return true;
}

bool
schedule_run(const struct schedule_call *calls, size_t call_count, size_t first,
             const struct schedule_options *options, const struct schedule_rule *rule,
             struct schedule_report *report, struct error *err)
{
    static const struct schedule_rule nothing = {0};
    struct run run = {.calls = calls,
                      .call_count = call_count,
                      .options = options,
                      .rule = rule ? rule : &nothing,
                      .report = report};
    bool ok;

    memset(report, 0, sizeof(*report));
    report->threads = 1;
    if (first < call_count) {
        size_t slots = (size_t)calls[first].graph->nodes + 1;

        report->order = xlarge_zeroed(slots, sizeof(*report->order));
        report->captured =
            xcalloc(calls[first].input_count + 1, sizeof(*report->captured));
        report->dependencies = xlarge_zeroed(slots, sizeof(*report->dependencies));
        report->graph_root = calls[first].root_count != 1;
        run.ranked = !calls[first].graph->first_reenter &&
                     rank_queue_init(&run.ranks, calls[first].graph,
                                     options->order == SCHEDULE_NODE_ID);
    }
    ok = begin_task(&run, first, err);
    if (ok) {
        for (uint32_t i = 0; i < calls[first].graph->nodes; i++)
            report->dependencies[i] = run.frames[0].plan.nodes[i].waiting;
        ok = run_all(&run, err);
    }
    report->pushes = run.ranked ? run.ranks.pushes : run.queue.pushes;
    report->pops = run.ranked ? run.ranks.pops : run.queue.pops;
    report->longest = run.ranked ? run.ranks.longest : run.queue.longest;
    while (run.depth > 0)
        exec_plan_clear(&run.frames[--run.depth].plan);
    free(run.frames);
    ready_queue_clear(&run.queue);
    rank_queue_clear(&run.ranks);
    return ok;
}

void
schedule_report_clear(struct schedule_report *report)
{
    free(report->order);
    free(report->captured);
    free(report->dependencies);
    memset(report, 0, sizeof(*report));
}
