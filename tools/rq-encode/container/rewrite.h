/*
 * rewrite.h: a repaired file in place of the damaged one.
 */
#ifndef RQ_REWRITE_H
#define RQ_REWRITE_H

#include "checkup.h"
#include "recover.h"

/*
 * The damaged file's octets with the moved and the recovered symbols in their places go
 * to a temporary file, which replaces `file` when its digest is the protected one.
 */
MUST_CHECK bool rewrite_file(const struct checkup *c, const char *file,
                             const struct recovery *r, bool keep_damaged,
                             struct error *err);

#endif
