/* token.h: an expression in words. */
#ifndef FPG_QUERY_TOKEN_H
#define FPG_QUERY_TOKEN_H

#include "query/expression.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME, /* text */
    TOKEN_WORD, /* a name that is reserved: text is one of the list in token.c */
    TOKEN_SIGN, /* text is one of the list in token.c */
    TOKEN_VALUE,
};

struct token {
    enum token_kind kind;
    size_t at;
    const char *text;
    struct cell value;
};

struct tokens {
    struct arena *a;
    const char *text;
    size_t at;
};

MUST_CHECK bool token_next(struct tokens *t, struct token *out, struct error *err);

#endif
