/* main.c: ft-ckpt's table of commands. */
#include "commands/commands.h"
#include "common/cli.h"

static const struct cli_command *const commands[] = {
    &command_ls,      &command_scan,   &command_verify,  &command_hash,
    &command_globals, &command_run,    &command_convert, &command_diff,
    &command_inspect, &command_tree,   &command_salvage, &command_validate,
    &command_stats,   &command_shards, &command_sign,    &command_check,
    &command_decode,  &command_encode, &command_extract, NULL,
};

static const struct cli_tool tool = {
    .name = "ft-ckpt",
    .summary =
        "Everything one does with a checkpoint, with no Python and nothing executed.",
    .examples = "  ft-ckpt ls model.pt\n"
                "  ft-ckpt scan downloads/*.pt\n"
                "  ft-ckpt convert model.pt model.safetensors\n"
                "  ft-ckpt diff old.pt new.safetensors\n",
    .commands = commands,
};

int
main(int argc, char **argv)
{
    return cli_main(&tool, argc, argv);
}
