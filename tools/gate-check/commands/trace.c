#include "commands/commands.h"
#include "commands/judging.h"
#include "gates/gates.h"

struct options {
    const char *specs;
    const char *requirements;
    struct cli_list code;
    struct cli_list tests;
    struct cli_list prefixes;
    const char *output;
};

static const struct cli_option options_table[] = {
    {.name = "specs",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, specs),
     .metavar = "DIR",
     .help = "Markdown that defines ids: - [OC-CORE-1001] ... MUST ..."},
    {.name = "requirements",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, requirements),
     .metavar = "DIR",
     .help = "YAML files that list them"},
    {.name = "code",
     .type = CLI_LIST,
     .offset = offsetof(struct options, code),
     .metavar = "DIR",
     .help = "sources that mention them; may be repeated"},
    {.name = "tests",
     .type = CLI_LIST,
     .offset = offsetof(struct options, tests),
     .metavar = "DIR",
     .help = "tests that mention them; may be repeated"},
    {.name = "prefix",
     .type = CLI_LIST,
     .offset = offsetof(struct options, prefixes),
     .metavar = "P",
     .help = "how ids begin (default ORCH-, OC-, LS-); may be repeated"},
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
    static const char *const usual[] = {"ORCH-", "OC-", "LS-"};
    struct trace_options trace = {
        .specs = o->specs,
        .requirements = o->requirements,
        .code = o->code.items,
        .code_count = o->code.count,
        .tests = o->tests.items,
        .test_count = o->tests.count,
        .prefixes = o->prefixes.count ? o->prefixes.items : usual,
        .prefix_count = o->prefixes.count ? o->prefixes.count : COUNT_OF(usual)};

    if (!o->specs || !o->requirements || o->code.count == 0 || o->tests.count == 0) {
        (void)error_set(err, ERR_USAGE,
                        "trace needs --specs, --requirements, --code and --tests");
        return CLI_ERROR;
    }
    judgement_init(&j, o->specs);
    gate_trace(&j, &trace);
    return judging_finish_one(cli, "trace", &j, o->output, err);
}

const struct cli_command command_trace = {
    .name = "trace",
    .summary = "requirement to code to test, and back",
    .details = "Every MUST has code and a test; ids are unique, defined, listed as the "
               "specs give\n"
               "them, and their links lead somewhere.\n",
    .examples = "  gate-check trace --specs docs/specs --requirements docs/requirements "
                "--code tools --tests tests\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON,
    .max_operands = 0,
    .run = run,
};
