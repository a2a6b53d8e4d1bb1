/*
 * schema.h: as much of torch's schema language as telling a broken one takes.
 */
#ifndef DISPATCHER_SCHEMA_H
#define DISPATCHER_SCHEMA_H

#include "common/buf.h"

#include <stdbool.h>

/*
 * "ns::name.overload(Tensor a, int b=1) -> Tensor": names, brackets and commas where
 * torch's parser wants them; types are not looked into.  False with torch's own
 * complaint, source line and marker included, in *why.
 */
MUST_CHECK bool schema_check(const char *schema, struct buf *why);

/* The length of the name before the parenthesis. */
size_t schema_name_size(const char *schema);

#endif
