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
    gate_ratchet(&j, cli->operands[0], cli->operands[1]);
    return judging_finish_one(cli, "ratchet", &j, o->output, err);
}

const struct cli_command command_ratchet = {
    .name = "ratchet",
    .operands = "OLD.txt NEW.txt",
    .summary = "a list that may only shrink (known failures)",
    .details = "Blank lines and # comments do not count; any added entry fails.\n",
    .examples = "  gate-check ratchet main/known_failures.txt known_failures.txt\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
