/* run.c: answer the cases of fixture files. */
#include "cases.h"
#include "commands/commands.h"

static bool
run_file(struct cli *cli, const char *path, struct error *err)
{
    struct json_doc *doc = NULL;
    struct record_cases cases;
    struct record_case c;
    bool more = true, ok;

    ok = json_open(&doc, path, NULL, err) && record_cases_begin(&cases, doc, err);
    while (ok && record_cases_next(&cases, &c, &more, err) && more) {
        if (c.strict && cli->mode != MODE_HARDENED)
            ok = case_answer(doc, &c, cases.packet_id, MODE_STRICT, cli->out, err);
        if (ok && c.hardened && cli->mode != MODE_STRICT)
            ok = case_answer(doc, &c, cases.packet_id, MODE_HARDENED, cli->out, err);
    }
    json_free(doc);
    if (ok && err->class == ERR_NONE)
        return true;
    return error_in(err, path);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    (void)options;
    for (size_t i = 0; i < cli->operand_count; i++)
        if (!run_file(cli, cli->operands[i], err))
            return CLI_ERROR;
    return 0;
}

const struct cli_command command_run = {
    .name = "run",
    .operands = "FILE...",
    .summary = "answer the cases of fixture files",
    .details = "Prints one lockstep-result/1 line a case and mode.",
    .examples = "  ft-ckpt run tests/fixtures/FT-P2C-006/cases.json\n",
    .common = CLI_RUN | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
