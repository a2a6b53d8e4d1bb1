/*
 * operators.c: the table of operators that programs may use.
 */
#include "commands/commands.h"

#include "ops/operators.h"

#include "common/json_out.h"
#include "common/term.h"

#include <inttypes.h>

static void
print_json(FILE *out)
{
    struct json_out j;

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-operators/1");
    json_array(&j, "operators");
    for (size_t i = 0; i < operators_count; i++) {
        const struct operator* op = & operators[i];

        json_object(&j, NULL);
        json_string(&j, "name", op->name);
        json_u64(&j, "min_inputs", op->min_inputs);
        json_u64(&j, "max_inputs", op->max_inputs);
        json_u64(&j, "outputs", op->outputs);
        json_string(&j, "attributes", op->attrs);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct term_table *table;

    (void)options;
    (void)err;
    if (cli->json) {
        print_json(cli->out);
        return 0;
    }
    table = term_table_new();
    term_column(table, "OPERATOR", TERM_LEFT);
    term_column(table, "INPUTS", TERM_RIGHT);
    term_column(table, "OUTPUTS", TERM_RIGHT);
    term_column(table, "ATTRIBUTES", TERM_LEFT);
    for (size_t i = 0; i < operators_count; i++) {
        const struct operator* op = & operators[i];

        term_cell(table, "%s", op->name);
        if (op->min_inputs == op->max_inputs)
            term_cell(table, "%zu", op->min_inputs);
        else
            term_cell(table, "%zu-%zu", op->min_inputs, op->max_inputs);
        if (op->outputs > 0)
            term_cell(table, "%zu", op->outputs);
        else
            term_cell(table, "any");
        term_cell(table, "%s", op->attrs);
    }
    term_table_print(table, cli->out);
    return 0;
}

const struct cli_command command_operators = {
    .name = "operators",
    .operands = "",
    .summary = "list the operators that programs may use",
    .details = "Attributes are name:kind, =default; kinds: i integer, f real, b truth\n"
               "value, I integers, F reals, T array of integers, s word; ? optional.",
    .common = CLI_JSON | CLI_OUTPUT,
    .run = run,
};
