#include "commands/commands.h"
#include "commands/judging.h"
#include "gates/gates.h"

struct options {
    const char *lint;
    const char *output;
};

static const struct cli_option options_table[] = {
    {.name = "lint",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, lint),
     .metavar = "FILE",
     .help = "the contract: required_metrics, label_cardinality_budget"},
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

    if (!o->lint) {
        (void)error_set(err, ERR_USAGE, "metrics needs --lint FILE");
        return CLI_ERROR;
    }
    judgement_init(&j, cli->operand_count ? cli->operands[0] : "-");
    gate_metrics(&j, o->lint, cli->operand_count ? cli->operands[0] : "-");
    return judging_finish_one(cli, "metrics", &j, o->output, err);
}

const struct cli_command command_metrics = {
    .name = "metrics",
    .operands = "[EXPOSITION]",
    .summary = "a Prometheus exposition against its contract",
    .details = "Names, types, exact labels, value ranges, buckets, duplicate series and "
               "cardinality.\n"
               "Without EXPOSITION it is read from standard input.\n",
    .examples = "  curl -s localhost:9090/metrics | gate-check metrics --lint "
                "metrics.lint.json\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON,
    .max_operands = 1,
    .run = run,
};
