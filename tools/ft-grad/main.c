/* main.c: the commands of ft-grad. */
#include "commands/commands.h"

static const struct cli_command *const commands[] = {
    &command_schedule, &command_replay,    &command_graph,
    &command_grad,     &command_gradcheck, &command_stress,
    &command_run,      &command_operators, &command_train,
    &command_bench,    &command_stability, &command_passes,
    &command_diverge,  &command_onnx,      NULL,
};

static const struct cli_tool tool = {
    .name = "ft-grad",
    .summary = "Record, run and check backward passes as PyTorch's engine does.",
    .examples = "  ft-grad schedule graph.json\n"
                "  ft-grad grad --json program.json\n",
    .commands = commands,
};

int
main(int argc, char **argv)
{
    return cli_main(&tool, argc, argv);
}
