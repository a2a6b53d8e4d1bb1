/*
 * gradcheck.c: gradcheck on a few named functions: right, wrong and at kinks.
 */
#include "engine/check/gradcheck.h"
#include "engine/cases/cases.h"

#include "common/num.h"

#include <string.h>

enum function { SQUARE, EXP, WRONG, RELU, ABS, MAX, NO_INPUT };

static void
wrong_backward(struct tape *t, struct node *n, struct tensor *const *g,
               struct tensor **out)
{
    if (g[0]) /* 1 % too large */
        out[0] = op_mul_scalar(t, op_mul(t, g[0], node_saved(t, n, 0)), 2 * 1.01);
}

static struct tensor *
wrong_square(struct tape *t, struct tensor *x)
{
    bool recording = t->recording;
    struct tensor *y;
    struct node *n;

    t->recording = false;
    y = op_mul(t, x, x);
    t->recording = recording;
    n = tape_record(t, "WrongBackward", wrong_backward, 1, x);
    node_save(t, n, x);
    return tape_output(t, n, y);
}

static struct tensor *
apply(void *context, struct tape *t, struct tensor *const *in)
{
    const enum function *f = context;
    struct op_call call = {
        .op = operator_find("max"), .label = "max", .in_count = 1, .out_count = 1};

    switch (*f) {
    case EXP: return op_exp(t, in[0]);
    case WRONG: return wrong_square(t, in[0]);
    case RELU: return op_relu(t, in[0]);
    case ABS: return op_abs(t, in[0]);
    case MAX: call.in[0] = in[0]; return op_call_run(t, &call) ? call.out[0] : NULL;
    case SQUARE:
    case NO_INPUT: break;
    }
    return op_mul(t, in[0], in[0]);
}

static const struct function_case {
    const char *part; /* of the case's id */
    enum function f;
    double x[3];
    int64_t n;
} functions[] = {
    {"exp", EXP, {0.3, -0.7, 1.1}, 3},
    {"wrong", WRONG, {0.3, -0.7, 1.1}, 3},
    {"relu", RELU, {0, 0, 0}, 1},
    {"abs", ABS, {0, 0, 0}, 1},
    {"max_ties", MAX, {1, 1, 1}, 3},
    {"no", NO_INPUT, {0.3, -0.7, 1.1}, 3},
    {"square", SQUARE, {0.3, -0.7, 1.1}, 3},
    {"float32", SQUARE, {0.3, -0.7, 1.1}, 3},
    {"overlap", SQUARE, {0.3, -0.7, 1.1}, 3},
};

/* Does the id hold the part, as whole words between underscores (or before digits)? */
static bool
holds(const char *id, const char *part)
{
    for (const char *p = strstr(id, part); p; p = strstr(p + 1, part)) {
        char after = p[strlen(part)];

        if ((p == id || p[-1] == '_') && !(after >= 'a' && after <= 'z'))
            return true;
    }
    return false;
}

static const struct function_case *
find_function(const char *id)
{
    for (size_t i = 0; i < COUNT_OF(functions); i++) {
        if (holds(id, functions[i].part))
            return &functions[i];
    }
    return NULL;
}

/* Arguments are written as text: {"rtol": "0.1"}. */
static bool
read_args(struct case_io *c, struct gradcheck_call *call)
{
    const struct json *args = json_get(c->node, "args");
    double *slots[] = {&call->eps, &call->atol, &call->rtol};
    static const char *const names[] = {"eps", "atol", "rtol"};

    for (const struct json *a = args ? json_first(args) : NULL; a; a = json_next(a)) {
        for (size_t i = 0; i < COUNT_OF(names); i++) {
            const char *text = json_text(a);

            if (strcmp(json_key(a), names[i]) == 0 &&
                !(text && num_parse_f64(text, strlen(text), slots[i])) &&
                !json_to_f64(a, slots[i]))
                return json_fail(c->doc, a, c->err, ERR_MALFORMED, "not a number");
        }
    }
    return true;
}

static void
write_report(struct case_io *c, const struct tape *t, struct gradcheck_report *report)
{
    json_object(c->j, "value");
    if (t->failed || !report->torch_passes) {
        json_null(c->j, "result");
        json_object(c->j, "error");
        json_string(c->j, "type", t->failed ? t->error.subclass : "GradcheckError");
        json_string(c->j, "text",
                    t->failed ? t->error.message : buf_string(&report->message));
        json_end(c->j);
    } else {
        json_bool(c->j, "result", true);
        json_null(c->j, "error");
    }
    json_end(c->j);
}

bool
case_gradcheck(struct case_io *c)
{
    struct gradcheck_call call = {.f = apply, .eps = 1e-6, .atol = 1e-5, .rtol = 1e-3};
    struct gradcheck_report report = {0};
    enum tensor_type type = strstr(c->id, "float32") ? TENSOR_F32 : TENSOR_F64;
    const struct function_case *known = find_function(c->id);
    struct tensor *x;
    enum function f;
    struct tape t;

    if (!known)
        return json_fail(c->doc, c->node, c->err, ERR_UNSUPPORTED,
                         "unknown gradcheck case '%s' (square, exp, wrong, relu, abs, "
                         "max_ties, no_..., float32 and overlap are known)",
                         c->id);
    if (!read_args(c, &call))
        return false;
    f = known->f;
    call.context = &f;
    case_tape(c, &t);
    x = tape_check(&t, tensor_new(&t.heap, type, 1, &known->n));
    for (int64_t i = 0; x && i < known->n; i++)
        tensor_set(x, i, known->x[i]);
    if (x && strstr(c->id, "overlap")) { /* one number, stretched */
        x->size[0] = 3;
        x->stride[0] = 0;
    }
    if (x) {
        x->requires_grad = f != NO_INPUT;
        call.inputs = &x;
        call.input_count = 1;
        (void)gradcheck_run(&t, &call, &report);
    }
    write_report(c, &t, &report);
    gradcheck_report_clear(&report);
    tape_clear(&t);
    return true;
}
