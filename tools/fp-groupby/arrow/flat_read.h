/*
 * flat_read.h: FlatBuffers, as far as Arrow's metadata needs them.
 *
 * Nothing is trusted: every offset is checked before it is followed, and there is no
 * recursion, for a caller walks the tables it knows.  The first fault sets `bad`;
 * after that, and for fields that are absent, readers return their default.  So a
 * caller reads what it wants and asks once at the end.
 *
 * https://flatbuffers.dev/internals/: a table begins with the distance back to its
 * vtable, which lists where each field lies; references are distances forward.
 */
#ifndef FPG_FLAT_READ_H
#define FPG_FLAT_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flat {
    const uint8_t *data; /* borrowed */
    size_t size;
    bool bad;
};

struct flat_table {
    struct flat *flat;
    size_t at; /* 0: absent; every field then has its default */
    size_t vtable;
    uint16_t vtable_size, size;
};

struct flat_vector {
    const uint8_t *data; /* count elements, all of them in bounds */
    size_t at;           /* of data, in the flat buffer */
    size_t count;
};

struct flat_table flat_root(struct flat *f);

/* Scalar fields; octets 1, 2, 4 or 8, sign-extended. */
int64_t flat_int(const struct flat_table *t, unsigned field, unsigned octets,
                 int64_t otherwise);
struct flat_table flat_sub(const struct flat_table *t, unsigned field);

/* Elements of element_size octets each; a string is a vector of octets. */
struct flat_vector flat_vector(const struct flat_table *t, unsigned field,
                               size_t element_size);

/* Table i of a vector of references (element_size 4). */
struct flat_table flat_element(struct flat *f, const struct flat_vector *v, size_t i);

#endif
