/*
 * read.h: keysets, kernels and steps out of a JSON tree.
 *
 * Fail-closed: a name, bit or alias that this torch version does not have in a set
 * is an error with the node's place, whatever the mode.
 */
#ifndef CASES_READ_H
#define CASES_READ_H

#include "common/json_in.h"
#include "dispatcher/replay.h"

/* A key by its name in a string node. */
MUST_CHECK bool read_key(const struct keyspace *k, const struct json_doc *doc,
                         const struct json *node, unsigned *out, struct error *err);
/* "0x.." (unknown bits are refused, subclass UnknownBits). */
MUST_CHECK bool read_bits(const struct keyspace *k, const struct json_doc *doc,
                          const struct json *node, uint64_t *out, struct error *err);
/* {"raw": "0x.."} or {"keys": [names]}: the OR of their keysets. */
MUST_CHECK bool read_set(const struct keyspace *k, const struct json_doc *doc,
                         const struct json *node, uint64_t *out, struct error *err);

/* The array of {"do", "key", "kernel", "debug"} or {"do": "deregister", "step"}. */
MUST_CHECK bool read_steps(struct replay *r, const struct json_doc *doc,
                           const struct json *steps, struct error *err);

/*
 * The array of {"key", "debug", "kernel", "inactive"} as _dispatch_dump has it: newest
 * first within a key.  The table afterwards is what a full update gives.
 */
MUST_CHECK bool read_registrations(struct replay *r, const struct json_doc *doc,
                                   const struct json *list, struct error *err);

/* The array of {"key", "debug", "fallthrough", "behaviour"?} instead of the built-in. */
MUST_CHECK bool read_fallbacks(const struct keyspace *k, const struct json_doc *doc,
                               const struct json *list, struct arena *arena,
                               const struct kernel *out[static KEYS_MAX],
                               struct error *err);

#endif
