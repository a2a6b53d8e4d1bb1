/*
 * image.h: fields of a CSV file as to_csv prints them again.
 *
 * Most fields print as they were read: integers without a sign or leading zeros, text
 * that needs no quotes, and decimals of up to 15 digits that end in no zero: these are
 * the shortest that give their double.  Such fields are copied; others go through their
 * value.
 */
#ifndef FPG_IMAGE_H
#define FPG_IMAGE_H

#include "batch/field.h"
#include "batch/window.h"
#include "common/buf.h"

/* A column of a file, as far as it is known. */
struct image {
    size_t column;
    enum field_kind kind;
    bool promoted;  /* integers print as floats, for some row of the result has none */
    bool seen_text; /* a field that makes it text beyond doubt */
};

/* What a look at a window has found out. */
struct image_finding {
    enum field_kind kind; /* at least */
    bool seen_text;
    const char *declined; /* a value whose type is not settled here */
};

/*
 * odd[row] |= 1 for rows whose field of this column does not print as it is.  The kind
 * in *found is wider than the column's when a field does not fit it.
 */
void image_check(const struct image *c, const struct window *w,
                 const struct fields *fields, uint8_t *odd, struct image_finding *found);

/* A field of its kind, as it prints. */
void image_put(struct buf *b, const struct image *c, const uint8_t *text, size_t size);

#endif
