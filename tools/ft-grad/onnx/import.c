/*
 * import.c: see import.h.
 */
#include "onnx/import.h"

#include "onnx/attribute.h"

#include "onnx.pb-c.h"

#include "ops/onnx/operators.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_MAX = 160 };

struct import {
    struct program *p;
    struct onnx_model *m;
    struct tape tape; /* for checks of calls */
    enum onnx_wants wants;
    enum tensor_type *type; /* of each value; arena */
    uint32_t capacity;      /* of type */
    const Onnx__NodeProto *node;
    const struct onnx_operator *op;
    char label[LABEL_MAX];
    struct error *err;
};

static bool
new_value(struct import *im, const char *name, enum tensor_type type, uint32_t *out)
{
    if (program_value(im->p, name) != UINT32_MAX) {
        (void)error_set(im->err, ERR_MALFORMED, "two values named '%.200s'", name);
        return error_subclass(im->err, "duplicate_name");
    }
    *out = program_add_value(im->p, name);
    im->type[*out] = type;
    return true;
}

static bool
is_float(enum tensor_type type)
{
    return type == TENSOR_F32 || type == TENSOR_F64;
}

/* A leaf from a tensor; name NULL: its own. */
static bool
add_weight(struct import *im, const Onnx__TensorProto *proto, const char *name,
           uint32_t *value)
{
    struct program_leaf *leaf = &im->p->leaves[im->p->leaf_count];
    struct onnx_tensor x;

    if (!onnx_tensor_read(&x, im->m, &im->m->arena, proto, im->err) ||
        !new_value(im, name ? name : x.name, x.type, value))
        return false;
    leaf->value = *value;
    leaf->type = x.type;
    leaf->dims = x.dims;
    memcpy(leaf->size, x.size, sizeof(x.size));
    leaf->octets = x.data ? x.data : (const void *)"";
    leaf->requires_grad = is_float(x.type) && im->wants >= ONNX_WANTS_WEIGHTS && !name;
    im->p->leaf_count++;
    return true;
}

