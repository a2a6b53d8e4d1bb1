/*
 * The texts torch raises with, word for word (OperatorEntry.cpp, KernelFunction.cpp,
 * MetaFallbackKernel.cpp; equal in 1.13 and 2.6 but for line numbers).
 */
#include "dispatcher/call.h"

static void
put_schema(const struct registry *r, struct buf *out)
{
    buf_printf(out, "name: %s\n", r->name);
    if (!r->defined) {
        buf_puts(out, "schema: (none)\n");
        return;
    }
    /* Where it was defined is not ours to know: tests define with this place. */
    buf_printf(out,
               "schema: %s\ndebug: registered at /dev/null:0\n"
               "alias analysis kind: FROM_SCHEMA\n",
               r->schema ? r->schema : r->name);
}

void
operator_dump(const struct registry *r, struct buf *out)
{
    const struct keyspace *k = r->keys;

    put_schema(r, out);
    for (unsigned key = 0; key < k->version->key_count; key++)
        for (const struct kernel *kernel = r->newest[key]; kernel; kernel = kernel->next)
            buf_printf(out, "%s%s%s: %s :: (none) [ %sboxed ]\n", key_name(k, key),
                       key_is_alias(k, key) ? "[alias]" : "",
                       kernel == r->newest[key] ? "" : " (inactive)", kernel->debug,
                       kernel->kind == KERNEL_FALLTHROUGH ? "fallthrough " : "");
}

static void
put_state(const struct registry *r, struct buf *out)
{
    buf_puts(out, "Canonical state\n~~~~~~~~~~~\n");
    operator_dump(r, out);
    buf_puts(out, "\n\n");
}

void
invariant_error_text(const struct runtime_table *t, struct buf *out)
{
    buf_printf(out,
               "expected_k._equalsBoxedAndUnboxed(dispatchTable_[idx]) INTERNAL ASSERT "
               "FAILED at \"./aten/src/ATen/core/dispatch/OperatorEntry.cpp\":%u, please "
               "report a bug to PyTorch. ",
               t->registry.keys->version->assert_line);
    put_state(&t->registry, out);
    buf_puts(out, "Computed table:\n~~~~~~~~~~~\n");
    table_dump(&t->registry, out);
}

/* "[CPU, CUDA].", then the computed table. */
static void
put_available(const struct runtime_table *t, struct buf *out)
{
    const struct keyspace *k = t->registry.keys;
    const char *separator = "";

    buf_putc(out, '[');
    for (unsigned i = 1; i < k->runtime_count; i++)
        if (runtime_slot(t, k->runtime[i])) {
            buf_printf(out, "%s%s", separator, key_name(k, k->runtime[i]));
            separator = ", ";
        }
    buf_puts(out, "].\n\n");
    table_dump(&t->registry, out);
}

static void
put_ambiguous(const struct registry *r, struct buf *out)
{
    buf_printf(out,
               "0 INTERNAL ASSERT FAILED at "
               "\"./aten/src/ATen/core/boxing/KernelFunction.cpp\":23, please report a "
               "bug to PyTorch. %s has kernels registered to both "
               "CompositeImplicitAutograd and a backend mapped to AutogradOther. This "
               "makes the backend kernel unreachable; the dispatcher will always prefer "
               "the CompositeImplicitAutograd lowering (see Note [Ambiguity in "
               "AutogradOther kernel]). If you want to override "
               "CompositeImplicitAutograd, please open an issue to request a dedicated "
               "Autograd dispatch key for the backend.\n",
               r->name);
    buf_puts(out, "If you only want to run inference instead of training, in C++, add "
                  "`c10::InferenceMode mode;` before model.forward(); in Python, use "
                  "`torch.inference_mode()` as a context manager (see "
                  "https://pytorch.org/docs/stable/generated/"
                  "torch.inference_mode.html).\n");
    put_state(r, out);
}

static void
put_missing(const struct runtime_table *t, const struct call *call, struct buf *out)
{
    const char *name = t->registry.name;

    if (call->outcome == OUTCOME_MISSING_UNDEFINED)
        buf_printf(
            out,
            "There were no tensor arguments to this function (e.g., you passed an empty "
            "list of Tensors), but no fallback function is registered for schema %s.  "
            "This usually means that this function requires a non-empty list of Tensors, "
            "or that you (the operator writer) forgot to register a fallback function.  "
            "Available functions are ",
            name);
    else
        buf_printf(
            out,
            "Could not run '%s' with arguments from the '%s' backend. This could be "
            "because the operator doesn't exist for this backend, or was omitted during "
            "the selective/custom build process (if using custom build). If you are a "
            "Facebook employee using PyTorch on mobile, please visit "
            "https://fburl.com/ptmfixes for possible resolutions. '%s' is only available "
            "for these backends: ",
            name, key_name(t->registry.keys, call->key), name);
    put_available(t, out);
}

static void
put_unknown(const struct registry *r, struct buf *out)
{
    buf_printf(out, "Could not find schema for %s.", r->name);
    if (r->kernel_count > 0)
        buf_puts(
            out,
            " but we found an implementation; did you forget to def() the operator?");
}

void
call_error_text(const struct runtime_table *t, const struct call *call, struct buf *out)
{
    const char *name = t->registry.name;
    const char *key = key_name(t->registry.keys, call->key);

    switch (call->outcome) {
    case OUTCOME_RETURNED: break;
    case OUTCOME_MISSING_BACKEND:
    case OUTCOME_MISSING_UNDEFINED: put_missing(t, call, out); break;
    case OUTCOME_AMBIGUOUS: put_ambiguous(&t->registry, out); break;
    case OUTCOME_FALLTHROUGH:
        buf_puts(
            out,
            "0 INTERNAL ASSERT FAILED at "
            "\"./aten/src/ATen/core/boxing/KernelFunction.cpp\":14, please report a "
            "bug to PyTorch. fallthrough_kernel was executed but it should have been "
            "short-circuited by the dispatcher. This could occur if you registered a "
            "fallthrough kernel as a override for a specific operator (as opposed to "
            "a backend fallback); this is NOT currently supported, and we do not "
            "intend to add support for it in the near future.  If you do find "
            "yourself in need of this, let us know in the bug tracker.");
        break;
    case OUTCOME_INVARIANT_VIOLATION: invariant_error_text(t, out); break;
    case OUTCOME_META_FALLBACK:
        buf_printf(out,
                   "%s: attempted to run this operator with Meta tensors, but there was "
                   "no fake impl or Meta kernel registered. You may have run into this "
                   "message while using an operator with PT2 compilation APIs "
                   "(torch.compile/torch.export); in order to use this operator with "
                   "those APIs you'll need to add a fake impl. Please see the following "
                   "for next steps:  "
                   "https://pytorch.org/tutorials/advanced/custom_ops_landing_page.html",
                   name);
        break;
    case OUTCOME_OPAQUE_FALLBACK:
        buf_printf(out,
                   "%s enters torch's own fallback for %s, whose inside is not modelled",
                   name, key);
        break;
    case OUTCOME_REDISPATCH_CYCLE:
        buf_printf(out, "%s redispatches from %s with the same keyset, without end", name,
                   key);
        break;
    case OUTCOME_UNKNOWN_OPERATOR: put_unknown(&t->registry, out); break;
    }
}
