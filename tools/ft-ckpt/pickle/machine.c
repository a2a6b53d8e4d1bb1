/*
 * machine.c: see machine.h.  The semantics are those of CPython's Lib/pickle.py
 * (Unpickler), with every call replaced by an object value.
 */
#include "pickle/machine_state.h"

#include "common/num.h"
#include "fault.h"

#include <stdlib.h>

/* A value that stands for calling callee(*args). */
static struct value *
call(struct machine *m, const struct instruction *in, struct value *callee,
     struct value *args)
{
    struct value *v = machine_make(m, VALUE_OBJECT);
    struct global *global;

    v->object = arena_alloc(&m->p->arena, sizeof *v->object);
    *v->object = (struct object){.callee = callee, .args = args, .at = in->at};
    global = value_global(callee);
    if (global)
        global->called = true;
    return v;
}

static bool
may_call(struct machine *m, const struct instruction *in, const struct value *callee,
         const struct value *args)
{
    if (args->kind != VALUE_TUPLE)
        return machine_malformed(m, in, "the arguments are not a tuple");
    if (callee->kind == VALUE_GLOBAL || callee->kind == VALUE_PERSISTENT)
        return true;
    if (m->rules == PICKLE_LENIENT && callee->kind == VALUE_OBJECT)
        return true;
    return machine_malformed(m, in, "what is called is not a global");
}

static bool
import(struct machine *m, const struct instruction *in, const uint8_t *module,
       size_t module_size, const uint8_t *name, size_t name_size)
{
    struct import_name wanted = {module,    name,   module_size,
                                 name_size, in->at, in->info->name};
    struct value *v;

    if (m->p->global_count >= PICKLE_GLOBALS_MAX)
        return fault(m->err, ERR_LIMIT, "resource-limit",
                     "more than %d different globals", PICKLE_GLOBALS_MAX);
    v = machine_make(m, VALUE_GLOBAL);
    if (!import_intern(&m->imports, m->p, &wanted, &v->global, m->err))
        return false;
    machine_push(m, v);
    return true;
}

/* INST and OBJ: class and arguments above a mark. */
static bool
call_old_style(struct machine *m, const struct instruction *in)
{
    struct value *args = machine_make(m, VALUE_TUPLE), *callee;
    size_t first = 0;

    if (in->code == OP_INST && !import(m, in, in->text, in->size, in->text2, in->size2))
        return false;
    callee = in->code == OP_INST ? m->stack[--m->depth] : NULL;
    if (!machine_need_mark(m, in, &first))
        return false;
    if (!callee) {
        if (first == m->depth)
            return machine_malformed(m, in, "no class above the mark");
        callee = m->stack[first];
        machine_append(m, args, m->stack + first + 1, m->depth - first - 1);
    } else {
        machine_append(m, args, m->stack + first, m->depth - first);
    }
    machine_drop_to_mark(m, first);
    if (!may_call(m, in, callee, args))
        return false;
    machine_push(m, call(m, in, callee, args));
    return true;
}

static bool
run_call(struct machine *m, const struct instruction *in)
{
    size_t n = in->code == OP_NEWOBJ_EX ? 3 : 2;
    struct value *v;

    if (in->code == OP_INST || in->code == OP_OBJ)
        return call_old_style(m, in);
    if (!machine_need(m, in, n))
        return false;
    if (!may_call(m, in, machine_top(m, n - 1), machine_top(m, n - 2)))
        return false;
    v = call(m, in, machine_top(m, n - 1), machine_top(m, n - 2));
    if (n == 3 &&
        (machine_top(m, 0)->kind != VALUE_DICT || machine_top(m, 0)->count > 0)) {
        if (machine_top(m, 0)->kind != VALUE_DICT)
            return machine_malformed(m, in, "the keyword arguments are not a dict");
        v->object->keyed = machine_top(m, 0);
    }
    m->depth -= n;
    machine_push(m, v);
    return true;
}

static bool
run_build(struct machine *m, const struct instruction *in)
{
    struct value *v;

    if (!machine_need(m, in, 2))
        return false;
    v = machine_top(m, 1);
    if (v->kind != VALUE_OBJECT)
        return machine_malformed(m, in, "the value below is not an object");
    if (v->object->state && m->rules == PICKLE_STRICT)
        return machine_malformed(m, in, "the object already has a state");
    v->object->state = machine_top(m, 0);
    m->depth--;
    return true;
}

