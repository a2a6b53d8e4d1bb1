/*
 * operators.c: the table of ONNX's operators, and what every call of one goes through.
 */
#include "ops/onnx/operators.h"

#include "ops/onnx/kernel.h"

#include "common/num.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void run(struct tape *t, struct op_call *call);

#define MOVE ONNX_MOVE
#define GRAD ONNX_GRAD
const struct onnx_operator onnx_operators[] = {
#define ONNX(name, since, until, flags, kernel, attrs, types)                            \
    {{"onnx." #name "." #since, 0, CALL_INPUTS_MAX, 0, attrs, run},                      \
     #name,                                                                              \
     since,                                                                              \
     (until) > 0 ? (until) : ONNX_OPSET_MAX,                                             \
     flags,                                                                              \
     types,                                                                              \
     onnx_##kernel},
#include "ops/onnx/operators.def"
#undef ONNX
};
#undef MOVE
#undef GRAD

const size_t onnx_operators_count = COUNT_OF(onnx_operators);

const struct operator* onnx_operator_find(const char *name)
{
    for (size_t i = 0; i < onnx_operators_count; i++) {
        if (strcmp(onnx_operators[i].base.name, name) == 0)
            return &onnx_operators[i].base;
    }
    return NULL;
}

const struct onnx_operator *
onnx_operator_at(const char *name, int64_t opset)
{
    for (size_t i = 0; i < onnx_operators_count; i++) {
        const struct onnx_operator *op = &onnx_operators[i];

        if (strcmp(op->name, name) == 0 && op->since <= opset && opset <= op->until)
            return op;
    }
    return NULL;
}

const struct onnx_operator *
onnx_operator_of(const struct op_call *call)
{
    return (const struct onnx_operator *)(const void *)call->op;
}

/* By enum tensor_type. */
static const char codes[] = "fd8beg124ABCD";
static const int8_t numbers[] = {1, 11, 7, 9, 10, 16, 3, 5, 6, 2, 4, 12, 13};

_Static_assert(sizeof(codes) == TENSOR_TYPES + 1, "a code for each type");
_Static_assert(sizeof(numbers) == TENSOR_TYPES, "a number for each type");

char
onnx_type_code(enum tensor_type type)
{
    return codes[type];
}

enum tensor_type
onnx_type_of(int64_t data_type)
{
    enum tensor_type type = TENSOR_F32;

    while (type < TENSOR_TYPES && numbers[type] != data_type)
        type++;
    return type;
}

int64_t
onnx_type_number(enum tensor_type type)
{
    return numbers[type];
}

const char *
onnx_type_name(int64_t data_type)
{
    static const char *const names[] = {
        "UNDEFINED",      "FLOAT",    "UINT8",        "INT8",           "UINT16",
        "INT16",          "INT32",    "INT64",        "STRING",         "BOOL",
        "FLOAT16",        "DOUBLE",   "UINT32",       "UINT64",         "COMPLEX64",
        "COMPLEX128",     "BFLOAT16", "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2",
        "FLOAT8E5M2FNUZ", "UINT4",    "INT4",         "FLOAT4E2M1"};

    return data_type >= 0 && data_type < (int64_t)COUNT_OF(names) ? names[data_type]
                                                                  : "?";
}

const char *
onnx_set_text(const char *set, size_t size, char out[static ONNX_SET_TEXT])
{
    size_t used = 0;

    out[0] = 0;
    for (size_t i = 0; i < size; i++) {
        const char *code = strchr(codes, set[i]);

        if (code && used < ONNX_SET_TEXT)
            used += (size_t)snprintf(out + used, ONNX_SET_TEXT - used, "%s%s",
                                     i > 0 ? ", " : "",
                                     tensor_type_name((enum tensor_type)(code - codes)));
    }
    return out;
}

/* The set of a letter stands behind its first place. */
static void
find_set(const char *types, struct onnx_slot *slot)
{
    for (const char *p = types; *p; p++) {
        if (p[0] == slot->letter && p[1] == '=') {
            slot->set = p + 2;
            slot->set_size = strcspn(slot->set, " ?*");
            return;
        }
    }
}

bool
onnx_next_slot(const struct onnx_operator *op, const char **at, struct onnx_slot *slot)
{
    const char *p = *at ? *at : op->types;
    size_t size;

    while (*p == ' ')
        p++;
    if (*p == 0 || *p == '-') {
        *at = *p == '-' ? p + 2 : p;
        return false;
    }
    size = strcspn(p, " ");
    memset(slot, 0, sizeof(*slot));
    slot->letter = p[0];
    slot->optional = p[size - 1] == '?';
    slot->variadic = p[size - 1] == '*';
    find_set(op->types, slot);
    *at = p + size;
    return true;
}

bool
onnx_may_leave_out(const struct onnx_operator *op, size_t i)
{
    const char *at = NULL;
    struct onnx_slot slot;

    while (onnx_next_slot(op, &at, &slot)) {
        if (i-- == 0)
            return slot.optional;
    }
    return false;
}

/* The types that letters stand for in one call; TENSOR_TYPES: not known yet. */
struct binding {
    enum tensor_type type[26];
};

static bool
bind(struct tape *t, const struct op_call *call, struct binding *b,
     const struct onnx_slot *slot, size_t number, enum tensor_type type)
{
    enum tensor_type *bound = &b->type[slot->letter - 'A'];
    char text[ONNX_SET_TEXT];

    if (*bound != TENSOR_TYPES && *bound != type) {
        (void)tape_fail(t, ERR_UNSUPPORTED, "unsupported_dtype",
                        "%s: input %zu of %s is %s where %s is wanted", call->label,
                        number, call->op->name, tensor_type_name(type),
                        tensor_type_name(*bound));
        return false;
    }
    if (!slot->set || !memchr(slot->set, codes[type], slot->set_size)) {
        (void)tape_fail(t, ERR_UNSUPPORTED, "unsupported_dtype",
                        "%s: input %zu of %s is %s (supported: %s)", call->label, number,
                        call->op->name, tensor_type_name(type),
                        onnx_set_text(slot->set, slot->set_size, text));
        return false;
    }
    *bound = type;
    return true;
}

static bool
bind_inputs(struct tape *t, const struct op_call *call, struct binding *b,
            const enum tensor_type *in, const char **at)
{
    const struct onnx_operator *op = onnx_operator_of(call);
    struct onnx_slot slot = {0};
    size_t i = 0;

    while (onnx_next_slot(op, at, &slot)) {
        do {
            if (i < call->in_count && in[i] != TENSOR_TYPES) {
                if (!bind(t, call, b, &slot, i, in[i]))
                    return false;
            } else if (!slot.optional) {
                (void)tape_fail(t, ERR_MALFORMED, "malformed", "%s: %s needs input %zu",
                                call->label, call->op->name, i);
                return false;
            }
            i++;
        } while (slot.variadic && i < call->in_count);
    }
    if (call->in_count > i) {
        (void)tape_fail(t, ERR_MALFORMED, "malformed",
                        "%s: %s takes at most %zu inputs, not %zu", call->label,
                        call->op->name, i, call->in_count);
        return false;
    }
    return true;
}

/* The type that an attribute names, or what stands for it when it is absent. */
static bool
type_by_attribute(struct tape *t, const struct op_call *call, const struct binding *b,
                  const struct onnx_slot *slot, enum tensor_type *out)
{
    static const char *const names[] = {"to", "dtype", "output_datatype", "output_dtype"};
    enum tensor_type given = b->type['T' - 'A'];
    char text[ONNX_SET_TEXT];

    *out = TENSOR_F32;
    if (given < TENSOR_TYPES && operator_attr_kind(call->op, "dtype") != 0)
        *out = given; /* EyeLike: like its input */
    if (operator_attr_kind(call->op, "output_dtype") != 0)
        *out = TENSOR_U8; /* QuantizeLinear */
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct op_attr *a = attr_list(call, names[i]);

        if (!a || (i == 3 && a->ints[0] == 0))
            continue;
        *out = onnx_type_of(a->ints[0]);
        if (*out != TENSOR_TYPES && memchr(slot->set, codes[*out], slot->set_size))
            return true;
        (void)tape_fail(t, ERR_UNSUPPORTED, "unsupported_attribute",
                        "%s: attribute '%s' of %s is %" PRId64 ", %s (supported: %s)",
                        call->label, names[i], call->op->name, a->ints[0],
                        onnx_type_name(a->ints[0]),
                        onnx_set_text(slot->set, slot->set_size, text));
        return false;
    }
    if (!memchr(slot->set, codes[*out], slot->set_size)) {
        const char *code = strchr(codes, slot->set[0]);

        *out = (enum tensor_type)(code - codes);
    }
    return true;
}

bool
onnx_check_types(struct tape *t, const struct op_call *call, const enum tensor_type *in,
                 enum tensor_type *out)
{
    struct binding b;
    const char *at = NULL;
    struct onnx_slot slot = {0};
    size_t i = 0;

    for (size_t k = 0; k < COUNT_OF(b.type); k++)
        b.type[k] = TENSOR_TYPES;
    if (!bind_inputs(t, call, &b, in, &at))
        return false;
    while (onnx_next_slot(onnx_operator_of(call), &at, &slot)) {
        do {
            enum tensor_type *bound = &b.type[slot.letter - 'A'];

            if (*bound == TENSOR_TYPES && !type_by_attribute(t, call, &b, &slot, bound))
                return false;
            if (i < call->out_count)
                out[i] = *bound;
            i++;
        } while (slot.variadic && i < call->out_count);
    }
    if (call->out_count > i) {
        (void)tape_fail(t, ERR_MALFORMED, "malformed",
                        "%s: %s has at most %zu outputs, not %zu", call->label,
                        call->op->name, i, call->out_count);
        return false;
    }
    return true;
}

static bool
is_half(enum tensor_type type)
{
    return type == TENSOR_F16 || type == TENSOR_BF16;
}

static void
no_derivative(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    (void)grad;
    (void)out;
    (void)tape_fail(t, ERR_UNSUPPORTED, "unsupported_backward",
                    "%s has no derivative here", (const char *)n->extra);
}

/* A real result that depends on a tracked input in a way that is not recorded. */
static void
forbid_backward(struct tape *t, struct op_call *call)
{
    for (size_t i = 0; i < call->out_count; i++) {
        struct tensor *y = call->out[i];
        struct node *n;

        if (!y || !tensor_is_real(y) || tape_tracks(y))
            continue;
        n = tape_record_list(t, "OnnxBackward0", no_derivative, call->in_count, call->in);
        if (!n)
            continue;
        n->extra = arena_strndup(&t->heap.small, call->op->name, strlen(call->op->name));
        call->out[i] = tape_output(t, n, tensor_alias(&t->heap, y));
    }
}

static void
run(struct tape *t, struct op_call *call)
{
    const struct onnx_operator *op = onnx_operator_of(call);
    enum tensor_type in[CALL_INPUTS_MAX], out[CALL_OUTPUTS_MAX];

    for (size_t i = 0; i < call->in_count; i++)
        in[i] = call->in[i] ? call->in[i]->type : TENSOR_TYPES;
    if (!onnx_check_types(t, call, in, out))
        return;
    for (size_t i = 0; i < call->in_count && !(op->flags & ONNX_MOVE); i++) {
        if (call->in[i] && is_half(in[i]))
            call->in[i] = tape_check(t, tensor_cast(&t->heap, call->in[i], TENSOR_F32));
    }
    if (t->failed)
        return;
    op->kernel(t, call);
    for (size_t i = 0; i < call->out_count && !t->failed; i++) {
        if (call->out[i] && call->out[i]->type != out[i])
            call->out[i] = tape_check(t, onnx_convert(t, call->out[i], out[i]));
    }
    if (!t->failed && !(op->flags & ONNX_GRAD))
        forbid_backward(t, call);
}
