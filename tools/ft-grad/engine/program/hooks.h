/*
 * hooks.h: hooks that a program names, and the events of a run.
 *
 * {"hooks": [{"tensor": name, "kind": "tensor" | "pre" | "post" | "post_accumulate",
 * "factor"?: number}]}, in order of registration.  A hook that runs is an event; with a
 * factor it also multiplies the gradient that passes.
 */
#ifndef FTG_ENGINE_PROGRAM_HOOKS_H
#define FTG_ENGINE_PROGRAM_HOOKS_H

#include "engine/program/program.h"

struct program_hook {
    uint32_t value;
    enum hook_kind kind;
    double factor; /* 0: it only looks */
};

/* list may be NULL: no hooks. */
MUST_CHECK bool program_hooks_read(struct program *p, const struct json_doc *doc,
                                   const struct json *list, struct error *err);
/* Between forward and backward: attach them; events go to *log as they happen. */
bool program_hooks_attach(const struct program *p, struct tape *t,
                          struct tensor *const *tensors, struct hook_log *log);

const char *hook_kind_name(enum hook_kind kind);

#endif
