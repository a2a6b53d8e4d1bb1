/* run.c: execute the cases of fixture files and print one result line each. */
#include "cases/case.h"
#include "cases/packet.h"
#include "commands/commands.h"
#include "io/case_file.h"

static bool
answer(const struct case_item *item, const struct json_doc *doc, struct arena *a,
       struct diagnostics *diagnostics, struct fixture_value *out, struct error *err)
{
    const struct case_operation *operation = case_find(item->operation);
    struct case_call call = {a, doc, item->args, item->inputs, diagnostics};

    if (!operation)
        return error_set(err, ERR_UNSUPPORTED, "unknown operation '%s'", item->operation);
    return operation->run(&call, out, err);
}

/* One case of FrankenPandas'; answers in the shape of its own expectation. */
static void
run_packet(struct cli *cli, const struct case_file *f, const struct case_item *item)
{
    const struct packet_operation *operation = packet_find(item->operation);
    struct arena a = {0};
    struct packet_call call = {&a, f->doc, item->packet, item->expected};
    struct packet_value value = {0};
    struct error failure = {0};
    struct json_out j;
    bool ok = operation ? operation->run(&call, &value, &failure)
                        : error_set(&failure, ERR_UNSUPPORTED, "unknown operation '%s'",
                                    item->operation);

    record_result_begin(&j, cli->out, item->packet_id, item->case_id,
                        item->strict ? MODE_STRICT : MODE_HARDENED, ok);
    if (ok)
        packet_write(&j, &call, &value);
    else
        record_result_error(&j, &failure);
    record_result_end(&j, NULL);
    arena_clear(&a);
}

static void
run_mode(struct cli *cli, const struct case_file *f, const struct case_item *item,
         enum mode mode)
{
    struct diagnostics diagnostics;
    struct arena a = {0};
    struct fixture_value value = {0};
    struct error failure = {0};
    struct json_out j;

    diagnostics_init(&diagnostics, mode, cli->max_diagnostics);

    bool ok = answer(item, f->doc, &a, &diagnostics, &value, &failure);

    record_result_begin(&j, cli->out, item->packet_id, item->case_id, mode, ok);
    if (ok)
        fixture_write(&j, "value", &value);
    else
        record_result_error(&j, &failure);
    record_result_end(&j, &diagnostics);
    diagnostics_clear(&diagnostics);
    arena_clear(&a);
}

static bool
run_file(struct cli *cli, const char *path, struct error *err)
{
    struct case_file f;
    struct case_item item;
    bool more = true;
    bool ok = true;

    if (!case_file_open(&f, path, err))
        return false;
    while ((ok = case_file_next(&f, &item, &more, err)) && more) {
        if (item.packet) {
            run_packet(cli, &f, &item);
            continue;
        }
        if (item.strict && cli->mode != MODE_HARDENED)
            run_mode(cli, &f, &item, MODE_STRICT);
        if (item.hardened && cli->mode != MODE_STRICT)
            run_mode(cli, &f, &item, MODE_HARDENED);
    }
    case_file_close(&f);
    return ok || error_in(err, path);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    (void)options;
    for (size_t i = 0; i < cli->operand_count; i++)
        if (!run_file(cli, cli->operands[i], err))
            return CLI_ERROR;
    return 0;
}

const struct cli_command command_run = {
    .name = "run",
    .operands = "FILE...",
    .summary = "answer the cases of fixture files, one result line each",
    .details = "FILE holds cases in schema lockstep-cases/1 or fp-groupby-oracle/2, or\n"
               "is a FrankenPandas packet, which runs in its own mode.  Each other\n"
               "case is answered in strict and in hardened mode unless --mode says\n"
               "otherwise; lines follow schema lockstep-result/1.\n",
    .examples = "  fp-groupby run --mode strict tests/fixtures/FP-P2C-005/cases.json\n",
    .common = CLI_RUN | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
