#include "commands/commands.h"
#include "commands/judging.h"
#include "gates/gates.h"

struct options {
    bool execute;
    const char *seed;
    uint64_t timeout;
    const char *output;
};

static const struct options defaults = {.timeout = 60};

static const struct cli_option options_table[] = {
    {.name = "execute",
     .type = CLI_FLAG,
     .offset = offsetof(struct options, execute),
     .help = "run the documented commands in a folder of their own"},
    {.name = "seed",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, seed),
     .metavar = "DIR",
     .help = "copy DIR into that folder first"},
    {.name = "timeout",
     .type = CLI_U64,
     .offset = offsetof(struct options, timeout),
     .metavar = "S",
     .help = "seconds for each command (default 60)",
     .min = 1,
     .max = 86400},
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
    const struct claims_options claims = {
        .execute = o->execute, .seed = o->seed, .timeout_s = o->timeout};

    judgement_init(&j, cli->operands[0]);
    gate_claims(&j, cli->operands[0], &claims);
    return judging_finish_one(cli, "claims", &j, o->output, err);
}

const struct cli_command command_claims = {
    .name = "claims",
    .operands = "FILE.md",
    .summary = "claims of a document: its table, and the commands it shows",
    .details =
        "Blocks of sh and console are commands; what a console block shows must be "
        "printed,\n"
        "... stands for any lines, # exit N for another status.  <!-- claims: skip -->\n"
        "before a block leaves it out.  Commands run with a bare environment and HOME "
        "there;\n"
        "that keeps honest documents honest, and is no jail for hostile ones.\n",
    .examples = "  gate-check claims docs-contract-audit.md\n"
                "  gate-check claims README.md --execute\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .common = CLI_JSON,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
