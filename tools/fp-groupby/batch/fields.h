/*
 * fields.h: the fields of a column, up to 64 at a time, to integers, floats and codes.
 *
 * Only what is most common is taken: the fast ways of csv/number.h and of
 * dictionary.h.  Bit i of the answer is set when field first + i was not taken; its
 * place in out then holds anything, and the caller goes the slow way for it.  All
 * variants take the same fields with the same result; fields_scalar is the definition.
 */
#ifndef FPG_FIELDS_H
#define FPG_FIELDS_H

#include "batch/dictionary.h"
#include "batch/window.h"

enum { FIELDS_BLOCK = 64 };

struct fields_ops {
    const char *name;
    /* out[i] = number_i64(); *seen |= out[i].  None is negative. */
    uint64_t (*integers)(const struct fields *f, size_t first, size_t n, int64_t *out,
                         uint64_t *seen);
    /* out[i] = number_f64() */
    uint64_t (*floats)(const struct fields *f, size_t first, size_t n, double *out);
    /* out[i] = the code of a key that is known by its number; k->used */
    uint64_t (*codes)(const struct fields *f, size_t first, size_t n,
                      const struct key_numbers *k, uint32_t *out);
};

enum { FIELDS_VARIANTS_MAX = 2 };

extern const struct fields_ops fields_scalar;

/* The variants this machine can run, slowest first; returns how many. */
size_t fields_usable(const struct fields_ops *out[static FIELDS_VARIANTS_MAX]);

/* The fastest of them. */
const struct fields_ops *fields_select(void);

#endif
