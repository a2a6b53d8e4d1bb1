#include "commands.h"
#include "common/json_out.h"
#include "common/term.h"
#include "container/manifest.h"
#include "container/set.h"

#include <inttypes.h>

struct options {
    const char *redundancy;
    uint64_t memory;
    bool force;
    const char *set;
};

static const struct options defaults = {.redundancy = "5%", .memory = 256 << 20};

static const struct cli_option options[] = {
    {.name = "redundancy",
     .letter = 'r',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, redundancy),
     .metavar = "N%|COUNT",
     .help = "repair symbols: share of the source, or a number (default 5%)"},
    {.name = "memory",
     .letter = 'm',
     .type = CLI_SIZE,
     .offset = offsetof(struct options, memory),
     .metavar = "SIZE",
     .min = 1 << 20,
     .help = "working memory; more goes to disk (default 256M)"},
    {.name = "force",
     .letter = 'f',
     .type = CLI_FLAG,
     .offset = offsetof(struct options, force),
     .help = "write the sidecar even when it is up to date"},
    {.name = "set",
     .letter = 's',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, set),
     .metavar = "NAME",
     .help = "one sidecar NAME.rq for all FILEs and files in folders"},
    CLI_OPTION_END,
};

static void
print(struct cli *cli, const struct protect_report *r)
{
    const struct layout *l = &r->head.layout;
    uint64_t symbols = layout_source_symbols(l), repairs = layout_repair_symbols(l);
    char size[TERM_SIZE_TEXT], sidecar[TERM_SIZE_TEXT];
    struct json_out j;

    if (cli->json) {
        json_start(&j, cli->out, JSON_LINE);
        json_object(&j, NULL);
        manifest_members(&j, r);
        json_bool(&j, "up_to_date", r->unchanged);
        json_u64(&j, "blocks_kept", r->blocks_kept);
        json_u64(&j, "blocks_encoded", l->Z - r->blocks_kept);
        json_end(&j);
        return;
    }
    term_size(l->F, size);
    term_size(r->sidecar_size, sidecar);
    (void)fprintf(cli->out,
                  "%s: %s, %" PRIu64 " symbol%s of %" PRIu32 " in %" PRIu32
                  " block%s, %" PRIu64 " repair symbol%s; sidecar %s",
                  r->head.name, size, symbols, term_plural(symbols), l->T, l->Z,
                  term_plural(l->Z), repairs, term_plural(repairs), sidecar);
    if (r->unchanged)
        (void)fputs(", up to date", cli->out);
    else if (r->blocks_kept > 0)
        (void)fprintf(cli->out, ", %" PRIu32 " of %" PRIu32 " blocks unchanged",
                      r->blocks_kept, l->Z);
    (void)fputc('\n', cli->out);
}

static int
run(struct cli *cli, const void *given, struct error *err)
{
    const struct options *o = given;
    struct protect_options protect = {
        .memory = o->memory, .threads = (unsigned)cli->threads, .force = o->force};

    if (!redundancy_parse(&protect.redundancy, o->redundancy, err))
        return CLI_ERROR;
    if (o->set) {
        struct protect_report report;
        bool ok = protect_set(o->set, cli->operands, cli->operand_count, &protect,
                              &report, err);

        if (ok)
            print(cli, &report);
        head_clear(&report.head);
        return ok ? 0 : CLI_ERROR;
    }
    for (size_t i = 0; i < cli->operand_count; i++) {
        struct protect_report report;
        bool ok = protect_file(cli->operands[i], &protect, &report, err);

        if (ok)
            print(cli, &report);
        head_clear(&report.head);
        if (!ok)
            return CLI_ERROR;
    }
    return 0;
}

const struct cli_command protect_command = {
    .name = "protect",
    .operands = "FILE...",
    .summary = "write FILE.rq and its manifest; FILE stays as it is",
    .details =
        "The sidecar FILE.rq holds repair symbols and the digests of all symbols;\n"
        "the manifest FILE.raptorq.json describes it.  A sidecar that is up to date\n"
        "is left alone.  A set is verified, repaired and listed by its NAME.\n",
    .examples = "rq-encode protect model.bin\n"
                "rq-encode protect -r 20% *.safetensors\n"
                "rq-encode protect --set backup photos notes.txt\n",
    .options = options,
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .common = CLI_JSON | CLI_THREADS,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
