/* commands.h: the commands of gate-check, in the order --help shows them. */
#ifndef GATE_COMMANDS_H
#define GATE_COMMANDS_H

#include "common/cli.h"

extern const struct cli_command command_compare;
extern const struct cli_command command_packet;
extern const struct cli_command command_bundle;
extern const struct cli_command command_ledger;
extern const struct cli_command command_reliability;
extern const struct cli_command command_release;
extern const struct cli_command command_perf;
extern const struct cli_command command_flaky;
extern const struct cli_command command_claims;
extern const struct cli_command command_replay;
extern const struct cli_command command_runtime;
extern const struct cli_command command_cadence;
extern const struct cli_command command_ratchet;
extern const struct cli_command command_artifacts;
extern const struct cli_command command_metrics;
extern const struct cli_command command_trace;
extern const struct cli_command command_explain;
extern const struct cli_command command_report;
extern const struct cli_command command_sign;
extern const struct cli_command command_watch;

#endif
