#include "commands.h"

static const struct cli_command *const commands[] = {
    &protect_command,
    &verify_command,
    &repair_command,
    &scrub_command,
    &drill_command,
    &info_command,
    &list_command,
    &packets_command,
    &assemble_command,
    &oti_command,
    &import_command,
    &bench_command,
    NULL,
};

static const struct cli_tool tool = {
    .name = "rq-encode",
    .summary = "Protect any file against damage with RaptorQ (RFC 6330) repair symbols.",
    .examples = "rq-encode protect model.bin             # writes model.bin.rq\n"
                "rq-encode verify model.bin              # exit 1 when damaged\n"
                "rq-encode repair model.bin\n"
                "rq-encode drill model.bin               # lose some, decode, prove it\n",
    .commands = commands,
};

int
main(int argc, char **argv)
{
    return cli_main(&tool, argc, argv);
}
