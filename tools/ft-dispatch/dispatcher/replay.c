#include "dispatcher/replay.h"

#include "common/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct done {
    struct kernel *kernel; /* NULL: a deregistration, or deregistered since */
    enum step_what what;
};

static const char *const kind_names[] = {
    [KERNEL_PLAIN] = "plain",
    [KERNEL_REDISPATCH] = "redispatch",
    [KERNEL_FALLTHROUGH] = "fallthrough",
    [KERNEL_AUTOGRAD] = "autograd_fallback",
    [KERNEL_META] = "meta_fallback",
    [KERNEL_OPAQUE] = "builtin",
};

const char *
kernel_kind_name(enum kernel_kind kind)
{
    return kind < COUNT_OF(kind_names) ? kind_names[kind] : "ambiguous";
}

bool
kernel_kind_find(const char *name, enum kernel_kind *out)
{
    for (size_t i = 0; i < COUNT_OF(kind_names); i++)
        if (strcmp(name, kind_names[i]) == 0) {
            *out = (enum kernel_kind)i;
            return true;
        }
    return false;
}

void
replay_begin(struct replay *r, const struct keyspace *keys, struct arena *arena,
             const char *name, const char *schema, bool defined,
             const struct kernel *const fallback[static KEYS_MAX])
{
    runtime_init(&r->table, keys, name, fallback, defined);
    r->table.registry.schema = schema;
    r->arena = arena;
    r->is_boxed = false;
    r->done = NULL;
    r->count = r->capacity = 0;
}

void
replay_begin_dump(struct replay *r, const struct keyspace *keys, struct arena *arena,
                  const char *name, const char *schema, bool defined,
                  const struct kernel *const fallback[static KEYS_MAX])
{
    runtime_init_bare(&r->table, keys, name, fallback, defined);
    r->table.registry.schema = schema;
    r->arena = arena;
    r->is_boxed = false;
    r->done = NULL;
    r->count = r->capacity = 0;
}

void
replay_settle(struct replay *r)
{
    runtime_settle(&r->table);
}

void
replay_clear(struct replay *r)
{
    free(r->done);
    r->done = NULL;
}

static bool
deregister(struct replay *r, const struct step *step, struct error *err)
{
    struct done *target = step->target < r->count ? &r->done[step->target] : NULL;

    if (!target)
        return error_set(err, ERR_BOUNDS, "deregisters step %" PRIu64 " of %zu",
                         step->target, r->count);
    if (target->what == STEP_DEREGISTER)
        return error_set(err, ERR_MALFORMED,
                         "deregisters step %" PRIu64 ", which registered nothing",
                         step->target);
    if (!target->kernel) {
        (void)error_set(err, ERR_MALFORMED,
                        "deregisters step %" PRIu64 " a second time (drop this step)",
                        step->target);
        return error_subclass(err, "deregistered_twice");
    }
    if (target->what == STEP_FALLBACK)
        runtime_drop_fallback(&r->table, target->kernel);
    else if (!runtime_deregister(&r->table, target->kernel))
        return error_set(err, ERR_INTERNAL, "a registered kernel is not to be found");
    target->kernel = NULL;
    return true;
}

static bool
check_key(const struct replay *r, const struct step *step, struct error *err)
{
    const struct keyspace *k = r->table.registry.keys;

    if (step->key == KEY_UNDEFINED || key_is_marker(k, step->key))
        return error_set(err, ERR_UNSUPPORTED,
                         "nothing can be registered at %s (leave the key out for a "
                         "catch-all)",
                         key_name(k, step->key));
    return true;
}

static bool
add_fallback(struct replay *r, struct kernel *kernel, struct error *err)
{
    const struct registry *g = &r->table.registry;
    unsigned taken = 0;

    if (runtime_fallback(&r->table, kernel, &taken))
        return true;
    (void)error_set(err, ERR_UNSUPPORTED,
                    "Tried to register multiple backend fallbacks for the same dispatch "
                    "key %s; previous registration %.100s, new registration %.100s",
                    key_name(g->keys, taken), g->fallback[taken]->debug, kernel->debug);
    return error_subclass(err, "duplicate_fallback");
}

static struct kernel *
make_kernel(struct replay *r, const struct step *step)
{
    struct kernel *kernel = arena_alloc(r->arena, sizeof(*kernel));

    kernel->debug = step->debug;
    kernel->kind = step->kind;
    kernel->is_boxed = r->is_boxed;
    kernel->key = step->catch_all
                      ? r->table.registry.keys->known[KNOWN_COMPOSITE_IMPLICIT]
                      : step->key;
    return kernel;
}

bool
replay_add(struct replay *r, const struct step *step, struct error *err)
{
    if (!check_key(r, step, err))
        return false;
    registry_add(&r->table.registry, make_kernel(r, step));
    return true;
}

bool
replay_step(struct replay *r, const struct step *step, struct error *err)
{
    struct kernel *kernel = NULL;

    if (r->count == REPLAY_STEPS_MAX)
        return error_set(err, ERR_LIMIT, "more than %d steps for one operator",
                         REPLAY_STEPS_MAX);
    if (step->what == STEP_DEREGISTER) {
        if (!deregister(r, step, err))
            return false;
    } else {
        if (!step->catch_all && !check_key(r, step, err))
            return false;
        kernel = make_kernel(r, step);
        if (step->what == STEP_IMPL)
            runtime_impl(&r->table, kernel, step->catch_all);
        else if (!add_fallback(r, kernel, err))
            return false;
    }
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? r->capacity * 2 : 16;
        r->done = xrealloc(r->done, r->capacity, sizeof(*r->done));
    }
    r->done[r->count++] = (struct done){.kernel = kernel, .what = step->what};
    return true;
}
