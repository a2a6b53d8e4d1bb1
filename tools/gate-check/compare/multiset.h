/* multiset.h: two arrays as multisets. */
#ifndef GATE_COMPARE_MULTISET_H
#define GATE_COMPARE_MULTISET_H

#include "compare/walk.h"

bool multiset_equal(struct walk *w, const struct json *expected,
                    const struct json *actual);

#endif
