#include "commands/commands.h"
#include "commands/judging.h"
#include "common/num.h"
#include "gates/gates.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct options {
    uint64_t now;
    const char *output;
};

static const struct cli_option options_table[] = {
    {.name = "now",
     .type = CLI_U64,
     .offset = offsetof(struct options, now),
     .metavar = "S",
     .help = "seconds since 1970 to judge by (default: the clock, or SOURCE_DATE_EPOCH)"},
    {.name = "output",
     .letter = 'o',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, output),
     .metavar = "FILE",
     .help = "also write the result, lockstep-gate-result/1"},
    CLI_OPTION_END};

static bool
clock_now(uint64_t *out, struct error *err)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");

    if (epoch && num_parse_u64(epoch, strlen(epoch), out))
        return true;
    if (epoch)
        return error_set(err, ERR_USAGE,
                         "SOURCE_DATE_EPOCH='%s' is not a time in seconds", epoch);
    *out = (uint64_t)time(NULL);
    return true;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    struct judgement j;
    uint64_t now = o->now;

    if (now == 0 && !clock_now(&now, err))
        return CLI_ERROR;
    judgement_init(&j, cli->operands[0]);
    gate_cadence(&j, cli->operands[0], cli->operands[1], now);
    return judging_finish_one(cli, "cadence", &j, o->output, err);
}

const struct cli_command command_cadence = {
    .name = "cadence",
    .operands = "PLAN.yaml RUNS.jsonl",
    .summary = "every planned check ran within its period and passed",
    .details = "checks: [{selector, period: 24h, owner}]; runs: {selector, ts_unix_ms, "
               "outcome}.\n",
    .examples = "  gate-check cadence plan.yaml runs.jsonl\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
