#include "commands/commands.h"
#include "commands/judging.h"
#include "gates/gates.h"

struct options {
    const char *kpi;
    const char *evidence;
    const char *output;
};

static const struct cli_option options_table[] = {
    {.name = "kpi",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, kpi),
     .metavar = "FILE",
     .help = "the ten KPIs, YAML or JSON: kpis: [{id: KPI-01}, ...]"},
    {.name = "evidence",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, evidence),
     .metavar = "DIR",
     .help = "where KPI-01.yaml ... lie"},
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

    if (!o->kpi || !o->evidence) {
        (void)error_set(err, ERR_USAGE, "release needs --kpi FILE and --evidence DIR");
        return CLI_ERROR;
    }
    judgement_init(&j, o->kpi);
    gate_release(&j, o->kpi, o->evidence);
    return judging_finish_one(cli, "release", &j, o->output, err);
}

const struct cli_command command_release = {
    .name = "release",
    .summary = "ten release KPIs, each with five fields of evidence",
    .details =
        "Each KPI has command_output and artifact (files in DIR), workflow_url (https),\n"
        "owner and timestamp, in its own row under evidence or in DIR/<ID>.yaml or "
        ".json.\n",
    .examples = "  gate-check release --kpi kpi.yaml --evidence evidence/\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON,
    .max_operands = 0,
    .run = run,
};
