/*
 * onnx_check.c: `ft-grad onnx check`: backend tests, one folder or many.
 */
#include "commands/onnx.h"

#include "onnx/backend_test.h"

#include "common/json_out.h"
#include "common/term.h"

#include <string.h>

static const char *const outcomes[] = {"passed", "refused", "wrong"};

static const char *
last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

static void
write_json(struct json_out *j, const char *folder, const struct backend_result *r)
{
    json_object(j, NULL);
    json_string(j, "test", last_part(folder));
    json_string(j, "outcome", outcomes[r->outcome]);
    if (r->outcome == BACKEND_REFUSED) {
        json_string(j, "class", error_class_name(r->refusal.class));
        json_string(j, "message", r->refusal.message);
    } else if (r->outcome == BACKEND_WRONG) {
        json_string(j, "difference", r->difference);
    } else {
        json_u64(j, "outputs", r->outputs);
    }
    json_end(j);
}

static void
write_row(struct term_table *table, const char *folder, const struct backend_result *r)
{
    static const enum term_style styles[] = {TERM_GOOD, TERM_WARN, TERM_BAD};

    term_cell(table, "%s", last_part(folder));
    term_cell_style(table, styles[r->outcome], "%s", outcomes[r->outcome]);
    term_cell(table, "%s",
              r->outcome == BACKEND_REFUSED ? r->refusal.message
              : r->outcome == BACKEND_WRONG ? r->difference
                                            : "");
}

int
onnx_check(struct cli *cli, const struct onnx_options *o, struct error *err)
{
    const struct backend_tolerance tolerance = {o->relative, o->absolute};
    struct term_table *table = cli->json ? NULL : term_table_new();
    struct backend_result result = {0};
    struct json_out j;
    size_t count[3] = {0};
    bool ok = true;

    if (table) {
        term_column(table, "TEST", TERM_LEFT);
        term_column(table, "OUTCOME", TERM_LEFT);
        term_column(table, "WHY", TERM_LEFT);
    } else {
        json_start(&j, cli->out, JSON_PRETTY);
        json_object(&j, NULL);
        json_string(&j, "schema", "ft-grad-onnx-check/1");
        json_array(&j, "tests");
    }
    for (size_t i = 1; i < cli->operand_count && ok; i++) {
        const char *folder = cli->operands[i];

        ok = backend_test(folder, &tolerance, &result, err);
        if (!ok)
            break;
        count[result.outcome]++;
        if (!table)
            write_json(&j, folder, &result);
        else if (!o->quiet || result.outcome != BACKEND_PASSED)
            write_row(table, folder, &result);
    }
    if (!table) {
        json_end(&j);
        for (int k = 0; k < 3; k++)
            json_u64(&j, outcomes[k], count[k]);
        json_end(&j);
    }
    if (table) {
        term_table_print(table, cli->out);
        (void)fprintf(cli->out, "%zu passed, %zu refused, %zu wrong\n", count[0],
                      count[1], count[2]);
    }
    if (!ok)
        return CLI_ERROR;
    if (count[BACKEND_WRONG] > 0)
        return 1;
    if (count[BACKEND_REFUSED] == 1 && cli->operand_count == 2) {
        *err = result.refusal;
        return CLI_ERROR;
    }
    return 0;
}
