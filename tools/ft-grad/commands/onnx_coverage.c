/*
 * onnx_coverage.c: `ft-grad onnx coverage`: the table that the importer uses, to read.
 */
#include "commands/onnx.h"

#include "ops/onnx/operators.h"

#include "common/json_out.h"
#include "common/term.h"

#include <stdio.h>
#include <string.h>

/* "T: float32, float64; T; U: int64 (optional)" of the inputs or of the outputs. */
static void
describe(const struct onnx_operator *op, bool outputs, char *out, size_t room)
{
    struct onnx_slot slot = {0};
    const char *at = NULL;
    size_t used = 0;
    bool first = true;
    bool named[26] = {false};

    out[0] = 0;
    for (int half = 0; half <= (int)outputs; half++) {
        while (onnx_next_slot(op, &at, &slot)) {
            bool again = named[slot.letter - 'A'];
            char set[ONNX_SET_TEXT] = "";

            named[slot.letter - 'A'] = true;
            if (half != (int)outputs || used >= room)
                continue;
            if (!again)
                (void)onnx_set_text(slot.set, slot.set_size, set);
            used +=
                (size_t)snprintf(out + used, room - used, "%s%c%s%s%s", first ? "" : "; ",
                                 slot.letter, again ? "" : " ", set,
                                 slot.optional   ? " (optional)"
                                 : slot.variadic ? " (any number)"
                                                 : "");
            first = false;
        }
    }
}

static void
print_json(FILE *out, const char *only)
{
    struct json_out j;
    char text[512];

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-onnx-coverage/1");
    json_array(&j, "operators");
    for (size_t i = 0; i < onnx_operators_count; i++) {
        const struct onnx_operator *op = &onnx_operators[i];

        if (only && strcmp(only, op->name) != 0)
            continue;
        json_object(&j, NULL);
        json_string(&j, "operator", op->name);
        json_i64(&j, "opset_since", op->since);
        json_i64(&j, "opset_until", op->until);
        describe(op, false, text, sizeof(text));
        json_string(&j, "inputs", text);
        describe(op, true, text, sizeof(text));
        json_string(&j, "outputs", text);
        json_string(&j, "attributes", op->base.attrs);
        json_bool(&j, "backward", (op->flags & ONNX_GRAD) != 0);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

static void
print_markdown(FILE *out)
{
    char in[512], result[512];

    (void)fprintf(
        out,
        "# ONNX coverage\n\n"
        "Written by `ft-grad onnx coverage --markdown` from the table that the importer\n"
        "uses; a test compares the two.  What is not here is refused by name.\n\n"
        "Attributes are `name:kind=default{all supported values}`; kinds: i integer, f "
        "float,\ns string, I integers, F floats, S strings; `?`: may be left out.  A "
        "letter "
        "stands for\none type throughout an operator.  Backward: the operator has a "
        "derivative here.\n\n"
        "| operator | opset | inputs | outputs | attributes | backward |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| Constant | 1-%d | | any supported type | value, value_float, value_floats, "
        "value_int, value_ints | |\n",
        (int)ONNX_OPSET_MAX);
    for (size_t i = 0; i < onnx_operators_count; i++) {
        const struct onnx_operator *op = &onnx_operators[i];

        describe(op, false, in, sizeof(in));
        describe(op, true, result, sizeof(result));
        (void)fprintf(out, "| %s | %d-%d | %s | %s | %s%s%s | %s |\n", op->name,
                      op->since, op->until, in, result, op->base.attrs[0] ? "`" : "",
                      op->base.attrs, op->base.attrs[0] ? "`" : "",
                      op->flags & ONNX_GRAD ? "yes" : "no");
    }
}

int
onnx_coverage(struct cli *cli, const struct onnx_options *o, struct error *err)
{
    const char *only = cli->operand_count > 1 ? cli->operands[1] : NULL;
    struct term_table *table;
    char text[512];
    bool any = !only;

    for (size_t i = 0; i < onnx_operators_count; i++)
        any = any || strcmp(only, onnx_operators[i].name) == 0;
    if (!any) {
        (void)error_set(err, ERR_UNSUPPORTED, "unsupported operator '%s'", only);
        return CLI_ERROR;
    }
    if (o->markdown) {
        print_markdown(cli->out);
        return 0;
    }
    if (cli->json) {
        print_json(cli->out, only);
        return 0;
    }
    table = term_table_new();
    term_column(table, "OPERATOR", TERM_LEFT);
    term_column(table, "OPSET", TERM_LEFT);
    term_column(table, "BACKWARD", TERM_LEFT);
    term_column(table, "INPUTS", TERM_LEFT);
    term_column(table, "ATTRIBUTES", TERM_LEFT);
    for (size_t i = 0; i < onnx_operators_count; i++) {
        const struct onnx_operator *op = &onnx_operators[i];

        if (only && strcmp(only, op->name) != 0)
            continue;
        describe(op, false, text, sizeof(text));
        term_cell(table, "%s", op->name);
        term_cell(table, "%d-%d", op->since, op->until);
        term_cell(table, "%s", op->flags & ONNX_GRAD ? "yes" : "no");
        term_cell(table, "%s", text);
        term_cell(table, "%s", op->base.attrs);
    }
    term_table_print(table, cli->out);
    return 0;
}
