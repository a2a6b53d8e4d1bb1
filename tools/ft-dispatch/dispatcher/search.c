#include "dispatcher/search.h"

#include <string.h>

struct walk {
    const struct keyspace *keys;
    const struct kernel *const *fallback;
    const struct search_order *from;
    enum goal goal;
    struct search_result *out;
};

/* The first slot that is wrong in the way asked for. */
static bool
goes_wrong(const struct runtime_table *t, enum goal goal, unsigned *key)
{
    const struct keyspace *k = t->registry.keys;

    for (unsigned i = 0; i < k->runtime_count; i++) {
        const struct kernel *stored = runtime_slot(t, k->runtime[i]);

        *key = k->runtime[i];
        if (goal == GOAL_AMBIGUOUS ? stored == &kernel_ambiguous
                                   : stored != resolve(&t->registry, *key).kernel)
            return true;
    }
    return false;
}

static bool
try_order(struct walk *w, size_t length)
{
    struct search_result *out = w->out;
    struct kernel kernels[SEARCH_LENGTH_MAX];
    struct runtime_table t;

    if (++out->tried > SEARCH_BUDGET) {
        out->exhausted = true;
        return true;
    }
    runtime_init(&t, w->keys, "search::op", w->fallback, true);
    for (size_t i = 0; i < length; i++) {
        const struct step *step = &w->from->steps[out->order[i]];

        kernels[i] = (struct kernel){.debug = step->debug,
                                     .kind = step->kind,
                                     .key = step->catch_all
                                                ? w->keys->known[KNOWN_COMPOSITE_IMPLICIT]
                                                : step->key};
        runtime_impl(&t, &kernels[i], step->catch_all);
    }
    out->found = goes_wrong(&t, w->goal, &out->key);
    out->length = length;
    return out->found;
}

/* Every arrangement of `length` registrations that begins as order[0..at). */
static bool
arrange(struct walk *w, size_t at, size_t length)
{
    if (at == length)
        return try_order(w, length);
    for (size_t i = 0; i < w->from->count; i++) {
        bool used = false;

        for (size_t n = 0; n < at; n++)
            used = used || w->out->order[n] == i;
        if (used)
            continue;
        w->out->order[at] = i;
        if (arrange(w, at + 1, length))
            return true;
    }
    return false;
}

void
search_order(const struct keyspace *k, const struct kernel *const *fallback,
             const struct search_order *from, enum goal goal, struct search_result *out)
{
    struct walk w = {k, fallback, from, goal, out};

    memset(out, 0, sizeof(*out));
    for (size_t length = 1; length <= from->max_length && length <= from->count; length++)
        if (arrange(&w, 0, length))
            return;
}

static bool
try_keyset(const struct runtime_table *t, struct tls tls, enum goal goal, uint64_t set,
           struct search_result *out)
{
    struct call call;

    out->tried++;
    call_operator(t, set, tls, &call);
    out->keyset = set;
    out->key = call.key;
    out->found = goal == GOAL_AMBIGUOUS ? call.outcome == OUTCOME_AMBIGUOUS
                                        : call.outcome == OUTCOME_MISSING_BACKEND ||
                                              call.outcome == OUTCOME_MISSING_UNDEFINED;
    return out->found;
}

void
search_keyset(const struct runtime_table *t, struct tls tls, enum goal goal,
              struct search_result *out)
{
    const struct keyspace *k = t->registry.keys;
    unsigned n = k->runtime_count;

    memset(out, 0, sizeof(*out));
    for (unsigned a = 1; a < n; a++)
        if (try_keyset(t, tls, goal, k->bits[k->runtime[a]], out))
            return;
    for (unsigned a = 1; a < n; a++)
        for (unsigned b = a + 1; b < n; b++)
            if (try_keyset(t, tls, goal, k->bits[k->runtime[a]] | k->bits[k->runtime[b]],
                           out))
                return;
    for (unsigned a = 1; a < n; a++)
        for (unsigned b = a + 1; b < n; b++)
            for (unsigned c = b + 1; c < n; c++)
                if (try_keyset(t, tls, goal,
                               k->bits[k->runtime[a]] | k->bits[k->runtime[b]] |
                                   k->bits[k->runtime[c]],
                               out))
                    return;
}
