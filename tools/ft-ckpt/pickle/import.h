/*
 * import.h: the globals a pickle names, each once, in order of appearance.
 */
#ifndef CKPT_PICKLE_IMPORT_H
#define CKPT_PICKLE_IMPORT_H

#include "common/error.h"
#include "pickle/machine.h"

struct import_table {
    struct global *first, *last; /* arena */
    struct global **slots;       /* owned; a hash table of a power of two */
    size_t capacity;
};

struct import_name {
    const uint8_t *module, *name;
    size_t module_size, name_size;
    uint64_t at;
    const char *opcode;
};

/* The global of that name; names that cannot be Python identifiers are malformed. */
MUST_CHECK bool import_intern(struct import_table *t, struct pickle *p,
                              const struct import_name *name, struct global **out,
                              struct error *err);
void import_clear(struct import_table *t);

#endif
