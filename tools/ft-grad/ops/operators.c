/*
 * operators.c: finding an operator, and checking a call against its line.
 *
 * An attribute line such as "dim:i keepdim:b=false value:f? mode:s=a{a,b}" is read
 * where it is needed; it is short and no second table can disagree with it.
 */
#include "ops/operators.h"

#include "ops/onnx/operators.h"

#include "common/buf.h"
#include "common/num.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct operator operators[] = {
#define OPERATOR(name, min, max, outputs, attrs)                                         \
    {#name, min, max, outputs, attrs, run_##name},
#include "ops/operators.def"
#undef OPERATOR
};

const size_t operators_count = COUNT_OF(operators);

const struct operator* operator_find(const char *name)
{
    for (size_t i = 0; i < operators_count; i++) {
        if (strcmp(operators[i].name, name) == 0)
            return &operators[i];
    }
    return onnx_operator_find(name);
}

/* One declaration of an attribute line. */
struct declaration {
    const char *name;
    size_t name_size;
    char kind;
    bool optional;
    const char *fallback; /* NULL: none */
    size_t fallback_size;
    const char *allowed; /* all values there are, between commas; NULL: any */
    size_t allowed_size;
};

/* The next declaration, or false at the end. */
static bool
next_declaration(const char **line, struct declaration *d)
{
    const char *p = *line;

    while (*p == ' ')
        p++;
    if (*p == 0)
        return false;
    d->name = p;
    d->name_size = strcspn(p, ":");
    p += d->name_size + 1;
    d->kind = *p++;
    d->optional = *p == '?';
    d->fallback = NULL;
    d->fallback_size = 0;
    d->allowed = NULL;
    d->allowed_size = 0;
    if (*p == '=') {
        d->fallback = ++p;
        d->fallback_size = strcspn(p, " {");
    }
    p += strcspn(p, " {");
    if (*p == '{') {
        d->allowed = ++p;
        d->allowed_size = strcspn(p, "}");
    }
    *line = p + strcspn(p, " ");
    return true;
}

static bool
declared(const struct operator* op, const char *name, struct declaration *d)
{
    const char *line = op->attrs;

    while (next_declaration(&line, d)) {
        if (strlen(name) == d->name_size && strncmp(name, d->name, d->name_size) == 0)
            return true;
    }
    return false;
}

static bool
kind_fits(char kind, const struct op_attr *value)
{
    switch (kind) {
    case 'i': return !value->text && !value->is_list && value->is_integer;
    case 'f': return !value->text && !value->is_list;
    case 'b': return !value->text && !value->is_list && value->is_integer;
    case 'I': return !value->text && value->dims <= 1 && value->is_integer;
    case 'F': return !value->text && value->dims <= 1;
    case 'T': return !value->text && value->is_integer;
    case 's':
    case 'S': return value->text != NULL;
    default: return false;
    }
}

static const char *
kind_name(char kind)
{
    switch (kind) {
    case 'i': return "an integer";
    case 'f': return "a number";
    case 'b': return "true or false";
    case 'I': return "integers";
    case 'F': return "numbers";
    case 'T': return "an array of integers";
    case 'S': return "words between commas";
    default: return "a word";
    }
}

static const struct op_attr *
find(const struct op_call *call, const char *name)
{
    for (size_t i = 0; i < call->attr_count; i++) {
        if (strcmp(call->attr[i].name, name) == 0)
            return &call->attr[i];
    }
    return NULL;
}

static void
refuse_attribute(struct tape *t, const struct op_call *call, const char *name)
{
    (void)tape_fail(t, ERR_UNSUPPORTED, "unsupported_attribute",
                    "%s: operator %s has no attribute '%s' (supported: %s)", call->label,
                    call->op->name, name, call->op->attrs[0] ? call->op->attrs : "none");
}

/* Is the value one of those between the braces? */
static bool
is_allowed(const struct declaration *d, const struct op_attr *value)
{
    char text[64];
    const char *p = d->allowed, *end = p + d->allowed_size;

    if (value->text)
        (void)snprintf(text, sizeof(text), "%s", value->text);
    else
        (void)snprintf(text, sizeof(text), "%" PRId64, value->ints[0]);
    while (p < end) {
        size_t size = strcspn(p, ",}");

        if (strlen(text) == size && strncmp(p, text, size) == 0)
            return true;
        p += size + 1;
    }
    return false;
}

