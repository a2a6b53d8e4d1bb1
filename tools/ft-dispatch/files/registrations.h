/*
 * registrations.h: operators and their registrations from a file, one at a time.
 *
 * Schema ft-dispatch-registrations/1, JSON or YAML:
 *
 *   {"schema": "ft-dispatch-registrations/1", "torch": "2.6",
 *    "fallbacks": [{"key", "kernel", "debug"}],           instead of torch's own
 *    "operators": [{"name", "schema"?, "def"?, "steps": [STEP...]}]}
 *
 * STEP is {"do": "impl"|"fallback", "key", "kernel", "debug"} or {"do": "deregister",
 * "step": N}.  Instead of "steps" an operator may have "registrations", as a live torch
 * dumps them: newest first within a key, with "inactive" for all but the newest.
 *
 * The file is scanned, not held as a tree: memory is that of the largest operator.
 */
#ifndef FILES_REGISTRATIONS_H
#define FILES_REGISTRATIONS_H

#include "common/file.h"
#include "common/json_scan.h"
#include "dispatcher/replay.h"

enum { OPERATORS_MAX = 1 << 22 };

struct registrations {
    struct input input;   /* owned */
    char *text;           /* owned: JSON made of YAML, or NULL */
    struct keyspace keys; /* of the version the file names */
    const struct kernel *fallback[KEYS_MAX];
    struct arena arena;          /* owned: the fallbacks */
    struct arena operator_arena; /* owned: the current operator */
    struct json_scan scan;       /* private */
    size_t operator_count;       /* read so far */
    uint64_t *names;             /* owned: digests of their names, open addressing */
    size_t name_capacity;
    bool has_operator;    /* `replay` is in use */
    struct replay replay; /* the current operator; valid until the next call */
};

/* torch: a version instead of the file's, or NULL. */
MUST_CHECK bool registrations_open(struct registrations *f, const char *path,
                                   const char *torch, struct error *err);
/* The same of JSON text in memory, which is borrowed until registrations_close(). */
MUST_CHECK bool registrations_parse(struct registrations *f, const char *text,
                                    size_t size, const char *torch, struct error *err);
MUST_CHECK bool registrations_next(struct registrations *f, bool *more,
                                   struct error *err);
void registrations_close(struct registrations *f);

/* The operator called `name`, or the only one when name is NULL; refused otherwise. */
MUST_CHECK bool registrations_find(struct registrations *f, const char *path,
                                   const char *torch, const char *name,
                                   struct error *err);

#endif
