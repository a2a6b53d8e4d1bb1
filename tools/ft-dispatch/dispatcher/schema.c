/*
 * A hand-written reader of torch/csrc/jit/frontend's function schemas: an argument is
 * any run of tokens up to a comma or the closing parenthesis.
 */
#include "dispatcher/schema.h"

struct reader {
    const char *text;
    size_t at, size; /* the current token */
};

static bool
is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_';
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Move to the next token; an empty one is the end of the text. */
static void
next(struct reader *r)
{
    const char *t;

    r->at += r->size;
    while (r->text[r->at] == ' ')
        r->at++;
    t = r->text + r->at;
    r->size = 0;
    if (!*t)
        return;
    if (is_digit(*t)) {
        while (is_digit(t[r->size]))
            r->size++;
    } else if (is_word(*t)) {
        while (is_word(t[r->size]))
            r->size++;
    } else {
        r->size = t[0] == '-' && t[1] == '>' ? 2 : 1;
    }
}

static bool
at(const struct reader *r, const char *token)
{
    return strlen(token) == r->size && strncmp(r->text + r->at, token, r->size) == 0;
}

static bool
expected(const struct reader *r, const char *what, struct buf *why)
{
    const char *token = r->text + r->at;

    buf_printf(why, "expected %s but found '", what);
    if (r->size == 0)
        buf_puts(why, "eof");
    else if (at(r, "->"))
        buf_puts(why, "arrow");
    else if (is_word(*token))
        buf_puts(why, is_digit(*token) ? "number" : "ident");
    else
        buf_put(why, token, r->size);
    buf_printf(why, "' here:\n%s", r->text);
    if (r->size == 0)
        return false;
    buf_printf(why, "\n%*s", (int)r->at, "");
    for (size_t i = 0; i < r->size; i++)
        buf_putc(why, '~');
    buf_puts(why, " <--- HERE\n");
    return false;
}

size_t
schema_name_size(const char *schema)
{
    return strcspn(schema, "( ");
}

static bool
is_ident(const struct reader *r)
{
    return r->size > 0 && is_word(r->text[r->at]) && !is_digit(r->text[r->at]);
}

static bool
take_ident(struct reader *r, struct buf *why)
{
    if (!is_ident(r))
        return expected(r, "ident", why);
    next(r);
    return true;
}

static bool
take(struct reader *r, const char *token)
{
    if (!at(r, token))
        return false;
    next(r);
    return true;
}

/* namespace::name.overload */
static bool
read_name(struct reader *r, struct buf *why)
{
    if (!take_ident(r, why))
        return false;
    if (take(r, ":")) {
        if (!take(r, ":"))
            return expected(r, ":", why);
        if (!take_ident(r, why))
            return false;
    }
    return !take(r, ".") || take_ident(r, why);
}

/* Up to a comma or the end of a list, with anything balanced inside. */
static bool
read_element(struct reader *r, struct buf *why)
{
    unsigned depth = 0;

    if (!is_ident(r) && !at(r, "(") && !at(r, "*") && !at(r, "."))
        return expected(r, "ident", why);
    while (depth > 0 || (!at(r, ",") && !at(r, ")"))) {
        if (r->size == 0 || (depth == 0 && at(r, "->")))
            return expected(r, ")", why);
        depth += at(r, "(") || at(r, "[");
        depth -= at(r, ")") || at(r, "]");
        next(r);
    }
    return true;
}

/* "(a, b)"; the current token is the parenthesis. */
static bool
read_list(struct reader *r, struct buf *why)
{
    next(r);
    if (take(r, ")"))
        return true;
    do
        if (!read_element(r, why))
            return false;
    while (take(r, ","));
    next(r);
    return true;
}

/* "Tensor(a!)[]? name": a type with what belongs to it, perhaps a name; or "...". */
static bool
read_return(struct reader *r, struct buf *why)
{
    if (strncmp(r->text + r->at, "...", 3) == 0) {
        r->size = 3;
        next(r);
        return true;
    }
    do
        if (!take_ident(r, why))
            return false;
    while (take(r, "."));
    while (at(r, "(") || at(r, "[") || at(r, "?")) {
        if (at(r, "(") && !read_list(r, why))
            return false;
        if (take(r, "["))
            while (r->size > 0 && !take(r, "]"))
                next(r);
        (void)take(r, "?");
    }
    if (is_ident(r))
        next(r);
    return true;
}

bool
schema_check(const char *schema, struct buf *why)
{
    struct reader r = {.text = schema};

    next(&r);
    if (!read_name(&r, why))
        return false;
    if (r.size == 0) {
        buf_puts(why, "Tried to parse a function schema but only the operator name was "
                      "given");
        return false;
    }
    if (!at(&r, "("))
        return expected(&r, "eof", why);
    if (!read_list(&r, why))
        return false;
    if (!take(&r, "->"))
        return expected(&r, "arrow", why);
    if (!(at(&r, "(") ? read_list(&r, why) : read_return(&r, why)))
        return false;
    return r.size == 0 || expected(&r, "eof", why);
}
