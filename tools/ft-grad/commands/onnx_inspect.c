/*
 * onnx_inspect.c: `ft-grad onnx inspect`: what a model holds, before and after import.
 */
#include "commands/onnx.h"

#include "onnx/import.h"
#include "ops/onnx/operators.h"

#include "common/json_out.h"
#include "common/term.h"

#include <inttypes.h>
#include <string.h>

static void
shape_json(struct json_out *j, const struct program_leaf *leaf)
{
    if (leaf->dims < 0) {
        json_null(j, "shape");
        return;
    }
    json_array(j, "shape");
    for (int d = 0; d < leaf->dims; d++) {
        if (leaf->size[d] < 0)
            json_null(j, NULL);
        else
            json_i64(j, NULL, leaf->size[d]);
    }
    json_end(j);
}

static void
print_json(FILE *out, const struct onnx_model *m, const struct program *p)
{
    struct json_out j;

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-onnx-model/1");
    json_i64(&j, "opset", m->opset);
    json_array(&j, "leaves");
    for (size_t i = 0; i < p->leaf_count; i++) {
        json_object(&j, NULL);
        json_string(&j, "name", p->names[p->leaves[i].value]);
        json_string(&j, "what", p->leaves[i].octets ? "weight" : "input");
        json_string(&j, "dtype", tensor_type_name(p->leaves[i].type));
        shape_json(&j, &p->leaves[i]);
        json_end(&j);
    }
    json_end(&j);
    json_array(&j, "nodes");
    for (size_t i = 0; i < p->op_count; i++) {
        json_object(&j, NULL);
        json_string(&j, "node", p->ops[i].label);
        json_string(&j, "operator", p->ops[i].op->name);
        json_array(&j, "outputs");
        for (size_t k = 0; k < p->ops[i].out_count; k++)
            json_string(&j, NULL, p->names[p->ops[i].out[k]]);
        json_end(&j);
        json_end(&j);
    }
    json_end(&j);
    json_array(&j, "outputs");
    for (size_t i = 0; i < p->root_count; i++)
        json_string(&j, NULL, p->names[p->roots[i].value]);
    json_end(&j);
    json_end(&j);
}

static void
print_leaf(struct term_table *table, const struct program *p,
           const struct program_leaf *leaf)
{
    char shape[256] = "any";
    size_t used = 0;

    if (leaf->dims >= 0)
        shape[0] = 0;
    for (int d = 0; d < leaf->dims && used < sizeof(shape); d++) {
        if (leaf->size[d] < 0)
            used += (size_t)snprintf(shape + used, sizeof(shape) - used, "%s?",
                                     d > 0 ? "x" : "");
        else
            used += (size_t)snprintf(shape + used, sizeof(shape) - used, "%s%" PRId64,
                                     d > 0 ? "x" : "", leaf->size[d]);
    }
    term_cell(table, "%s", leaf->octets ? "weight" : "input");
    term_cell(table, "%s", p->names[leaf->value]);
    term_cell(table, "%s", tensor_type_name(leaf->type));
    term_cell(table, "%s", shape);
}

static void
print_text(FILE *out, const struct onnx_model *m, const struct program *p)
{
    struct term_table *table = term_table_new();

    term_column(table, "WHAT", TERM_LEFT);
    term_column(table, "NAME", TERM_LEFT);
    term_column(table, "DTYPE", TERM_LEFT);
    term_column(table, "SHAPE", TERM_LEFT);
    for (size_t i = 0; i < p->leaf_count; i++)
        print_leaf(table, p, &p->leaves[i]);
    for (size_t i = 0; i < p->op_count; i++) {
        bool grad =
            ((const struct onnx_operator *)(const void *)p->ops[i].op)->flags & ONNX_GRAD;

        term_cell(table, "%s", p->ops[i].op->name);
        term_cell(table, "%s", p->names[p->ops[i].out[0]]);
        term_cell(table, "%s", grad ? "backward" : "forward only");
        term_cell(table, "%s", "");
    }
    term_table_print(table, out);
    (void)fprintf(out, "opset %" PRId64 ", %zu leaves, %zu nodes, %zu outputs:", m->opset,
                  p->leaf_count, p->op_count, p->root_count);
    for (size_t i = 0; i < p->root_count; i++)
        (void)fprintf(out, " %s", p->names[p->roots[i].value]);
    (void)fprintf(out, "\n");
}

int
onnx_inspect(struct cli *cli, const struct onnx_options *o, struct error *err)
{
    struct onnx_model m = {0};
    struct program p = {0};
    bool ok =
        onnx_model_open(&m, cli->operands[1], err) &&
        (onnx_import(&p, &m, ONNX_WANTS_NONE, err) || error_in(err, cli->operands[1]));

    (void)o;
    if (ok && cli->json)
        print_json(cli->out, &m, &p);
    else if (ok)
        print_text(cli->out, &m, &p);
    program_clear(&p);
    onnx_model_close(&m);
    return ok ? 0 : CLI_ERROR;
}
