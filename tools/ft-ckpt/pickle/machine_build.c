/* machine_build.c: the opcodes that make constants and containers. */
#include "pickle/machine_state.h"

#include "common/mem.h"
#include "common/num.h"
#include "fault.h"
#include "pickle/utf8.h"

#include <string.h>

bool
machine_malformed(struct machine *m, const struct instruction *in, const char *what)
{
    return fault(m->err, ERR_MALFORMED, "pickle-malformed", "%s: %s", in->info->name,
                 what);
}

struct value *
machine_make(struct machine *m, enum value_kind kind)
{
    struct value *v = arena_alloc(&m->p->arena, sizeof *v);

    m->p->values++;
    v->kind = (uint8_t)kind;
    return v;
}

void
machine_push(struct machine *m, struct value *v)
{
    if (m->depth == m->capacity) {
        m->capacity = m->capacity ? 2 * m->capacity : 256;
        m->stack = xrealloc(m->stack, m->capacity, sizeof(*m->stack));
    }
    m->stack[m->depth++] = v;
}

/* The top `n` values; false when fewer lie above the last mark. */
bool
machine_need(struct machine *m, const struct instruction *in, size_t n)
{
    if (m->depth < n)
        return machine_malformed(m, in, "the stack is empty");
    for (size_t i = m->depth - n; i < m->depth; i++)
        if (!m->stack[i])
            return machine_malformed(m, in, "a mark lies where a value is needed");
    return true;
}

struct value *
machine_top(const struct machine *m, size_t below)
{
    return m->stack[m->depth - 1 - below];
}

/* The values above the last mark: *first .. depth. */
bool
machine_need_mark(struct machine *m, const struct instruction *in, size_t *first)
{
    size_t i = m->depth;

    while (i > 0 && m->stack[i - 1])
        i--;
    if (i == 0)
        return machine_malformed(m, in, "no mark on the stack");
    *first = i;
    return true;
}

void
machine_drop_to_mark(struct machine *m, size_t first)
{
    m->depth = first - 1;
    m->marks--;
}

void
machine_append(struct machine *m, struct value *list, struct value *const *items,
               size_t n)
{
    if (list->count + n > list->capacity) {
        size_t capacity = list->capacity ? 2 * (size_t)list->capacity : 4;
        struct value **grown;

        while (capacity < list->count + n)
            capacity *= 2;
        grown = arena_alloc(&m->p->arena, capacity * sizeof(*grown));
        if (list->count > 0)
            memcpy(grown, list->items, list->count * sizeof(*grown));
        list->items = grown;
        list->capacity = (uint32_t)capacity;
    }
    if (n > 0)
        memcpy(list->items + list->count, items, n * sizeof(*items));
    list->count += n;
}

/* Replace the top n values (or, with a mark, all above it) by one container. */
static void
collect(struct machine *m, enum value_kind kind, size_t first, bool marked)
{
    struct value *v = machine_make(m, kind);

    machine_append(m, v, m->stack + first, m->depth - first);
    if (marked)
        machine_drop_to_mark(m, first);
    else
        m->depth = first;
    machine_push(m, v);
}

void
machine_push_text(struct machine *m, enum value_kind kind, const uint8_t *text, size_t n)
{
    struct value *v = machine_make(m, kind);

    v->text = text;
    v->count = n;
    if (kind != VALUE_TEXT && kind != VALUE_BIGINT)
        m->p->has_bytes = true;
    machine_push(m, v);
}

static void
push_int(struct machine *m, int64_t x)
{
    struct value *v;

    if (x >= 0 && x < 256 && m->small[x]) {
        machine_push(m, m->small[x]);
        return;
    }
    v = machine_make(m, VALUE_INT);
    v->integer = x;
    if (x >= 0 && x < 256)
        m->small[x] = v;
    machine_push(m, v);
}

/* LONG1, LONG4: little-endian two's complement. */
static void
push_long(struct machine *m, const uint8_t *text, size_t n)
{
    uint64_t x = n > 0 && text[n - 1] & 0x80 ? UINT64_MAX : 0;

    if (n > 8) {
        machine_push_text(m, VALUE_BIGINT, text, n);
        return;
    }
    for (size_t i = n; i-- > 0;)
        x = x << 8 | text[i];
    push_int(m, (int64_t)x);
}

/* Protocol 0 numbers: INT, LONG, FLOAT. */
static bool
push_line_number(struct machine *m, const struct instruction *in)
{
    size_t n = in->size;
    int64_t x;
    double f;

    if (in->code == OP_LONG && n > 0 && in->text[n - 1] == 'L')
        n--;
    if (in->code == OP_INT && n == 2 && in->text[0] == '0' &&
        (in->text[1] == '0' || in->text[1] == '1')) {
        machine_push(m, in->text[1] == '1' ? m->yes : m->no);
        return true;
    }
    if (in->code == OP_FLOAT) {
        struct value *v;

        if (!num_parse_f64((const char *)in->text, n, &f))
            return machine_malformed(m, in, "not a number");
        v = machine_make(m, VALUE_FLOAT);
        v->number = f;
        machine_push(m, v);
        return true;
    }
    if (n > 19)
        return fault(m->err, ERR_LIMIT, "resource-limit",
                     "%s has a number of %zu digits, more than the limit of 19",
                     in->info->name, n);
    if (!num_parse_i64((const char *)in->text, n, &x))
        return machine_malformed(m, in, "not an integer");
    push_int(m, x);
    return true;
}

