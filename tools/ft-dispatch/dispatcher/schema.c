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
    if (is_word(*t)) {
        while (is_word(t[r->size]))
            r->size++;
        return;
    }
    r->size = (t[0] == '-' && t[1] == '>') || (t[0] == ':' && t[1] == ':') ? 2 : 1;
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
        buf_puts(why, *token >= '0' && *token <= '9' ? "number" : "ident");
    else
        buf_put(why, token, r->size);
    buf_printf(why, "' here:\n%s\n%*s", r->text, (int)r->at, "");
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

/* "(a, b)" with anything balanced inside; the current token is the parenthesis. */
static bool
read_list(struct reader *r, struct buf *why)
{
    unsigned depth = 1;

    next(r);
    while (depth > 0) {
        if (r->size == 0 || (depth == 1 && at(r, "->")))
            return expected(r, ")", why);
        depth += at(r, "(") || at(r, "[");
        depth -= at(r, ")") || at(r, "]");
        next(r);
    }
    return true;
}

bool
schema_check(const char *schema, struct buf *why)
{
    struct reader r = {.text = schema};

    next(&r);
    if (r.size == 0 || !is_word(schema[r.at]))
        return expected(&r, "ident", why);
    while (is_word(schema[r.at]) && r.size > 0) {
        next(&r);
        if (at(&r, "::") || at(&r, "."))
            next(&r);
    }
    if (!at(&r, "("))
        return expected(&r, "(", why);
    if (!read_list(&r, why))
        return false;
    if (!at(&r, "->"))
        return expected(&r, "->", why);
    next(&r);
    if (r.size == 0)
        return expected(&r, "ident", why);
    if (at(&r, "(") && !read_list(&r, why))
        return false;
    return true;
}
