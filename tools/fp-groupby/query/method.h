/* method.h: the methods of columns an expression may call. */
#ifndef FPG_QUERY_METHOD_H
#define FPG_QUERY_METHOD_H

#include "query/evaluate.h"

MUST_CHECK bool method_call(const struct evaluation *e, const struct node *node,
                            struct operand *out, struct error *err);

#endif
