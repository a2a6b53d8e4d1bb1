#include "commands/commands.h"
#include "commands/judging.h"
#include "common/file.h"
#include "gates/gates.h"

struct options {
    const char *policy;
    const char *e2e;
    const char *report;
    const char *output;
};

static const struct cli_option options_table[] = {
    {.name = "policy",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, policy),
     .metavar = "FILE",
     .help = "budgets, ft-reliability-budget-policy-v1"},
    {.name = "e2e",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, e2e),
     .metavar = "FILE",
     .help = "the end-to-end log, JSON Lines"},
    {.name = "report",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, report),
     .metavar = "FILE",
     .help = "also write ft-reliability-gate-report-v1, without its time"},
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
    struct out_file report = {0};
    bool ok = true;
    int status;

    if (!o->policy || !o->e2e) {
        (void)error_set(err, ERR_USAGE, "reliability needs --policy FILE and --e2e FILE");
        return CLI_ERROR;
    }
    if (o->report && !out_open(&report, o->report, err))
        return CLI_ERROR;
    judgement_init(&j, o->e2e);
    gate_reliability(&j, o->policy, o->e2e, report.stream);
    if (o->report)
        ok = out_commit(&report, err);
    out_discard(&report);
    status = judging_finish_one(cli, "reliability", &j, o->output, err);
    if (!ok)
        return CLI_ERROR;
    return status;
}

const struct cli_command command_reliability = {
    .name = "reliability",
    .summary = "FrankenTorch's coverage, flake and reason budgets",
    .details = "Exit 0 within all budgets, 1 over one, 3 a log or policy that cannot be "
               "read whole.\n",
    .examples = "  gate-check reliability --policy policy.json --e2e e2e.jsonl\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON,
    .max_operands = 0,
    .run = run,
};
