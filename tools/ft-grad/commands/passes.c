/*
 * passes.c: Volta's passes over a program, each with its fingerprint.
 */
#include "commands/commands.h"

#include "engine/passes/passes.h"
#include "engine/program/weights.h"

#include "common/json_out.h"
#include "common/term.h"

#include <inttypes.h>

struct passes_options {
    const char *weights;
};

static void
print_text(FILE *out, const struct pass_report *reports, const char *digest)
{
    struct term_table *table = term_table_new();

    term_column(table, "PASS", TERM_LEFT);
    term_column(table, "REWRITES", TERM_RIGHT);
    term_column(table, "OPERATORS", TERM_RIGHT);
    term_column(table, "LEAVES", TERM_RIGHT);
    term_column(table, "FINGERPRINT", TERM_LEFT);
    term_column(table, "RESULTS", TERM_LEFT);
    for (size_t i = 0; i <= PASSES; i++) {
        term_cell(table, "%s", reports[i].name);
        term_cell(table, "%zu", reports[i].changes);
        term_cell(table, "%zu", reports[i].ops);
        term_cell(table, "%zu", reports[i].leaves);
        term_cell(table, "%016" PRIx64, reports[i].fingerprint);
        term_cell(table, "%s",
                  reports[i].taken_back ? "would change: taken back" : "the same bits");
    }
    term_table_print(table, out);
    (void)fprintf(out, "results and gradients: %s\n", digest);
}

static void
print_json(FILE *out, const struct pass_report *reports, const char *digest)
{
    struct json_out j;

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-passes/1");
    json_string(&j, "results", digest);
    json_array(&j, "passes");
    for (size_t i = 0; i <= PASSES; i++) {
        json_object(&j, NULL);
        json_string(&j, "name", reports[i].name);
        json_u64(&j, "rewrites", reports[i].changes);
        json_u64(&j, "operators", reports[i].ops);
        json_u64(&j, "leaves", reports[i].leaves);
        json_stringf(&j, "fingerprint", "%016" PRIx64, reports[i].fingerprint);
        json_bool(&j, "taken_back", reports[i].taken_back);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct passes_options *o = options;
    struct pass_report reports[PASSES + 1];
    char digest[DIGEST_HEX_SIZE];
    struct program p = {0};
    struct weights weights = {0};
    bool ok = program_open(&p, cli->operands[0], err) &&
              (!o->weights || (weights_open(&weights, o->weights, err) &&
                               weights_bind(&weights, &p, err)));

    if (ok)
        ok = passes_run(&p, reports, digest, err) || error_in(err, cli->operands[0]);
    if (ok && cli->json)
        print_json(cli->out, reports, digest);
    else if (ok)
        print_text(cli->out, reports, digest);
    weights_close(&weights);
    program_clear(&p);
    return ok ? 0 : CLI_ERROR;
}

static const struct cli_option passes_options[] = {
    {.name = "weights",
     .type = CLI_TEXT,
     .offset = offsetof(struct passes_options, weights),
     .metavar = "FILE",
     .help = "data of leaves (safetensors)"},
    CLI_OPTION_END,
};

const struct cli_command command_passes = {
    .name = "passes",
    .operands = "PROGRAM",
    .summary = "rewrite a program in seven passes, results unchanged to the bit",
    .details =
        "After each pass the program is verified, fingerprinted and run again; a pass\n"
        "that would change a result or gradient is taken back.",
    .examples = "  ft-grad passes program.json\n",
    .options = passes_options,
    .options_size = sizeof(struct passes_options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
