/*
 * call.h: one call of an operator, from the arguments' keysets to the last kernel.
 */
#ifndef DISPATCHER_CALL_H
#define DISPATCHER_CALL_H

#include "dispatcher/runtime_table.h"

/* TLS: keys torch adds to and takes from every call's keyset. */
struct tls {
    uint64_t included, excluded;
};

struct hop {
    const struct kernel *kernel;
    uint64_t keyset; /* with which it was entered */
    unsigned key;    /* highestPriorityTypeId of that */
};

enum outcome {
    OUTCOME_RETURNED,
    OUTCOME_MISSING_BACKEND,
    OUTCOME_MISSING_UNDEFINED,   /* no tensor arguments and no kernel for that */
    OUTCOME_AMBIGUOUS,           /* AutogradOther */
    OUTCOME_FALLTHROUGH,         /* a fallthrough kernel was entered */
    OUTCOME_INVARIANT_VIOLATION, /* missing, and the report trips over a stale table */
    OUTCOME_META_FALLBACK,
    OUTCOME_OPAQUE_FALLBACK,  /* ours: a fallback whose inside is not modelled */
    OUTCOME_REDISPATCH_CYCLE, /* ours: redispatch with the very same keyset */
    OUTCOME_UNKNOWN_OPERATOR, /* no schema */
};

enum { HOPS_MAX = 80 }; /* each hop loses a functionality: 47 and some */

struct call {
    uint64_t arguments;    /* OR of all */
    uint64_t after_tls;    /* (arguments | included) - excluded */
    uint64_t mask;         /* the keys that do not fall through */
    unsigned mask_backend; /* whose mask it is; 0 with one mask for all */
    uint64_t keyset;       /* after the mask: what is looked up first */
    struct hop hops[HOPS_MAX];
    size_t hop_count;
    enum outcome outcome;
    unsigned key;           /* of the failing lookup, or of the last hop */
    uint64_t failed_keyset; /* of the failing lookup */
};

void call_operator(const struct runtime_table *t, uint64_t arguments, struct tls tls,
                   struct call *out);

const char *outcome_name(enum outcome outcome);
/* The Python class torch raises; NULL when nothing is raised. */
const char *outcome_type(enum outcome outcome);

/* What torch says, the table behind it included; empty for OUTCOME_RETURNED. */
void call_error_text(const struct runtime_table *t, const struct call *call,
                     struct buf *out);
/* What _dispatch_check_invariants says when the table is stale. */
void invariant_error_text(const struct runtime_table *t, struct buf *out);
/* What _dispatch_dump says. */
void operator_dump(const struct registry *r, struct buf *out);

#endif
