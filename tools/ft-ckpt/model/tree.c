/* tree.c: see tree.h. */
#include "model/tree.h"

#include "fault.h"
#include "model/describe.h"
#include "model/nested.h"
#include "model/rebuild.h"
#include "pickle/policy.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

/* A container whose children are being visited. */
struct frame {
    struct value *owner;
    const struct path *path;
    struct parts parts;
    size_t part; /* the current one */
    size_t i;    /* inside it, when it is spread */
};

struct walk {
    struct tree *t;
    struct frame *frames; /* owned */
    size_t depth, capacity;
    struct error *err;
};

void
tree_clear(struct tree *t)
{
    names_clear(&t->keys);
}

bool
tree_check_globals(const struct tree *t, const struct checkpoint_pickle *p,
                   struct error *err)
{
    for (const struct global *g = p->pickle.globals; g; g = g->next) {
        char name[200];
        const char *why = NULL;
        enum verdict verdict = policy_judge(g, &why);

        (void)fault_text(g->name, g->size, name, sizeof name);
        if (t->torchscript && policy_is_torchscript(g))
            continue;
        if (verdict == VERDICT_DANGEROUS) {
            (void)fault(err, ERR_UNSAFE, "unsafe-global", "%s imports %s, which %s",
                        p->name, name, why);
            return error_at_byte(err, p->at + g->at);
        }
        if (verdict == VERDICT_UNKNOWN && !t->options->opaque &&
            !diagnostics_recover(t->options->diagnostics, "unknown-global", p->name, err,
                                 "%s imports %s, which is in no list of plain data "
                                 "(ft-ckpt inspect lists it as an opaque object)",
                                 p->name, name))
            return error_at_byte(err, p->at + g->at);
    }
    return true;
}

static bool
limit(struct walk *w, const char *what)
{
    return fault(w->err, ERR_LIMIT, "resource-limit", "%s", what);
}

static void
push(struct walk *w, struct value *owner, const struct path *path,
     const struct parts *parts)
{
    if (w->depth == w->capacity) {
        w->capacity = w->capacity ? 2 * w->capacity : 32;
        w->frames = xrealloc(w->frames, w->capacity, sizeof *w->frames);
    }
    w->frames[w->depth++] = (struct frame){owner, path, *parts, 0, 0};
    owner->on_path = true;
}

/* Every text key once: a scanner and a loader must see the same entry. */
static bool
check_keys(struct walk *w, const struct value *dict)
{
    struct names seen = {0};
    bool ok = true;

    for (size_t i = 0; ok && dict->count > 2 && i < dict->count; i += 2) {
        const struct value *key = dict->items[i];
        char text[96];

        if (key->kind == VALUE_TEXT &&
            !names_add(&seen, (const char *)key->text, key->count, i))
            ok = fault(w->err, ERR_MALFORMED, "pickle-malformed",
                       "a dict has two entries '%s'",
                       fault_text(key->text, key->count, text, sizeof text));
    }
    names_clear(&seen);
    return ok;
}

static void
add_part(struct parts *parts, const char *name, struct value *value)
{
    if (value)
        parts->items[parts->count++] = (struct part){name, value};
}

/* What lies below an object that is no tensor. */
static void
object_parts(const struct value *v, struct parts *parts)
{
    struct object *o = v->object;

    switch (describe_meaning(v)) {
    case MEANING_ORDERED_DICT: add_part(parts, NULL, o->keyed); return;
    case MEANING_COUNTER:
        if (o->args->count > 0)
            add_part(parts, NULL, o->args->items[0]);
        return;
    case MEANING_SIZE: add_part(parts, NULL, o->args->items[0]); return;
    case MEANING_SET:
    case MEANING_COMPLEX:
    case MEANING_BYTES:
    case MEANING_BYTEARRAY:
    case MEANING_DEVICE:
    case MEANING_LAYOUT: return;
    case MEANING_NONE:
        if (o->args->count > 0)
            add_part(parts, "@args", o->args);
        add_part(parts, NULL, o->keyed);
        add_part(parts, NULL, o->added);
        add_part(parts, "@state", o->state);
        return;
    }
}

static bool
visit(struct walk *w, struct value *v, const struct path *path)
{
    struct parts parts = {0};
    bool is_tensor = false;

    if (++w->t->visits > TREE_VISITS_MAX)
        return limit(w, "the object tree unfolds to more than 8 Mi nodes");
    if (v->on_path)
        return fault(w->err, ERR_UNSUPPORTED, "cyclic-object",
                     "an object contains itself");
    if (v->kind == VALUE_OBJECT &&
        !rebuild_tensor(w->t, v, path, &parts, &is_tensor, w->err))
        return false;
    if (v->kind == VALUE_PERSISTENT &&
        !rebuild_numbered(w->t, v, path, &is_tensor, w->err))
        return false;
    if (!is_tensor) {
        if (v->kind == VALUE_PERSISTENT && !rebuild_storage(w->t, v, NULL, w->err))
            return false;
        if (!nested_check(v, w->err))
            return false;
        checkpoint_add_leaf(w->t->c, path, v);
        if (v->kind == VALUE_OBJECT)
            object_parts(v, &parts);
        else if (v->kind == VALUE_LIST || v->kind == VALUE_TUPLE || v->kind == VALUE_DICT)
            add_part(&parts, NULL, v);
    }
    for (size_t i = 0; i < parts.count; i++)
        if (!parts.items[i].name && parts.items[i].value->kind == VALUE_DICT &&
            !check_keys(w, parts.items[i].value))
            return false;
    if (parts.count == 0)
        return true;
    if (w->depth >= PICKLE_DEPTH_MAX)
        return limit(w, "objects nested deeper than 1000");
    push(w, v, path, &parts);
    return true;
}

static const struct path *
key_path(struct checkpoint *c, const struct path *parent, const struct value *key)
{
    struct path *p;

    if (key->kind == VALUE_TEXT)
        return path_text(c, parent, (const char *)key->text, key->count);
    if (key->kind == VALUE_INT)
        return path_index(c, parent, key->integer);
    p = arena_alloc(&c->arena, sizeof *p);
    *p = (struct path){.parent = parent, .kind = PATH_KEY, .key = key};
    return p;
}

/* The next child of the innermost frame; false when it has none left. */
static bool
next_child(struct walk *w, struct value **child, const struct path **path)
{
    struct frame *f = &w->frames[w->depth - 1];
    struct checkpoint *c = w->t->c;

    while (f->part < f->parts.count) {
        const struct part *part = &f->parts.items[f->part];
        struct value *v = part->value;

        if (part->name) {
            f->part++;
            *child = v;
            *path = path_text(c, f->path, part->name, strlen(part->name));
            return true;
        }
        if (f->i >= v->count) {
            f->part++;
            f->i = 0;
            continue;
        }
        if (v->kind == VALUE_DICT) {
            *child = v->items[f->i + 1];
            *path = key_path(c, f->path, v->items[f->i]);
            f->i += 2;
        } else {
            *child = v->items[f->i];
            *path = path_index(c, f->path, (int64_t)f->i);
            f->i++;
        }
        return true;
    }
    return false;
}

bool
tree_walk(struct tree *t, struct value *root, struct error *err)
{
    struct walk w = {.t = t, .err = err};
    bool ok = visit(&w, root, NULL);

    while (ok && w.depth > 0) {
        struct value *child = NULL;
        const struct path *path = NULL;

        if (next_child(&w, &child, &path)) {
            ok = visit(&w, child, path);
        } else {
            w.depth--;
            w.frames[w.depth].owner->on_path = false;
        }
    }
    free(w.frames);
    return ok;
}
