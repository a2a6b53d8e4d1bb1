/*
 * run.c: cases in, one result line a case and mode out.
 *
 * Three layouts are recognised: lockstep-cases/1 (operation is the kind), ft-grad-cases/1
 * (each case says its kind) and FrankenTorch's fixtures (by their members).
 */
#include "commands/commands.h"

#include "engine/cases/cases.h"

#include "common/buf.h"
#include "common/record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct run_options {
    int torch; /* 0: as the file says, else version + 1 */
    bool graph;
    int matmul;
};

struct runner {
    struct cli *cli;
    const struct run_options *options;
    struct json_doc *doc;
    const char *packet; /* of the file, or NULL: by kind */
    enum torch_version version;
};

static enum torch_version
version_of(const struct run_options *options, const char *text)
{
    if (options->torch > 0)
        return options->torch == 1 ? TORCH_1_13 : TORCH_2_6;
    return text && strncmp(text, "1.", 2) == 0 ? TORCH_1_13 : TORCH_2_6;
}

static const char *
text_of(const struct json *node)
{
    return node && json_type(node) == JSON_STRING ? json_text(node) : NULL;
}

static bool
is_scheduling(const char *kind)
{
    return strstr(kind, "schedule") != NULL || strcmp(kind, "reentrant") == 0;
}

/* Run into memory first, so that a failing case leaves no half of a value. */
static void
answer(const struct runner *r, const char *id, const char *kind, const struct json *node,
       enum mode mode)
{
    const char *packet = r->packet             ? r->packet
                         : is_scheduling(kind) ? "FT-P2C-004"
                                               : "VT-P2C-001";
    case_runner *run = case_find(kind);
    struct diagnostics diagnostics;
    struct error err = {0};
    struct json_out inner, line;
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    struct case_io c = {.doc = r->doc,
                        .node = node,
                        .id = id,
                        .j = &inner,
                        .version = r->version,
                        .blas = r->options->matmul == 1,
                        .with_graph = r->options->graph,
                        .with_telemetry = !r->packet,
                        .diagnostics = &diagnostics,
                        .err = &err};
    bool ok = false;

    diagnostics_init(&diagnostics, mode, (size_t)r->cli->max_diagnostics);
    if (json_get(node, "floats"))
        c.decimal = true;
    if (!memory) {
        (void)error_errno(&err, "no memory for the answer");
    } else {
        json_start(&inner, memory, JSON_LINE);
        json_object(&inner, NULL);
        if (run)
            ok = run(&c);
        else
            (void)error_set(&err, ERR_UNSUPPORTED, "unknown kind of case '%s'", kind);
        if (ok)
            json_end(&inner);
        (void)fclose(memory);
    }
    record_result_begin(&line, r->cli->out, packet, id, mode, ok);
    if (ok) /* {"value":V}\n */
        json_raw(&line, "value", text + 9, size - 11);
    else
        record_result_error(&line, &err);
    record_result_end(&line, &diagnostics);
    diagnostics_clear(&diagnostics);
    free(text);
}

static void
answer_modes(const struct runner *r, const char *id, const char *kind,
             const struct json *node, const bool modes[static 2])
{
    enum mode wanted = r->cli->mode;

    if (modes[0] && wanted != MODE_HARDENED)
        answer(r, id, kind, node, MODE_STRICT);
    if (modes[1] && wanted != MODE_STRICT)
        answer(r, id, kind, node, MODE_HARDENED);
}

static bool
run_lockstep(struct runner *r, struct error *err)
{
    struct record_cases cases;
    struct record_case c;
    bool more = true;

    if (!record_cases_begin(&cases, r->doc, err))
        return false;
    r->packet = cases.packet_id;
    while (record_cases_next(&cases, &c, &more, err) && more) {
        const struct json *torch = c.args ? json_get(c.args, "torch") : NULL;

        if (!c.inputs)
            return json_fail(r->doc, c.node, err, ERR_MALFORMED,
                             "the case has no \"in\"");
        r->version = version_of(r->options, text_of(torch));
        answer_modes(r, c.case_id, c.operation, c.inputs,
                     (const bool[]){c.strict, c.hardened});
    }
    return err->class == ERR_NONE;
}

