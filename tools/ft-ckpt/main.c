/* main.c: ft-ckpt's table of commands. */
#include "commands/commands.h"
#include "common/cli.h"

static const struct cli_command *const commands[] = {
    &command_ls,  &command_scan,    &command_verify, &command_hash,    &command_globals,
    &command_run, &command_convert, &command_diff,   &command_extract, NULL,
};

static const struct cli_tool tool = {
    .name = "ft-ckpt",
    .summary =
        "Everything one does with a checkpoint, with no Python and nothing executed.",
    .examples = "  ft-ckpt ls model.pt                      what is in it\n",
    .commands = commands,
};

int
main(int argc, char **argv)
{
    return cli_main(&tool, argc, argv);
}
