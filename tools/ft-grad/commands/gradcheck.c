/*
 * gradcheck.c: every element of a program's gradients against difference quotients.
 */
#include "commands/commands.h"

#include "engine/gradcheck.h"
#include "engine/program.h"

#include "common/json_out.h"
#include "common/mem.h"
#include "common/term.h"

#include <inttypes.h>
#include <stdlib.h>

struct gradcheck_options {
    double eps, atol, rtol;
};

/* The function under test: a program whose leaves are the inputs. */
struct target {
    const struct program *program;
    size_t root;
};

static struct tensor *
apply(void *context, struct tape *t, struct tensor *const *inputs)
{
    const struct target *target = context;
    const struct program *p = target->program;
    struct tensor **tensors = xcalloc((size_t)p->values + 1, sizeof(struct tensor *));
    struct tensor *y = NULL;

    /* The leaves themselves, so that gradients arrive at them. */
    if (program_forward_from(p, t, tensors, inputs, NULL))
        y = tensors[p->roots[target->root].value];
    free(tensors);
    return y;
}

static void
print_json(FILE *out, const struct program *p, const struct gradcheck_report *r)
{
    struct json_out j;

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-gradcheck/1");
    json_bool(&j, "torch_passes", r->torch_passes);
    json_u64(&j, "elements", r->elements);
    for (int v = 0; v < 4; v++)
        json_u64(&j, gradcheck_verdict_name((enum gradcheck_verdict)v), r->count[v]);
    json_array(&j, "not_ok");
    for (size_t i = 0; i < r->failed_count; i++) {
        const struct gradcheck_element *e = &r->failed[i];

        json_object(&j, NULL);
        json_string(&j, "input", p->names[p->leaves[e->input].value]);
        json_u64(&j, "input_element", e->input_element);
        json_u64(&j, "output_element", e->output_element);
        json_f64(&j, "analytical", e->analytical);
        json_f64(&j, "numerical", e->numerical);
        json_f64(&j, "left", e->left);
        json_f64(&j, "right", e->right);
        json_string(&j, "verdict", gradcheck_verdict_name(e->verdict));
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

static void
print_text(FILE *out, const struct program *p, const struct gradcheck_report *r)
{
    struct term_table *table;

    (void)fprintf(out,
                  "%zu elements: %zu ok, %zu kink, %zu noise, %zu wrong; torch: %s\n",
                  r->elements, r->count[0], r->count[1], r->count[2], r->count[3],
                  r->torch_passes ? "passes" : "fails");
    if (r->failed_count == 0)
        return;
    table = term_table_new();
    term_column(table, "INPUT", TERM_LEFT);
    term_column(table, "ELEMENT", TERM_RIGHT);
    term_column(table, "OUTPUT", TERM_RIGHT);
    term_column(table, "ANALYTICAL", TERM_RIGHT);
    term_column(table, "LEFT", TERM_RIGHT);
    term_column(table, "RIGHT", TERM_RIGHT);
    term_column(table, "VERDICT", TERM_LEFT);
    for (size_t i = 0; i < r->failed_count && i < 40; i++) {
        const struct gradcheck_element *e = &r->failed[i];

        term_cell(table, "%s", p->names[p->leaves[e->input].value]);
        term_cell(table, "%zu", e->input_element);
        term_cell(table, "%zu", e->output_element);
        term_cell(table, "%.6g", e->analytical);
        term_cell(table, "%.6g", e->left);
        term_cell(table, "%.6g", e->right);
        term_cell(table, "%s", gradcheck_verdict_name(e->verdict));
    }
    term_table_print(table, out);
}

static bool
check(const struct program *p, const struct gradcheck_options *o,
      struct gradcheck_report *report, struct error *err)
{
    struct target target = {.program = p};
    struct tensor **inputs = xcalloc(p->leaf_count + 1, sizeof(struct tensor *));
    struct gradcheck_call call = {.f = apply,
                                  .context = &target,
                                  .inputs = inputs,
                                  .input_count = p->leaf_count,
                                  .eps = o->eps,
                                  .atol = o->atol,
                                  .rtol = o->rtol};
    struct tape t;
    bool ok;

    tape_init(&t, TORCH_2_6);
    ok = program_leaves(p, &t, inputs) && gradcheck_run(&t, &call, report);
    if (!ok)
        *err = t.error;
    tape_clear(&t);
    free(inputs);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct gradcheck_report report = {0};
    struct program p;
    int status = CLI_ERROR;

    if (program_open(&p, cli->operands[0], err)) {
        if (p.root_count == 0)
            (void)error_set(err, ERR_MALFORMED,
                            "the program has no root to differentiate");
        else if (check(&p, options, &report, err))
            status = report.count[GRADCHECK_WRONG] > 0 ? 1 : 0;
        if (status == CLI_ERROR)
            (void)error_in(err, cli->operands[0]);
    }
    if (status != CLI_ERROR && cli->json)
        print_json(cli->out, &p, &report);
    else if (status != CLI_ERROR)
        print_text(cli->out, &p, &report);
    gradcheck_report_clear(&report);
    program_clear(&p);
    return status;
}

static const struct gradcheck_options gradcheck_defaults = {1e-6, 1e-5, 1e-3};

static const struct cli_option gradcheck_options[] = {
    {.name = "eps",
     .type = CLI_F64,
     .offset = offsetof(struct gradcheck_options, eps),
     .metavar = "X",
     .help = "step of the difference quotients (default 1e-6)"},
    {.name = "atol",
     .type = CLI_F64,
     .offset = offsetof(struct gradcheck_options, atol),
     .metavar = "X",
     .help = "absolute tolerance (default 1e-5)"},
    {.name = "rtol",
     .type = CLI_F64,
     .offset = offsetof(struct gradcheck_options, rtol),
     .metavar = "X",
     .help = "relative tolerance (default 1e-3)"},
    CLI_OPTION_END,
};

const struct cli_command command_gradcheck = {
    .name = "gradcheck",
    .operands = "PROGRAM",
    .summary = "compare gradients with difference quotients, element by element",
    .details =
        "Of the first root.  Verdicts: ok, kink (one-sided slopes differ and bracket\n"
        "the gradient), noise (rounding explains it), wrong.  Exit 1 when any is\n"
        "wrong.  torch's own verdict, with its algorithm, is printed beside.",
    .examples = "  ft-grad gradcheck program.json\n",
    .options = gradcheck_options,
    .options_size = sizeof(struct gradcheck_options),
    .defaults = &gradcheck_defaults,
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
