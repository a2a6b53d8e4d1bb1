/*
 * policy.h: which globals a checkpoint may name.
 *
 * The allow-list decides; the deny-list only says why a name is dangerous.  A
 * name in neither list is refused all the same.
 */
#ifndef CKPT_PICKLE_POLICY_H
#define CKPT_PICKLE_POLICY_H

#include "common/arena.h"
#include "pickle/value.h"

enum verdict {
    VERDICT_ALLOWED,   /* understood: a tensor's rebuild function, a dtype, ... */
    VERDICT_OPAQUE,    /* a known class of plain data; listed, not understood */
    VERDICT_UNKNOWN,   /* in no list */
    VERDICT_DANGEROUS, /* known to execute, write, connect or load code */
};

const char *verdict_name(enum verdict v); /* "allowed", "opaque", ... */

/* why: what the name could do, for VERDICT_DANGEROUS; may be NULL. */
enum verdict policy_judge(const struct global *g, const char **why);

/* May weights_only=True of torch 2.6 meet this name? */
bool policy_weights_only(const struct global *g);

/* The name as Python 3 and torch spell it ("__builtin__.set" is "builtins.set"). */
const char *policy_modern_name(struct arena *arena, const struct global *g);

/* A class TorchScript compiled: data there, refused elsewhere. */
bool policy_is_torchscript(const struct global *g);

#endif
