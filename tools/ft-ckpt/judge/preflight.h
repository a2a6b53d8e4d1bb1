/*
 * preflight.h: what torch.load(weights_only=True) of PyTorch 2.6 would say.
 */
#ifndef CKPT_JUDGE_PREFLIGHT_H
#define CKPT_JUDGE_PREFLIGHT_H

#include "model/checkpoint.h"

struct preflight_global {
    const char *name; /* as torch names it: Python 2 modules mapped */
    const char *attribute;
    bool blocked; /* of a module that cannot be allowed: os, sys, posix, nt */
};

struct preflight {
    struct preflight_global *refused; /* owned; sorted by name, each once */
    size_t count;
    const char *opcode; /* the first one weights_only cannot read, or NULL */
    uint64_t opcode_at;
    const char *format; /* why the container itself is refused, or NULL */
    bool accepted;      /* nothing of this is in the way */
    struct arena arena;
};

/* False when the checkpoint holds no pickle. */
bool preflight_make(struct preflight *p, const struct checkpoint *c);
void preflight_clear(struct preflight *p);

#endif