static bool
add_input(struct import *im, const Onnx__ValueInfoProto *info)
{
    struct program_leaf *leaf = &im->p->leaves[im->p->leaf_count];
    const Onnx__TypeProto__Tensor *type;
    const char *name = info->name ? info->name : "";

    if (!info->type || info->type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
        return error_set(im->err, ERR_UNSUPPORTED,
                         "input '%.200s' is no tensor (supported: tensors)", name);
    type = info->type->tensor_type;
    leaf->type = onnx_type_of(type->has_elem_type ? type->elem_type : 0);
    if (leaf->type == TENSOR_TYPES)
        return error_set(im->err, ERR_UNSUPPORTED,
                         "input '%.200s' is of %s (supported: floats, integers and bool)",
                         name, onnx_type_name(type->has_elem_type ? type->elem_type : 0));
    leaf->dims = type->shape ? (int)(type->shape->n_dim & INT32_MAX) : -1;
    if (leaf->dims > TENSOR_DIMS_MAX)
        return error_set(im->err, ERR_LIMIT, "input '%.200s' has %d dimensions", name,
                         leaf->dims);
    for (int d = 0; d < leaf->dims; d++) {
        const Onnx__TensorShapeProto__Dimension *dim = type->shape->dim[d];
        bool known =
            dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;

        leaf->size[d] = known ? dim->dim_value : -1;
        if (known && dim->dim_value < 0)
            return error_set(im->err, ERR_MALFORMED, "input '%.200s' has size %" PRId64,
                             name, dim->dim_value);
    }
    leaf->input = true;
    leaf->requires_grad = is_float(leaf->type) &&
                          (im->wants == ONNX_WANTS_INPUTS || im->wants == ONNX_WANTS_ALL);
    if (!new_value(im, name, leaf->type, &leaf->value))
        return false;
    im->p->leaf_count++;
    return true;
}

/* Weights first, so that an input of the same name is known to have its value. */
static bool
add_leaves(struct import *im)
{
    const Onnx__GraphProto *g = im->m->proto->graph;
    uint32_t value, weights;

    if (g->n_sparse_initializer > 0)
        return error_set(im->err, ERR_UNSUPPORTED, "a sparse initializer");
    if (g->n_quantization_annotation > 0)
        return error_set(im->err, ERR_UNSUPPORTED, "an annotation of quantisation");
    for (size_t i = 0; i < g->n_initializer; i++) {
        if (!g->initializer[i]->name || !g->initializer[i]->name[0])
            return error_set(im->err, ERR_MALFORMED, "initializer %zu has no name", i);
        if (!add_weight(im, g->initializer[i], NULL, &value))
            return false;
    }
    weights = im->p->values;
    for (size_t i = 0; i < g->n_input; i++) {
        const char *name = g->input[i]->name ? g->input[i]->name : "";

        if (!name[0])
            return error_set(im->err, ERR_MALFORMED, "input %zu has no name", i);
        if (program_value(im->p, name) < weights)
            continue;
        if (!add_input(im, g->input[i]))
            return false;
    }
    return true;
}

/* Constant's numbers without a tensor. */
static bool
plain_constant(struct import *im, const Onnx__AttributeProto *a, uint32_t *value)
{
    struct program_leaf *leaf = &im->p->leaves[im->p->leaf_count];
    int64_t *one = arena_alloc(&im->p->arena, sizeof(*one));
    float *real = arena_alloc(&im->p->arena, sizeof(*real));

    *one = a->i;
    *real = a->f;
    if (strcmp(a->name, "value_int") == 0) {
        leaf->type = TENSOR_I64;
        leaf->octets = (const uint8_t *)one;
    } else if (strcmp(a->name, "value_float") == 0) {
        leaf->type = TENSOR_F32;
        leaf->octets = (const uint8_t *)real;
    } else if (strcmp(a->name, "value_ints") == 0) {
        leaf->type = TENSOR_I64;
        leaf->dims = 1;
        leaf->size[0] = (int64_t)a->n_ints;
        leaf->octets = a->n_ints > 0 ? (const uint8_t *)a->ints : (const uint8_t *)"";
    } else if (strcmp(a->name, "value_floats") == 0) {
        leaf->type = TENSOR_F32;
        leaf->dims = 1;
        leaf->size[0] = (int64_t)a->n_floats;
        leaf->octets = a->n_floats > 0 ? (const uint8_t *)a->floats : (const uint8_t *)"";
    } else {
        return error_set(
            im->err, ERR_UNSUPPORTED,
            "%s: attribute '%.60s' (supported: value, value_int, value_ints, "
            "value_float, value_floats)",
            im->label, a->name);
    }
    if (!new_value(im, im->node->output[0], leaf->type, value))
        return false;
    leaf->value = *value;
    im->p->leaf_count++;
    return true;
}

static bool
add_constant(struct import *im)
{
    const Onnx__NodeProto *n = im->node;
    const Onnx__AttributeProto *a = n->n_attribute == 1 ? n->attribute[0] : NULL;
    static const struct {
        const char *name;
        int type, since;
    } known[] = {{"value", 4, 1},
                 {"value_float", 1, 12},
                 {"value_int", 2, 12},
                 {"value_floats", 6, 12},
                 {"value_ints", 7, 12}};
    uint32_t value;

    if (!a || !a->name || n->n_output != 1 || !n->output[0][0] || n->n_input > 0)
        return error_set(im->err, ERR_MALFORMED,
                         "%s: one attribute, one output and no input are wanted",
                         im->label);
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strcmp(a->name, known[i].name) == 0 &&
            ((int)a->type != known[i].type || im->m->opset < known[i].since))
            return error_set(im->err, ERR_MALFORMED,
                             "%s: attribute '%s' of another type, or "
                             "of a later opset",
                             im->label, a->name);
    }
    if (strcmp(a->name, "value") == 0)
        return a->t ? add_weight(im, a->t, n->output[0], &value)
                    : error_set(im->err, ERR_MALFORMED, "%s: no value", im->label);
    return plain_constant(im, a, &value);
}

/* ConstantOfShape's value, a float32 zero when it is left out, as a second input. */
static bool
add_fill(struct import *im, const Onnx__AttributeProto *a, uint32_t *value)
{
    static const int64_t one[] = {1};
    char name[64];
    size_t k = 0;
    struct program_leaf *leaf;

    do
        (void)snprintf(name, sizeof(name), "fill:%zu", k++);
    while (program_value(im->p, name) != UINT32_MAX);
    if (a && (!a->t || !a->has_type || (int)a->type != 4))
        return error_set(im->err, ERR_MALFORMED, "%s: attribute 'value' is no tensor",
                         im->label);
    if (a)
        return add_weight(im, a->t, name, value);
    leaf = &im->p->leaves[im->p->leaf_count];
    leaf->type = TENSOR_F32;
    leaf->dims = 1;
    leaf->size[0] = one[0];
    leaf->octets = arena_alloc(&im->p->arena, sizeof(float));
    if (!new_value(im, name, TENSOR_F32, value))
        return false;
    leaf->value = *value;
    im->p->leaf_count++;
    return true;
}