/* A case that says its kind; alone in a file, or one of a list. */
static bool
run_single(struct runner *r, const struct json *c, struct error *err)
{
    const char *id = NULL, *kind = NULL;

    if (!json_want_string(r->doc, c, "id", &id, err) ||
        !json_want_string(r->doc, c, "kind", &kind, err))
        return false;
    answer_modes(r, id, kind, c, (const bool[]){true, true});
    return true;
}

static bool
run_recorded(struct runner *r, const struct json *cases, struct error *err)
{
    if (json_type(cases) != JSON_ARRAY)
        return json_fail(r->doc, cases, err, ERR_MALFORMED, "cases must be a list");
    for (const struct json *c = json_first(cases); c; c = json_next(c)) {
        if (!run_single(r, c, err))
            return false;
    }
    return true;
}

/* Which of FrankenTorch's fixtures a case is from; NULL: none of autograd's. */
static const char *
seed_kind(const struct json *c)
{
    if (json_get(c, "x") && json_get(c, "y"))
        return "autograd_scheduler";
    if (json_get(c, "lhs") && json_get(c, "rhs") && !json_get(c, "strict") &&
        !json_get(c, "keyset"))
        return "scalar_autograd";
    return NULL;
}

static bool
run_seed(struct runner *r, const struct json *cases, struct error *err)
{
    for (const struct json *c = json_first(cases); c; c = json_next(c)) {
        const char *name = NULL, *kind = seed_kind(c);

        if (!json_want_string(r->doc, c, "name", &name, err))
            return false;
        if (!kind)
            return json_fail(r->doc, c, err, ERR_UNSUPPORTED,
                             "neither a case of autograd_scheduler_cases nor of "
                             "scalar_autograd_cases (those of dispatch_key_cases are for "
                             "ft-dispatch run)");
        answer_modes(r, name, kind, c, (const bool[]){true, true});
    }
    return true;
}

static bool
run_file(struct runner *r, const char *path, struct error *err)
{
    const struct json *root, *cases;
    const char *schema = NULL, *torch;
    bool ok;

    if (!json_open(&r->doc, path, NULL, err))
        return false;
    root = json_root(r->doc);
    cases = json_get(root, "cases");
    torch = text_of(json_get(root, "torch_version"));
    r->packet = NULL;
    r->version = version_of(r->options, torch);
    ok = json_opt_string(r->doc, root, "schema", &schema, err);
    if (!ok) {
        ;
    } else if (schema && strcmp(schema, RECORD_CASES_SCHEMA) == 0) {
        ok = run_lockstep(r, err);
    } else if (schema && strcmp(schema, "ft-grad-cases/1") == 0) {
        ok = (cases && run_recorded(r, cases, err)) ||
             (!cases && json_fail(r->doc, root, err, ERR_MALFORMED, "no cases"));
    } else if (!schema && json_get(root, "kind") && json_get(root, "id")) {
        ok = run_single(r, root, err);
    } else if (!schema && cases && json_type(cases) == JSON_ARRAY) {
        ok = run_seed(r, cases, err);
    } else {
        ok = json_fail(r->doc, root, err, ERR_VERSION,
                       "not a file of cases (lockstep-cases/1, ft-grad-cases/1 or "
                       "FrankenTorch's)");
    }
    json_free(r->doc);
    r->doc = NULL;
    return ok || error_in(err, path);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct runner r = {.cli = cli, .options = options};

    for (size_t i = 0; i < cli->operand_count; i++) {
        if (!run_file(&r, cli->operands[i], err))
            return CLI_ERROR;
    }
    return 0;
}

static const char *const versions[] = {"file", "1.13", "2.6", NULL};

static const struct cli_option run_options[] = {
    {.name = "torch",
     .type = CLI_CHOICE,
     .offset = offsetof(struct run_options, torch),
     .metavar = "VERSION",
     .help = "behave as torch 1.13 or 2.6 (default: as the file says)",
     .choices = versions},
    {.name = "graph",
     .type = CLI_FLAG,
     .offset = offsetof(struct run_options, graph),
     .help = "add the backward graph to the results of programs"},
    MATMUL_OPTION(struct run_options, matmul),
    CLI_OPTION_END,
};

const struct cli_command command_run = {
    .name = "run",
    .operands = "FILE...",
    .summary = "run recorded cases, one result line a case and mode",
    .examples = "  ft-grad run tests/fixtures/FT-P2C-004/cases.json\n",
    .options = run_options,
    .options_size = sizeof(struct run_options),
    .common = CLI_RUN | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
