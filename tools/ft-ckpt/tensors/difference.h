/*
 * difference.h: two checkpoints, tensor by tensor, by value; formats do not matter.
 */
#ifndef CKPT_TENSORS_DIFFERENCE_H
#define CKPT_TENSORS_DIFFERENCE_H

#include "model/checkpoint.h"

enum difference_kind {
    DIFFERENCE_EQUAL,
    DIFFERENCE_CLOSE, /* values differ by no more than the tolerance */
    DIFFERENCE_VALUES,
    DIFFERENCE_KIND, /* another dtype or shape */
    DIFFERENCE_ADDED,
    DIFFERENCE_REMOVED,
};

const char *difference_name(enum difference_kind k); /* "equal", "changed", ... */

struct difference {
    enum difference_kind kind;
    const struct tensor *a, *b; /* NULL when absent */
    uint64_t count;             /* elements (of complex types: components) that differ */
    double max_abs;             /* NaN against a number counts as infinite */
    uint64_t max_ulp;           /* floats only; UINT64_MAX: across NaN or sign of NaN */
    bool has_ulp;
};

struct differences {
    struct difference *items; /* owned: a's order, then what only b has */
    size_t count;
    size_t different; /* of those, not equal and not close */
};

MUST_CHECK bool differences_make(struct differences *d, struct checkpoint *a,
                                 struct checkpoint *b, double tolerance,
                                 struct error *err);
void differences_clear(struct differences *d);

#endif