static bool
run_import(struct machine *m, const struct instruction *in)
{
    struct value *module, *name;

    if (in->code == OP_GLOBAL)
        return import(m, in, in->text, in->size, in->text2, in->size2);
    if (in->code == OP_EXT1 || in->code == OP_EXT2 || in->code == OP_EXT4)
        return machine_malformed(m, in, "extension codes are not supported");
    if (!machine_need(m, in, 2))
        return false;
    module = machine_top(m, 1);
    name = machine_top(m, 0);
    if (module->kind != VALUE_TEXT || name->kind != VALUE_TEXT)
        return machine_malformed(m, in, "module and name are not text");
    m->depth -= 2;
    return import(m, in, module->text, module->count, name->text, name->count);
}

static bool
run_persistent(struct machine *m, const struct instruction *in)
{
    struct value *v, *id;

    if (in->code == OP_PERSID) {
        machine_push_text(m, VALUE_TEXT, in->text, in->size);
    } else if (!machine_need(m, in, 1)) {
        return false;
    }
    id = m->stack[--m->depth];
    v = machine_make(m, VALUE_PERSISTENT);
    machine_append(m, v, &id, 1);
    m->p->persistent = true;
    machine_push(m, v);
    return true;
}

static bool
memo_store(struct machine *m, const struct instruction *in, uint64_t index)
{
    if (!machine_need(m, in, 1))
        return false;
    /* Python numbers memo entries 0, 1, 2, ...; anything else is not from a pickler */
    if (m->rules == PICKLE_STRICT && index != m->memo.count)
        return fault(m->err, ERR_LIMIT, "resource-limit",
                     "%s: memo index %llu where %zu comes next", in->info->name,
                     (unsigned long long)index, m->memo.count);
    memo_put(&m->memo, index, machine_top(m, 0));
    return true;
}

static bool
run_memo(struct machine *m, const struct instruction *in)
{
    uint64_t index = in->number;
    struct value *v;

    if ((in->code == OP_PUT || in->code == OP_GET) &&
        !num_parse_u64((const char *)in->text, in->size, &index))
        return machine_malformed(m, in, "not a memo index");
    switch ((int)in->code) {
    case OP_MEMOIZE: return memo_store(m, in, m->memo.count);
    case OP_PUT:
    case OP_BINPUT:
    case OP_LONG_BINPUT: return memo_store(m, in, index);
    default:
        v = memo_get(&m->memo, index);
        if (!v)
            return machine_malformed(m, in, "no such memo entry");
        machine_push(m, v);
        return true;
    }
}

static bool
run_stack(struct machine *m, const struct instruction *in)
{
    size_t first = 0;

    switch ((int)in->code) {
    case OP_MARK:
        if (m->marks >= PICKLE_MARKS_MAX)
            return fault(m->err, ERR_LIMIT, "resource-limit", "more than %d open marks",
                         PICKLE_MARKS_MAX);
        m->marks++;
        machine_push(m, NULL);
        return true;
    case OP_DUP:
        if (!machine_need(m, in, 1))
            return false;
        machine_push(m, machine_top(m, 0));
        return true;
    case OP_POP:
        if (m->depth == 0)
            return machine_malformed(m, in, "the stack is empty");
        if (!m->stack[--m->depth])
            m->marks--;
        return true;
    default: /* POP_MARK */
        if (!machine_need_mark(m, in, &first))
            return false;
        machine_drop_to_mark(m, first);
        return true;
    }
}

static bool
run_frame(struct machine *m, const struct instruction *in)
{
    if (m->frame_end)
        return machine_malformed(m, in, "a frame inside a frame");
    if (in->number > m->size - in->end)
        return fault(m->err, ERR_MALFORMED, "pickle-malformed",
                     "FRAME announces %llu octets, but %zu remain",
                     (unsigned long long)in->number, m->size - in->end);
    m->frame_end = in->end + (size_t)in->number;
    return true;
}

static bool
run_proto(struct machine *m, const struct instruction *in)
{
    if (in->at != 0 && m->rules == PICKLE_STRICT)
        return machine_malformed(m, in, "not at the start");
    if (in->number > 5)
        return machine_malformed(m, in, "a protocol beyond 5");
    m->p->proto = (uint8_t)in->number;
    return true;
}

typedef bool handler(struct machine *, const struct instruction *);

