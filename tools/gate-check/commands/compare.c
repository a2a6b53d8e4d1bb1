#include "commands/commands.h"

#include "common/file.h"
#include "common/mem.h"
#include "compare/oracle.h"
#include "compare/parity_write.h"

#include <stdlib.h>
#include <string.h>

struct options {
    struct cli_list fixtures;
    struct cli_list results;
    int modes;  /* enum parity_modes */
    int oracle; /* 0: fixture, 1: live */
    const char *oracle_command;
    uint64_t oracle_timeout;
    const char *report;
    const char *mismatches;
};

static const struct options defaults = {.oracle_timeout = 900};

static const char *const mode_words[] = {"declared", "strict", "hardened", "both", NULL};
static const char *const oracle_words[] = {"fixture", "live", NULL};

static const struct cli_option options_table[] = {
    {.name = "fixtures",
     .letter = 'f',
     .type = CLI_LIST,
     .offset = offsetof(struct options, fixtures),
     .metavar = "FILE",
     .help = "cases with what the original did; may be repeated"},
    {.name = "results",
     .letter = 'r',
     .type = CLI_LIST,
     .offset = offsetof(struct options, results),
     .metavar = "FILE",
     .help = "result lines of a run; - is standard input; may be repeated"},
    {.name = "mode",
     .type = CLI_CHOICE,
     .offset = offsetof(struct options, modes),
     .metavar = "MODE",
     .choices = mode_words,
     .help = "strict, hardened, both, or as the cases declare (default)"},
    {.name = "oracle",
     .type = CLI_CHOICE,
     .offset = offsetof(struct options, oracle),
     .metavar = "WHICH",
     .choices = oracle_words,
     .help = "fixture: what was recorded (default); live: run the original now"},
    {.name = "oracle-command",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, oracle_command),
     .metavar = "CMD",
     .help =
         "command that answers (default: $LOCKSTEP_ORACLE_COMMAND, scripts/oracle.sh)"},
    {.name = "oracle-timeout",
     .type = CLI_U64,
     .offset = offsetof(struct options, oracle_timeout),
     .metavar = "S",
     .help = "seconds until the live oracle counts as unavailable (default 900)",
     .min = 1,
     .max = 86400},
    {.name = "output",
     .letter = 'o',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, report),
     .metavar = "FILE",
     .help = "write the parity report, lockstep-parity/1"},
    {.name = "mismatches",
     .letter = 'm',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, mismatches),
     .metavar = "FILE",
     .help = "write every mismatch with both values, lockstep-mismatch/1"},
    CLI_OPTION_END};

struct job {
    struct fixture *fixtures; /* owned */
    size_t count;
    struct results results;
    struct results original;
    struct parity parity;
};

static bool
read_inputs(struct job *job, const struct cli *cli, const struct options *o,
            struct error *err)
{
    size_t named = o->fixtures.count;

    if (named + cli->operand_count == 0)
        return error_set(err, ERR_USAGE, "compare needs --fixtures FILE");
    if (o->results.count == 0)
        return error_set(err, ERR_USAGE, "compare needs --results FILE (- for stdin)");
    job->fixtures = xcalloc(named + cli->operand_count, sizeof *job->fixtures);
    for (size_t i = 0; i < named + cli->operand_count; i++) {
        const char *path = i < named ? o->fixtures.items[i] : cli->operands[i - named];

        if (!fixture_open(&job->fixtures[i], path, err))
            return false;
        job->count++;
    }
    for (size_t i = 0; i < o->results.count; i++)
        if (!results_read(&job->results, o->results.items[i], err))
            return false;
    return results_sort(&job->results, err) || error_in(err, o->results.items[0]);
}

static bool
ask_original(struct job *job, const struct options *o, struct error *err)
{
    const struct oracle oracle = {.command = o->oracle_command,
                                  .timeout_s = (unsigned)o->oracle_timeout};

    return oracle_answer(&oracle, job->fixtures, job->count, &job->original, err);
}

static bool
to_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static bool
write_documents(const struct job *job, const struct cli *cli, const struct options *o,
                struct error *err)
{
    struct parity_documents d;
    bool ok;

    parity_documents(&job->parity, &d);
    ok = (!o->mismatches ||
          out_put(o->mismatches, d.mismatches, d.mismatches_size, err)) &&
         (!o->report || out_put(o->report, d.report, d.report_size, err));
    if (ok && cli->json && !to_stdout(o->report))
        (void)fwrite(d.report, 1, d.report_size, stdout);
    parity_documents_free(&d);
    return ok;
}

static int
compare(const struct cli *cli, const struct options *o, struct job *job,
        struct error *err)
{
    if (!read_inputs(job, cli, o, err) ||
        (o->oracle == 1 && !ask_original(job, o, err)) ||
        !parity_compare(&job->parity, job->fixtures, job->count, &job->results,
                        o->oracle == 1 ? &job->original : NULL,
                        (enum parity_modes)o->modes, err) ||
        !write_documents(job, cli, o, err))
        return CLI_ERROR;
    if (!cli->json && !to_stdout(o->report) && !to_stdout(o->mismatches))
        parity_print(&job->parity, stdout);
    return parity_is_green(&job->parity) ? 0 : 1;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct job job = {0};
    int status = compare(cli, options, &job, err);

    parity_clear(&job.parity);
    results_clear(&job.original);
    results_clear(&job.results);
    for (size_t i = 0; i < job.count; i++)
        fixture_close(&job.fixtures[i]);
    free(job.fixtures);
    return status;
}

const struct cli_command command_compare = {
    .name = "compare",
    .operands = "[FIXTURE...]",
    .summary = "compare results with what the original did, case by case",
    .details =
        "Exit 0 only when every case has a result, every result a case, and all agree.\n"
        "--oracle live runs \"CMD answer FIXTURE...\", whose result lines then rule; an\n"
        "original that cannot be run is oracle_unavailable, exit 4.  What a case itself\n"
        "sets for one mode stays in force.\n",
    .examples = "  fp-groupby run cases.json | gate-check compare -f cases.json -r - -o "
                "report.json\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .common = CLI_JSON,
    .max_operands = SIZE_MAX,
    .run = run,
};
