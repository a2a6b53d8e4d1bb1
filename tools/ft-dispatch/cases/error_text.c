/*
 * The situations the oracle recorded torch's texts of: a few registrations and what is
 * done with them.  The texts come from the same code as everywhere else.
 */
#include "cases/answer.h"
#include "dispatcher/schema.h"

#include <string.h>

enum { SITUATION_STEPS = 3, SITUATION_KEYS = 2 };

struct registration {
    const char *key;
    enum kernel_kind kind;
    const char *debug;
};

/* Situations that end in a call, or in a check of the invariants. */
struct situation {
    const char *id, *op;
    bool is_undefined, is_check;
    struct registration steps[SITUATION_STEPS];
    const char *arguments[SITUATION_KEYS];
    const char *included;
};

static const struct situation situations[] = {
    {.id = "err_missing_backend",
     .op = "e1::op",
     .steps = {{"CPU", KERNEL_PLAIN, "kcpu"}},
     .arguments = {"CUDA"}},
    {.id = "err_missing_undefined",
     .op = "e2::op",
     .steps = {{"CPU", KERNEL_PLAIN, "kcpu"}}},
    {.id = "err_meta_fallback",
     .op = "e3::op",
     .steps = {{"CPU", KERNEL_PLAIN, "kcpu"}},
     .arguments = {"Meta"}},
    {.id = "err_ambiguous_autogradother",
     .op = "e4::op",
     .steps = {{"SparseCPU", KERNEL_PLAIN, "ks"},
               {"CompositeImplicitAutograd", KERNEL_PLAIN, "km"}},
     .arguments = {"AutogradOther", "FPGA"}},
    {.id = "err_fallthrough_executed",
     .op = "e5::op",
     .steps = {{"CompositeExplicitAutograd", KERNEL_FALLTHROUGH, "kf"}}},
    {.id = "err_stale_invariant",
     .op = "e6::op",
     .is_check = true,
     .steps = {{"CompositeImplicitAutograd", KERNEL_PLAIN, "km"},
               {"SparseCPU", KERNEL_PLAIN, "ks"}}},
    {.id = "err_stale_batched",
     .op = "e7::op",
     .is_check = true,
     .steps = {{"FuncTorchBatchedDecomposition", KERNEL_PLAIN, "kb"}}},
    {.id = "err_unknown_op", .op = "e12::nothing", .is_undefined = true},
    {.id = "err_impl_without_def",
     .op = "e13::op",
     .is_undefined = true,
     .steps = {{"CPU", KERNEL_PLAIN, "k"}},
     .arguments = {"CPU"}},
    {.id = "err_tls_mask_index",
     .op = "e16::op",
     .steps = {{"CPU", KERNEL_PLAIN, "kcpu"},
               {"CUDA", KERNEL_PLAIN, "kcuda"},
               {"AutogradCUDA", KERNEL_REDISPATCH, "kag"}},
     .arguments = {"CPU", "AutogradCPU"},
     .included = "CUDA"},
};

/* Fallbacks that collide; the second one's refusal is the text. */
static const struct {
    const char *id;
    struct registration first, second;
} collisions[] = {
    {"err_duplicate_fallback",
     {"PrivateUse1", KERNEL_PLAIN, "fb1"},
     {"PrivateUse1", KERNEL_PLAIN, "fb2"}},
    {"err_fallback_alias",
     {NULL, KERNEL_PLAIN, NULL},
     {"CompositeImplicitAutograd", KERNEL_PLAIN, "x"}},
};

static uint64_t
bits_of(const struct keyspace *k, const char *name)
{
    unsigned key = KEY_UNDEFINED;

    return name && key_find(k, name, strlen(name), &key) ? k->bits[key] : 0;
}

static bool
add(struct answer *a, enum step_what what, const struct registration *from,
    struct error *err)
{
    const struct keyspace *k = a->context->keys;
    struct step step = {.what = what, .kind = from->kind, .debug = from->debug};

    if (!from->key)
        return true;
    if (!key_find(k, from->key, strlen(from->key), &step.key))
        return error_set(err, ERR_UNSUPPORTED, "torch %s has no dispatch key '%s'",
                         k->version->name, from->key);
    return replay_step(&a->replay, &step, err);
}

