/*
 * case.c: cases of the packet "onnx run": a small model in hexadecimal, its inputs.
 *
 * What is refused has the class "Refused", whoever refuses it.
 */
#include "engine/cases/cases.h"

#include "onnx/run.h"

#include "common/digest.h"
#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

static bool
read_input(struct case_io *c, struct onnx_run *r, size_t i, const struct json *node)
{
    const struct json *shape = NULL, *data = NULL;
    const char *dtype = NULL;
    int64_t size[TENSOR_DIMS_MAX], k = 0;
    enum tensor_type type;
    struct tensor *x;
    int dims = 0;

    if (!json_want_string(c->doc, node, "dtype", &dtype, c->err) ||
        !json_want(c->doc, node, "shape", JSON_ARRAY, &shape, c->err) ||
        !json_want(c->doc, node, "data", JSON_ARRAY, &data, c->err))
        return false;
    for (const struct json *d = json_first(shape); d; d = json_next(d)) {
        if (dims == TENSOR_DIMS_MAX || !json_to_i64(d, &size[dims++]))
            return json_fail(c->doc, d, c->err, ERR_MALFORMED, "not a size");
    }
    type = tensor_type_of(dtype_by_name(dtype, strlen(dtype)));
    x = type < TENSOR_TYPES ? tensor_new(&r->tape.heap, type, dims, size) : NULL;
    if (!x || (size_t)tensor_count(x) != json_count(data))
        return json_fail(c->doc, node, c->err, ERR_MALFORMED, "not a tensor");
    for (const struct json *v = json_first(data); v; v = json_next(v)) {
        double value;

        if (type == TENSOR_I64 && json_to_i64(v, &tensor_i64(x)[k])) {
            k++;
            continue;
        }
        if (json_type(v) == JSON_BOOL)
            value = json_is_true(v);
        else if (!program_number(v, &value))
            return json_fail(c->doc, v, c->err, ERR_MALFORMED, "not a number");
        tensor_set(x, k++, value);
    }
    return onnx_run_bind(r, i, x, c->err);
}

static void
write_output(struct case_io *c, struct heap *h, struct tensor *x)
{
    struct tensor *flat = tensor_contiguous(h, x);
    bool is_float = dtype_kind(tensor_type_dtype(x->type)) == DTYPE_KIND_FLOAT;

    json_object(c->j, NULL);
    json_string(c->j, "dtype", tensor_type_name(x->type));
    json_array(c->j, "shape");
    for (int d = 0; d < x->dims; d++)
        json_i64(c->j, NULL, x->size[d]);
    json_end(c->j);
    json_array(c->j, "data");
    for (int64_t i = 0; flat && i < tensor_count(flat); i++) {
        if (x->type == TENSOR_BOOL)
            json_bool(c->j, NULL, tensor_bool(flat)[i] != 0);
        else if (x->type == TENSOR_I64)
            json_i64(c->j, NULL, tensor_i64(flat)[i]);
        else if (is_float)
            json_f64(c->j, NULL, tensor_get(flat, i));
        else
            json_i64(c->j, NULL, (int64_t)tensor_get(flat, i));
    }
    json_end(c->j);
    json_end(c->j);
}

static bool
run_model(struct case_io *c, struct onnx_run *r, const uint8_t *model, size_t size)
{
    const struct json *inputs = NULL;
    size_t i = 0;

    if (!json_want(c->doc, c->node, "inputs", JSON_ARRAY, &inputs, c->err) ||
        !onnx_run_read(r, model, size, c->err))
        return false;
    for (const struct json *v = json_first(inputs); v; v = json_next(v)) {
        if (!read_input(c, r, i++, v))
            return false;
    }
    if (!onnx_run_forward(r, c->err))
        return false;
    json_array(c->j, "value");
    for (size_t k = 0; k < r->program.root_count; k++)
        write_output(c, &r->tape.heap, r->values[r->program.roots[k].value]);
    json_end(c->j);
    return true;
}

bool
case_onnx(struct case_io *c)
{
    const char *hex = NULL;
    struct onnx_run r;
    uint8_t *model;
    size_t size;
    bool ok;

    if (!json_want_string(c->doc, c->node, "model", &hex, c->err))
        return false;
    size = strlen(hex) / 2;
    model = xcalloc(size + 1, 1);
    memset(&r, 0, sizeof(r));
    ok = hex_decode(hex, size, model) ||
         error_set(c->err, ERR_MALFORMED, "the model is not in hexadecimal");
    ok = ok && run_model(c, &r, model, size);
    if (!ok)
        (void)error_subclass(c->err, "Refused");
    onnx_run_close(&r);
    free(model);
    return ok;
}
