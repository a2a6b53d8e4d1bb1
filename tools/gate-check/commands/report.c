#include "commands/commands.h"

#include "common/file.h"
#include "report/formats.h"

#include <string.h>

enum format { FORMAT_HTML, FORMAT_JUNIT, FORMAT_SARIF, FORMAT_TAP, FORMAT_MARKDOWN };

struct options {
    int format;
    bool github;
    struct cli_list history;
    const char *output;
};

static const char *const format_words[] = {"html", "junit",    "sarif",
                                           "tap",  "markdown", NULL};

static const struct cli_option options_table[] = {
    {.name = "format",
     .letter = 'f',
     .type = CLI_CHOICE,
     .offset = offsetof(struct options, format),
     .metavar = "FORM",
     .choices = format_words,
     .help = "html (default), junit, sarif, tap or markdown"},
    {.name = "github",
     .type = CLI_FLAG,
     .offset = offsetof(struct options, github),
     .help = "print workflow annotations instead"},
    {.name = "history",
     .type = CLI_LIST,
     .offset = offsetof(struct options, history),
     .metavar = "FILE",
     .help = "html: draw the drift of this ledger; may be repeated"},
    {.name = "output",
     .letter = 'o',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, output),
     .metavar = "FILE",
     .help = "write there instead of standard output"},
    CLI_OPTION_END};

static bool
load(const struct cli *cli, const struct options *o, struct loaded *l, struct error *err)
{
    for (size_t i = 0; i < cli->operand_count; i++)
        if (!loaded_result(l, cli->operands[i], err))
            return false;
    for (size_t i = 0; o && i < o->history.count; i++)
        if (!loaded_history(l, o->history.items[i], err))
            return false;
    return true;
}

static bool
write_report(const struct options *o, const struct loaded *l, struct error *err)
{
    static void (*const forms[])(const struct loaded *, FILE *) = {
        report_html, report_junit, report_sarif, report_tap, report_markdown};
    struct out_file out = {0};
    bool ok = out_open(&out, o->output ? o->output : "-", err);

    if (ok) {
        if (o->github)
            report_github(l, out.stream);
        else
            forms[o->format](l, out.stream);
        ok = out_commit(&out, err);
    }
    out_discard(&out);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct loaded l = {0};
    bool ok = load(cli, options, &l, err) && write_report(options, &l, err);

    loaded_clear(&l);
    return ok ? 0 : CLI_ERROR;
}

const struct cli_command command_report = {
    .name = "report",
    .operands = "RESULT.json...",
    .summary = "results as a page, or for the programs that run builds",
    .details = "The page needs nothing else: a table, drift charts as inline SVG, every "
               "reason.\n"
               "Exit 0 when the report was written, whatever it says.\n",
    .examples =
        "  gate-check report -o gates.html --history drift_history.jsonl result.json\n"
        "  gate-check packet --json | gate-check report --format sarif -\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};

static int
run_explain(struct cli *cli, const void *options, struct error *err)
{
    struct loaded l = {0};
    bool ok = load(cli, NULL, &l, err);

    (void)options;
    if (ok)
        report_explain(&l, cli->out);
    loaded_clear(&l);
    return ok ? 0 : CLI_ERROR;
}

const struct cli_command command_explain = {
    .name = "explain",
    .operands = "RESULT.json...",
    .summary = "every reason of a result: rule, file, place, claimed and actual",
    .details = "Also what the reason means and the command that shows it again.\n",
    .examples = "  gate-check packet --json | gate-check explain -\n",
    .common = CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run_explain,
};
