/*
 * shape.h: how sets, tables and calls look in JSON, in results and in --json alike.
 */
#ifndef CASES_SHAPE_H
#define CASES_SHAPE_H

#include "common/json_out.h"
#include "dispatcher/call.h"

/* "0x%016x" */
void shape_bits(struct json_out *j, const char *key, uint64_t bits);
/* Everything torch can be asked about one set; like: only the members it has (or NULL).
 */
void shape_facts(struct json_out *j, const char *key, const struct keyspace *k,
                 uint64_t set, const struct json *like);
/* A member is written unless there is an expectation that lacks it. */
bool shape_wants(const struct json *like, const char *member);

/* Fallbacks that torch came with, as against those a step registered. */
bool is_builtin(const struct kernel *const builtin[static KEYS_MAX],
                const struct kernel *kernel);

/*
 * [[key, debug, reason, fallthrough], ...] in dump order; entries a built-in fallback
 * answers only if `builtin` is NULL.
 */
void shape_table(struct json_out *j, const char *key, const struct registry *r,
                 const struct kernel *const builtin[]);
void shape_builtin_keys(struct json_out *j, const char *key, const struct registry *r,
                        const struct kernel *const builtin[static KEYS_MAX]);
/* Keys with a valid runtime slot, Undefined included. */
void shape_runtime_keys(struct json_out *j, const char *key,
                        const struct runtime_table *t);
/* {key: debug | "<fallthrough>" | "<ambiguous_autogradother>"} without built-ins. */
void shape_runtime_table(struct json_out *j, const char *key,
                         const struct runtime_table *t,
                         const struct kernel *const builtin[static KEYS_MAX]);
/* [[key, computed, runtime], ...] where the two tables differ. */
void shape_runtime_differs(struct json_out *j, const char *key,
                           const struct runtime_table *t,
                           const struct kernel *const builtin[static KEYS_MAX]);
/* {"trace", "error", "autograd_fallback_hops"?}; outside: only what a caller sees. */
void shape_call(struct json_out *j, const char *key, const struct runtime_table *t,
                const struct call *call, bool outside);

#endif
