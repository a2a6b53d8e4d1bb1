/* preflight.c: see preflight.h (torch/_weights_only_unpickler.py, 2.6.0). */
#include "judge/preflight.h"

#include "common/mem.h"
#include "pickle/policy.h"

#include <stdlib.h>
#include <string.h>

/* Opcodes weights_only lacks though torch.save can emit them (protocols 3 to 5). */
static bool
is_readable(const char *name)
{
    static const char *const known[] = {
        "GLOBAL",      "NEWOBJ",          "REDUCE",     "BUILD",       "APPEND",
        "APPENDS",     "SETITEM",         "SETITEMS",   "MARK",        "TUPLE",
        "TUPLE1",      "TUPLE2",          "TUPLE3",     "NONE",        "NEWFALSE",
        "NEWTRUE",     "EMPTY_TUPLE",     "EMPTY_LIST", "EMPTY_DICT",  "EMPTY_SET",
        "BININT",      "BININT1",         "BININT2",    "BINFLOAT",    "BINUNICODE",
        "BINPERSID",   "SHORT_BINSTRING", "BINGET",     "LONG_BINGET", "BINPUT",
        "LONG_BINPUT", "LONG1",           "PROTO",      "STOP"};

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

static bool
note_opcode(void *context, const struct pickle_opcode *opcode)
{
    struct preflight *p = context;

    if (is_readable(opcode->name))
        return true;
    p->opcode = opcode->name;
    p->opcode_at = opcode->at;
    return false;
}

static void
add(struct preflight *p, const struct global *g)
{
    static const char *const blocked[] = {"sys", "os", "posix", "nt"};
    const char *name = policy_modern_name(&p->arena, g);
    size_t module = strlen(name) - (g->size - g->module_size);
    struct preflight_global *r;

    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->refused[i].name, name) == 0)
            return;
    p->refused = xrealloc(p->refused, p->count + 1, sizeof *p->refused);
    r = &p->refused[p->count++];
    *r = (struct preflight_global){.name = name, .attribute = name + module + 1};
    for (size_t i = 0; i < COUNT_OF(blocked); i++)
        r->blocked |=
            strlen(blocked[i]) == module && memcmp(blocked[i], name, module) == 0;
}

static int
compare_names(const void *a, const void *b)
{
    const struct preflight_global *x = a, *y = b;

    return strcmp(x->name, y->name);
}

bool
preflight_make(struct preflight *p, const struct checkpoint *c)
{
    bool any = false;

    *p = (struct preflight){0};
    for (const struct checkpoint_pickle *k = c->pickles; k; k = k->next) {
        any |= k->pickle.size > 0 || k->pickle.globals;
        for (const struct global *g = k->pickle.globals; g; g = g->next)
            if (!policy_weights_only(g))
                add(p, g);
        if (k->data && !p->opcode)
            pickle_opcodes(k->data, k->size, note_opcode, p);
    }
    if (p->count > 1)
        qsort(p->refused, p->count, sizeof *p->refused, compare_names);
    if (c->format == FORMAT_TORCHSCRIPT)
        p->format = "weights_only=True refuses TorchScript archives (torch.jit.load)";
    else if (c->format == FORMAT_TORCH_TAR)
        p->format = "weights_only=True refuses the tar format of torch 0.1";
    p->accepted = p->count == 0 && !p->opcode && !p->format;
    return any;
}

void
preflight_clear(struct preflight *p)
{
    free(p->refused);
    arena_clear(&p->arena);
    *p = (struct preflight){0};
}
