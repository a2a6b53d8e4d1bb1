/*
 * Tables and calls over random registrations: what must hold whatever is registered.
 * That they are torch's own is for the packet's cases to say.
 */
#include "dispatcher/explain.h"
#include "dispatcher/replay.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static struct keyspace keys;
static const struct kernel *builtin[KEYS_MAX];
static uint64_t state = 1;

static unsigned
below(unsigned n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state % n);
}

static unsigned
some_key(void)
{
    for (;;) {
        unsigned key = below(keys.version->key_count);

        if (key != KEY_UNDEFINED && !key_is_marker(&keys, key))
            return key;
    }
}

static void
random_steps(struct replay *r)
{
    static const enum kernel_kind kinds[] = {KERNEL_PLAIN, KERNEL_REDISPATCH,
                                             KERNEL_FALLTHROUGH};
    unsigned count = 1 + below(8);

    for (unsigned i = 0; i < count; i++) {
        struct step step = {.key = some_key(), .kind = kinds[below(3)], .debug = "k"};
        struct error err = {0};

        step.catch_all = below(10) == 0;
        CHECK(replay_step(r, &step, &err));
        if (below(6) == 0) {
            struct step drop = {.what = STEP_DEREGISTER, .target = r->count - 1};

            CHECK(replay_step(r, &drop, &err));
            CHECK(!replay_step(r, &drop, &err));
            CHECK(strcmp(err.subclass, "deregistered_twice") == 0);
        }
    }
}

/* resolve() and its explanation name the same winner, and exactly one. */
static void
one_winner_a_slot(const struct runtime_table *t)
{
    for (unsigned i = 0; i < keys.runtime_count; i++) {
        struct slot_story s;
        unsigned winners = 0;

        explain_slot(t, keys.runtime[i], &s);
        for (size_t c = 0; c < s.count; c++)
            if (s.candidates[c].verdict == VERDICT_WINS) {
                winners++;
                CHECK(s.candidates[c].rule == s.computed.rule);
                CHECK(s.candidates[c].kernel == s.computed.kernel);
            }
        CHECK(winners == 1);
    }
}

/* A full update makes the stored table the computed one. */
static void
settled_is_consistent(struct runtime_table *t)
{
    runtime_settle(t);
    CHECK(runtime_is_consistent(t));
    for (unsigned i = 0; i < keys.runtime_count; i++)
        CHECK(runtime_slot(t, keys.runtime[i]) ==
              resolve(&t->registry, keys.runtime[i]).kernel);
}

/* Every call ends, and no hop has more keys than the one before. */
static void
calls_end(const struct runtime_table *t)
{
    for (unsigned i = 0; i < 20; i++) {
        uint64_t set = keys.bits[some_key()];
        struct tls tls = {below(2) ? keys.version->default_included : 0,
                          below(2) ? keys.version->default_excluded : 0};
        struct call call;

        set |= keys.bits[some_key()];
        call_operator(t, set, tls, &call);
        CHECK(call.hop_count < HOPS_MAX);
        for (size_t h = 1; h < call.hop_count; h++)
            CHECK((call.hops[h].keyset & ~call.hops[h - 1].keyset) == 0);
    }
}

static void
stale_as_in_torch(void)
{
    struct arena arena = {0};
    struct error err = {0};
    struct replay r;
    unsigned sparse = 0;
    struct step math = {.key = keys.known[KNOWN_COMPOSITE_IMPLICIT], .debug = "math"};
    struct step kernel = {.debug = "sparse"};
    unsigned other = keys.known[KNOWN_AUTOGRAD_OTHER];

    CHECK(key_find(&keys, "SparseCPU", 9, &sparse));
    kernel.key = sparse;
    replay_begin(&r, &keys, &arena, "a::b", NULL, true, builtin);
    CHECK(replay_step(&r, &math, &err) && replay_step(&r, &kernel, &err));
    CHECK(resolve(&r.table.registry, other).kernel == &kernel_ambiguous);
    CHECK(strcmp(runtime_slot(&r.table, other)->debug, "math") == 0);
    CHECK(!runtime_is_consistent(&r.table));
    replay_clear(&r);
    arena_clear(&arena);
}

int
main(void)
{
    unsigned rounds = getenv("LOCKSTEP_QUICK") ? 100 : 1000;
    const struct torch_version *v;

    for (size_t i = 0; (v = torch_version_at(i)) != NULL; i++) {
        struct arena arena = {0};

        keyspace_init(&keys, v);
        registry_builtin(&keys, &arena, builtin);
        stale_as_in_torch();
        for (unsigned n = 0; n < rounds; n++) {
            struct arena kernels = {0};
            struct replay r;

            replay_begin(&r, &keys, &kernels, "a::b", NULL, true, builtin);
            random_steps(&r);
            one_winner_a_slot(&r.table);
            calls_end(&r.table);
            settled_is_consistent(&r.table);
            replay_clear(&r);
            arena_clear(&kernels);
        }
        arena_clear(&arena);
    }
    return test_failures != 0;
}
