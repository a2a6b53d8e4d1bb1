#include "commands/commands.h"
#include "commands/judging.h"
#include "gates/gates.h"

struct options {
    const char *guardrail;
    const char *junit;
    const char *measurement;
    const char *history;
    const char *output;
};

static const struct cli_option options_table[] = {
    {.name = "guardrail",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, guardrail),
     .metavar = "FILE",
     .help = "limits: max_s, warn_s, expected_s, expected_tolerance_s, min_s"},
    {.name = "junit",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, junit),
     .metavar = "FILE",
     .help = "JUnit report of the run"},
    {.name = "measurement",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, measurement),
     .metavar = "FILE",
     .help = "its duration_s and outcome, JSON"},
    {.name = "history",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, history),
     .metavar = "FILE",
     .help = "earlier runs, JSON Lines: three slow ones in a row fail"},
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
    const struct runtime_options runtime = {
        .junit = o->junit, .measurement = o->measurement, .history = o->history};

    if (!o->guardrail || (!o->junit && !o->measurement)) {
        (void)error_set(
            err, ERR_USAGE,
            "runtime needs --guardrail FILE and --junit FILE or --measurement FILE");
        return CLI_ERROR;
    }
    judgement_init(&j, o->guardrail);
    gate_runtime(&j, o->guardrail, &runtime);
    return judging_finish_one(cli, "runtime", &j, o->output, err);
}

const struct cli_command command_runtime = {
    .name = "runtime",
    .summary = "a run's time between its bands",
    .details = "Over max fails, under min is an incomplete run and fails, over warn and "
               "outside\n"
               "expected +- tolerance warn.  The owner of the trigger is named.\n",
    .examples = "  gate-check runtime --guardrail guardrail.json --junit junit.xml\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON,
    .max_operands = 0,
    .run = run,
};
