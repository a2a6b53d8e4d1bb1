/*
 * hooks.c: each hook is one entry of the log's table, which the tape calls with.
 */
#include "engine/program/hooks.h"

#include "ops/ops.h"

#include <string.h>

static const char *const kinds[] = {[HOOK_TENSOR] = "tensor",
                                    [HOOK_RETAIN_GRAD] = "retain_grad",
                                    [HOOK_PRE] = "pre",
                                    [HOOK_POST] = "post",
                                    [HOOK_POST_ACCUMULATE] = "post_accumulate"};

const char *
hook_kind_name(enum hook_kind kind)
{
    return kinds[kind];
}

static bool
read_kind(const struct json_doc *doc, const struct json *node, enum hook_kind *out,
          struct error *err)
{
    const char *text = NULL;

    if (!json_want_string(doc, node, "kind", &text, err))
        return false;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (i != HOOK_RETAIN_GRAD && strcmp(text, kinds[i]) == 0) {
            *out = (enum hook_kind)i;
            return true;
        }
    }
    return json_fail(doc, node, err, ERR_UNSUPPORTED,
                     "hook kind '%s' (tensor, pre, post or post_accumulate)", text);
}

static bool
read_hook(const struct program *p, const struct json_doc *doc, const struct json *node,
          struct program_hook *out, struct error *err)
{
    static const char *const keys[] = {"tensor", "kind", "factor", NULL};
    const struct json *factor = json_get(node, "factor");
    const char *name = NULL;

    if (json_type(node) != JSON_OBJECT)
        return json_fail(doc, node, err, ERR_MALFORMED, "a hook is an object");
    if (!json_only(doc, node, keys, err) ||
        !json_want_string(doc, node, "tensor", &name, err) ||
        !read_kind(doc, node, &out->kind, err))
        return false;
    if (factor && (!program_number(factor, &out->factor) || out->kind == HOOK_POST ||
                   out->kind == HOOK_POST_ACCUMULATE))
        return json_fail(doc, factor, err, ERR_MALFORMED,
                         "a factor is a number, of a tensor or pre hook");
    out->value = program_value(p, name);
    if (out->value != UINT32_MAX)
        return true;
    (void)json_fail(doc, node, err, ERR_MALFORMED, "no leaf or operator makes '%s'",
                    name);
    return error_subclass(err, "missing_producer");
}

bool
program_hooks_read(struct program *p, const struct json_doc *doc, const struct json *list,
                   struct error *err)
{
    if (!list)
        return true;
    if (json_type(list) != JSON_ARRAY)
        return json_fail(doc, list, err, ERR_MALFORMED, "hooks are a list");
    p->hooks = arena_alloc(&p->arena, (json_count(list) + 1) * sizeof(*p->hooks));
    for (const struct json *v = json_first(list); v; v = json_next(v)) {
        if (!read_hook(p, doc, v, &p->hooks[p->hook_count], err))
            return false;
        p->hook_count++;
    }
    return true;
}

/* One registered hook: where its events go. */
struct attached {
    const struct program_hook *hook;
    struct hook_log *log;
};

static struct tensor *
on_hook(void *context, struct tape *t, struct tensor *grad)
{
    const struct attached *a = context;
    struct hook_event *event = heap_alloc(&t->heap, sizeof(*event));

    if (event) {
        event->hook = a->hook;
        *a->log->last = event;
        a->log->last = &event->next;
    }
    return a->hook->factor != 0 && grad ? op_mul_scalar(t, grad, a->hook->factor) : NULL;
}

bool
program_hooks_attach(const struct program *p, struct tape *t,
                     struct tensor *const *tensors, struct hook_log *log)
{
    log->first = NULL;
    log->last = &log->first;
    for (size_t i = 0; i < p->hook_count && !t->failed; i++) {
        struct node_edge edge = tape_edge(t, tensors[p->hooks[i].value]);
        struct attached *a = heap_alloc(&t->heap, sizeof(*a));

        if (!a) {
            (void)tape_check(t, NULL);
            break;
        }
        if (!edge.node) {
            (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                            "cannot register a hook on a tensor that doesn't require "
                            "gradient");
            break;
        }
        *a = (struct attached){&p->hooks[i], log};
        tape_add_hook(t, edge.node, p->hooks[i].kind, edge.input, on_hook, a);
    }
    return !t->failed;
}
