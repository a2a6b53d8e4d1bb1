/*
 * cases.c: the kinds, and what their files share.
 */
#include "engine/cases/cases.h"

#include "common/num.h"

#include <string.h>

case_runner *
case_find(const char *kind)
{
    static const struct {
        const char *kind;
        case_runner *run;
    } kinds[] = {
        {"schedule", case_schedule},
        {"nested_schedule", case_nested_schedule},
        {"reentrant", case_reentrant},
        {"program", case_program},
        {"second_order", case_second_order},
        {"edge_unary", case_edge_unary},
        {"edge_binary", case_edge_binary},
        {"edge_reduction", case_edge_reduction},
        {"edge_empty", case_edge_empty},
        {"optimizer", case_optimizer},
        {"error_text", case_error_text},
        {"hooks", case_hooks},
        {"gradcheck", case_gradcheck},
        {"autograd_scheduler", case_seed_scheduler},
        {"scalar_autograd", case_seed_scalar},
        {"onnx run", case_onnx},
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].run;
    }
    return NULL;
}

void
case_number(struct case_io *c, const char *key, double value)
{
    char text[NUM_F64_SIZE];

    if (c->decimal) {
        json_f64(c->j, key, value);
        return;
    }
    (void)num_format_hexfloat(value, text);
    json_string(c->j, key, text);
}

void
case_numbers(struct case_io *c, const char *key, struct heap *h, struct tensor *x)
{
    struct tensor *flat;

    if (!c->decimal || !x) {
        tensor_write_data(c->j, key, h, x);
        return;
    }
    flat = tensor_contiguous(h, x);
    json_array(c->j, key);
    for (int64_t i = 0; flat && i < tensor_count(flat); i++)
        json_f64(c->j, NULL, tensor_get(flat, i));
    json_end(c->j);
}

struct tensor *
case_tensor(struct case_io *c, struct tape *t, const char *key, enum tensor_type type)
{
    const struct json *list = NULL;
    int64_t size, i = 0;
    struct tensor *x;

    if (t->failed)
        return NULL;
    if (!json_want(c->doc, c->node, key, JSON_ARRAY, &list, c->err)) {
        t->failed = true;
        t->error = *c->err;
        return NULL;
    }
    size = (int64_t)json_count(list);
    x = tape_check(t, tensor_new(&t->heap, type, 1, &size));
    for (const struct json *v = json_first(list); x && v; v = json_next(v)) {
        double value;

        if (!program_number(v, &value))
            return tape_fail(t, ERR_MALFORMED, "malformed", "%s holds no numbers", key);
        tensor_set(x, i++, value);
    }
    return x;
}

struct tensor *
case_apply(struct case_io *c, struct tape *t, struct tensor *a, struct tensor *b)
{
    struct op_call call = {.label = c->id, .in_count = b ? 2 : 1, .out_count = 1};
    struct arena arena = {0};
    const char *name = NULL;
    bool ok;

    if (!a || !json_want_string(c->doc, c->node, "op", &name, &t->error)) {
        t->failed = true;
        return NULL;
    }
    call.op = operator_find(name);
    if (!call.op)
        return tape_fail(t, ERR_UNSUPPORTED, "unsupported_operator",
                         "unsupported operator '%s' (`ft-grad operators` lists them)",
                         name);
    call.in[0] = a;
    call.in[1] = b;
    ok = program_attrs(c->doc, json_get(c->node, "attrs"), &arena, t, &call) &&
         op_call_run(t, &call);
    arena_clear(&arena);
    return ok ? call.out[0] : NULL;
}

bool
case_fail(struct case_io *c, const struct tape *t)
{
    *c->err = t->error;
    return false;
}

void
case_tape(const struct case_io *c, struct tape *t)
{
    tape_init(t, c->version);
    t->blas = c->blas;
}
