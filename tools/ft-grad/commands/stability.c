/*
 * stability.c: where numbers stop being numbers: per operator, or in one program.
 */
#include "commands/commands.h"

#include "engine/check/origin.h"
#include "engine/check/stability.h"
#include "engine/program/weights.h"

#include "common/json_out.h"
#include "common/term.h"

#include <inttypes.h>
#include <math.h>

struct stability_options {
    int policy;
    const char *weights;
};

static void
put_row(struct json_out *j, const struct stability_row *row)
{
    json_object(j, NULL);
    json_string(j, "operator", row->name);
    json_string(j, "dtype", tensor_type_name(row->type));
    json_u64(j, "cells", row->cells);
    json_u64(j, "agree", row->agree);
    json_u64(j, "not_finite", row->bad);
    if (row->first[0])
        json_string(j, "first_difference", row->first);
    json_end(j);
}

static void
cell_row(struct term_table *table, const struct stability_row *row)
{
    term_cell(table, "%s", row->name);
    term_cell(table, "%s", tensor_type_name(row->type));
    term_cell(table, "%zu", row->cells);
    term_cell(table, "%zu", row->agree);
    term_cell(table, "%zu", row->bad);
    term_cell(table, "%s", row->first);
}

/* Exit 1 when an operator answers otherwise than the policy says. */
static int
run_matrix(struct cli *cli, bool volta, struct error *err)
{
    struct term_table *table = cli->json ? NULL : term_table_new();
    size_t cells = 0, agree = 0;
    struct json_out j;

    if (table) {
        term_column(table, "OPERATOR", TERM_LEFT);
        term_column(table, "DTYPE", TERM_LEFT);
        term_column(table, "CELLS", TERM_RIGHT);
        term_column(table, "AGREE", TERM_RIGHT);
        term_column(table, "NOT FINITE", TERM_RIGHT);
        term_column(table, "FIRST DIFFERENCE", TERM_LEFT);
    } else {
        json_start(&j, cli->out, JSON_PRETTY);
        json_object(&j, NULL);
        json_string(&j, "schema", "ft-grad-stability/1");
        json_string(&j, "policy", volta ? "volta" : "torch");
        json_array(&j, "operators");
    }
    for (size_t i = 0; i < stability_rows(); i++) {
        struct stability_row row;

        if (!stability_run(i, volta, &row, err))
            return CLI_ERROR;
        cells += row.cells;
        agree += row.agree;
        if (table)
            cell_row(table, &row);
        else
            put_row(&j, &row);
    }
    if (table) {
        term_table_print(table, cli->out);
        (void)fprintf(cli->out, "%zu of %zu cells agree with %s\n", agree, cells,
                      volta ? "Volta's policy" : "torch");
    } else {
        json_end(&j);
        json_u64(&j, "cells", cells);
        json_u64(&j, "agree", agree);
        json_end(&j);
    }
    return agree == cells ? 0 : 1;
}

static void
print_origin(struct cli *cli, const struct origin *o)
{
    struct json_out j;

    if (!cli->json) {
        if (o->name)
            (void)fprintf(cli->out,
                          "first NaN or infinity: %s %s%s%s, output %" PRIu32
                          ", element %" PRId64 " is %g\n",
                          o->backward ? "backward" : "forward", o->name,
                          o->op[0] ? " of " : "", o->op, o->output, o->element, o->value);
        else
            (void)fprintf(cli->out, "every value and gradient is finite\n");
        return;
    }
    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-origin/1");
    json_bool(&j, "finite", !o->name);
    if (o->name) {
        json_string(&j, "pass", o->backward ? "backward" : "forward");
        json_string(&j, "node", o->name);
        json_string(&j, "operator", o->op);
        json_u64(&j, "output", o->output);
        json_i64(&j, "element", o->element);
        json_f64(&j, "value", o->value);
    }
    json_end(&j);
}

static int
run_program(struct cli *cli, const struct stability_options *o, struct error *err)
{
    struct program p = {0};
    struct weights weights = {0};
    struct session s = {0};
    struct origin origin = {.heap = &s.tape.heap};
    bool ok = program_open(&p, cli->operands[0], err) &&
              (!o->weights || (weights_open(&weights, o->weights, err) &&
                               weights_bind(&weights, &p, err)));

    if (ok) {
        ok = session_init(&s, &p, TORCH_2_6, (unsigned)cli->threads);
        s.tape.volta = o->policy == 1;
        origin_watch(&origin, &s);
        ok = ok && session_forward(&s);
        if (ok) {
            origin_forward(&origin, &s);
            ok = session_backward(&s);
        }
        if (!ok) {
            *err = s.tape.error;
            (void)error_in(err, cli->operands[0]);
        }
    }
    if (ok)
        print_origin(cli, &origin);
    if (s.program)
        session_clear(&s);
    weights_close(&weights);
    program_clear(&p);
    return !ok ? CLI_ERROR : origin.name ? 1 : 0;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct stability_options *o = options;

    return cli->operand_count > 0 ? run_program(cli, o, err)
                                  : run_matrix(cli, o->policy == 1, err);
}

static const struct cli_option stability_options[] = {
    POLICY_OPTION(struct stability_options, policy),
    {.name = "weights",
     .type = CLI_TEXT,
     .offset = offsetof(struct stability_options, weights),
     .metavar = "FILE",
     .help = "data of leaves (safetensors)"},
    CLI_OPTION_END,
};

const struct cli_command command_stability = {
    .name = "stability",
    .operands = "[PROGRAM]",
    .summary = "operators on special values; or the first NaN of a program",
    .details =
        "Without a program: every operator on NaN, infinities, zeros and extremes,\n"
        "beside what torch gives.  With one: the first value, forward or backward,\n"
        "that is not finite.  Exit 1 on a difference, or when there is one.",
    .examples = "  ft-grad stability\n  ft-grad stability program.json\n",
    .options = stability_options,
    .options_size = sizeof(struct stability_options),
    .common = CLI_JSON | CLI_OUTPUT | CLI_THREADS,
    .max_operands = 1,
    .run = run,
};
