/*
 * computed_table.h: which kernel torch would put at a key, and why.
 *
 * OperatorEntry::computeDispatchTableEntryWithDebug, a short list of rules of which
 * the first that applies wins.  resolve_explain() tells the same story with every
 * candidate that lost; both walk the one list in computed_table.c.
 */
#ifndef DISPATCHER_COMPUTED_TABLE_H
#define DISPATCHER_COMPUTED_TABLE_H

#include "dispatcher/registry.h"

/* In order of precedence; the texts are those of _dispatch_dump_table. */
enum rule {
    RULE_DIRECT,         /* "kernel" */
    RULE_NON_FUNCTIONAL, /* "default backend kernel" */
    RULE_EXPLICIT,       /* "default backend kernel" */
    RULE_NESTED,         /* "nested kernel" */
    RULE_AMBIGUOUS,      /* "ambiguous autogradother" */
    RULE_IMPLICIT,       /* "math kernel" */
    RULE_AUTOGRAD,       /* "autograd kernel" */
    RULE_BATCHED,        /* "batched kernel" */
    RULE_FALLBACK,       /* "backend fallback" */
    RULE_MISSING,        /* "missing" */
};

struct resolution {
    const struct kernel *kernel; /* NULL: missing */
    enum rule rule;
};

/* key is Undefined or a runtime key. */
struct resolution resolve(const struct registry *r, unsigned key);

/* Torch's word for a rule; our name of it in JSON ("composite_implicit"). */
const char *rule_text(enum rule rule);
const char *rule_name(enum rule rule);

enum verdict {
    VERDICT_WINS,
    VERDICT_NOT_REGISTERED, /* no kernel there */
    VERDICT_NOT_COVERED,    /* a kernel, but the key is outside its alias */
    VERDICT_BLOCKED,        /* it would apply, but something stands in its way */
    VERDICT_TOO_LATE,       /* it would apply, but an earlier rule won */
};

struct candidate {
    enum rule rule;
    enum verdict verdict;
    const struct kernel *kernel;  /* or NULL */
    const struct kernel *blocker; /* VERDICT_BLOCKED: what stood in the way */
};

/* Every rule's verdict, in order; returns how many. */
size_t resolve_explain(const struct registry *r, unsigned key,
                       struct candidate out[static RULE_MISSING + 1]);
const char *verdict_name(enum verdict verdict);

/*
 * What _dispatch_dump_table prints: a line a key that has an entry; empty when the
 * operator does not exist.
 */
void table_dump(const struct registry *r, struct buf *out);
/* The keys with an entry in `slots` as reportError lists them: "[CPU, CUDA]". */
void table_dump_line(const struct keyspace *k, unsigned key, struct resolution found,
                     struct buf *out);

#endif
