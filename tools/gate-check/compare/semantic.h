/* semantic.h: FrankenPandas' semantic_eq, for its {"kind","value"} scalars. */
#ifndef GATE_COMPARE_SEMANTIC_H
#define GATE_COMPARE_SEMANTIC_H

#include "compare/walk.h"

/* False: the rule says nothing here, compare plainly.  True: *same is the answer. */
bool semantic_equal(struct walk *w, const struct json *expected,
                    const struct json *actual, bool *same);

/* A key a value may add to what the packet pins (names and column order). */
bool semantic_may_add(const char *key);

#endif
