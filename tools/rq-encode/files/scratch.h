/*
 * scratch.h: large zeroed working memory that does not have to fit into RAM.
 *
 * Up to the limit it is ordinary memory; above, a mapping of an unlinked temporary
 * file ($TMPDIR, else /var/tmp), whose pages mapping.h lets go of.
 */
#ifndef RQ_SCRATCH_H
#define RQ_SCRATCH_H

#include "common/error.h"

#include <stddef.h>

struct scratch {
    uint8_t *data; /* owned; never NULL after an allocation */
    size_t size;   /* may be lowered by the owner */
    size_t capacity;
    bool mapped;
};

MUST_CHECK bool scratch_alloc(struct scratch *s, uint64_t size, uint64_t limit,
                              struct error *err);
void scratch_free(struct scratch *s);

#endif