static bool
check_value(struct tape *t, const struct op_call *call, const struct declaration *d,
            const struct op_attr *value)
{
    if (!d->allowed || is_allowed(d, value))
        return true;
    if (value->text)
        (void)tape_fail(t, ERR_UNSUPPORTED, "unsupported_attribute",
                        "%s: attribute '%s' of %s is '%.60s' (supported: %.*s)",
                        call->label, value->name, call->op->name, value->text,
                        (int)d->allowed_size, d->allowed);
    else
        (void)tape_fail(t, ERR_UNSUPPORTED, "unsupported_attribute",
                        "%s: attribute '%s' of %s is %" PRId64 " (supported: %.*s)",
                        call->label, value->name, call->op->name, value->ints[0],
                        (int)d->allowed_size, d->allowed);
    return false;
}

char
operator_attr_kind(const struct operator* op, const char *name)
{
    struct declaration d;

    return declared(op, name, &d) ? d.kind : 0;
}

bool
op_call_set(struct tape *t, struct op_call *call, const struct op_attr *value)
{
    struct declaration d;

    if (!declared(call->op, value->name, &d)) {
        refuse_attribute(t, call, value->name);
        return false;
    }
    if (find(call, value->name) || call->attr_count == CALL_ATTRS_MAX) {
        (void)tape_fail(t, ERR_MALFORMED, "malformed",
                        "%s: attribute '%s' is given twice", call->label, value->name);
        return false;
    }
    if (!kind_fits(d.kind, value)) {
        (void)tape_fail(t, ERR_MALFORMED, "malformed",
                        "%s: attribute '%s' of %s must be %s", call->label, value->name,
                        call->op->name, kind_name(d.kind));
        return false;
    }
    if (!check_value(t, call, &d, value))
        return false;
    call->attr[call->attr_count] = *value;
    call->attr[call->attr_count++].present = true;
    return true;
}

/* The numbers between the commas of a default. */
static bool
parse_default(struct tape *t, const struct declaration *d, struct op_attr *out)
{
    const char *p = d->fallback, *end = p + d->fallback_size;
    double *reals = heap_alloc(&t->heap, (d->fallback_size + 1) * sizeof(*reals));
    int64_t *ints = heap_alloc(&t->heap, (d->fallback_size + 1) * sizeof(*ints));

    if (!reals || !ints)
        return tape_check(t, NULL) != NULL;
    if (d->kind == 's' || d->kind == 'S') {
        out->text = arena_strndup(&t->heap.small, p, d->fallback_size);
        return true;
    }
    out->is_integer = true;
    while (p < end) {
        size_t size = strcspn(p, ", {"), i = out->count++;

        if (strncmp(p, "true", size) == 0 || strncmp(p, "false", size) == 0)
            ints[i] = p[0] == 't';
        else if (!num_parse_i64(p, size, &ints[i]))
            out->is_integer = false;
        if (!num_parse_f64(p, size, &reals[i]))
            reals[i] = (double)ints[i];
        p += size + 1;
    }
    out->is_list = out->count > 1;
    out->dims = out->is_list;
    out->size[0] = (int64_t)out->count;
    out->reals = reals;
    out->ints = ints;
    return true;
}

static bool
fill_defaults(struct tape *t, struct op_call *call)
{
    const char *line = call->op->attrs;
    struct declaration d;

    while (next_declaration(&line, &d)) {
        char *name = arena_strndup(&t->heap.small, d.name, d.name_size);
        struct op_attr value = {.name = name};

        if (find(call, name) || d.optional)
            continue;
        if (!d.fallback) {
            (void)tape_fail(t, ERR_MALFORMED, "malformed",
                            "%s: operator %s needs the attribute '%s'", call->label,
                            call->op->name, name);
            return false;
        }
        if (!parse_default(t, &d, &value))
            return false;
        call->attr[call->attr_count++] = value;
    }
    return true;
}

