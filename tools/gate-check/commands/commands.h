/* commands.h: the commands of gate-check, in the order --help shows them. */
#ifndef GATE_COMMANDS_H
#define GATE_COMMANDS_H

#include "common/cli.h"

extern const struct cli_command command_compare;
extern const struct cli_command command_packet;
extern const struct cli_command command_ledger;

#endif
