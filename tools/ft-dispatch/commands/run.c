/* run.c: answer the cases of fixture files, one result line each. */
#include "cases/case_file.h"
#include "commands/commands.h"
#include "common/record.h"
#include "profiles/frankentorch.h"

static void
write_decision(struct json_out *j, const struct franken_decision *d)
{
    json_object(j, "value");
    json_f64(j, "output", d->output);
    json_string(j, "selected_key", franken_key_name(d->selected));
    json_string(j, "backend_key", franken_key_name(d->backend));
    json_string(j, "kernel", d->kernel);
    json_bool(j, "fallback", d->fallback_used);
    json_end(j);
}

static void
run_franken(struct cli *cli, const struct case_file *f, const struct case_item *item,
            enum mode mode)
{
    struct diagnostics diagnostics;
    struct franken_decision decision;
    struct error failure = {0};
    struct json_out j;

    diagnostics_init(&diagnostics, mode, cli->max_diagnostics);

    bool ok = franken_case(f->doc, item->node, &diagnostics, &decision, &failure);

    record_result_begin(&j, cli->out, item->packet_id, item->case_id, mode, ok);
    if (ok)
        write_decision(&j, &decision);
    else
        record_result_error(&j, &failure);
    record_result_end(&j, &diagnostics);
    diagnostics_clear(&diagnostics);
}

static void
run_mode(struct cli *cli, const struct case_file *f, const struct case_item *item,
         enum mode mode)
{
    struct diagnostics diagnostics;
    struct error failure = {0};
    struct answer answer;
    struct json_out j;

    diagnostics_init(&diagnostics, mode, cli->max_diagnostics);

    bool ok = answer_prepare(&answer, &f->context, item->kind, item->case_id, item->input,
                             item->expect, &failure);

    record_result_begin(&j, cli->out, item->packet_id, item->case_id, mode, ok);
    if (ok)
        answer_write(&answer, &j, "value");
    else
        record_result_error(&j, &failure);
    record_result_end(&j, &diagnostics);
    diagnostics_clear(&diagnostics);
    answer_clear(&answer);
}

static bool
run_file(struct cli *cli, const char *path, struct error *err)
{
    struct case_file f;
    struct case_item item;
    void (*answer)(struct cli *, const struct case_file *, const struct case_item *,
                   enum mode);
    bool more = true;
    bool ok = true;

    if (!case_file_open(&f, path, err))
        return false;
    answer = f.schema == SCHEMA_FRANKENTORCH ? run_franken : run_mode;
    while ((ok = case_file_next(&f, &item, &more, err)) && more) {
        if (item.strict && cli->mode != MODE_HARDENED)
            answer(cli, &f, &item, MODE_STRICT);
        if (item.hardened && cli->mode != MODE_STRICT)
            answer(cli, &f, &item, MODE_HARDENED);
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
    .details =
        "FILE holds cases in schema lockstep-cases/1 or ft-dispatch-cases/1, or is\n"
        "FrankenTorch's dispatch_key_cases.json.  Each case is answered in strict and\n"
        "in hardened mode unless --mode says otherwise; lines follow schema\n"
        "lockstep-result/1.\n",
    .examples = "  ft-dispatch run --mode strict tests/fixtures/FT-P2C-002/cases.json\n",
    .common = CLI_RUN | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
