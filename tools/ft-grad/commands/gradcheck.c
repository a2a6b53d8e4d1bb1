/*
 * gradcheck.c: every element of a program's gradients against difference quotients.
 */
#include "commands/commands.h"

#include "engine/check/samples.h"

#include "common/json_out.h"
#include "common/mem.h"
#include "common/term.h"

#include <inttypes.h>

struct gradcheck_options {
    double eps, atol, rtol;
    bool fast, all;
    uint64_t order;
};

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

static struct gradcheck_how
how_of(const struct gradcheck_options *o)
{
    return (struct gradcheck_how){.eps = o->eps,
                                  .atol = o->atol,
                                  .rtol = o->rtol,
                                  .fast = o->fast,
                                  .second = o->order == 2};
}

static int
run_program(struct cli *cli, const struct gradcheck_options *o, struct error *err)
{
    struct gradcheck_how how = how_of(o);
    struct gradcheck_report report = {0};
    struct program p;
    int status = CLI_ERROR;

    if (program_open(&p, cli->operands[0], err)) {
        if (p.root_count == 0)
            (void)error_set(err, ERR_MALFORMED,
                            "the program has no root to differentiate");
        else if (gradcheck_program(&p, 0, &how, &report, err))
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

static void
print_sample(struct json_out *j, struct term_table *table, const char *op,
             const struct gradcheck_report *r)
{
    if (!table) {
        json_object(j, NULL);
        json_string(j, "op", op);
        json_bool(j, "torch_passes", r->torch_passes);
        json_u64(j, "elements", r->elements);
        for (int v = 0; v < 4; v++)
            json_u64(j, gradcheck_verdict_name((enum gradcheck_verdict)v), r->count[v]);
        json_end(j);
        return;
    }
    term_cell(table, "%s", op);
    term_cell(table, "%zu", r->elements);
    for (int v = 0; v < 4; v++)
        term_cell(table, "%zu", r->count[v]);
    term_cell(table, "%s", r->torch_passes ? "passes" : "fails");
}

static struct term_table *
sample_table(void)
{
    struct term_table *table = term_table_new();

    term_column(table, "OPERATOR", TERM_LEFT);
    term_column(table, "ELEMENTS", TERM_RIGHT);
    for (int v = 0; v < 4; v++)
        term_column(table, gradcheck_verdict_name((enum gradcheck_verdict)v), TERM_RIGHT);
    term_column(table, "TORCH", TERM_LEFT);
    return table;
}

/* Every operator of samples.def; then how many of all there are. */
static int
run_all(struct cli *cli, const struct gradcheck_options *o, struct error *err)
{
    struct term_table *table = cli->json ? NULL : sample_table();
    struct gradcheck_how how = how_of(o);
    size_t elements = 0, wrong = 0;
    struct json_out j;
    bool ok = true;

    if (cli->json) {
        json_start(&j, cli->out, JSON_PRETTY);
        json_object(&j, NULL);
        json_string(&j, "schema", "ft-grad-gradcheck-all/1");
        json_array(&j, "operators");
    }
    for (size_t i = 0; ok && i < gradcheck_sample_count; i++) {
        struct gradcheck_report report;

        ok = gradcheck_sample_run(&gradcheck_samples[i], &how, &report, err);
        if (ok)
            print_sample(&j, table, gradcheck_samples[i].op, &report);
        else
            (void)error_in(err, gradcheck_samples[i].op);
        elements += report.elements;
        wrong += report.count[GRADCHECK_WRONG];
        gradcheck_report_clear(&report);
    }
    if (cli->json) {
        json_end(&j);
        json_u64(&j, "elements", elements);
        json_u64(&j, "wrong", wrong);
        json_end(&j);
    } else if (ok) {
        term_table_print(table, cli->out);
        (void)fprintf(cli->out, "%zu operators, %zu elements, %zu wrong\n",
                      gradcheck_sample_count, elements, wrong);
    }
    return !ok ? CLI_ERROR : wrong > 0 ? 1 : 0;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct gradcheck_options *o = options;

    if (o->order != 1 && o->order != 2) {
        (void)error_set(err, ERR_USAGE, "--order %" PRIu64 ": 1 or 2", o->order);
        return CLI_ERROR;
    }
    if (o->all ? cli->operand_count != 0 : cli->operand_count != 1) {
        (void)error_set(err, ERR_USAGE,
                        o->all ? "--all takes no program" : "a program, or --all");
        return CLI_ERROR;
    }
    return o->all ? run_all(cli, o, err) : run_program(cli, o, err);
}

static const struct gradcheck_options gradcheck_defaults = {
    .eps = 1e-6, .atol = 1e-5, .rtol = 1e-3, .order = 1};

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
    {.name = "all",
     .type = CLI_FLAG,
     .offset = offsetof(struct gradcheck_options, all),
     .help = "one call of every operator instead of a program"},
    {.name = "fast",
     .type = CLI_FLAG,
     .offset = offsetof(struct gradcheck_options, fast),
     .help = "one projection of each Jacobian first; all of it when that fails"},
    {.name = "order",
     .type = CLI_U64,
     .offset = offsetof(struct gradcheck_options, order),
     .metavar = "N",
     .help = "2: the gradients of the gradients (default 1)"},
    CLI_OPTION_END,
};

const struct cli_command command_gradcheck = {
    .name = "gradcheck",
    .operands = "[PROGRAM]",
    .summary = "compare gradients with difference quotients, element by element",
    .details =
        "Of the first root.  Verdicts: ok, kink (one-sided slopes differ and bracket\n"
        "the gradient), noise (rounding explains it), wrong.  Exit 1 when any is\n"
        "wrong.  torch's own verdict, with its algorithm, is printed beside.",
    .examples = "  ft-grad gradcheck program.json\n"
                "  ft-grad gradcheck --all --order 2\n",
    .options = gradcheck_options,
    .options_size = sizeof(struct gradcheck_options),
    .defaults = &gradcheck_defaults,
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 0,
    .max_operands = 1,
    .run = run,
};
