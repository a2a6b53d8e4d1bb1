/*
 * parse.c: tokens to a tree, by precedence.
 *
 * As pandas does before it parses, & is read as `and`, | as `or`.  Operators bind as in
 * Python.  A chained comparison a < b < c is (a < b) and (b < c).
 */
#include "query/expression.h"

#include "common/arena.h"
#include "query/token.h"

struct parser {
    struct tokens tokens;
    struct token token; /* the next one */
    unsigned depth;
};

/* How tightly an operator binds its operands. */
enum level {
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_NOT,
    LEVEL_COMPARE,
    LEVEL_ADD,
    LEVEL_MUL,
    LEVEL_SIGN,
    LEVEL_POW,
};

static const struct binary {
    const char *sign;
    enum node_kind kind;
    enum level level;
} binaries[] = {
    {"or", NODE_OR, LEVEL_OR},
    {"|", NODE_OR, LEVEL_OR},
    {"and", NODE_AND, LEVEL_AND},
    {"&", NODE_AND, LEVEL_AND},
    {"<", NODE_LESS, LEVEL_COMPARE},
    {"<=", NODE_LESS_EQUAL, LEVEL_COMPARE},
    {"==", NODE_EQUAL, LEVEL_COMPARE},
    {"!=", NODE_NOT_EQUAL, LEVEL_COMPARE},
    {">=", NODE_GREATER_EQUAL, LEVEL_COMPARE},
    {">", NODE_GREATER, LEVEL_COMPARE},
    {"in", NODE_IN, LEVEL_COMPARE},
    {"not", NODE_NOT_IN, LEVEL_COMPARE}, /* not in */
    {"+", NODE_ADD, LEVEL_ADD},
    {"-", NODE_SUB, LEVEL_ADD},
    {"*", NODE_MUL, LEVEL_MUL},
    {"/", NODE_DIV, LEVEL_MUL},
    {"//", NODE_FLOORDIV, LEVEL_MUL},
    {"%", NODE_MOD, LEVEL_MUL},
    {"**", NODE_POW, LEVEL_POW},
};

static bool parse_level(struct parser *p, enum level level, struct node **out,
                        struct error *err);

static bool
advance(struct parser *p, struct error *err)
{
    return token_next(&p->tokens, &p->token, err);
}

static bool
is_sign(const struct parser *p, const char *sign)
{
    return (p->token.kind == TOKEN_SIGN || p->token.kind == TOKEN_WORD) &&
           strcmp(p->token.text, sign) == 0;
}

static bool
unexpected(const struct parser *p, struct error *err)
{
    if (is_sign(p, "="))
        return expression_fail(err, p->token.at, "SyntaxError",
                               "nothing is assigned here (write ==)");
    if (p->token.kind == TOKEN_END)
        return expression_fail(err, p->token.at, "SyntaxError",
                               "the expression ends too early");
    return expression_fail(err, p->token.at, "SyntaxError", "unexpected %s%s%s",
                           p->token.text ? "'" : "value",
                           p->token.text ? p->token.text : "", p->token.text ? "'" : "");
}

static bool
want(struct parser *p, const char *sign, struct error *err)
{
    return is_sign(p, sign) ? advance(p, err) : unexpected(p, err);
}

static bool
make(struct parser *p, enum node_kind kind, size_t at, struct node *const kids[],
     size_t n, struct node **out, struct error *err)
{
    struct node *node = arena_alloc(p->tokens.a, sizeof *node);

    *node = (struct node){.kind = kind, .at = at, .n_kids = n, .height = 1};
    node->kids = arena_alloc(p->tokens.a, (n + 1) * sizeof(struct node *));
    for (size_t i = 0; i < n; i++) {
        node->kids[i] = kids[i];
        if (kids[i]->height >= node->height)
            node->height = kids[i]->height + 1;
    }
    *out = node;
    return node->height <= NODE_HEIGHT_MAX ||
           (expression_fail(err, at, "", "nested more than %d deep", NODE_HEIGHT_MAX));
}