bool
op_call_check(struct tape *t, struct op_call *call)
{
    const struct operator* op = call->op;

    if (t->failed)
        return false;
    if (call->in_count < op->min_inputs || call->in_count > op->max_inputs) {
        (void)tape_fail(t, ERR_MALFORMED, "malformed",
                        "%s: operator %s takes %zu to %zu inputs, not %zu", call->label,
                        op->name, op->min_inputs, op->max_inputs, call->in_count);
        return false;
    }
    for (size_t i = 0; i < call->in_count; i++) {
        /* A list of operands has no gaps, nor have those that are always there; those of
         * ONNX have lines of their own. */
        bool list = op->min_inputs > 0 && op->max_inputs >= CALL_LIST_INPUTS;

        if (!call->in[i] && (i < op->min_inputs || list)) {
            (void)tape_fail(t, ERR_MALFORMED, "malformed",
                            "%s: operator %s cannot do without its input %zu",
                            call->label, op->name, i);
            return false;
        }
    }
    if (op->outputs > 0 ? call->out_count != op->outputs
                        : call->out_count == 0 || call->out_count > CALL_OUTPUTS_MAX) {
        (void)tape_fail(t, ERR_MALFORMED, "malformed",
                        "%s: operator %s has %zu outputs, %zu are named", call->label,
                        op->name, op->outputs, call->out_count);
        return false;
    }
    return fill_defaults(t, call);
}

bool
op_call_run(struct tape *t, struct op_call *call)
{
    if (!op_call_check(t, call))
        return false;
    call->op->run(t, call);
    for (size_t i = 0; i < call->out_count && !t->failed; i++) {
        if (i > 0 && !call->out[i])
            (void)tape_fail(t, ERR_MALFORMED, "malformed",
                            "%s: operator %s has %zu outputs here, %zu are named",
                            call->label, call->op->name, i, call->out_count);
        else
            (void)tape_check(t, call->out[i]);
    }
    return !t->failed;
}

struct tensor *
op_apply(struct tape *t, void (*run)(struct tape *, struct op_call *), struct tensor *a,
         struct tensor *b)
{
    struct op_call call = {.in = {a, b}, .in_count = b ? 2 : 1, .out_count = 1};

    if (!a)
        return NULL;
    run(t, &call);
    return t->failed ? NULL : call.out[0];
}

int64_t
attr_int(const struct op_call *call, const char *name)
{
    return find(call, name)->ints[0];
}

double
attr_real(const struct op_call *call, const char *name)
{
    return find(call, name)->reals[0];
}

bool
attr_bool(const struct op_call *call, const char *name)
{
    return find(call, name)->ints[0] != 0;
}

const char *
attr_text(const struct op_call *call, const char *name)
{
    return find(call, name)->text;
}

bool
attr_given(const struct op_call *call, const char *name)
{
    const struct op_attr *a = find(call, name);

    return a && a->present;
}

const struct op_attr *
attr_list(const struct op_call *call, const char *name)
{
    return find(call, name);
}

struct tensor *
attr_index(struct tape *t, const struct op_call *call, const char *name)
{
    return attr_tensor(t, call, name, TENSOR_I64);
}

struct tensor *
attr_tensor(struct tape *t, const struct op_call *call, const char *name,
            enum tensor_type type)
{
    const struct op_attr *a = find(call, name);
    struct tensor *x = tape_check(t, tensor_new(&t->heap, type, a->dims, a->size));

    for (size_t i = 0; x && i < a->count; i++) {
        if (type == TENSOR_I64)
            tensor_i64(x)[i] = a->ints[i];
        else
            tensor_set(x, (int64_t)i, a->reals[i]);
    }
    return x;
}

void
attr_ints(struct tape *t, const struct op_call *call, const char *name, int count,
          int64_t *out)
{
    const struct op_attr *a = find(call, name);

    if (a->count != 1 && a->count != (size_t)count)
        (void)tape_fail(t, ERR_MALFORMED, "malformed",
                        "%s: attribute '%s' has %zu numbers, not 1 or %d", call->label,
                        name, a->count, count);
    for (int i = 0; i < count; i++)
        out[i] = a->count == 1 ? a->ints[0] : (size_t)i < a->count ? a->ints[i] : 0;
}

uint32_t
attr_dims(struct tape *t, const struct op_call *call, const char *name,
          const struct tensor *x)
{
    const struct op_attr *a = find(call, name);
    uint32_t mask = 0;

    if (!a || a->count == 0)
        return op_all_dims(x);
    for (size_t i = 0; i < a->count; i++) {
        int dim = op_dim(t, a->ints[i], x->dims);

        if (dim < 0)
            return 0;
        if (mask >> dim & 1) {
            (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                            "dim %d appears multiple times in the list of dims", dim);
            return 0;
        }
        mask |= x->dims > 0 ? UINT32_C(1) << dim : 0;
    }
    return mask;
}