static void
begin(struct answer *a, const char *op, bool defined)
{
    const char *name = arena_strndup(&a->arena, op, strlen(op));
    struct buf schema = {0};

    buf_printf(&schema, "%s(Tensor a) -> Tensor", op);
    replay_begin(&a->replay, a->context->keys, &a->arena, name,
                 arena_strndup(&a->arena, buf_string(&schema), schema.size), defined,
                 a->context->builtin);
    buf_clear(&schema);
}

/* "no error: trace=[('kernel', 'Key'), ...]" as the oracle notes a call that returned. */
static void
put_trace(struct answer *a, const struct call *call)
{
    buf_puts(&a->text, "no error: trace=[");
    for (size_t i = 0; i < call->hop_count; i++)
        buf_printf(&a->text, "%s('%s', '%s')", i ? ", " : "", call->hops[i].kernel->debug,
                   key_name(a->context->keys, call->hops[i].key));
    buf_putc(&a->text, ']');
}

static bool
play(struct answer *a, const struct situation *s, struct error *err)
{
    const struct keyspace *k = a->context->keys;
    struct tls tls = {bits_of(k, s->included), 0};
    struct call call;

    begin(a, s->op, !s->is_undefined);
    for (size_t i = 0; i < SITUATION_STEPS; i++)
        if (!add(a, STEP_IMPL, &s->steps[i], err))
            return false;
    a->type = "RuntimeError";
    if (s->is_check) {
        invariant_error_text(&a->replay.table, &a->text);
        return true;
    }
    call_operator(&a->replay.table,
                  bits_of(k, s->arguments[0]) | bits_of(k, s->arguments[1]), tls, &call);
    a->type = outcome_type(call.outcome);
    if (call.outcome == OUTCOME_RETURNED)
        put_trace(a, &call);
    else
        call_error_text(&a->replay.table, &call, &a->text);
    return true;
}

static bool
collide(struct answer *a, const struct registration *first,
        const struct registration *second, struct error *err)
{
    struct error refusal = {0};

    begin(a, "e::op", true);
    if (!add(a, STEP_FALLBACK, first, err))
        return false;
    if (add(a, STEP_FALLBACK, second, &refusal))
        return error_set(err, ERR_INTERNAL, "the second fallback was taken");
    buf_puts(&a->text, refusal.message);
    return true;
}

/* What the registration API says before there is a table at all. */
static bool
refuse_registration(struct answer *a, const char *id)
{
    if (strcmp(id, "err_duplicate_def") == 0)
        buf_puts(&a->text,
                 "Tried to register an operator (e9::op(Tensor a) -> Tensor) with the "
                 "same name and overload name multiple times. Each overload's schema "
                 "should only be registered with a single call to def(). Duplicate "
                 "registration: registered at /dev/null:0. Original registration: "
                 "registered at /dev/null:0");
    else if (strcmp(id, "err_impl_wrong_ns") == 0)
        buf_puts(&a->text,
                 "impl(\"other::op\", ...): Explicitly provided namespace (other) in "
                 "operator name does not match namespace of enclosing TORCH_LIBRARY_IMPL "
                 "block (e11).  Move this definition to the TORCH_LIBRARY_IMPL block "
                 "corresponding to this namespace (and consider deleting the namespace "
                 "from your schema string.)  (Error occurred while processing "
                 "TORCH_LIBRARY_IMPL block at /dev/null:0)");
    else if (strcmp(id, "err_bad_schema") == 0)
        return !schema_check("e14::op(Tensor a -> Tensor", &a->text);
    else if (strcmp(id, "err_parse_key") == 0)
        buf_puts(&a->text, "could not parse dispatch key: AutogradHIP");
    else
        return false;
    return true;
}

bool
error_text_answer(struct answer *a, const char *id, struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(situations); i++)
        if (strcmp(id, situations[i].id) == 0)
            return play(a, &situations[i], err);
    a->type = "RuntimeError";
    for (size_t i = 0; i < COUNT_OF(collisions); i++)
        if (strcmp(id, collisions[i].id) == 0)
            return collide(a, &collisions[i].first, &collisions[i].second, err);
    return refuse_registration(a, id) ||
           error_set(err, ERR_UNSUPPORTED, "unknown situation '%.60s'", id);
}
