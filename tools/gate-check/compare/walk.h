/*
 * walk.h: the state of one comparison, shared by value.c, semantic.c and multiset.c.
 */
#ifndef GATE_COMPARE_WALK_H
#define GATE_COMPARE_WALK_H

#include "compare/value.h"

struct walk {
    const struct compare_rule *rule; /* borrowed */
    struct difference *out;          /* borrowed; NULL: only the answer is wanted */
    char at[DIFFERENCE_AT_SIZE];     /* JSON pointer of the current place */
    size_t used;                     /* its length */
    size_t top;                      /* its length at the top of the value */
    bool in_labels;                  /* semantic: below an index, all exact */
};

bool walk_equal(struct walk *w, const struct json *expected, const struct json *actual);

/* Record the difference at the current place; returns false. */
bool walk_differ(struct walk *w, const struct json *expected, const struct json *actual,
                 const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Go one step down; the return goes to walk_leave(). */
size_t walk_enter_key(struct walk *w, const char *key);
size_t walk_enter_index(struct walk *w, size_t index);
void walk_leave(struct walk *w, size_t before);

#endif
