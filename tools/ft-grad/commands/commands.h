/* commands.h: what main.c lists; one file each. */
#ifndef FTG_COMMANDS_COMMANDS_H
#define FTG_COMMANDS_COMMANDS_H

#include "common/cli.h"

extern const struct cli_command command_bench, command_graph;
extern const struct cli_command command_grad, command_gradcheck, command_replay,
    command_run;
extern const struct cli_command command_schedule, command_stress;
extern const struct cli_command command_operators, command_train;

#endif
