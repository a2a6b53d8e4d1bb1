#include "layouts/bundle.h"
#include "commands/commands.h"
#include "commands/judging.h"
#include "gates/gates.h"

struct options {
    const char *artifact;
    const char *output;
};

static const struct cli_option options_table[] = {
    {.name = "artifact",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, artifact),
     .metavar = "FILE",
     .help = "the content, where the sidecar does not name it beside itself"},
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
    bundle_judge(&j, cli->operands[0], o->artifact);
    return judging_finish_one(cli, "bundle", &j, o->output, err);
}

const struct cli_command command_bundle = {
    .name = "bundle",
    .operands = "FILE.raptorq.json",
    .summary = "one artifact with its sidecar and decode proof",
    .details = "Ours, FrankenTorch's and FrankenPandas' sidecars are recognised.\n",
    .examples = "  gate-check bundle parity_report.raptorq.json\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
