/* commands.h: the commands of ft-dispatch, one file each. */
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include "common/cli.h"

extern const struct cli_command command_run;

#endif
