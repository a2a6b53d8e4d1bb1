/*
 * session.c: reset, forward, backward.
 */
#include "engine/session.h"

#include "engine/program/hooks.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

bool
session_init(struct session *s, const struct program *p, enum torch_version version,
             unsigned threads)
{
    struct heap empty = {0};
    bool ok;

    memset(s, 0, sizeof(*s));
    s->program = p;
    tape_init(&s->tape, version);
    s->tape.threads = threads;
    s->leaves = xcalloc(p->leaf_count + 1, sizeof(struct tensor *));
    s->tensors = xcalloc((size_t)p->values + 1, sizeof(struct tensor *));
    ok = program_leaves(p, &s->tape, s->leaves);
    s->kept = s->tape.heap;
    empty.limit = s->kept.limit;
    s->tape.heap = empty;
    return ok;
}

static void
begin_run(struct session *s)
{
    struct backward_report *report = &s->report;
    struct backward_report next = {.observe = report->observe,
                                   .context = report->context};

    backward_report_clear(report);
    *report = next;
    tape_reset(&s->tape);
    for (size_t i = 0; i < s->program->leaf_count; i++) {
        s->leaves[i]->grad = NULL;
        s->leaves[i]->accumulator = NULL;
        s->leaves[i]->grad_fn = NULL;
    }
}

bool
session_forward(struct session *s)
{
    begin_run(s);
    if (s->trace)
        trace_step(s->trace);
    return program_forward_from(s->program, &s->tape, s->tensors, s->leaves, s->trace);
}

bool
session_backward(struct session *s)
{
    s->report.trace = s->trace;
    return program_hooks_attach(s->program, &s->tape, s->tensors, &s->events) &&
           program_backward(s->program, &s->tape, s->tensors, s->order, &s->report);
}

bool
session_is_forward(const struct session *s)
{
    const struct program *p = s->program;
    bool wants = p->is_grad;

    for (size_t i = 0; i < p->leaf_count; i++)
        wants = wants || p->leaves[i].requires_grad;
    return !wants;
}

bool
session_run(struct session *s)
{
    return session_forward(s) && (session_is_forward(s) || session_backward(s));
}

void
session_clear(struct session *s)
{
    backward_report_clear(&s->report);
    free(s->leaves);
    free(s->tensors);
    tape_clear(&s->tape);
    heap_clear(&s->kept);
    memset(s, 0, sizeof(*s));
}

size_t
session_gradients(const struct session *s)
{
    return s->program->is_grad ? s->program->input_count : s->program->leaf_count;
}

struct tensor *
session_gradient(const struct session *s, size_t i, const char **name)
{
    const struct program *p = s->program;
    uint32_t value = p->is_grad ? p->inputs[i] : p->leaves[i].value;

    *name = p->names[value];
    return p->is_grad ? s->report.captured[i] : s->tensors[value]->grad;
}
