/*
 * replay.h: registrations in order, as an operator lives through them.
 */
#ifndef DISPATCHER_REPLAY_H
#define DISPATCHER_REPLAY_H

#include "dispatcher/call.h"

enum step_what { STEP_IMPL, STEP_FALLBACK, STEP_DEREGISTER };

struct step {
    enum step_what what;
    bool catch_all; /* STEP_IMPL without a key */
    unsigned key;
    enum kernel_kind kind;
    const char *debug; /* lives as long as the replay */
    uint64_t target;   /* STEP_DEREGISTER: the number of an earlier step */
};

enum { REPLAY_STEPS_MAX = 1000000 };

struct replay {
    struct runtime_table table;
    struct arena *arena; /* borrowed: the kernels */
    bool is_boxed;       /* the kernels are closures (registry.h) */
    struct done *done;   /* owned: what each step made */
    size_t count, capacity;
};

/* Begin with an operator that has no kernels; release with replay_clear(). */
void replay_begin(struct replay *r, const struct keyspace *keys, struct arena *arena,
                  const char *name, const char *schema, bool defined,
                  const struct kernel *const fallback[static KEYS_MAX]);
/* The same for a dump: its registrations are added, newest last, and then settled. */
void replay_begin_dump(struct replay *r, const struct keyspace *keys, struct arena *arena,
                       const char *name, const char *schema, bool defined,
                       const struct kernel *const fallback[static KEYS_MAX]);
MUST_CHECK bool replay_add(struct replay *r, const struct step *step, struct error *err);
void replay_settle(struct replay *r);

/* Refused: what torch refuses, and deregistering what is not registered. */
MUST_CHECK bool replay_step(struct replay *r, const struct step *step, struct error *err);
void replay_clear(struct replay *r);

/* "plain", "redispatch", "fallthrough" and torch's own fallbacks' behaviours. */
const char *kernel_kind_name(enum kernel_kind kind);
MUST_CHECK bool kernel_kind_find(const char *name, enum kernel_kind *out);

#endif