static bool
pair(struct parser *p, enum node_kind kind, size_t at, struct node *left,
     struct node **right, struct error *err)
{
    struct node *const kids[] = {left, *right};

    return make(p, kind, at, kids, 2, right, err);
}

/* Operands up to the closing sign, behind the nodes already in `first`. */
static bool
parse_list(struct parser *p, const char *close, struct node *first, struct node **out,
           struct error *err)
{
    size_t room = 8;
    size_t n = first->n_kids;
    struct node **kids = arena_alloc(p->tokens.a, room * sizeof(struct node *));

    if (n > 0)
        memcpy(kids, first->kids, n * sizeof(struct node *));
    while (!is_sign(p, close)) {
        if (n == room) {
            struct node **more =
                arena_alloc(p->tokens.a, 2 * room * sizeof(struct node *));

            memcpy(more, kids, n * sizeof(struct node *));
            kids = more;
            room *= 2;
        }
        if (!parse_level(p, LEVEL_OR, &kids[n++], err))
            return false;
        if (!is_sign(p, close) && !want(p, ",", err))
            return false;
    }
    if (!make(p, first->kind, first->at, kids, n, out, err))
        return false;
    (*out)->text = first->text;
    return advance(p, err);
}

/* (value), or a tuple, which is a list. */
static bool
parse_parentheses(struct parser *p, struct node **out, struct error *err)
{
    struct node list = {.kind = NODE_LIST, .at = p->token.at};

    if (!advance(p, err))
        return false;
    if (is_sign(p, ")"))
        return parse_list(p, ")", &list, out, err);
    if (!parse_level(p, LEVEL_OR, out, err))
        return false;
    if (!is_sign(p, ","))
        return want(p, ")", err);
    list.kids = out;
    list.n_kids = 1;

    struct node *first[] = {*out};

    list.kids = first;
    return advance(p, err) && parse_list(p, ")", &list, out, err);
}

static bool
parse_operand(struct parser *p, struct node **out, struct error *err)
{
    struct token token = p->token;
    struct node list = {.kind = NODE_LIST, .at = token.at};

    if (is_sign(p, "("))
        return parse_parentheses(p, out, err);
    if (is_sign(p, "["))
        return advance(p, err) && parse_list(p, "]", &list, out, err);
    if (token.kind != TOKEN_VALUE && token.kind != TOKEN_NAME)
        return unexpected(p, err);
    if (!make(p, token.kind == TOKEN_VALUE ? NODE_VALUE : NODE_NAME, token.at, NULL, 0,
              out, err))
        return false;
    (*out)->value = token.value;
    (*out)->text = token.text;
    return advance(p, err);
}

/* value.method(...), value.str.method(...), abs(value). */
static bool
parse_calls(struct parser *p, struct node **out, struct error *err)
{
    struct node call = {.kind = NODE_CALL};
    struct node *object[1];

    if (!parse_operand(p, out, err))
        return false;
    if (*out && (*out)->kind == NODE_NAME && is_sign(p, "(")) {
        call.text = (*out)->text;
        call.at = (*out)->at;
        return advance(p, err) && parse_list(p, ")", &call, out, err);
    }
    while (is_sign(p, ".")) {
        object[0] = *out;
        call.kids = object;
        call.n_kids = 1;
        call.at = p->token.at;
        if (!advance(p, err))
            return false;
        if (p->token.kind == TOKEN_NAME && strcmp(p->token.text, "str") == 0 &&
            (!advance(p, err) || !want(p, ".", err)))
            return false;
        if (p->token.kind != TOKEN_NAME)
            return unexpected(p, err);
        call.text = p->token.text;
        if (!advance(p, err) || !want(p, "(", err) ||
            !parse_list(p, ")", &call, out, err))
            return false;
    }
    return true;
}

