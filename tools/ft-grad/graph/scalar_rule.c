/*
 * scalar_rule.c: one slot per input of each node; NAN marks an empty one.
 */
#include "graph/scalar_rule.h"

#include "common/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct scalar_task {
    struct scalar_task *outer;
    const struct schedule_call *call;
    uint32_t graph;
    uint32_t task;
    double *slots;      /* owned */
    size_t *first_slot; /* owned, by node */
    double *sum;        /* owned: of each node that ran */
};

static void
begin(void *context, uint32_t task, uint32_t graph)
{
    struct scalar_rule *s = context;
    const struct schedule_call *call = &s->calls[graph];
    const struct graph *g = call->graph;
    struct scalar_task *t = xcalloc(1, sizeof(*t));
    size_t slots = 0;

    *t = (struct scalar_task){
        .outer = s->innermost, .call = call, .graph = graph, .task = task};
    t->first_slot = xcalloc((size_t)g->nodes + 1, sizeof(*t->first_slot));
    for (uint32_t i = 0; i < g->nodes; i++) {
        t->first_slot[i] = slots;
        slots += g->inputs[i];
    }
    t->slots = xcalloc(slots + 1, sizeof(*t->slots));
    for (size_t i = 0; i < slots; i++)
        t->slots[i] = (double)NAN;
    t->sum = xcalloc((size_t)g->nodes + 1, sizeof(*t->sum));
    if (call->root_count == 1)
        t->slots[t->first_slot[call->roots[0].node] + call->roots[0].input] = 1;
    s->innermost = t;
}

static void
drop_task(struct scalar_rule *s)
{
    struct scalar_task *t = s->innermost;

    s->innermost = t->outer;
    free(t->slots);
    free(t->first_slot);
    free(t->sum);
    free(t);
}

static void
end(void *context, uint32_t task)
{
    (void)task;
    drop_task(context);
}

static void
capture(void *context, uint32_t task, uint32_t node, size_t index)
{
    struct scalar_rule *s = context;
    const struct scalar_task *t = s->innermost;

    if (task == 0)
        s->captured[index] = t->slots[t->first_slot[node] + t->call->inputs[index].input];
}

static bool
enter(void *context, uint32_t task, uint32_t node, uint32_t thread, struct error *err)
{
    struct scalar_rule *s = context;
    struct scalar_task *t = s->innermost;
    double sum = 0;

    (void)task;
    (void)err;
    for (uint32_t i = 0; i < t->call->graph->inputs[node]; i++) {
        double value = t->slots[t->first_slot[node] + i];

        if (!isnan(value))
            sum += value;
    }
    t->sum[node] = sum;
    if (s->count == s->capacity) {
        s->capacity = s->capacity > 0 ? 2 * s->capacity : 64;
        s->events = xrealloc(s->events, s->capacity, sizeof(*s->events));
    }
    s->events[s->count++] = (struct scalar_event){t->graph, node, sum, thread};
    return true;
}

static void
deliver(void *context, uint32_t task, uint32_t node, size_t k,
        const struct graph_edge *to)
{
    struct scalar_rule *s = context;
    struct scalar_task *t = s->innermost;
    double *slot = &t->slots[t->first_slot[to->node] + to->input];
    double value = node == GRAPH_NONE ? (double)k + 1 : t->sum[node] + (double)k;

    (void)task;
    *slot = isnan(*slot) ? value : *slot + value;
}

void
scalar_rule_init(struct scalar_rule *s, const struct schedule_call *calls, size_t first)
{
    memset(s, 0, sizeof(*s));
    s->calls = calls;
    s->captured = xcalloc(calls[first].input_count + 1, sizeof(*s->captured));
    for (size_t i = 0; i < calls[first].input_count; i++)
        s->captured[i] = (double)NAN;
}

struct schedule_rule
scalar_rule_hooks(struct scalar_rule *s)
{
    return (struct schedule_rule){.context = s,
                                  .begin = begin,
                                  .end = end,
                                  .capture = capture,
                                  .enter = enter,
                                  .deliver = deliver};
}

void
scalar_rule_clear(struct scalar_rule *s)
{
    while (s->innermost)
        drop_task(s);
    free(s->events);
    free(s->captured);
    memset(s, 0, sizeof(*s));
}
