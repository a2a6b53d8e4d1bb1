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

    judgement_init(&j, cli->operands[1]);
    gate_replay(&j, cli->operands[0], cli->operands[1]);
    return judging_finish_one(cli, "replay", &j, o->output, err);
}

const struct cli_command command_replay = {
    .name = "replay",
    .operands = "A.json B.json",
    .summary = "two replays, bit for bit",
    .details = "Integers and strings exactly, floats by their bits; the first divergence "
               "is named.\n",
    .examples = "  gate-check replay run1.json run2.json\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
