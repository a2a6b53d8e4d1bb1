#include "commands.h"
#include "common/file.h"
#include "common/json_out.h"
#include "container/bundle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct options {
    bool drop_source;
    const char *against;
    uint64_t memory;
};

static const struct options defaults = {.memory = 256 << 20};

static const struct cli_option options[] = {
    {.name = "drop-source",
     .type = CLI_FLAG,
     .offset = offsetof(struct options, drop_source),
     .help = "recover from repair packets only"},
    {.name = "against",
     .letter = 'a',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, against),
     .metavar = "FILE",
     .help = "check that FILE is what the bundle protects"},
    {.name = "memory",
     .letter = 'm',
     .type = CLI_SIZE,
     .offset = offsetof(struct options, memory),
     .metavar = "SIZE",
     .min = 1 << 20,
     .help = "a bundle that takes more is refused (default 256M)"},
    CLI_OPTION_END,
};

static bool
same_as(const struct bundle_report *r, const char *path, struct error *err)
{
    struct input in;
    bool same;

    if (!input_open(&in, path, UINT64_C(1) << 40, err))
        return false;
    same = in.size == r->oti.F && memcmp(in.data, r->recovered, in.size) == 0;
    input_close(&in);
    return same || error_set(err, ERR_MISMATCH, "is not what the bundle protects") ||
           error_in(err, path);
}

static void
print(struct cli *cli, const struct bundle_report *r)
{
    struct json_out j;

    if (!cli->json) {
        (void)fprintf(cli->out,
                      "%s: %" PRIu64 " octets recovered, their SHA-256 is right; %" PRIu64
                      " packets, %" PRIu64 " damaged, %" PRIu64 " left out\n",
                      r->artifact_id, r->oti.F, r->packets, r->damaged, r->dropped);
        return;
    }
    json_start(&j, cli->out, JSON_LINE);
    json_object(&j, NULL);
    json_string(&j, "schema", "lockstep-import/1");
    json_string(&j, "artifact_id", r->artifact_id);
    json_u64(&j, "size", r->oti.F);
    json_u64(&j, "packets", r->packets);
    json_u64(&j, "damaged_packets", r->damaged);
    json_u64(&j, "dropped_packets", r->dropped);
    json_bool(&j, "recovered", true);
    json_end(&j);
}

/* With --output the recovered octets go there; otherwise a report to people. */
static int
run(struct cli *cli, const void *given, struct error *err)
{
    const struct options *o = given;
    struct bundle_report report;
    int status;

    if (!bundle_recover(&report, cli->operands[0], o->drop_source, o->memory, err))
        return CLI_ERROR;
    status = report.damaged > 0 ? 1 : 0;
    if (o->against && !same_as(&report, o->against, err)) {
        status = CLI_ERROR;
    } else if (cli->out != stdout) {
        (void)fwrite(report.recovered, 1, report.oti.F, cli->out);
        status = 0;
    } else {
        print(cli, &report);
    }
    free(report.recovered);
    return status;
}

const struct cli_command import_command = {
    .name = "import",
    .operands = "BUNDLE",
    .summary = "recover or check what a FrankenPandas *.raptorq.json protects",
    .details =
        "Packets whose own SHA-256 is wrong count as lost.  Exit status 1: some are,\n"
        "or the source cannot be recovered; with --output recovery is enough.\n",
    .examples = "rq-encode import fixture_bundle.raptorq.json\n"
                "rq-encode import --drop-source -o fixture.json bundle.raptorq.json\n",
    .options = options,
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
