/*
 * json_keys.h: has this object had this key before?  One hash table for all objects
 * of a document, so that the check is linear in the text.  For json_in and yaml_in.
 */
#ifndef COMMON_JSON_KEYS_H
#define COMMON_JSON_KEYS_H

#include "attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_keys_slot {
    uint64_t object; /* 0: a free slot */
    const char *key; /* borrowed */
    size_t size;
    uint64_t hash;
};

/* A zeroed struct is an empty table. */
struct json_keys {
    struct json_keys_slot *slots; /* owned */
    size_t count, room;           /* room is 0 or a power of two */
    uint64_t seed;
};

/*
 * False when the object, any number but 0, has the key already.  key must outlive
 * the table.
 */
MUST_CHECK bool json_keys_add(struct json_keys *k, uint64_t object, const char *key,
                              size_t size);
void json_keys_clear(struct json_keys *k);

#endif
