/*
 * optimizer.c: weights after each step of an optimizer with given gradients.
 */
#include "engine/cases/cases.h"

#include "engine/training/optimizer.h"

#include <stddef.h>
#include <string.h>

/* torch's names of the parameters. */
static const struct {
    const char *name;
    size_t offset;
} numbers[] =
    {
        {"lr", offsetof(struct optimizer_params, lr)},
        {"momentum", offsetof(struct optimizer_params, momentum)},
        {"dampening", offsetof(struct optimizer_params, dampening)},
        {"weight_decay", offsetof(struct optimizer_params, weight_decay)},
        {"eps", offsetof(struct optimizer_params, eps)},
        {"rho", offsetof(struct optimizer_params, rho)},
        {"alpha", offsetof(struct optimizer_params, alpha)},
        {"lr_decay", offsetof(struct optimizer_params, lr_decay)},
        {"initial_accumulator_value",
         offsetof(struct optimizer_params, initial_accumulator)},
        {"lambd", offsetof(struct optimizer_params, lambd)},
        {"t0", offsetof(struct optimizer_params, t0)},
        {"momentum_decay", offsetof(struct optimizer_params, momentum_decay)},
},
  flags[] = {
      {"nesterov", offsetof(struct optimizer_params, nesterov)},
      {"maximize", offsetof(struct optimizer_params, maximize)},
      {"amsgrad", offsetof(struct optimizer_params, amsgrad)},
      {"decoupled_weight_decay", offsetof(struct optimizer_params, decoupled)},
      {"centered", offsetof(struct optimizer_params, centered)},
};

static const struct {
    const char *name;
    size_t first, second;
} pairs[] = {
    {"betas", offsetof(struct optimizer_params, beta1),
     offsetof(struct optimizer_params, beta2)},
    {"etas", offsetof(struct optimizer_params, eta_minus),
     offsetof(struct optimizer_params, eta_plus)},
    {"step_sizes", offsetof(struct optimizer_params, step_min),
     offsetof(struct optimizer_params, step_max)},
};

static double *
number_at(struct optimizer_params *p, size_t offset)
{
    return (double *)(void *)((char *)p + offset);
}

static bool
read_param(const struct json *value, struct optimizer_params *p)
{
    const char *name = json_key(value);

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        if (strcmp(numbers[i].name, name) == 0)
            return program_number(value, number_at(p, numbers[i].offset));
    }
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        if (strcmp(flags[i].name, name) == 0) {
            *(bool *)((char *)p + flags[i].offset) = json_is_true(value);
            return json_type(value) == JSON_BOOL;
        }
    }
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        const struct json *first =
            json_type(value) == JSON_ARRAY ? json_first(value) : NULL;

        if (strcmp(pairs[i].name, name) == 0)
            return first && json_next(first) &&
                   program_number(first, number_at(p, pairs[i].first)) &&
                   program_number(json_next(first), number_at(p, pairs[i].second));
    }
    return false;
}

bool
optimizer_params_read(struct optimizer_params *p, const struct json_doc *doc,
                      const struct json *params, struct error *err)
{
    for (const struct json *v = params ? json_first(params) : NULL; v; v = json_next(v)) {
        if (!read_param(v, p))
            return json_fail(doc, v, err, ERR_UNSUPPORTED,
                             "optimizer parameter '%s' is unknown or has a wrong value",
                             json_key(v));
    }
    return true;
}

static bool
run_steps(struct case_io *c, struct tape *t, enum optimizer_kind kind,
          const struct optimizer_params *p, const struct json *grads)
{
    const char *dtype = "f64";
    struct optimizer_state state;
    enum tensor_type type;
    struct tensor *w;

    if (!json_opt_string(c->doc, c->node, "dtype", &dtype, c->err))
        return false;
    type = strcmp(dtype, "f32") == 0 ? TENSOR_F32 : TENSOR_F64;
    w = case_tensor(c, t, "w0", type);
    if (!w)
        return case_fail(c, t);
    optimizer_state_init(&state, kind, p, tensor_count(w));
    json_object(c->j, "value");
    json_array(c->j, "weights_after");
    for (const struct json *g = json_first(grads); g && !t->failed; g = json_next(g)) {
        struct tensor *grad = tensor_like(&t->heap, w);
        int64_t i = 0;

        for (const struct json *v = json_first(g); v && i < tensor_count(w);
             v = json_next(v)) {
            double value = 0;

            if (!program_number(v, &value))
                (void)tape_fail(t, ERR_MALFORMED, "malformed", "not a number");
            tensor_set(grad, i++, value);
        }
        if (i != tensor_count(w) || json_count(g) != (size_t)i)
            (void)tape_fail(t, ERR_MALFORMED, "shape_mismatch",
                            "a gradient has another size than the weights");
        if (t->failed)
            break;
        optimizer_step(kind, p, t->version, &state, w, grad);
        case_numbers(c, NULL, &t->heap, w);
    }
    json_end(c->j);
    json_end(c->j);
    optimizer_state_clear(&state);
    return !t->failed || case_fail(c, t);
}

bool
case_optimizer(struct case_io *c)
{
    const struct json *params = NULL, *grads = NULL;
    struct optimizer_params p;
    enum optimizer_kind kind;
    const char *name = NULL;
    struct tape t;
    bool ok;

    if (!json_want_string(c->doc, c->node, "optimizer", &name, c->err) ||
        !json_opt(c->doc, c->node, "params", JSON_OBJECT, &params, c->err) ||
        !json_want(c->doc, c->node, "grads", JSON_ARRAY, &grads, c->err))
        return false;
    if (!optimizer_find(name, &kind))
        return json_fail(c->doc, c->node, c->err, ERR_UNSUPPORTED,
                         "unsupported optimizer '%s'", name);
    optimizer_defaults(kind, &p);
    if (!optimizer_params_read(&p, c->doc, params, c->err))
        return false;
    case_tape(c, &t);
    ok = run_steps(c, &t, kind, &p, grads);
    tape_clear(&t);
    return ok;
}