static bool
parse_sign(struct parser *p, enum level level, struct node **out, struct error *err)
{
    enum node_kind kind = is_sign(p, "-")   ? NODE_NEGATE
                          : is_sign(p, "+") ? NODE_PLUS
                                            : NODE_NOT;
    size_t at = p->token.at;

    return advance(p, err) && parse_level(p, level, out, err) &&
           make(p, kind, at, out, 1, out, err);
}

/* ** binds its right operand less tightly than a sign does: 2 ** -1. */
static bool
parse_power(struct parser *p, struct node **out, struct error *err)
{
    struct node *left = NULL;
    size_t at;

    if (!parse_calls(p, &left, err))
        return false;
    at = p->token.at;
    *out = left;
    return !is_sign(p, "**") ||
           (advance(p, err) && parse_level(p, LEVEL_SIGN, out, err) &&
            pair(p, NODE_POW, at, left, out, err));
}

static const struct binary *
binary_at(const struct parser *p, enum level level)
{
    for (size_t i = 0; i < COUNT_OF(binaries); i++)
        if (binaries[i].level == level && is_sign(p, binaries[i].sign))
            return &binaries[i];
    return NULL;
}

static bool
parse_comparison(struct parser *p, struct node **out, struct error *err)
{
    const struct binary *b;
    struct node *left = NULL;
    struct node *all = NULL;

    if (!parse_level(p, LEVEL_ADD, &left, err))
        return false;
    *out = left;
    while ((b = binary_at(p, LEVEL_COMPARE))) {
        size_t at = p->token.at;
        struct node *right = NULL;
        struct node *term;

        if (!advance(p, err) || (b->kind == NODE_NOT_IN && !want(p, "in", err)) ||
            !parse_level(p, LEVEL_ADD, &right, err))
            return false;
        term = right;
        if (!pair(p, b->kind, at, left, &term, err))
            return false;
        if (all && !pair(p, NODE_AND, at, all, &term, err))
            return false;
        all = term;
        left = right;
        *out = all;
    }
    return true;
}

static bool
parse_binaries(struct parser *p, enum level level, struct node **out, struct error *err)
{
    const struct binary *b;

    if (!parse_level(p, level + 1, out, err))
        return false;
    while ((b = binary_at(p, level))) {
        size_t at = p->token.at;
        struct node *left = *out;

        if (!advance(p, err) || !parse_level(p, level + 1, out, err) ||
            !pair(p, b->kind, at, left, out, err))
            return false;
    }
    return true;
}

static bool
parse_level(struct parser *p, enum level level, struct node **out, struct error *err)
{
    bool ok;

    if (++p->depth > NODE_HEIGHT_MAX * 8)
        return expression_fail(err, p->token.at, "", "nested more than %d deep",
                               NODE_HEIGHT_MAX);
    if (level == LEVEL_NOT)
        ok = is_sign(p, "not") ? parse_sign(p, LEVEL_NOT, out, err)
                               : parse_comparison(p, out, err);
    else if (level == LEVEL_SIGN)
        ok = is_sign(p, "-") || is_sign(p, "+") || is_sign(p, "~")
                 ? parse_sign(p, LEVEL_SIGN, out, err)
                 : parse_power(p, out, err);
    else
        ok = parse_binaries(p, level, out, err);
    p->depth--;
    return ok;
}

bool
expression_parse(struct arena *a, const char *text, struct node **out, struct error *err)
{
    struct parser p = {.tokens = {.a = a, .text = text}};

    if (strlen(text) > EXPRESSION_SIZE_MAX)
        return error_set(err, ERR_LIMIT, "an expression of more than %d octets",
                         EXPRESSION_SIZE_MAX);
    if (!advance(&p, err) || !parse_level(&p, LEVEL_OR, out, err))
        return false;
    return p.token.kind == TOKEN_END || unexpected(&p, err);
}
