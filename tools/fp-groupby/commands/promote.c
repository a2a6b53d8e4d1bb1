/* promote.c: fp-groupby promote: the type two column types meet in. */
#include "commands/commands.h"

#include "common/term.h"
#include "table/coltype.h"

static int
run(struct cli *cli, const void *options, struct error *err)
{
    enum coltype types[2];
    struct json_out j;

    (void)options;
    for (size_t i = 0; i < 2; i++)
        if (!coltype_parse(cli->operands[i], &types[i])) {
            (void)error_set(err, ERR_USAGE, "unknown dtype '%s'", cli->operands[i]);
            return CLI_ERROR;
        }
    if (!cli->json) {
        (void)fprintf(
            cli->out, "concat %s\narithmetic %s\nwith missing %s\n",
            coltype_name(coltype_common(types[0], types[1])),
            coltype_name(coltype_result(types[0], types[1])),
            coltype_name(coltype_with_missing(coltype_common(types[0], types[1]))));
        return 0;
    }
    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "fp-groupby-promote/1");
    json_string(&j, "concat", coltype_name(coltype_common(types[0], types[1])));
    json_string(&j, "arithmetic", coltype_name(coltype_result(types[0], types[1])));
    json_string(&j, "with_missing",
                coltype_name(coltype_with_missing(coltype_common(types[0], types[1]))));
    json_end(&j);
    return 0;
}

const struct cli_command command_promote = {
    .name = "promote",
    .operands = "DTYPE DTYPE",
    .summary = "the type two column types meet in",
    .examples = "  fp-groupby promote int64 uint64\n",
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
