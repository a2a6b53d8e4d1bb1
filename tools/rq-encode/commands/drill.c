#include "container/drill.h"
#include "commands.h"
#include "common/file.h"
#include "common/json_out.h"
#include "common/term.h"
#include "files/names.h"

#include <inttypes.h>
#include <stdlib.h>

static const struct drill_options defaults = {.seed = 1, .memory = 256 << 20};

static const struct cli_option options[] = {
    {.name = "scenario",
     .type = CLI_CHOICE,
     .offset = offsetof(struct drill_options, scenario),
     .metavar = "NAME",
     .choices = drill_scenarios,
     .help = "random, burst or source: what is lost (default random)"},
    {.name = "seed",
     .type = CLI_U64,
     .offset = offsetof(struct drill_options, seed),
     .metavar = "N",
     .help = "of the random numbers (default 1)"},
    {.name = "memory",
     .letter = 'm',
     .type = CLI_SIZE,
     .offset = offsetof(struct drill_options, memory),
     .metavar = "SIZE",
     .min = 1 << 20,
     .help = "working memory; more goes to disk (default 256M)"},
    CLI_OPTION_END,
};

static bool
put_proof(const char *file, const struct drill_report *report, struct error *err)
{
    char *path = proof_path(file);
    struct out_file out;
    struct json_out j;
    bool ok = out_open(&out, path, err);

    if (ok) {
        json_start(&j, out.stream, JSON_PRETTY);
        proof_write(&j, report);
        ok = out_commit(&out, err);
    }
    out_discard(&out);
    free(path);
    return ok;
}

static bool
drill_file(struct cli *cli, const char *file, const struct drill_options *o,
           struct error *err)
{
    struct drill_report report = {0};
    struct checkup c;
    struct json_out j;
    bool ok;

    if (!checkup_open(&c, file, &(struct checkup_options){.memory = o->memory}, err))
        return false;
    ok = (drill(&c, o, &report, err) && put_proof(file, &report, err)) ||
         error_in(err, file);
    if (ok && cli->json) {
        json_start(&j, cli->out, JSON_LINE);
        proof_write(&j, &report);
    } else if (ok) {
        (void)fprintf(cli->out,
                      "%s: %" PRIu64 " symbol%s dropped, all %" PRIu64
                      " source symbol%s among them recovered; proof %s\n",
                      file, report.dropped, term_plural(report.dropped), report.recovered,
                      term_plural(report.recovered), report.proof_hash);
    }
    drill_report_clear(&report);
    checkup_close(&c);
    return ok;
}

static int
run(struct cli *cli, const void *given, struct error *err)
{
    struct drill_options o = *(const struct drill_options *)given;

    o.threads = cli->threads;
    for (size_t i = 0; i < cli->operand_count; i++)
        if (!drill_file(cli, cli->operands[i], &o, err))
            return CLI_ERROR;
    return 0;
}

const struct cli_command drill_command = {
    .name = "drill",
    .operands = "FILE...",
    .summary = "lose symbols on purpose, decode, and write the proof",
    .details =
        "The file stays as it is.  Symbols are dropped in memory, the block is decoded\n"
        "from what is left, and FILE.decode_proof.json tells what was lost and binds\n"
        "it to the digests.  Exit status 1: the drill failed.\n",
    .examples = "rq-encode drill model.bin\n"
                "rq-encode drill --scenario burst --seed 7 model.bin\n",
    .options = options,
    .options_size = sizeof(struct drill_options),
    .defaults = &defaults,
    .common = CLI_JSON | CLI_THREADS,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
