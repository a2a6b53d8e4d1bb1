/*
 * value.h: does a value equal what was expected, and if not, where first.
 *
 * Objects are compared by key, arrays by position.  Exact means: strings octet for
 * octet, integers as integers, floats bit for bit (so -0.0 is not 0.0, 1 is not
 * 1.0, NaN is NaN).  The tolerant kinds compare numbers by value, whether written
 * as number, as hexadecimal float or as the words for NaN and infinity; NaN equals
 * NaN, an infinity only itself.
 */
#ifndef GATE_COMPARE_VALUE_H
#define GATE_COMPARE_VALUE_H

#include "common/json_in.h"

enum compare_kind {
    COMPARE_EXACT,
    COMPARE_ABS,      /* |a - b| <= tolerance */
    COMPARE_REL,      /* |a - b| <= tolerance * max(|a|, |b|) */
    COMPARE_ULP,      /* at most `tolerance` doubles apart */
    COMPARE_CLOSE,    /* |a - b| <= atol + tolerance * |expected|; integers exact */
    COMPARE_SEMANTIC, /* FrankenPandas' semantic_eq on {"kind","value"} scalars */
};

struct compare_rule {
    enum compare_kind kind;
    double tolerance;
    double atol;
    bool unordered;              /* the top-level array is a multiset */
    const char *const *optional; /* top-level keys a value may leave out; or NULL */
};

enum { DIFFERENCE_AT_SIZE = 512, DIFFERENCE_DETAIL_SIZE = 256 };

struct difference {
    char at[DIFFERENCE_AT_SIZE]; /* JSON pointer into the value */
    const struct json *expected; /* borrowed; NULL when nothing was expected there */
    const struct json *actual;   /* borrowed; NULL when nothing is there */
    char detail[DIFFERENCE_DETAIL_SIZE];
};

/* False fills *out with the first difference in document order of `expected`. */
bool value_equal(const struct json *expected, const struct json *actual,
                 const struct compare_rule *rule, struct difference *out);

/* As value_equal() for one member of a value: pointers begin with "/name". */
bool value_member_equal(const char *name, const struct json *expected,
                        const struct json *actual, const struct compare_rule *rule,
                        struct difference *out);

#endif
