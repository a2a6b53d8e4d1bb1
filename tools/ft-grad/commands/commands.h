/* commands.h: what main.c lists; one file each. */
#ifndef FTG_COMMANDS_COMMANDS_H
#define FTG_COMMANDS_COMMANDS_H

#include "common/cli.h"

extern const struct cli_command command_run;
extern const struct cli_command command_operators;

#endif
