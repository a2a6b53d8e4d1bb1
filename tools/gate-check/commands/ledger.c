#include "gates/ledger.h"
#include "commands/commands.h"
#include "commands/judging.h"

#include <string.h>

struct options {
    const char *previous;
    const char *result;
    bool if_changed;
    const char *output;
};

static const struct cli_option options_table[] = {
    {.name = "previous",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, previous),
     .metavar = "FILE",
     .help = "verify: an earlier copy the history must begin with"},
    {.name = "result",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, result),
     .metavar = "FILE",
     .help = "append: the gate result to record (parity_gate_result.json)"},
    {.name = "if-changed",
     .type = CLI_FLAG,
     .offset = offsetof(struct options, if_changed),
     .help = "append: nothing for packets whose newest line says the same"},
    {.name = "output",
     .letter = 'o',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, output),
     .metavar = "FILE",
     .help = "verify: also write the result, lockstep-gate-result/1"},
    CLI_OPTION_END};

static int
append(const struct cli *cli, const struct options *o, struct error *err)
{
    size_t appended;

    if (!o->result)
        return error_set(err, ERR_USAGE, "ledger append needs --result FILE") ? 0
                                                                              : CLI_ERROR;
    if (!ledger_append(cli->operands[1], o->result, o->if_changed, &appended, err))
        return CLI_ERROR;
    if (cli->json)
        (void)fprintf(cli->out,
                      "{\"schema\":\"lockstep-ledger-append/1\",\"appended\":%zu}\n",
                      appended);
    else
        (void)fprintf(cli->out, "%s: %zu line%s appended\n", cli->operands[1], appended,
                      appended == 1 ? "" : "s");
    return 0;
}

static int
verify(const struct cli *cli, const struct options *o, struct error *err)
{
    struct judgement j;

    judgement_init(&j, cli->operands[1]);
    ledger_verify(&j, cli->operands[1], o->previous);
    return judging_finish_one(cli, "ledger", &j, o->output, err);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    if (strcmp(cli->operands[0], "append") == 0)
        return append(cli, options, err);
    if (strcmp(cli->operands[0], "verify") == 0)
        return verify(cli, options, err);
    (void)error_set(err, ERR_USAGE, "ledger: '%s' is neither append nor verify",
                    cli->operands[0]);
    return CLI_ERROR;
}

const struct cli_command command_ledger = {
    .name = "ledger",
    .operands = "append|verify HISTORY",
    .summary = "append to a hash-chained history, or verify that only its end grew",
    .details = "Each line of lockstep-drift/1 carries its own hash and that of the line "
               "before.\n"
               "A torn last line is never repaired: the next line appended binds it.  "
               "Lines are\n"
               "dated by SOURCE_DATE_EPOCH, or not at all.\n",
    .examples = "  gate-check ledger append drift_history.jsonl --result "
                "parity_gate_result.json\n"
                "  gate-check ledger verify drift_history.jsonl --previous copy.jsonl\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
