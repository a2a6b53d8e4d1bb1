/* gate-check: judge evidence; what is missing, stale or unclear is never green. */
#include "commands/commands.h"

int
main(int argc, char **argv)
{
    static const struct cli_command *const commands[] = {
        &command_compare, &command_packet,      &command_bundle,
        &command_ledger,  &command_reliability, &command_release,
        &command_perf,    &command_flaky,       &command_claims,
        &command_replay,  &command_runtime,     &command_cadence,
        &command_ratchet, &command_artifacts,   &command_metrics,
        &command_trace,   &command_explain,     &command_report,
        &command_sign,    &command_watch,       NULL,
    };
    static const struct cli_tool tool = {
        .name = "gate-check",
        .summary = "Judge evidence: what is missing, stale or unclear is never green.",
        .examples =
            "  gate-check compare -f cases.json -r results.jsonl -o parity_report.json\n",
        .commands = commands,
    };

    return cli_main(&tool, argc, argv);
}