/* The line of the table for the node, or what there is instead. */
static bool
find_operator(struct import *im)
{
    const char *name = im->node->op_type ? im->node->op_type : "";
    const char *domain = im->node->domain ? im->node->domain : "";
    int first = 0, last = 0;

    if (domain[0] && strcmp(domain, "ai.onnx") != 0)
        return error_set(im->err, ERR_UNSUPPORTED,
                         "%s: domain '%.60s' (supported: ai.onnx)", im->label, domain);
    im->op = onnx_operator_at(name, im->m->opset);
    if (im->op)
        return true;
    for (size_t i = 0; i < onnx_operators_count; i++) {
        if (strcmp(onnx_operators[i].name, name) != 0)
            continue;
        first = first == 0 ? onnx_operators[i].since : first;
        last = onnx_operators[i].until;
    }
    if (first > 0)
        (void)error_set(im->err, ERR_UNSUPPORTED,
                        "%s: not at this opset (supported: opset %d to %d)", im->label,
                        first, last);
    else
        (void)error_set(im->err, ERR_UNSUPPORTED,
                        "%s: unsupported operator (`ft-grad onnx coverage` lists those "
                        "that are)",
                        im->label);
    return error_subclass(im->err, "unsupported_operator");
}

static bool
find_input(struct import *im, const char *name, uint32_t *out)
{
    const Onnx__GraphProto *g = im->m->proto->graph;

    *out = program_value(im->p, name);
    if (*out != UINT32_MAX)
        return true;
    for (size_t i = 0; i < g->n_node; i++) {
        for (size_t k = 0; k < g->node[i]->n_output; k++) {
            if (strcmp(g->node[i]->output[k], name) != 0)
                continue;
            (void)error_set(im->err, ERR_MALFORMED,
                            "%s: input '%.60s' is made by a later node (the graph has a "
                            "cycle, or is not sorted)",
                            im->label, name);
            return error_subclass(im->err, "cycle");
        }
    }
    (void)error_set(im->err, ERR_MALFORMED, "%s: nothing makes input '%.60s'", im->label,
                    name);
    return error_subclass(im->err, "missing_producer");
}

static bool
read_inputs(struct import *im, struct program_op *op)
{
    size_t n = im->node->n_input;

    while (n > 0 && !im->node->input[n - 1][0]) {
        n--;
        if (!onnx_may_leave_out(im->op, n))
            return error_set(im->err, ERR_MALFORMED,
                             "%s: input %zu is no optional one, and has no name",
                             im->label, n);
    }
    if (n >= CALL_INPUTS_MAX)
        return error_set(im->err, ERR_LIMIT, "%s: %zu inputs (supported: %d)", im->label,
                         n, (int)CALL_INPUTS_MAX - 1);
    for (size_t i = 0; i < n; i++) {
        op->in[i] = UINT32_MAX;
        if (im->node->input[i][0] && !find_input(im, im->node->input[i], &op->in[i]))
            return false;
    }
    op->in_count = n;
    return true;
}

/* Attributes into the call, where they are checked; values of ConstantOfShape apart. */
static bool
read_attributes(struct import *im, struct program_op *op, struct op_call *call)
{
    const Onnx__NodeProto *n = im->node;
    const Onnx__AttributeProto *fill = NULL;
    bool takes_fill = strcmp(im->op->name, "ConstantOfShape") == 0;
    struct op_attr value;

    for (size_t i = 0; i < n->n_attribute; i++) {
        const Onnx__AttributeProto *a = n->attribute[i];

        if (takes_fill && a->name && strcmp(a->name, "value") == 0 && !fill) {
            fill = a;
            continue;
        }
        if (!onnx_attribute_read(&im->p->arena, &im->op->base, a, im->label, &value,
                                 im->err))
            return false;
        if (!op_call_set(&im->tape, call, &value)) {
            *im->err = im->tape.error;
            return false;
        }
    }
    if (takes_fill) {
        if (op->in_count != 1)
            return error_set(im->err, ERR_MALFORMED, "%s: one input is wanted",
                             im->label);
        if (!add_fill(im, fill, &op->in[op->in_count++]))
            return false;
    }
    op->attr_count = call->attr_count;
    op->attrs = arena_alloc(&im->p->arena, (call->attr_count + 1) * sizeof(*op->attrs));
    memcpy(op->attrs, call->attr, call->attr_count * sizeof(*op->attrs));
    return true;
}

static bool
add_outputs(struct import *im, struct program_op *op, const enum tensor_type *type)
{
    for (size_t i = 0; i < op->out_count; i++) {
        const char *name = im->node->output[i];
        char unused[64];
        size_t k = 0;

        while (!name[0] || (name == unused && program_value(im->p, name) != UINT32_MAX)) {
            (void)snprintf(unused, sizeof(unused), "unused:%zu", k++);
            name = unused;
        }
        if (!new_value(im, name, type[i], &op->out[i]))
            return false;
    }
    return true;
}

