/*
 * frankentorch.h: FrankenTorch's first dispatcher, six keys and one fallback.
 *
 * It puts Composite keys into keysets, which torch cannot (an alias has no bits there),
 * and knows only the CPU.  Strict refuses to route through a composite key; hardened
 * falls back to the backend and says so.
 */
#ifndef PROFILES_FRANKENTORCH_H
#define PROFILES_FRANKENTORCH_H

#include "common/diagnostic.h"
#include "common/json_in.h"

enum franken_key {
    FRANKEN_UNDEFINED,
    FRANKEN_BACKEND_SELECT,
    FRANKEN_COMPOSITE_IMPLICIT,
    FRANKEN_COMPOSITE_EXPLICIT,
    FRANKEN_CPU,
    FRANKEN_AUTOGRAD_CPU,
    FRANKEN_KEY_COUNT
};

/* Its DispatchDecision, and the scalar that comes out. */
struct franken_decision {
    enum mode mode;
    enum franken_key selected, backend, effective;
    uint64_t keyset_bits;
    bool fallback_used;
    const char *op;
    char kernel[40];
    double output;
};

const char *franken_key_name(enum franken_key key);
MUST_CHECK bool franken_key_find(const char *name, enum franken_key *out);
/* A bit a key; unknown bits are refused by franken_resolve(). */
uint64_t franken_bit(enum franken_key key);

/*
 * The subclasses of its errors: EmptySet, NoTypeKey, NoBackendKey, UnknownBits,
 * IncompatibleSet.  The fallback is a diagnostic, composite_backend_fallback.
 */
MUST_CHECK bool franken_resolve(uint64_t keyset, struct diagnostics *diagnostics,
                                struct franken_decision *out, struct error *err);

/* A case of its dispatch_key_cases.json: check the operands, resolve, compute. */
MUST_CHECK bool franken_case(const struct json_doc *doc, const struct json *node,
                             struct diagnostics *diagnostics,
                             struct franken_decision *out, struct error *err);

#endif
