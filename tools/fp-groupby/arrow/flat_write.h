/*
 * flat_write.h: FlatBuffers front to back.
 *
 * A table is written before what it refers to; flat_point() fills a reference in when
 * its target is about to be written.  The result is canonical: one order of calls
 * gives one text.
 */
#ifndef FPG_FLAT_WRITE_H
#define FPG_FLAT_WRITE_H

#include "common/buf.h"

struct flat_value {
    unsigned field;
    unsigned octets; /* 1, 2, 4, 8; a reference has 4 */
    int64_t value;
};

enum { FLAT_FIELDS_MAX = 8 };

/*
 * Append a table of n fields (octets ascending or not, fields in any order); places[i]
 * is where value i went.  Returns where the table begins.
 */
size_t flat_put_table(struct buf *b, const struct flat_value *values, size_t n,
                      size_t places[static FLAT_FIELDS_MAX]);

/* Make the reference at `place` point to `target`. */
void flat_point(struct buf *b, size_t place, size_t target);

/* A string; returns where it begins. */
size_t flat_put_string(struct buf *b, const char *text, size_t size);

/* The head of a vector whose elements (aligned to 8 octets) follow. */
size_t flat_put_vector(struct buf *b, size_t count);

/* count references, zero until flat_point() fills them; element i is at the result
 * + 4 + 4 * i. */
size_t flat_put_references(struct buf *b, size_t count);

/* Zeroes up to a multiple of `alignment`. */
void flat_align(struct buf *b, size_t alignment);

#endif
