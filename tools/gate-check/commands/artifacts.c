#include "commands/commands.h"
#include "commands/judging.h"
#include "gates/gates.h"

struct options {
    const char *listing;
    const char *output;
};

static const struct cli_option options_table[] = {
    {.name = "listing",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, listing),
     .metavar = "FILE",
     .help = "what ft-ckpt listed of checkpoints/last.ckpt, JSON"},
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
    gate_artifacts(&j, cli->operands[0], o->listing);
    return judging_finish_one(cli, "artifacts", &j, o->output, err);
}

const struct cli_command command_artifacts = {
    .name = "artifacts",
    .operands = "DIR",
    .summary = "what a training run must leave behind",
    .details = "checkpoints/last.ckpt (1 MB, with hyper_parameters), "
               "reconstruction_amplitude.png and\n"
               "reconstruction_phase.png (1 KiB, whole PNG files).\n",
    .examples = "  ft-ckpt ls --json out/checkpoints/last.ckpt | gate-check artifacts "
                "out --listing -\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
