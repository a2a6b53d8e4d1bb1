/*
 * rewrite.h: a repaired file in place of the damaged one.
 */
#ifndef RQ_REWRITE_H
#define RQ_REWRITE_H

#include "checkup.h"
#include "common/file.h"
#include "recover.h"

/*
 * The damaged file's octets with the moved and the recovered symbols in their places go
 * to a temporary file, which replaces `file` when its digest is the protected one.
 * Of a symbolic link the file it leads to is replaced.
 */
MUST_CHECK bool rewrite_file(const struct checkup *c, const char *file,
                             const struct recovery *r, bool keep_damaged,
                             struct error *err);

/* Owner, mode and times of the file that is replaced. */
MUST_CHECK bool rewrite_keep_attributes(struct out_file *out, const struct stat *old,
                                        struct error *err);
/* A second name, FILE.damaged, for what is about to be replaced. */
MUST_CHECK bool rewrite_put_aside(const char *file, struct error *err);

#endif
