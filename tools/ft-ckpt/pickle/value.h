/*
 * value.h: what a pickle describes, as data.
 *
 * Nothing is ever called: the result of REDUCE, NEWOBJ, INST or OBJ is an object
 * value that remembers what would have been called with what.  Text and bytes are
 * borrowed from the pickle itself, everything else lives in the pickle's arena.
 */
#ifndef CKPT_PICKLE_VALUE_H
#define CKPT_PICKLE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_kind {
    VALUE_NONE,
    VALUE_BOOL,
    VALUE_INT,    /* fits int64_t */
    VALUE_BIGINT, /* does not: little-endian two's complement in text */
    VALUE_FLOAT,
    VALUE_TEXT,
    VALUE_BYTES,
    VALUE_BYTEARRAY,
    VALUE_TUPLE,
    VALUE_LIST,
    VALUE_DICT, /* items: key, value, key, value, ... */
    VALUE_SET,
    VALUE_FROZENSET,
    VALUE_GLOBAL,
    VALUE_OBJECT,
    VALUE_PERSISTENT, /* items[0] is the persistent id */
};

struct value {
    uint8_t kind;      /* enum value_kind */
    bool on_path;      /* a walk is inside this value: meeting it again is a cycle */
    uint32_t capacity; /* of items */
    size_t count;      /* items, or octets of text */
    union {
        bool truth;
        int64_t integer;
        double number;
        const uint8_t *text;   /* borrowed from the pickle */
        struct value **items;  /* arena */
        struct global *global; /* arena */
        struct object *object; /* arena */
    };
};

/* A name the pickle asks to import. */
struct global {
    const char *name;    /* arena: "torch._utils._rebuild_tensor_v2" */
    size_t module_size;  /* octets of name before the last separator */
    size_t size;         /* octets of name */
    uint64_t at;         /* offset of the opcode that first named it */
    const char *opcode;  /* the name of that opcode */
    bool called;         /* an object is made from it */
    bool dotted;         /* its attribute part holds a dot */
    struct global *next; /* in order of appearance */
};

struct object {
    struct value *callee;
    struct value *args;  /* a tuple */
    struct value *state; /* of BUILD, or NULL */
    struct value *keyed; /* dict of SETITEM(S), or NULL */
    struct value *added; /* list of APPEND(S) or ADDITEMS, or NULL */
    uint64_t at;         /* offset of the opcode that made it */
};

static inline bool
value_is_text(const struct value *v, const char *text, size_t size)
{
    return v->kind == VALUE_TEXT && v->count == size &&
           (size == 0 || __builtin_memcmp(v->text, text, size) == 0);
}

/* The dict entry with a text key, or NULL (also when v is not a dict). */
const struct value *value_get(const struct value *v, const char *key);

/*
 * The global v is or is made from, also behind the persistent id of a module; else
 * NULL.
 */
struct global *value_global(const struct value *v);

#endif
