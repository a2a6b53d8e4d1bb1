/*
 * backend_test.c: see backend_test.h.
 */
#include "onnx/backend_test.h"

#include "onnx/run.h"

#include "common/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct test {
    const char *folder;
    const struct backend_tolerance *tolerance;
    struct backend_result *out;
    struct onnx_run run;
    struct error *err;
};

static bool
differ(struct test *s, size_t set, size_t output, const char *what)
{
    s->out->outcome = BACKEND_WRONG;
    (void)snprintf(s->out->difference, sizeof(s->out->difference),
                   "data set %zu, output %zu: %.190s", set, output, what);
    return true;
}

static bool
close_enough(const struct backend_tolerance *t, double have, double want)
{
    if (isnan(want) || isnan(have))
        return isnan(want) && isnan(have);
    if (isinf(want) || isinf(have))
        return have == want;
    return fabs(have - want) <= t->absolute + t->relative * fabs(want);
}

/* numpy has no bfloat16, so that test data holds its bits as uint16. */
static bool
is_bits(const struct tensor *x, enum tensor_type wanted)
{
    return x && x->type == TENSOR_U16 && wanted == TENSOR_BF16;
}

static bool
compare(struct test *s, size_t set, size_t output, struct tensor *have,
        const struct tensor *want)
{
    char text[320], a[SHAPE_TEXT], b[SHAPE_TEXT];
    bool bits = is_bits(want, have->type);
    bool is_float = bits || dtype_kind(tensor_type_dtype(want->type)) == DTYPE_KIND_FLOAT;
    int64_t n = tensor_count(want);
    size_t width = tensor_type_size(want->type);

    have = tensor_contiguous(&s->run.tape.heap, have);
    have = have && bits ? tensor_alias(&s->run.tape.heap, have) : have;
    if (!have)
        return error_set(s->err, ERR_MEMORY, "no memory for an output");
    if (bits) /* compared as numbers with the tolerance, as numpy does then */
        have->type = TENSOR_U16;
    if (have->type != want->type || !tensor_same_shape(have, want)) {
        (void)snprintf(
            text, sizeof(text), "%s %s, expected %s %s", tensor_type_name(have->type),
            shape_text(have->dims, have->size, a), tensor_type_name(want->type),
            shape_text(want->dims, want->size, b));
        return differ(s, set, output, text);
    }
    for (int64_t i = 0; i < n; i++) {
        double x = tensor_get(have, i), y = tensor_get(want, i);
        bool same =
            is_float ? close_enough(s->tolerance, x, y)
                     : memcmp((char *)tensor_data(have) + (size_t)i * width,
                              (char *)tensor_data(want) + (size_t)i * width, width) == 0;

        if (same)
            continue;
        (void)snprintf(text, sizeof(text), "element %" PRId64 " is %.9g, expected %.9g",
                       i, x, y);
        return differ(s, set, output, text);
    }
    s->out->outputs++;
    return true;
}

static bool
bind(struct test *s, size_t i, const char *path)
{
    struct tensor *x = onnx_read_pb(&s->run.tape.heap, path, s->err);

    if (!x)
        return false;
    if (i < onnx_run_inputs(&s->run) && is_bits(x, onnx_run_input(&s->run, i)->type))
        x->type = TENSOR_BF16;
    if (!onnx_run_bind(&s->run, i, x, &s->out->refusal))
        s->out->outcome = BACKEND_REFUSED; /* not what the model says it takes */
    return true;
}

static bool
exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Inputs and expectations of one data set; false when they cannot be read. */
static bool
run_set(struct test *s, size_t set)
{
    struct onnx_run *r = &s->run;
    char *path = NULL;
    bool ok = true, more = true;

    for (size_t i = 0; ok && more && s->out->outcome == BACKEND_PASSED; i++) {
        path = xasprintf("%s/test_data_set_%zu/input_%zu.pb", s->folder, set, i);
        more = exists(path);
        ok = !more || bind(s, i, path);
        free(path);
    }
    if (!ok || s->out->outcome == BACKEND_REFUSED)
        return ok;
    if (!onnx_run_forward(r, &s->out->refusal)) {
        s->out->outcome = BACKEND_REFUSED;
        return true;
    }
    for (size_t i = 0; ok && i < r->program.root_count; i++) {
        struct tensor *want;

        path = xasprintf("%s/test_data_set_%zu/output_%zu.pb", s->folder, set, i);
        want = onnx_read_pb(&r->tape.heap, path, s->err);
        free(path);
        ok = want && compare(s, set, i, r->values[r->program.roots[i].value], want);
        if (s->out->outcome == BACKEND_WRONG)
            break;
    }
    s->out->data_sets++;
    return ok;
}

bool
backend_test(const char *folder, const struct backend_tolerance *tolerance,
             struct backend_result *out, struct error *err)
{
    struct test s = {.folder = folder, .tolerance = tolerance, .out = out, .err = err};
    char *model = xasprintf("%s/model.onnx", folder);
    bool ok = true, more = true;

    memset(out, 0, sizeof(*out));
    for (size_t set = 0; ok && more && out->outcome == BACKEND_PASSED; set++) {
        char *path = xasprintf("%s/test_data_set_%zu", folder, set);

        more = exists(path);
        free(path);
        if (!more)
            break;
        if (onnx_run_open(&s.run, model, ONNX_WANTS_NONE, &out->refusal)) {
            ok = run_set(&s, set);
        } else if (out->refusal.class == ERR_IO) {
            *err = out->refusal;
            ok = false;
        } else {
            out->outcome = BACKEND_REFUSED;
        }
        onnx_run_close(&s.run);
    }
    free(model);
    if (ok && out->outcome == BACKEND_PASSED && out->data_sets == 0)
        return error_set(err, ERR_MALFORMED, "%s has no model.onnx with test_data_set_0",
                         folder);
    return ok;
}
