/*
 * origin.h: the first value, forward or backward, that is not finite though what it
 * was made of is.
 */
#ifndef FTG_ENGINE_CHECK_ORIGIN_H
#define FTG_ENGINE_CHECK_ORIGIN_H

#include "engine/session.h"

struct origin {
    const char *name; /* of the value or the backward node; NULL: all is finite */
    const char *op;   /* the operator, or "" for a leaf and for a backward node */
    bool backward;
    uint32_t output; /* which output of the node */
    int64_t element; /* the first such element, in row-major order */
    double value;
    struct heap *heap; /* borrowed: for copies of strided tensors */
};

/* Look at the values of a forward run in order; stops at the first. */
void origin_forward(struct origin *o, const struct session *s);
/* Let the session's backward pass look, unless something was found before. */
void origin_watch(struct origin *o, struct session *s);

#endif
