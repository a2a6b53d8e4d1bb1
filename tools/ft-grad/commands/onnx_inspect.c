/*
 * onnx_inspect.c: `ft-grad onnx inspect`: what a model holds, before and after import.
 */
#include "commands/onnx.h"

#include "onnx/import.h"
#include "ops/onnx/operators.h"

#include "common/buf.h"
#include "common/json_out.h"
#include "common/term.h"

#include <inttypes.h>

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

/* "1x3x?", "scalar" or "any". */
static void
shape_cell(struct buf *text, const struct program_leaf *leaf)
{
    if (leaf->dims <= 0)
        buf_printf(text, "%s", leaf->dims < 0 ? "any" : "scalar");
    for (int d = 0; d < leaf->dims; d++) {
        buf_printf(text, "%s", d > 0 ? "x" : "");
        if (leaf->size[d] < 0)
            buf_printf(text, "?");
        else
            buf_printf(text, "%" PRId64, leaf->size[d]);
    }
}

/* Inputs, then weights. */
static void
print_leaves(FILE *out, const struct program *p)
{
    struct term_table *table = term_table_new();

    term_column(table, "WHAT", TERM_LEFT);
    term_column(table, "NAME", TERM_LEFT);
    term_column(table, "DTYPE", TERM_LEFT);
    term_column(table, "SHAPE", TERM_LEFT);
    for (int weights = 0; weights < 2; weights++) {
        for (size_t i = 0; i < p->leaf_count; i++) {
            const struct program_leaf *leaf = &p->leaves[i];
            struct buf shape = {0};

            if ((leaf->octets != NULL) != (weights == 1))
                continue;
            shape_cell(&shape, leaf);
            term_cell(table, "%s", weights ? "weight" : "input");
            term_cell(table, "%s", p->names[leaf->value]);
            term_cell(table, "%s", tensor_type_name(leaf->type));
            term_cell(table, "%s", buf_string(&shape));
            buf_clear(&shape);
        }
    }
    term_table_print(table, out);
}

/* axis=1 pads=0,0,1,1 */
static void
attributes_cell(struct buf *text, const struct program_op *op)
{
    for (size_t i = 0; i < op->attr_count; i++) {
        const struct op_attr *a = &op->attrs[i];

        buf_printf(text, "%s%s=%s", i > 0 ? " " : "", a->name, a->text ? a->text : "");
        for (size_t k = 0; !a->text && k < a->count; k++) {
            buf_printf(text, "%s", k > 0 ? "," : "");
            if (a->is_integer)
                buf_printf(text, "%" PRId64, a->ints[k]);
            else
                buf_printf(text, "%g", a->reals[k]);
        }
    }
}

static void
names_cell(struct buf *text, const struct program *p, const uint32_t *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(text, "%s%s", i > 0 ? " " : "",
                   values[i] == UINT32_MAX ? "-" : p->names[values[i]]);
}

static void
print_nodes(FILE *out, const struct program *p)
{
    struct term_table *table = term_table_new();

    term_column(table, "OPERATOR", TERM_LEFT);
    term_column(table, "OUTPUTS", TERM_LEFT);
    term_column(table, "INPUTS", TERM_LEFT);
    term_column(table, "ATTRIBUTES", TERM_LEFT);
    term_column(table, "BACKWARD", TERM_LEFT);
    for (size_t i = 0; i < p->op_count; i++) {
        const struct program_op *op = &p->ops[i];
        const struct onnx_operator *o =
            (const struct onnx_operator *)(const void *)op->op;
        struct buf text[3] = {{0}};

        names_cell(&text[0], p, op->out, op->out_count);
        names_cell(&text[1], p, op->in, op->in_count);
        attributes_cell(&text[2], op);
        term_cell(table, "%s", o->name);
        for (int k = 0; k < 3; k++) {
            term_cell(table, "%s", buf_string(&text[k]));
            buf_clear(&text[k]);
        }
        term_cell(table, "%s", o->flags & ONNX_GRAD ? "yes" : "no");
    }
    term_table_print(table, out);
}

static void
print_text(FILE *out, const struct onnx_model *m, const struct program *p)
{
    print_leaves(out, p);
    (void)fprintf(out, "\n");
    print_nodes(out, p);
    (void)fprintf(out,
                  "\nopset %" PRId64 ", %zu leaves, %zu nodes, %zu outputs:", m->opset,
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
