/*
 * grad.c: one program forward and backward: outputs, gradients, order, graph.
 */
#include "commands/commands.h"

#include "engine/check/origin.h"
#include "engine/program/hooks.h"
#include "engine/program/weights.h"

#include "graph/fingerprint.h"

#include "common/json_out.h"
#include "common/mem.h"
#include "common/term.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct grad_options {
    int torch, matmul, policy;
    bool graph;
    bool anomaly;
    const char *weights, *save, *trace;
};

struct grad_run {
    struct program program;
    struct weights weights;
    struct session session;
    struct trace trace;
    struct origin origin;
};

static void
print_json(FILE *out, struct grad_run *r, bool graph)
{
    const struct program *p = &r->program;
    struct session *s = &r->session;
    size_t count = session_gradients(s);
    struct json_out j;

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-result/1");
    json_object(&j, "outputs");
    for (size_t i = 0; i < p->root_count; i++) {
        uint32_t v = p->roots[i].value;
        bool again = false;

        for (size_t k = 0; k < i; k++)
            again = again || p->roots[k].value == v;
        if (!again)
            tensor_write(&j, p->names[v], &s->tape.heap, s->tensors[v]);
    }
    json_end(&j);
    json_object(&j, "grads");
    for (size_t i = 0; i < count; i++) {
        const char *name;
        struct tensor *g = session_gradient(s, i, &name);

        tensor_write(&j, name, &s->tape.heap, g);
    }
    json_end(&j);
    json_array(&j, "execution_order");
    for (size_t i = 0; i < s->report.schedule.order_count; i++)
        json_u64(&j, NULL, s->report.schedule.order[i]);
    json_end(&j);
    json_stringf(&j, "fingerprint", "%016" PRIx64,
                 fingerprint_order(&s->report.graph.graph, s->report.schedule.order,
                                   s->report.schedule.order_count));
    if (r->origin.name)
        json_stringf(&j, "first_non_finite", "%s %s",
                     r->origin.backward ? "backward" : "forward", r->origin.name);
    else
        json_null(&j, "first_non_finite");
    if (p->hook_count > 0) {
        json_array(&j, "events");
        for (const struct hook_event *e = s->events.first; e; e = e->next)
            json_stringf(&j, NULL, "%s %s", p->names[e->hook->value],
                         hook_kind_name(e->hook->kind));
        json_end(&j);
    }
    if (graph)
        tape_graph_write(&j, "graph", &s->report.graph, p->root_count, p->input_count);
    json_end(&j);
}

static void
cell_values(struct term_table *table, struct heap *h, struct tensor *x)
{
    struct tensor *flat = x ? tensor_contiguous(h, x) : NULL;
    int64_t n = flat ? tensor_count(flat) : 0;
    char text[128];
    size_t used = 0;

    text[0] = 0;
    for (int64_t i = 0; i < n && i < 6; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.6g",
                                 i > 0 ? " " : "", tensor_get(flat, i));
    if (n > 6)
        (void)snprintf(text + used, sizeof(text) - used, " ...");
    term_cell(table, "%s", flat ? text : "none");
}

static void
print_text(FILE *out, struct grad_run *r)
{
    const struct program *p = &r->program;
    struct session *s = &r->session;
    size_t count = session_gradients(s);
    struct term_table *table = term_table_new();

    term_column(table, "TENSOR", TERM_LEFT);
    term_column(table, "WHAT", TERM_LEFT);
    term_column(table, "VALUES", TERM_LEFT);
    for (size_t i = 0; i < p->root_count; i++) {
        term_cell(table, "%s", p->names[p->roots[i].value]);
        term_cell(table, "output");
        cell_values(table, &s->tape.heap, s->tensors[p->roots[i].value]);
    }
    for (size_t i = 0; i < count; i++) {
        const char *name;
        struct tensor *g = session_gradient(s, i, &name);

        term_cell(table, "%s", name);
        term_cell(table, "gradient");
        cell_values(table, &s->tape.heap, g);
    }
    term_table_print(table, out);
    (void)fprintf(out, "order:");
    for (size_t i = 0; i < s->report.schedule.order_count; i++)
        (void)fprintf(out, " %s",
                      s->report.graph.nodes[s->report.schedule.order[i]]->name);
    (void)fprintf(out, "\n");
    for (const struct hook_event *e = s->events.first; e; e = e->next)
        (void)fprintf(out, "hook: %s %s\n", p->names[e->hook->value],
                      hook_kind_name(e->hook->kind));
    if (r->origin.name)
        (void)fprintf(out,
                      "first NaN or infinity: %s %s%s%s, element %" PRId64 " is %g\n",
                      r->origin.backward ? "backward" : "forward", r->origin.name,
                      r->origin.op[0] ? " of " : "", r->origin.op, r->origin.element,
                      r->origin.value);
}

static const char *
grad_name(struct arena *arena, const char *name)
{
    size_t size = strlen(name);
    char *out = arena_alloc(arena, size + sizeof(".grad"));

    memcpy(out, name, size);
    memcpy(out + size, ".grad", sizeof(".grad"));
    return out;
}