static handler *
handler_of(enum opcode code)
{
    static handler *const handlers[256] = {
        [OP_PROTO] = run_proto,
        [OP_FRAME] = run_frame,
        [OP_MARK] = run_stack,
        [OP_DUP] = run_stack,
        [OP_POP] = run_stack,
        [OP_POP_MARK] = run_stack,
        [OP_PUT] = run_memo,
        [OP_BINPUT] = run_memo,
        [OP_LONG_BINPUT] = run_memo,
        [OP_MEMOIZE] = run_memo,
        [OP_GET] = run_memo,
        [OP_BINGET] = run_memo,
        [OP_LONG_BINGET] = run_memo,
        [OP_PERSID] = run_persistent,
        [OP_BINPERSID] = run_persistent,
        [OP_GLOBAL] = run_import,
        [OP_STACK_GLOBAL] = run_import,
        [OP_EXT1] = run_import,
        [OP_EXT2] = run_import,
        [OP_EXT4] = run_import,
        [OP_BUILD] = run_build,
        [OP_REDUCE] = run_call,
        [OP_NEWOBJ] = run_call,
        [OP_NEWOBJ_EX] = run_call,
        [OP_INST] = run_call,
        [OP_OBJ] = run_call,
        [OP_EMPTY_TUPLE] = machine_container,
        [OP_EMPTY_LIST] = machine_container,
        [OP_EMPTY_DICT] = machine_container,
        [OP_EMPTY_SET] = machine_container,
        [OP_TUPLE] = machine_container,
        [OP_TUPLE1] = machine_container,
        [OP_TUPLE2] = machine_container,
        [OP_TUPLE3] = machine_container,
        [OP_LIST] = machine_container,
        [OP_DICT] = machine_container,
        [OP_FROZENSET] = machine_container,
        [OP_APPEND] = machine_add_items,
        [OP_APPENDS] = machine_add_items,
        [OP_SETITEM] = machine_add_items,
        [OP_SETITEMS] = machine_add_items,
        [OP_ADDITEMS] = machine_add_items,
    };

    return handlers[code] ? handlers[code] : machine_constant;
}

static bool
check(struct machine *m, const struct instruction *in)
{
    if (m->rules == PICKLE_STRICT && !in->info->saved)
        return fault(m->err, ERR_UNSUPPORTED, "pickle-malformed",
                     "opcode %s, which torch.save never writes", in->info->name);
    if (in->code == OP_NEXT_BUFFER || in->code == OP_READONLY_BUFFER)
        return machine_malformed(m, in, "out-of-band buffers are not supported");
    if (m->rules == PICKLE_STRICT && in->at == 0 && in->code != OP_PROTO)
        return fault(m->err, ERR_UNSUPPORTED, "pickle-malformed",
                     "the pickle does not begin with PROTO");
    if (m->frame_end && in->end > m->frame_end)
        return machine_malformed(m, in, "it reaches beyond its frame");
    if (m->p->values >= PICKLE_VALUES_MAX)
        return fault(m->err, ERR_LIMIT, "resource-limit", "more than %d values",
                     PICKLE_VALUES_MAX);
    return true;
}

static bool
stop(struct machine *m, const struct instruction *in)
{
    if (!machine_need(m, in, 1))
        return false;
    if (m->depth != 1 && m->rules == PICKLE_STRICT)
        return machine_malformed(m, in, "values are left on the stack");
    m->p->root = machine_top(m, 0);
    m->p->size = in->end;
    return true;
}

static bool
loop(struct machine *m)
{
    size_t at = 0;

    while (at < m->size) {
        struct instruction in;

        if (!decode(m->data, m->size, at, &in, m->err))
            return false;
        if (m->frame_end && in.at >= m->frame_end)
            m->frame_end = 0;
        if (!check(m, &in) ||
            !(in.code == OP_STOP ? stop(m, &in) : handler_of(in.code)(m, &in)))
            return error_at_byte(m->err, at);
        if (in.code == OP_STOP)
            return true;
        at = in.end;
    }
    (void)fault(m->err, ERR_MALFORMED, "pickle-malformed",
                "the pickle ends without STOP");
    return error_at_byte(m->err, m->size);
}

bool
pickle_run(struct pickle *p, const uint8_t *data, size_t size, enum pickle_rules rules,
           struct error *err)
{
    struct machine m = {.p = p, .data = data, .size = size, .rules = rules, .err = err};
    bool ok;

    *p = (struct pickle){0};
    if (size > PICKLE_SIZE_MAX)
        m.size = PICKLE_SIZE_MAX;
    m.none = machine_make(&m, VALUE_NONE);
    m.yes = machine_make(&m, VALUE_BOOL);
    m.yes->truth = true;
    m.no = machine_make(&m, VALUE_BOOL);
    ok = loop(&m);
    p->globals = m.imports.first;
    memo_clear(&m.memo);
    import_clear(&m.imports);
    free(m.stack);
    return ok;
}

void
pickle_clear(struct pickle *p)
{
    arena_clear(&p->arena);
    *p = (struct pickle){0};
}
