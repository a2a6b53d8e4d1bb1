#include "commands.h"
#include "common/json_out.h"
#include "common/term.h"
#include "container/restore.h"

#include <inttypes.h>

struct options {
    const char *sidecar;
    uint64_t memory;
    bool keep_damaged;
};

static const struct options defaults = {.memory = 256 << 20};

static const struct cli_option options[] = {
    {.name = "keep-damaged",
     .letter = 'k',
     .type = CLI_FLAG,
     .offset = offsetof(struct options, keep_damaged),
     .help = "keep the damaged file as FILE.damaged"},
    {.name = "sidecar",
     .letter = 's',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, sidecar),
     .metavar = "FILE",
     .help = "the sidecar, when it is not FILE.rq (one FILE only)"},
    {.name = "memory",
     .letter = 'm',
     .type = CLI_SIZE,
     .offset = offsetof(struct options, memory),
     .metavar = "SIZE",
     .min = 1 << 20,
     .help = "working memory; more goes to disk (default 256M)"},
    CLI_OPTION_END,
};

static void
print(struct cli *cli, const char *file, const struct restore_report *r)
{
    struct json_out j;

    if (cli->json) {
        json_start(&j, cli->out, JSON_LINE);
        json_object(&j, NULL);
        json_string(&j, "schema", "lockstep-repair/1");
        json_string(&j, "file", file);
        json_bool(&j, "file_repaired", r->file_repaired);
        json_bool(&j, "sidecar_healed", r->sidecar_healed);
        json_u64(&j, "recovered_symbols", r->recovered);
        json_u64(&j, "moved_symbols", r->moved);
        json_end(&j);
        return;
    }
    if (r->file_repaired)
        (void)fprintf(cli->out,
                      "%s: repaired: %" PRIu64 " symbol%s recovered, %" PRIu64 " moved\n",
                      file, r->recovered, term_plural(r->recovered), r->moved);
    if (r->sidecar_healed)
        (void)fprintf(cli->out, "%s: sidecar healed\n", file);
    if (!r->file_repaired && !r->sidecar_healed)
        (void)fprintf(cli->out, "%s: intact, nothing to do\n", file);
}

static int
run(struct cli *cli, const void *given, struct error *err)
{
    const struct options *o = given;
    const struct restore_options how = {.keep_damaged = o->keep_damaged,
                                        .memory = o->memory,
                                        .threads = (unsigned)cli->threads};

    if (o->sidecar && cli->operand_count > 1) {
        (void)error_set(err, ERR_USAGE, "--sidecar goes with one FILE only");
        return CLI_ERROR;
    }
    for (size_t i = 0; i < cli->operand_count; i++) {
        const char *file = cli->operands[i];
        struct restore_report report;
        struct checkup c;
        bool ok;

        if (!checkup_open(&c, file, &(struct checkup_options){o->sidecar, o->memory},
                          err))
            return CLI_ERROR;
        ok = restore(&c, file, o->sidecar, &how, &report, err);
        checkup_close(&c);
        if (!ok)
            return CLI_ERROR;
        print(cli, file, &report);
    }
    return 0;
}

const struct cli_command repair_command = {
    .name = "repair",
    .operands = "FILE...",
    .summary = "restore FILE from what is left of it and its sidecar",
    .details =
        "The repaired octets replace FILE at once, and only when their digest is\n"
        "that of the protected file; mode and times are kept.  A damaged sidecar is\n"
        "made whole again.  Exit status 1: too much is lost, nothing was changed.\n",
    .examples = "rq-encode repair model.bin\n"
                "rq-encode repair --keep-damaged model.bin\n",
    .options = options,
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .common = CLI_JSON | CLI_THREADS,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
