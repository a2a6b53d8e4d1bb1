/*
 * expression.h: the tree of an expression.
 *
 * Its height is bounded, so that who walks it may do so recursively.
 */
#ifndef FPG_QUERY_EXPRESSION_H
#define FPG_QUERY_EXPRESSION_H

#include "common/error.h"
#include "table/cell.h"

struct arena;

enum node_kind {
    NODE_VALUE,
    NODE_NAME,
    NODE_LIST,
    NODE_CALL, /* text: the method; kids: the object, then arguments */
    NODE_OR,
    NODE_AND,
    NODE_NOT, /* ~ too */
    NODE_NEGATE,
    NODE_PLUS,
    NODE_LESS,
    NODE_LESS_EQUAL,
    NODE_EQUAL,
    NODE_NOT_EQUAL,
    NODE_GREATER_EQUAL,
    NODE_GREATER,
    NODE_IN,
    NODE_NOT_IN,
    NODE_ADD,
    NODE_SUB,
    NODE_MUL,
    NODE_DIV,
    NODE_FLOORDIV,
    NODE_MOD,
    NODE_POW,
};

enum { NODE_HEIGHT_MAX = 200, EXPRESSION_SIZE_MAX = 1 << 16 };

struct node {
    enum node_kind kind;
    unsigned height;
    size_t at;         /* octet in the expression, for errors */
    struct cell value; /* NODE_VALUE */
    const char *text;  /* NODE_NAME, NODE_CALL */
    struct node **kids;
    size_t n_kids;
};

MUST_CHECK bool expression_parse(struct arena *a, const char *text, struct node **out,
                                 struct error *err);

/* A fault at an octet of the expression; false. */
bool expression_fail(struct error *err, size_t at, const char *python_class,
                     const char *fmt, ...) PRINTF_LIKE(4, 5);

#endif
