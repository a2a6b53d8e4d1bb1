/* commands.h: the commands of fp-groupby, one file each. */
#ifndef FPG_COMMANDS_H
#define FPG_COMMANDS_H

#include "common/cli.h"

extern const struct cli_command command_groupby;
extern const struct cli_command command_run;

#endif
