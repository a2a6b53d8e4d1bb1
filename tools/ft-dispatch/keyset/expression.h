/*
 * expression.h: keysets as people write them.
 *
 *     CPU|AutogradCPU - Autograd        FULL & ~(...) is not there: write FULL - X
 *
 * Operators as in Python: - before & before ^ before |, and parentheses.  Operands:
 * key names, backend components (CPUBit), named sets (autograd_dispatch_keyset, FULL),
 * 0x.., full_after(KEY).  An alias stands for its members, which torch's own
 * DispatchKeySet(alias), always empty, does not do.
 */
#ifndef KEYSET_EXPRESSION_H
#define KEYSET_EXPRESSION_H

#include "keyset/keyset.h"

/* Errors carry the column, counted from 1. */
MUST_CHECK bool keyset_expression(const struct keyspace *k, const char *text,
                                  uint64_t *out, struct error *err);

#endif
