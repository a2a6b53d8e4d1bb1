#include "dispatcher/call.h"

#include <string.h>

static const struct {
    const char *name, *type;
} outcomes[] = {
    [OUTCOME_RETURNED] = {"returned", NULL},
    [OUTCOME_MISSING_BACKEND] = {"missing_backend", "NotImplementedError"},
    [OUTCOME_MISSING_UNDEFINED] = {"missing_undefined", "NotImplementedError"},
    [OUTCOME_AMBIGUOUS] = {"ambiguous_autogradother", "RuntimeError"},
    [OUTCOME_FALLTHROUGH] = {"fallthrough_executed", "RuntimeError"},
    [OUTCOME_INVARIANT_VIOLATION] = {"invariant_violation", "RuntimeError"},
    [OUTCOME_META_FALLBACK] = {"meta_fallback", "NotImplementedError"},
    [OUTCOME_OPAQUE_FALLBACK] = {"opaque_fallback", "Unmodelled"},
    [OUTCOME_REDISPATCH_CYCLE] = {"redispatch_cycle", "RecursionError"},
    [OUTCOME_UNKNOWN_OPERATOR] = {"unknown_operator", "RuntimeError"},
};

const char *
outcome_name(enum outcome outcome)
{
    return outcomes[outcome].name;
}

const char *
outcome_type(enum outcome outcome)
{
    return outcomes[outcome].type;
}

/*
 * The fallthrough mask.  With different masks for different backends torch 1.13
 * picks one by the arguments' keyset, 2.x by the keyset after TLS.
 */
static void
choose_mask(const struct runtime_table *t, struct call *call)
{
    const struct keyspace *k = t->registry.keys;
    uint64_t by = k->version->mask_after_tls ? call->after_tls : call->arguments;
    unsigned index = keyset_backend_index(k, by);
    bool differ = runtime_masks_differ(t);

    call->mask_backend = differ ? index + 1 : 0;
    call->mask = differ ? t->nonfallthrough_of[index] : t->nonfallthrough;
}

static enum outcome
missing(const struct runtime_table *t, unsigned key)
{
    if (!runtime_is_consistent(t))
        return OUTCOME_INVARIANT_VIOLATION;
    return key == KEY_UNDEFINED ? OUTCOME_MISSING_UNDEFINED : OUTCOME_MISSING_BACKEND;
}

/* Enter a kernel; true when it calls on, with *keyset for the next lookup. */
static bool
enter(const struct runtime_table *t, const struct hop *hop, uint64_t *keyset,
      enum outcome *outcome)
{
    const struct keyspace *k = t->registry.keys;
    unsigned other = k->known[KNOWN_AUTOGRAD_OTHER];

    *outcome = OUTCOME_RETURNED;
    if (!hop->kernel) {
        *outcome = missing(t, hop->key);
        return false;
    }
    switch (hop->kernel->kind) {
    case KERNEL_PLAIN: return false;
    case KERNEL_FALLTHROUGH: *outcome = OUTCOME_FALLTHROUGH; return false;
    case KERNEL_AMBIGUOUS: *outcome = OUTCOME_AMBIGUOUS; return false;
    case KERNEL_META: *outcome = OUTCOME_META_FALLBACK; return false;
    case KERNEL_OPAQUE: *outcome = OUTCOME_OPAQUE_FALLBACK; return false;
    case KERNEL_AUTOGRAD: *keyset = hop->keyset & keyset_full_after(k, other); break;
    case KERNEL_REDISPATCH:
        *keyset = hop->key ? hop->keyset & keyset_full_after(k, hop->key) : 0;
        break;
    }
    /* Every other redispatch loses the key it came from and so must end. */
    if (*keyset == hop->keyset) {
        *outcome = OUTCOME_REDISPATCH_CYCLE;
        return false;
    }
    return true;
}

static bool
is_entered(enum kernel_kind kind)
{
    return kind == KERNEL_PLAIN || kind == KERNEL_REDISPATCH || kind == KERNEL_AUTOGRAD;
}

void
call_operator(const struct runtime_table *t, uint64_t arguments, struct tls tls,
              struct call *out)
{
    const struct keyspace *k = t->registry.keys;
    struct hop hop;
    bool on = true;

    memset(out, 0, offsetof(struct call, hops));
    out->hop_count = 0;
    out->key = KEY_UNDEFINED;
    out->failed_keyset = 0;
    out->arguments = arguments;
    out->after_tls = keyset_sub(k, arguments | tls.included, tls.excluded);
    choose_mask(t, out);
    out->keyset = out->after_tls & out->mask;
    if (!t->registry.defined) {
        out->outcome = OUTCOME_UNKNOWN_OPERATOR;
        return;
    }
    for (uint64_t keyset = out->keyset; on && out->hop_count < HOPS_MAX;) {
        hop.keyset = keyset;
        hop.key = keyset_key(k, keyset);
        hop.kernel = t->slots[keyset_slot(k, keyset)];
        on = enter(t, &hop, &keyset, &out->outcome);
        out->key = hop.key;
        if (hop.kernel && is_entered(hop.kernel->kind))
            out->hops[out->hop_count++] = hop;
        else
            out->failed_keyset = hop.keyset;
    }
}