/* Outputs under their names, gradients as NAME.grad. */
static bool
save(const struct grad_run *r, const char *path, struct error *err)
{
    const struct program *p = &r->program;
    const struct session *s = &r->session;
    size_t room = p->root_count + session_gradients(s) + 1, count = 0;
    const char **names = xcalloc(room, sizeof(char *));
    struct tensor **tensors = xcalloc(room, sizeof(struct tensor *));
    struct heap h = {0};
    bool ok;

    for (size_t i = 0; i < p->root_count; i++) {
        const char *name = p->names[p->roots[i].value];
        bool again = false;

        for (size_t k = 0; k < count; k++)
            again = again || strcmp(names[k], name) == 0;
        if (again)
            continue;
        names[count] = name;
        tensors[count++] = tensor_contiguous(&h, s->tensors[p->roots[i].value]);
    }
    for (size_t i = 0; i < session_gradients(s); i++) {
        const char *name;
        struct tensor *g = session_gradient(s, i, &name);

        if (!g)
            continue;
        names[count] = grad_name(&h.small, name);
        tensors[count++] = tensor_contiguous(&h, g);
    }
    ok = weights_save(path, names, tensors, count, err);
    free(names);
    free(tensors);
    heap_clear(&h);
    return ok;
}

static bool
run_program(struct grad_run *r, const struct grad_options *o, const char *path,
            unsigned threads, struct error *err)
{
    struct session *s = &r->session;
    bool ok;

    if (!program_open(&r->program, path, err))
        return false;
    if (o->weights && (!weights_open(&r->weights, o->weights, err) ||
                       !weights_bind(&r->weights, &r->program, err)))
        return false;
    if (o->trace && !trace_open(&r->trace, o->trace, err))
        return false;
    ok = session_init(s, &r->program, o->torch == 1 ? TORCH_1_13 : TORCH_2_6, threads);
    s->tape.anomaly = o->anomaly;
    s->tape.blas = o->matmul == 1;
    s->tape.volta = o->policy == 1;
    s->trace = o->trace ? &r->trace : NULL;
    r->origin.heap = &s->tape.heap;
    origin_watch(&r->origin, s);
    ok = ok && session_forward(s);
    if (ok) {
        origin_forward(&r->origin, s);
        ok = session_backward(s);
    }
    if (!ok) {
        *err = s->tape.error;
        return error_in(err, path);
    }
    return (!o->save || save(r, o->save, err)) &&
           (!o->trace || trace_commit(&r->trace, err));
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct grad_options *o = options;
    struct grad_run r = {0};
    bool ok = run_program(&r, o, cli->operands[0], (unsigned)cli->threads, err);

    if (ok && cli->json)
        print_json(cli->out, &r, o->graph);
    else if (ok)
        print_text(cli->out, &r);
    if (r.session.program)
        session_clear(&r.session);
    if (o->trace)
        trace_discard(&r.trace);
    weights_close(&r.weights);
    program_clear(&r.program);
    return ok ? 0 : CLI_ERROR;
}

const char *const matmul_choices[] = {"chain", "blas", NULL};
const char *const policy_choices[] = {"torch", "volta", NULL};

static const char *const versions[] = {"2.6", "1.13", NULL};

static const struct cli_option grad_options[] = {
    {.name = "torch",
     .type = CLI_CHOICE,
     .offset = offsetof(struct grad_options, torch),
     .metavar = "VERSION",
     .help = "behave as torch 2.6 (default) or 1.13",
     .choices = versions},
    {.name = "graph",
     .type = CLI_FLAG,
     .offset = offsetof(struct grad_options, graph),
     .help = "with --json: add the backward graph"},
    {.name = "anomaly",
     .type = CLI_FLAG,
     .offset = offsetof(struct grad_options, anomaly),
     .help = "refuse a NaN that a backward function makes"},
    {.name = "weights",
     .type = CLI_TEXT,
     .offset = offsetof(struct grad_options, weights),
     .metavar = "FILE",
     .help = "data of leaves (safetensors)"},
    {.name = "save",
     .type = CLI_TEXT,
     .offset = offsetof(struct grad_options, save),
     .metavar = "FILE",
     .help = "write outputs and NAME.grad there (safetensors)"},
    {.name = "trace",
     .type = CLI_TEXT,
     .offset = offsetof(struct grad_options, trace),
     .metavar = "FILE",
     .help = "record every tensor, for diverge"},
    MATMUL_OPTION(struct grad_options, matmul),
    POLICY_OPTION(struct grad_options, policy),
    CLI_OPTION_END,
};

const struct cli_command command_grad = {
    .name = "grad",
    .operands = "PROGRAM",
    .summary = "run a program forward and backward",
    .details =
        "Also names the first value or backward node that holds a NaN or infinity.",
    .examples = "  ft-grad grad --json program.json\n",
    .options = grad_options,
    .options_size = sizeof(struct grad_options),
    .common = CLI_JSON | CLI_OUTPUT | CLI_THREADS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