/* STRING: a quoted Python literal; escapes are kept as written. */
static bool
push_quoted(struct machine *m, const struct instruction *in)
{
    const uint8_t *s = in->text;
    size_t n = in->size;

    if (n < 2 || (s[0] != '\'' && s[0] != '"') || s[n - 1] != s[0])
        return machine_malformed(m, in, "the string is not quoted");
    machine_push_text(m, VALUE_TEXT, s + 1, n - 2);
    m->p->has_bytes = true;
    return true;
}

static bool
push_utf8(struct machine *m, const struct instruction *in)
{
    if (!utf8_valid(in->text, in->size))
        return machine_malformed(m, in, "the text is not UTF-8");
    machine_push_text(m, VALUE_TEXT, in->text, in->size);
    return true;
}

bool
machine_constant(struct machine *m, const struct instruction *in)
{
    switch ((int)in->code) {
    case OP_NONE: machine_push(m, m->none); return true;
    case OP_NEWTRUE:
    case OP_NEWFALSE:
        machine_push(m, in->code == OP_NEWTRUE ? m->yes : m->no);
        return true;
    case OP_BININT:
    case OP_BININT1:
    case OP_BININT2: push_int(m, (int64_t)in->number); return true;
    case OP_LONG1:
    case OP_LONG4: push_long(m, in->text, in->size); return true;
    case OP_INT:
    case OP_LONG:
    case OP_FLOAT: return push_line_number(m, in);
    case OP_BINFLOAT:
        machine_push(m, machine_make(m, VALUE_FLOAT));
        machine_top(m, 0)->number = in->real;
        return true;
    case OP_STRING: return push_quoted(m, in);
    case OP_UNICODE:
    case OP_BINUNICODE:
    case OP_SHORT_BINUNICODE:
    case OP_BINUNICODE8: return push_utf8(m, in);
    case OP_BINSTRING:
    case OP_SHORT_BINSTRING:
        machine_push_text(m, VALUE_TEXT, in->text, in->size);
        m->p->has_bytes = true;
        return true;
    case OP_BYTEARRAY8:
        machine_push_text(m, VALUE_BYTEARRAY, in->text, in->size);
        return true;
    default: /* SHORT_BINBYTES, BINBYTES, BINBYTES8 */
        machine_push_text(m, VALUE_BYTES, in->text, in->size);
        return true;
    }
}

/* Where APPEND, SETITEM and the like put their values; NULL: nowhere legal. */
static struct value *
list_of(struct machine *m, struct value *v)
{
    if (v->kind == VALUE_LIST)
        return v;
    if (v->kind != VALUE_OBJECT)
        return NULL;
    if (!v->object->added)
        v->object->added = machine_make(m, VALUE_LIST);
    return v->object->added;
}

static struct value *
dict_of(struct machine *m, struct value *v)
{
    if (v->kind == VALUE_DICT)
        return v;
    if (v->kind != VALUE_OBJECT)
        return NULL;
    if (!v->object->keyed)
        v->object->keyed = machine_make(m, VALUE_DICT);
    return v->object->keyed;
}

bool
machine_add_items(struct machine *m, const struct instruction *in)
{
    bool marked =
        in->code == OP_APPENDS || in->code == OP_SETITEMS || in->code == OP_ADDITEMS;
    bool keyed = in->code == OP_SETITEM || in->code == OP_SETITEMS;
    size_t first = m->depth - (keyed ? 2 : 1);
    struct value *into, *target;

    if (marked ? !machine_need_mark(m, in, &first) : !machine_need(m, in, keyed ? 3 : 2))
        return false;
    if (first < 1 + (size_t)marked || !m->stack[first - 1 - marked])
        return machine_malformed(m, in, "no container below the mark");
    target = m->stack[first - 1 - marked];
    if (in->code == OP_ADDITEMS)
        into = target->kind == VALUE_SET ? target : NULL;
    else
        into = keyed ? dict_of(m, target) : list_of(m, target);
    if (!into)
        return machine_malformed(m, in, "the value below is not such a container");
    if (keyed && (m->depth - first) % 2 != 0)
        return machine_malformed(m, in, "a key without a value");
    machine_append(m, into, m->stack + first, m->depth - first);
    if (marked)
        machine_drop_to_mark(m, first);
    else
        m->depth = first;
    return true;
}

bool
machine_container(struct machine *m, const struct instruction *in)
{
    size_t first = m->depth;

    switch ((int)in->code) {
    case OP_EMPTY_TUPLE:
    case OP_EMPTY_LIST:
    case OP_EMPTY_DICT:
    case OP_EMPTY_SET:
        machine_push(m, machine_make(m, in->code == OP_EMPTY_TUPLE  ? VALUE_TUPLE
                                        : in->code == OP_EMPTY_LIST ? VALUE_LIST
                                        : in->code == OP_EMPTY_DICT ? VALUE_DICT
                                                                    : VALUE_SET));
        return true;
    case OP_TUPLE1:
    case OP_TUPLE2:
    case OP_TUPLE3: {
        size_t n = (size_t)in->code - OP_TUPLE1 + 1;

        if (!machine_need(m, in, n))
            return false;
        collect(m, VALUE_TUPLE, m->depth - n, false);
        return true;
    }
    default: /* TUPLE, LIST, DICT, FROZENSET */
        if (!machine_need_mark(m, in, &first))
            return false;
        if (in->code == OP_DICT && (m->depth - first) % 2 != 0)
            return machine_malformed(m, in, "a key without a value");
        collect(m,
                in->code == OP_TUPLE       ? VALUE_TUPLE
                : in->code == OP_LIST      ? VALUE_LIST
                : in->code == OP_FROZENSET ? VALUE_FROZENSET
                                           : VALUE_DICT,
                first, true);
        return true;
    }
}
