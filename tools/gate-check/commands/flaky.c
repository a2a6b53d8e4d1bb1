#include "commands/commands.h"
#include "commands/judging.h"
#include "gates/gates.h"

struct options {
    const char *output;
};

static const struct cli_option options_table[] = {
    {.name = "output",
     .letter = 'o',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, output),
     .metavar = "FILE",
     .help = "also write the result, lockstep-gate-result/1"},
    CLI_OPTION_END};

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    struct judgement j;

    judgement_init(&j, cli->operands[0]);
    gate_flaky(&j, cli->operands[0]);
    return judging_finish_one(cli, "flaky", &j, o->output, err);
}

const struct cli_command command_flaky = {
    .name = "flaky",
    .operands = "FILE.md",
    .summary = "the registry of flaky tests: owners, issues, blocking lanes",
    .details = "Rows in a blocking lane must be resolved or waived; every row has owner "
               "and issue.\n",
    .examples = "  gate-check flaky docs/ci-flaky-registry.md\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
