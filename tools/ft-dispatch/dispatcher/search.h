/*
 * search.h: the smallest order of registrations, or the smallest keyset, that makes an
 * operator go wrong.
 *
 * Shorter ones are tried first, and among equals in the order given, so that the answer
 * is minimal and always the same one.
 */
#ifndef DISPATCHER_SEARCH_H
#define DISPATCHER_SEARCH_H

#include "dispatcher/replay.h"

enum goal { GOAL_STALE, GOAL_AMBIGUOUS, GOAL_MISSING };

enum { SEARCH_LENGTH_MAX = 8, SEARCH_BUDGET = 2000000 };

struct search_order {
    const struct step *steps; /* the registrations to choose from */
    size_t count;
    size_t max_length; /* <= SEARCH_LENGTH_MAX */
};

struct search_result {
    bool found, exhausted; /* exhausted: the budget ran out before the answer was known */
    size_t order[SEARCH_LENGTH_MAX];
    size_t length;
    unsigned key; /* the slot that goes wrong */
    uint64_t keyset;
    uint64_t tried;
};

/* GOAL_STALE or GOAL_AMBIGUOUS: which registrations in which order. */
void search_order(const struct keyspace *k, const struct kernel *const *fallback,
                  const struct search_order *from, enum goal goal,
                  struct search_result *out);

/* GOAL_AMBIGUOUS or GOAL_MISSING: which arguments; up to three keys. */
void search_keyset(const struct runtime_table *t, struct tls tls, enum goal goal,
                   struct search_result *out);

#endif