static bool
add_node(struct import *im, size_t number)
{
    struct program_op *op = &im->p->ops[im->p->op_count];
    enum tensor_type in[CALL_INPUTS_MAX], out[CALL_OUTPUTS_MAX];
    struct op_call call = {.label = im->label};
    size_t n = im->node->n_output;

    (void)snprintf(im->label, sizeof(im->label),
                   "node %s%.60s%s (%.40s, opset %" PRId64 ")",
                   im->node->name && im->node->name[0] ? "'" : "#",
                   im->node->name && im->node->name[0] ? im->node->name : "",
                   im->node->name && im->node->name[0] ? "'" : "",
                   im->node->op_type ? im->node->op_type : "", im->m->opset);
    if (!im->node->name || !im->node->name[0])
        (void)snprintf(im->label, sizeof(im->label),
                       "node %zu (%.40s, opset %" PRId64 ")", number,
                       im->node->op_type ? im->node->op_type : "", im->m->opset);
    if (im->node->op_type && strcmp(im->node->op_type, "Constant") == 0 &&
        (!im->node->domain || !im->node->domain[0]))
        return add_constant(im);
    if (!find_operator(im))
        return false;
    while (n > 0 && !im->node->output[n - 1][0])
        n--;
    if (n == 0 || n > CALL_OUTPUTS_MAX)
        return error_set(im->err, ERR_UNSUPPORTED, "%s: %zu outputs (supported: 1 to %d)",
                         im->label, n, (int)CALL_OUTPUTS_MAX);
    call.op = op->op = &im->op->base;
    call.out_count = op->out_count = n;
    op->out = arena_alloc(&im->p->arena, n * sizeof(*op->out));
    op->label = arena_strndup(&im->p->arena, im->label, strlen(im->label));
    if (!read_inputs(im, op) || !read_attributes(im, op, &call))
        return false;
    call.in_count = op->in_count;
    for (size_t i = 0; i < op->in_count; i++)
        in[i] = op->in[i] == UINT32_MAX ? TENSOR_TYPES : im->type[op->in[i]];
    if (!op_call_check(&im->tape, &call) ||
        !onnx_check_types(&im->tape, &call, in, out)) {
        *im->err = im->tape.error;
        return false;
    }
    im->p->op_count++;
    return add_outputs(im, op, out);
}

static bool
add_roots(struct import *im)
{
    const Onnx__GraphProto *g = im->m->proto->graph;

    for (size_t i = 0; i < g->n_output; i++) {
        const Onnx__ValueInfoProto *info = g->output[i];
        const char *name = info->name ? info->name : "";
        uint32_t value = program_value(im->p, name);
        int64_t declared;

        if (value == UINT32_MAX)
            return error_set(im->err, ERR_MALFORMED, "nothing makes the output '%.200s'",
                             name);
        if (!info->type || info->type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
            return error_set(im->err, ERR_UNSUPPORTED, "output '%.200s' is no tensor",
                             name);
        declared = info->type->tensor_type->elem_type;
        if (onnx_type_of(declared) != im->type[value])
            return error_set(im->err, ERR_MALFORMED,
                             "output '%.200s' is declared as %s, it is %s", name,
                             onnx_type_name(declared), tensor_type_name(im->type[value]));
        im->p->roots[im->p->root_count++].value = value;
    }
    return im->p->root_count > 0 ||
           error_set(im->err, ERR_MALFORMED, "the graph has no output");
}

/* Room for all there may be. */
static void
make_room(struct import *im)
{
    const Onnx__GraphProto *g = im->m->proto->graph;
    struct arena *arena = &im->p->arena;
    size_t leaves = g->n_initializer + g->n_input + g->n_node + 1, values = leaves;

    for (size_t i = 0; i < g->n_node; i++)
        values += g->node[i]->n_output;
    im->p->leaves = arena_alloc(arena, leaves * sizeof(*im->p->leaves));
    im->p->ops = arena_alloc(arena, (g->n_node + 1) * sizeof(*im->p->ops));
    im->p->roots = arena_alloc(arena, (g->n_output + 1) * sizeof(*im->p->roots));
    im->type = arena_alloc(arena, values * sizeof(*im->type));
}

bool
onnx_import(struct program *p, struct onnx_model *m, enum onnx_wants wants,
            struct error *err)
{
    const Onnx__GraphProto *g = m->proto->graph;
    struct import im = {.p = p, .m = m, .wants = wants, .err = err};
    bool ok;

    memset(p, 0, sizeof(*p));
    tape_init(&im.tape, TORCH_2_6);
    make_room(&im);
    ok = m->opset > 0 || g->n_node == 0 ||
         error_set(err, ERR_MALFORMED, "the model names no opset of ai.onnx");
    ok = ok && add_leaves(&im);
    for (size_t i = 0; ok && i < g->n_node; i++) {
        im.node = g->node[i];
        ok = add_node(&im, i);
    }
    ok = ok && add_roots(&im);
    tape_clear(&im.tape);
    return ok;
}
