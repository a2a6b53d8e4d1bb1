/*
 * grad.c: one program forward and backward: outputs, gradients, order, graph.
 */
#include "commands/commands.h"

#include "engine/program.h"

#include "graph/fingerprint.h"

#include "common/json_out.h"
#include "common/mem.h"
#include "common/term.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct grad_options {
    int torch;
    bool graph;
    bool anomaly;
};

struct grad_run {
    struct program program;
    struct tape tape;
    struct tensor **tensors; /* owned */
    struct backward_report report;
    const char *first_bad; /* forward value or node that first held a NaN or infinity */
    bool bad_backward;
};

static bool
is_finite(struct heap *h, struct tensor *x)
{
    struct tensor *flat = x && tensor_is_real(x) ? tensor_contiguous(h, x) : NULL;
    int64_t n = flat ? tensor_count(flat) : 0;

    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(tensor_get(flat, i)))
            return false;
    }
    return true;
}

static void
observe(void *context, const struct node *n, struct tensor *const *in,
        struct tensor *const *out)
{
    struct grad_run *r = context;

    (void)in;
    for (uint32_t k = 0; k < n->edge_count && !r->first_bad; k++) {
        if (!is_finite(&r->tape.heap, out[k])) {
            r->first_bad = n->name;
            r->bad_backward = true;
        }
    }
}

static void
find_bad_value(struct grad_run *r)
{
    for (uint32_t i = 0; i < r->program.values && !r->first_bad; i++) {
        if (!is_finite(&r->tape.heap, r->tensors[i]))
            r->first_bad = r->program.names[i];
    }
}

static struct tensor *
gradient(const struct grad_run *r, size_t i, const char **name)
{
    const struct program *p = &r->program;
    uint32_t v = p->is_grad ? p->inputs[i] : p->leaves[i].value;

    *name = p->names[v];
    return p->is_grad ? r->report.captured[i] : r->tensors[v]->grad;
}

static void
print_json(FILE *out, struct grad_run *r, bool graph)
{
    const struct program *p = &r->program;
    size_t count = p->is_grad ? p->input_count : p->leaf_count;
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
            tensor_write(&j, p->names[v], &r->tape.heap, r->tensors[v]);
    }
    json_end(&j);
    json_object(&j, "grads");
    for (size_t i = 0; i < count; i++) {
        const char *name;
        struct tensor *g = gradient(r, i, &name);

        tensor_write(&j, name, &r->tape.heap, g);
    }
    json_end(&j);
    json_array(&j, "execution_order");
    for (size_t i = 0; i < r->report.schedule.order_count; i++)
        json_u64(&j, NULL, r->report.schedule.order[i]);
    json_end(&j);
    json_stringf(&j, "fingerprint", "%016" PRIx64,
                 fingerprint_order(&r->report.graph.graph, r->report.schedule.order,
                                   r->report.schedule.order_count));
    if (r->first_bad)
        json_stringf(&j, "first_non_finite", "%s %s",
                     r->bad_backward ? "backward" : "forward", r->first_bad);
    else
        json_null(&j, "first_non_finite");
    if (graph)
        tape_graph_write(&j, "graph", &r->report.graph, p->root_count, p->input_count);
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
    size_t count = p->is_grad ? p->input_count : p->leaf_count;
    struct term_table *table = term_table_new();

    term_column(table, "TENSOR", TERM_LEFT);
    term_column(table, "WHAT", TERM_LEFT);
    term_column(table, "VALUES", TERM_LEFT);
    for (size_t i = 0; i < p->root_count; i++) {
        term_cell(table, "%s", p->names[p->roots[i].value]);
        term_cell(table, "output");
        cell_values(table, &r->tape.heap, r->tensors[p->roots[i].value]);
    }
    for (size_t i = 0; i < count; i++) {
        const char *name;
        struct tensor *g = gradient(r, i, &name);

        term_cell(table, "%s", name);
        term_cell(table, "gradient");
        cell_values(table, &r->tape.heap, g);
    }
    term_table_print(table, out);
    (void)fprintf(out, "order:");
    for (size_t i = 0; i < r->report.schedule.order_count; i++)
        (void)fprintf(out, " %s",
                      r->report.graph.nodes[r->report.schedule.order[i]]->name);
    (void)fprintf(out, "\n");
    if (r->first_bad)
        (void)fprintf(out, "first NaN or infinity: %s %s\n",
                      r->bad_backward ? "backward" : "forward", r->first_bad);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct grad_options *o = options;
    struct grad_run r = {0};
    bool ok = program_open(&r.program, cli->operands[0], err);

    tape_init(&r.tape, o->torch == 1 ? TORCH_1_13 : TORCH_2_6);
    r.tape.threads = (unsigned)cli->threads;
    r.tape.anomaly = o->anomaly;
    r.report.observe = observe;
    r.report.context = &r;
    if (ok) {
        r.tensors = xcalloc((size_t)r.program.values + 1, sizeof(struct tensor *));
        ok = program_forward(&r.program, &r.tape, r.tensors);
        if (ok)
            find_bad_value(&r);
        ok = ok &&
             program_backward(&r.program, &r.tape, r.tensors, SCHEDULE_TORCH, &r.report);
        if (!ok) {
            *err = r.tape.error;
            (void)error_in(err, cli->operands[0]);
        }
    }
    if (ok && cli->json)
        print_json(cli->out, &r, o->graph);
    else if (ok)
        print_text(cli->out, &r);
    backward_report_clear(&r.report);
    free(r.tensors);
    tape_clear(&r.tape);
    program_clear(&r.program);
    return ok ? 0 : CLI_ERROR;
}

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
